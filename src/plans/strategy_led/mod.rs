//! The strategy-led plan (策略引领型): built up from what each customer can yield, in nine steps.
//!
//! 1 annual plan, 2 expected output of each customer, 3 verified against three years, 4 customer share, 5 the customer's
//! year plan, 6 customer types and numbers, 7 development plan, 8 strategic opportunity, 9 market opportunity.
//! The customers (2), the types (6), and the categories and territories (9) each sum to the existing business of step
//! 1; the months and the categories of a customer (5) each to that customer; the development plan (7) to the new
//! business of step 1. A customer's year is split by month and by category apart, not by both at once, so that 100,000
//! customers stay a table; a year of 0.00 is not split further.

mod annual_plan;
mod customer_share;
mod customer_types;
mod development_plan;
mod expected_output;
mod market_opportunity;
mod peers;
mod strategic_opportunity;
mod three_years;
mod white_space;
mod year_plan;

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::{InputObject, SimpleObject};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::draft::{PlanDraft, PlanMethod};
use super::input::{PlanBook, PlanCustomer};
use super::problem::{check_amount, field_problem};
use crate::error::FieldProblem;
use crate::values::{Exact, Label};

/// What a salesperson puts in the place of a customer's computed output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "ReplacementInput")]
#[serde(deny_unknown_fields)]
pub struct Replacement {
    /// The amount, 0 or more, whole minor units; null = nothing is planned for the customer.
    pub amount: Option<Exact>,
    /// Why; not blank.
    pub reason: String,
}

/// What the generator is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrategyLedInput {
    /// The customers, the market and the settings.
    pub book: PlanBook,
    /// The year's target, 0 or more, whole minor units: what the customers do not bring is new business. `None`: the plan
    /// is what the customers bring.
    pub target: Option<Decimal>,
    /// Replaced outputs by the customers' external ids.
    pub replacements: BTreeMap<String, Replacement>,
}

/// What every step reads.
struct Context<'a> {
    book: &'a PlanBook,
    customers: Vec<&'a PlanCustomer>,
}

/// The step that says what is expected of each customer.
pub(super) const EXPECTED_OUTPUT_STEP: u8 = 2;

/// The step that verifies the customers against three years.
pub(super) const VERIFICATION_STEP: u8 = 3;

/// Generates the plan, all nine steps.
///
/// # Errors
/// Every problem of the settings, the target and the replacements.
pub fn generate(input: &StrategyLedInput) -> Result<PlanDraft, Vec<FieldProblem>> {
    let problems = problems(input);
    if !problems.is_empty() {
        return Err(problems);
    }
    steps(input).map_err(|problem| vec![problem])
}

fn steps(input: &StrategyLedInput) -> Result<PlanDraft, FieldProblem> {
    let context = Context { book: &input.book, customers: input.book.ordered() };
    let (outputs, expected) = expected_output::step(&context, &input.replacements);
    let (annual, new_business) = annual_plan::step(&context, input.target, &outputs);
    let verified = three_years::step(&context, &outputs);
    let share = customer_share::step(&outputs);
    let (year_plan, by_category) = year_plan::step(&context, &outputs)?;
    let types = customer_types::step(&context, &outputs);
    let white_space = white_space::find(&context);
    let development = development_plan::step(&context, new_business, &white_space)?;
    let strategic = strategic_opportunity::step(&context, &outputs, &white_space);
    let market = market_opportunity::step(&context, &outputs, &by_category);
    let plan = PlanDraft {
        method: PlanMethod::StrategyLed,
        inputs: input.book.summary(input.target),
        steps: vec![annual, expected, verified, share, year_plan, types, development, strategic, market],
    };
    Ok(plan.padded())
}

fn problems(input: &StrategyLedInput) -> Vec<FieldProblem> {
    let mut problems = input.book.problems();
    check_amount(&mut problems, "/target", input.target, input.book.places);
    let known: BTreeSet<&str> = input.book.customers.iter().map(|customer| customer.external_id.as_str()).collect();
    let unknown = input.replacements.keys().filter(|customer| !known.contains(customer.as_str()));
    problems.extend(unknown.map(|customer| unknown_customer(customer)));
    check_replacements(&mut problems, &input.replacements, input.book.places);
    problems
}

/// A replacement for a customer that is not there.
pub(super) fn unknown_customer(external_id: &str) -> FieldProblem {
    let detail = Label::new("There is no such customer.", "没有该客户。");
    field_problem(replacement_pointer(external_id), "unknown_customer", detail)
}

/// Whether every replacement has a reason and a possible amount.
pub(super) fn check_replacements(
    problems: &mut Vec<FieldProblem>,
    replacements: &BTreeMap<String, Replacement>,
    places: u32,
) {
    for (customer, replacement) in replacements {
        let pointer = replacement_pointer(customer);
        if replacement.reason.trim().is_empty() {
            let detail = Label::new("A replaced amount needs a reason.", "调整金额须说明理由。");
            problems.push(field_problem(format!("{pointer}/reason"), "blank", detail));
        }
        let amount = replacement.amount.map(Decimal::from);
        check_amount(problems, &format!("{pointer}/amount"), amount, places);
    }
}

fn replacement_pointer(external_id: &str) -> String {
    format!("/replacements/{}", external_id.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests;
