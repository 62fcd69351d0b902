//! Step 6: the customers by type: how many, how many of them planned, how much.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::Context;
use super::annual_plan::EXISTING;
use super::expected_output::Output;
use crate::plans::draft::{PlanLine, PlanLineKind, PlanStep};
use crate::plans::groups::{CustomerType, by_type};
use crate::plans::notes;
use crate::values::{Label, divide, round_money};

pub(super) fn step(context: &Context<'_>, outputs: &[Output<'_>]) -> PlanStep {
    let mut step = PlanStep::new(
        6,
        "customer_types",
        Label::new("Customer types and numbers", "客户类型与数量"),
        Label::new("The expected outputs by grade and segment.", "按等级与细分汇总预期产出。"),
    );
    let mut planned: BTreeMap<CustomerType<'_>, (usize, Decimal)> = BTreeMap::new();
    for output in outputs {
        if let Some(amount) = output.amount {
            let (count, sum) = planned.entry(CustomerType::of(output.customer)).or_default();
            *count += 1;
            *sum += amount;
        }
    }
    for (kind, group) in by_type(&context.customers) {
        let own = planned.get(&kind);
        let (count, amount) = (own.map_or(0, |own| own.0), own.map(|own| own.1));
        let average = amount.and_then(|amount| divide(amount, Decimal::from(count))).map(round_money);
        step.push(
            PlanLine::new(PlanLineKind::CustomerType, &group.key, group.label.clone(), amount)
                .under(1, EXISTING)
                .count("customers", group.customers.len())
                .count("customers_planned", count)
                .figure("net_l12", Some(group.net()))
                .figure("average", average)
                .noted(amount.is_none().then(notes::not_planned)),
        );
    }
    step
}
