//! Expected outputs that somebody replaces after a plan was generated.
//!
//! The stored plan never changes. A replacement lies beside it, with what the plan expects; a new plan that names the old one
//! in `replacements_of` is made with it.

use async_graphql::{InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::check_amount;
use super::strategy_led::Replacement;
use crate::error::Problems;
use crate::values::{CustomerId, Exact, PlanId};

/// The longest reason.
const LONGEST_REASON: usize = 1_000;

/// A replaced expected output that the plan was not made with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "PlanReplacement")]
#[schema(as = PlanReplacement)]
pub struct PlanReplacementOut {
    /// The customer.
    pub customer_id: CustomerId,
    /// The customer's external id.
    #[schema(example = "C-1")]
    pub external_id: String,
    /// What the plan expects of the customer, without this replacement; null = not planned.
    #[schema(example = "120000.00")]
    pub expected: Option<Exact>,
    /// What is to be expected instead; null = nothing is to be planned for the customer.
    #[schema(example = "150000.00")]
    pub amount: Option<Exact>,
    /// Why.
    pub reason: String,
    /// Who replaced it.
    pub replaced_by: String,
    /// When.
    pub replaced_at: DateTime<Utc>,
}

/// What to expect of a customer instead.
#[derive(Clone, Debug, InputObject)]
pub struct ReplaceOutputInput {
    /// The plan.
    pub plan_id: PlanId,
    /// The customer.
    pub customer_id: CustomerId,
    /// The amount, 0 or more, whole minor units; null = nothing is to be planned for the customer.
    pub amount: Option<Exact>,
    /// Why, 1 to 1000 characters.
    pub reason: String,
}

/// All that is wrong with a replacement in a plan whose currency has so many decimal places.
pub(super) fn problems(new: &Replacement, places: u32) -> Problems {
    let mut problems = Problems::new();
    problems.text("/reason", &new.reason, LONGEST_REASON);
    let mut found = Vec::new();
    check_amount(&mut found, "/amount", new.amount.map(Decimal::from), places);
    found.into_iter().for_each(|problem| problems.push(problem));
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replacement_needs_a_reason_and_a_possible_amount() {
        let told = |amount: Option<&str>, reason: &str| {
            let amount = amount.map(|amount| Exact(amount.parse().unwrap()));
            let found = problems(&Replacement { amount, reason: reason.to_owned() }, 2).into_result();
            found.err().map_or(Vec::new(), |e| e.problems().iter().map(|p| p.pointer.clone()).collect())
        };
        assert_eq!(told(Some("10.00"), "Agreed"), Vec::<String>::new());
        assert_eq!(told(None, "Closes down"), Vec::<String>::new());
        assert_eq!(told(Some("0.001"), "  "), ["/reason", "/amount"]);
        assert_eq!(told(Some("-1"), &"x".repeat(1001)), ["/reason", "/amount"]);
    }
}
