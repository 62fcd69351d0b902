//! The task-decomposition plan (任务分解型): the target comes from above and is split down, in eight steps.
//!
//! 1 annual target, 2 product structure, 3 territories, 4 salespeople, 5 customer types, 6 development plan, 7 company
//! resources, 8 market opportunity check. Categories (2) and territories (3) each sum to the target, the categories
//! within a territory to the territory (and over all territories to the category), salespeople to their territory,
//! types to their salesperson. What has no territory, owner or category is a line of its own with an empty key.

mod annual_target;
mod company_resources;
mod customer_types;
mod development_plan;
mod market_check;
mod product_structure;
mod salespeople;
mod territories;
mod tree;

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::allocation::AllocationProblem;
use super::draft::{PlanDraft, PlanMethod};
use super::input::{PlanBook, PlanCustomer};
use super::level::explain;
use super::problem::check_amount;
use super::settings::{PinLevel, PlanSettings};
use crate::error::FieldProblem;
use crate::values::Label;

/// What the generator is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskDecompositionInput {
    /// The customers, the market and the settings.
    pub book: PlanBook,
    /// The target handed down for the fiscal year, 0 or more, whole minor units.
    pub target: Decimal,
}

/// What every step reads.
struct Context<'a> {
    book: &'a PlanBook,
    customers: Vec<&'a PlanCustomer>,
    /// w; 0 where no potential is known at all.
    opportunity_weight: Decimal,
}

/// Generates the plan, all eight steps.
///
/// # Errors
/// Every problem of the settings and the target; else the first pin that does not fit.
pub fn generate(input: &TaskDecompositionInput) -> Result<PlanDraft, Vec<FieldProblem>> {
    let problems = problems(input);
    if !problems.is_empty() {
        return Err(problems);
    }
    steps(input).map_err(|problem| vec![problem])
}

fn steps(input: &TaskDecompositionInput) -> Result<PlanDraft, FieldProblem> {
    let context = Context::new(&input.book);
    let annual = annual_target::step(&context, input.target);
    let (products, categories) = product_structure::step(&context, input.target)?;
    let (territories, mut tree) = territories::step(&context, input.target, &categories)?;
    let salespeople = salespeople::step(&context, &mut tree)?;
    let types = customer_types::step(&context, &mut tree)?;
    let development = development_plan::step(&context, &mut tree);
    let resources = company_resources::step(&context, &tree)?;
    let market = market_check::step(&context, &tree, &categories);
    let plan = PlanDraft {
        method: PlanMethod::TaskDecomposition,
        inputs: input.book.summary(Some(input.target)),
        steps: vec![annual, products, territories, salespeople, types, development, resources, market],
    };
    Ok(plan.padded())
}

impl<'a> Context<'a> {
    fn new(book: &'a PlanBook) -> Self {
        let customers = book.ordered();
        let known = customers.iter().any(|customer| !customer.potential_by_category.is_empty())
            || !book.market.by_category.is_empty()
            || !book.market.by_territory.is_empty();
        let opportunity_weight = if known { book.settings.opportunity_weight.into() } else { Decimal::ZERO };
        Self { book, customers, opportunity_weight }
    }
}

fn problems(input: &TaskDecompositionInput) -> Vec<FieldProblem> {
    let mut problems = input.book.problems();
    check_amount(&mut problems, "/target", Some(input.target), input.book.places);
    problems.extend(pin_problems(&input.book.settings, input.target));
    problems
}

/// The pins that can be seen to ask for more than there is, whatever the customers: over all categories, over all
/// territories, and over the salespeople of a territory.
pub(super) fn pin_problems(settings: &PlanSettings, target: Decimal) -> Vec<FieldProblem> {
    let sum_of = |level: PinLevel, territory: Option<&str>| -> Decimal {
        let pins = settings.pins.iter().filter(|pin| pin.level == level && pin.territory.as_deref() == territory);
        pins.filter_map(|pin| pin.amount).map(Decimal::from).sum()
    };
    let territories: BTreeSet<&str> = settings.pins.iter().filter_map(|pin| pin.territory.as_deref()).collect();
    let salespeople = territories.into_iter().map(|territory| {
        let own = settings.pins.iter().find(|pin| pin.level == PinLevel::Territory && pin.key == territory);
        let most = own.and_then(|pin| pin.amount).map_or(target, Decimal::from);
        (
            Label::new(format!("salespeople of {territory}"), format!("{territory} 的销售人员")),
            sum_of(PinLevel::Salesperson, Some(territory)),
            most,
        )
    });
    let categories = (Label::new("categories", "品类"), sum_of(PinLevel::Category, None), target);
    let whole = [categories, (Label::new("territories", "区域"), sum_of(PinLevel::Territory, None), target)];
    let beyond = whole.into_iter().chain(salespeople).filter(|(_, pinned, total)| pinned > total);
    beyond.map(|(what, pinned, total)| explain(AllocationProblem::PinsExceedTotal { pinned, total }, &what)).collect()
}

#[cfg(test)]
mod tests;
