//! Step 1: the annual plan, and how much of it comes from existing customers and from new business.

use rust_decimal::Decimal;

use super::Context;
use super::expected_output::Output;
use crate::plans::allocation::whole_units;
use crate::plans::draft::{PlanLine, PlanLineKind, PlanStep};
use crate::plans::notes;
use crate::values::{Label, ratio};

/// Position of the existing business.
pub(super) const EXISTING: u32 = 1;
/// Position of the new business.
pub(super) const NEW_BUSINESS: u32 = 2;

/// The step, and the new business; `None` where there is no target to need any.
pub(super) fn step(
    context: &Context<'_>,
    target: Option<Decimal>,
    outputs: &[Output<'_>],
) -> (PlanStep, Option<Decimal>) {
    let mut step = PlanStep::new(
        1,
        "annual_plan",
        Label::new("Annual plan", "年度计划"),
        Label::new(
            "The target; without one, the sum of what the customers are expected to yield.",
            "目标；如无目标，则为各客户预期产出之和。",
        ),
    );
    let target = target.map(|target| whole_units(target, context.book.places));
    let existing = outputs.iter().filter_map(|output| output.amount).reduce(|a, b| a + b);
    let missing = target.map(|target| target - existing.unwrap_or_default());
    let new_business = missing.map(|missing| missing.max(Decimal::ZERO));
    let surplus = missing.filter(|missing| *missing < Decimal::ZERO);

    let net: Decimal = context.customers.iter().map(|customer| customer.sales()).sum();
    let plan = target.or(existing);
    let growth = plan.filter(|_| net > Decimal::ZERO).and_then(|plan| ratio(plan - net, net));
    let year = context.book.year.year.to_string();
    let line = PlanLine::new(PlanLineKind::Year, &year, Label::new(&year, &year), plan);
    let year_at = step.push(
        line.figure("target", target)
            .figure("expected", existing)
            .figure("net_l12", Some(net))
            .figure("growth", growth),
    );
    let source = |key: &str, en: &str, zh: &str, amount| {
        PlanLine::new(PlanLineKind::Source, key, Label::new(en, zh), amount).under(1, year_at)
    };
    let unplanned = |amount: Option<Decimal>| amount.is_none().then(notes::not_planned);
    step.push(source("existing_customers", "Existing customers", "现有客户", existing).noted(unplanned(existing)));
    step.push(source("new_business", "New business", "新业务", new_business).noted(unplanned(new_business)));
    if surplus.is_some() {
        let (en, zh) = ("Customers promise more than the target", "客户预期高于目标");
        step.push(source("surplus", en, zh, surplus));
    }
    (step, new_business)
}
