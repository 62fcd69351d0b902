//! Step 3: the target by territory, and each territory's by category.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::Context;
use super::product_structure::{CategoryPlan, pin_notes};
use super::tree::TerritoryNode;
use crate::error::FieldProblem;
use crate::plans::draft::{PlanLine, PlanLineKind, PlanStep};
use crate::plans::groups::{Group, by_territory};
use crate::plans::level::{Part, explain, pin_for, split_level};
use crate::plans::settings::PinLevel;
use crate::plans::{notes, table};
use crate::values::Label;

pub(super) fn step<'a>(
    context: &Context<'a>,
    target: Decimal,
    categories: &[CategoryPlan],
) -> Result<(PlanStep, Vec<TerritoryNode<'a>>), FieldProblem> {
    let mut step = PlanStep::new(
        3,
        "territories",
        Label::new("Territories", "区域"),
        Label::new(
            "Target x key of each territory; within it the categories, fitted to its total and to the product structure.",
            "目标 × 各区域系数；区域内按品类拆分，同时与区域合计和产品结构一致。",
        ),
    );
    let groups = groups(context);
    let parts: Vec<Part> = groups.iter().map(|group| part(context, group)).collect();
    let level = split_level(
        Some(target),
        &parts,
        context.opportunity_weight,
        context.book.places,
        &Label::new("territories", "区域"),
    )?;
    step.notes = level.notes;
    let cells = cells(context, &groups, &level.amounts, categories)?;
    let mut tree = Vec::with_capacity(groups.len());
    for ((((group, part), amount), key), cells) in
        groups.into_iter().zip(parts).zip(level.amounts).zip(level.keys).zip(cells)
    {
        let from_market = context.book.market.by_territory.contains_key(&group.key);
        let position = step.push(
            PlanLine::new(PlanLineKind::Territory, &group.key, group.label.clone(), amount)
                .under(1, 0)
                .count("customers", group.customers.len())
                .figure("net_l12", Some(part.history))
                .figure("headroom", part.opportunity)
                .figure("key", part.pin.is_none().then_some(key))
                .noted(pin_notes(part.pin))
                .noted(from_market.then(notes::headroom_from_market)),
        );
        for (category, amount, net) in cells {
            let label = context.book.category_label(category);
            step.push(
                PlanLine::new(PlanLineKind::Category, category, label, Some(amount))
                    .under(3, position)
                    .figure("net_l12", Some(net)),
            );
        }
        tree.push(TerritoryNode { group, amount, position, people: Vec::new() });
    }
    Ok((step, tree))
}

/// The customers' territories, those known of the market only, and the pinned.
fn groups<'a>(context: &Context<'a>) -> Vec<Group<'a>> {
    let mut groups = by_territory(&context.customers);
    let pins = context.book.settings.pins.iter();
    let pinned = pins.filter_map(|pin| match pin.level {
        PinLevel::Territory => Some(&pin.key),
        PinLevel::Salesperson => pin.territory.as_ref(),
        PinLevel::Category => None,
    });
    for key in context.book.market.by_territory.keys().chain(pinned) {
        add_empty(&mut groups, key);
    }
    if groups.is_empty() {
        add_empty(&mut groups, "");
    }
    groups.sort_by(|a, b| a.key.cmp(&b.key));
    groups
}

/// Adds a group without customers, unless its key is there.
pub(super) fn add_empty(groups: &mut Vec<Group<'_>>, key: &str) {
    if groups.iter().all(|group| group.key != key) {
        let label = if key.is_empty() { crate::plans::input::unassigned() } else { Label::new(key, key) };
        groups.push(Group { key: key.to_owned(), label, customers: Vec::new() });
    }
}

fn part(context: &Context<'_>, group: &Group<'_>) -> Part {
    let market = context.book.market.by_territory.get(&group.key).copied();
    Part {
        key: group.key.clone(),
        history: group.net(),
        opportunity: market.or_else(|| group.headroom()),
        pin: pin_for(&context.book.settings, PinLevel::Territory, &group.key, None),
    }
}

/// A category in a territory: code, amount, net of the last 12 months.
type Cell<'c> = (&'c str, Decimal, Decimal);

/// For each territory its categories with amount and net; what has neither is left out.
fn cells<'c>(
    context: &Context<'_>,
    groups: &[Group<'_>],
    amounts: &[Option<Decimal>],
    categories: &'c [CategoryPlan],
) -> Result<Vec<Vec<Cell<'c>>>, FieldProblem> {
    let planned: Vec<(&str, Decimal)> =
        categories.iter().filter_map(|category| Some((category.code.as_str(), category.amount?))).collect();
    let rows: Vec<Decimal> = amounts.iter().map(|amount| amount.unwrap_or_default()).collect();
    let columns: Vec<Decimal> = planned.iter().map(|(_, amount)| *amount).collect();
    let seed: Vec<Vec<Decimal>> = groups.iter().map(|group| nets(group, &planned)).collect();
    let filled = table::fill(&rows, &columns, &seed, context.book.places)
        .map_err(|problem| explain(problem, &Label::new("territories by category", "区域 × 品类")))?;
    let row = |((cells, seed), amount): ((Vec<Decimal>, Vec<Decimal>), &Option<Decimal>)| {
        let cells = planned.iter().zip(cells).zip(seed).map(|(((code, _), cell), net)| (*code, cell, net));
        cells.filter(|(_, cell, net)| amount.is_some() && !(cell.is_zero() && net.is_zero())).collect()
    };
    Ok(filled.into_iter().zip(seed).zip(amounts).map(row).collect())
}

fn nets(group: &Group<'_>, categories: &[(&str, Decimal)]) -> Vec<Decimal> {
    let mut sums = BTreeMap::<&str, Decimal>::new();
    for customer in &group.customers {
        for (code, net) in &customer.net_by_category {
            *sums.entry(code).or_default() += *net;
        }
    }
    categories.iter().map(|(code, _)| sums.get(code).copied().unwrap_or_default()).collect()
}
