//! Step 4: each territory by salesperson.

use super::Context;
use super::product_structure::pin_notes;
use super::territories::add_empty;
use super::tree::{PersonNode, TerritoryNode};
use crate::error::FieldProblem;
use crate::plans::draft::{PlanLine, PlanLineKind, PlanStep};
use crate::plans::groups::{Group, by_salesperson};
use crate::plans::level::{Part, pin_for, split_level};
use crate::plans::settings::PinLevel;
use crate::values::Label;

pub(super) fn step<'a>(context: &Context<'a>, tree: &mut [TerritoryNode<'a>]) -> Result<PlanStep, FieldProblem> {
    let mut step = PlanStep::new(
        4,
        "salespeople",
        Label::new("Salespeople", "销售人员"),
        Label::new("Territory x key of each owner of customers in it.", "区域目标 × 区域内各客户负责人的系数。"),
    );
    for territory in tree {
        let groups = groups(context, &territory.group);
        let part = |group: &Group<'_>| Part {
            key: group.key.clone(),
            history: group.net(),
            opportunity: group.headroom(),
            pin: pin_for(&context.book.settings, PinLevel::Salesperson, &group.key, Some(&territory.group.key)),
        };
        let parts: Vec<Part> = groups.iter().map(part).collect();
        let key = &territory.group.key;
        let what = Label::new(format!("salespeople of {key}"), format!("{key} 的销售人员"));
        let level = split_level(territory.amount, &parts, context.opportunity_weight, context.book.places, &what)?;
        for (((group, part), amount), key) in groups.into_iter().zip(parts).zip(level.amounts).zip(level.keys) {
            let position = step.push(
                PlanLine::new(PlanLineKind::Salesperson, &group.key, group.label.clone(), amount)
                    .under(3, territory.position)
                    .count("customers", group.customers.len())
                    .figure("net_l12", Some(part.history))
                    .figure("headroom", part.opportunity)
                    .figure("key", part.pin.is_none().then_some(key))
                    .noted(pin_notes(part.pin))
                    .noted(level.notes.iter().cloned()),
            );
            territory.people.push(PersonNode { group, amount, position, types: Vec::new(), gap: None });
        }
    }
    Ok(step)
}

/// The owners in a territory and those pinned there.
fn groups<'a>(context: &Context<'_>, territory: &Group<'a>) -> Vec<Group<'a>> {
    let mut groups = by_salesperson(&territory.customers);
    for pin in &context.book.settings.pins {
        if pin.level == PinLevel::Salesperson && pin.territory.as_deref() == Some(&territory.key) {
            add_empty(&mut groups, &pin.key);
        }
    }
    if groups.is_empty() {
        add_empty(&mut groups, "");
    }
    groups.sort_by(|a, b| a.key.cmp(&b.key));
    groups
}
