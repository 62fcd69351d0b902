//! Step 5: each salesperson by customer type (grade and segment): how many, how much.

use super::Context;
use super::tree::{TerritoryNode, TypeNode};
use crate::error::FieldProblem;
use crate::plans::draft::{PlanLine, PlanLineKind, PlanStep};
use crate::plans::groups::{CustomerType, Group, by_type};
use crate::plans::level::{Part, split_level};
use crate::values::Label;

pub(super) fn step<'a>(context: &Context<'a>, tree: &mut [TerritoryNode<'a>]) -> Result<PlanStep, FieldProblem> {
    let mut step = PlanStep::new(
        5,
        "customer_types",
        Label::new("Customer types and volume", "客户类型与销量"),
        Label::new(
            "Each salesperson's amount x key of each grade and segment among the customers.",
            "各销售人员目标 × 其客户中各等级与细分的系数。",
        ),
    );
    for person in tree.iter_mut().flat_map(|territory| &mut territory.people) {
        let mut types = by_type(&person.group.customers);
        if types.is_empty() {
            let kind = CustomerType { grade: None, segment: None };
            types.push((kind, Group { key: kind.key(), label: kind.label(), customers: Vec::new() }));
        }
        let part = |(_, group): &(CustomerType<'_>, Group<'_>)| Part {
            key: group.key.clone(),
            history: group.net(),
            opportunity: group.headroom(),
            pin: None,
        };
        let parts: Vec<Part> = types.iter().map(part).collect();
        let level = split_level(
            person.amount,
            &parts,
            context.opportunity_weight,
            context.book.places,
            &Label::new("customer types", "客户类型"),
        )?;
        for ((((kind, group), part), amount), key) in types.into_iter().zip(parts).zip(level.amounts).zip(level.keys) {
            step.push(
                PlanLine::new(PlanLineKind::CustomerType, &group.key, group.label.clone(), amount)
                    .under(4, person.position)
                    .count("customers", group.customers.len())
                    .figure("net_l12", Some(part.history))
                    .figure("headroom", part.opportunity)
                    .figure("key", Some(key))
                    .noted(level.notes.iter().cloned()),
            );
            person.types.push(TypeNode { kind, group, amount });
        }
    }
    Ok(step)
}
