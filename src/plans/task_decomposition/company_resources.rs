//! Step 7: the budget lines, split over the salespeople by their gaps.

use rust_decimal::Decimal;

use super::Context;
use super::tree::TerritoryNode;
use crate::error::FieldProblem;
use crate::plans::allocation::{Share, split};
use crate::plans::draft::{PlanLine, PlanLineKind, PlanStep};
use crate::plans::level::explain;
use crate::plans::notes;
use crate::values::Label;

pub(super) fn step(context: &Context<'_>, tree: &[TerritoryNode<'_>]) -> Result<PlanStep, FieldProblem> {
    let mut step = PlanStep::new(
        7,
        "company_resources",
        Label::new("Company resources", "公司资源"),
        Label::new("Each budget line, split by the salespeople's gaps above 0.", "各预算项目按销售人员的正缺口分配。"),
    );
    let budget = &context.book.settings.budget_lines;
    if budget.is_empty() {
        step.notes.push(notes::no_budget_lines());
    }
    let mut weights = weights(tree, |gap, _| gap);
    if weights.iter().all(|(_, weight)| weight.is_zero()) {
        step.notes.push(notes::no_gap());
        weights = self::weights(tree, |_, target| target);
    }
    let shares: Vec<Share<(&str, &str)>> = weights.into_iter().map(|(key, weight)| Share::free(key, weight)).collect();
    for (i, line) in budget.iter().enumerate() {
        let split = split(line.amount.into(), context.book.places, &shares).map_err(|problem| FieldProblem {
            pointer: format!("/settings/budget_lines/{i}/amount"),
            ..explain(problem, &Label::new("company resources", "公司资源"))
        })?;
        add(&mut step, tree, line.code.as_str(), &line.label, &split.amounts);
    }
    Ok(step)
}

/// One weight a salesperson, in the tree's order.
fn weights<'t>(
    tree: &'t [TerritoryNode<'_>],
    of: fn(Decimal, Decimal) -> Decimal,
) -> Vec<((&'t str, &'t str), Decimal)> {
    let people = tree.iter().flat_map(|territory| territory.people.iter().map(move |person| (territory, person)));
    people
        .map(|(territory, person)| {
            let weight = of(person.gap.unwrap_or_default(), person.amount.unwrap_or_default());
            ((territory.group.key.as_str(), person.group.key.as_str()), weight.max(Decimal::ZERO))
        })
        .collect()
}

/// A budget line, its territories and their salespeople.
fn add(step: &mut PlanStep, tree: &[TerritoryNode<'_>], code: &str, label: &Label, amounts: &[Option<Decimal>]) {
    let total: Decimal = amounts.iter().flatten().sum();
    let budget_at = step.push(PlanLine::new(PlanLineKind::BudgetLine, code, label.clone(), Some(total)));
    let mut amounts = amounts.iter().copied();
    for territory in tree {
        let own: Vec<Option<Decimal>> = amounts.by_ref().take(territory.people.len()).collect();
        let sum = own.iter().flatten().sum();
        let group = &territory.group;
        let line = PlanLine::new(PlanLineKind::Territory, &group.key, group.label.clone(), Some(sum));
        let territory_at = step.push(line.under(7, budget_at));
        for (person, amount) in territory.people.iter().zip(own) {
            let group = &person.group;
            let line = PlanLine::new(PlanLineKind::Salesperson, &group.key, group.label.clone(), amount);
            step.push(line.under(7, territory_at).figure("gap", person.gap));
        }
    }
}
