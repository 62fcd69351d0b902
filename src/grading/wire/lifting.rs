//! What would lift a result, as both faces show it.

use async_graphql::SimpleObject;
use serde::Serialize;
use utoipa::ToSchema;

use crate::metrics::{FactValue, Missing};
use crate::scales::{CapCondition, Influence, Lack};
use crate::values::{Code, CustomerId, Exact, GradingRunId, Label};

/// What would lift a customer to the next better grade.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "GradingLift")]
#[schema(as = GradingLift)]
pub struct LiftOut {
    /// The run.
    pub run_id: GradingRunId,
    /// The customer.
    pub customer_id: CustomerId,
    /// The grade of the result; null where it could not be graded.
    pub grade: Option<Code>,
    /// The next better grade; null where there is none, or the customer could not be graded.
    pub next_grade: Option<Code>,
    /// The score of the result.
    pub score: Option<Exact>,
    /// The score that earns the next grade. With quotas it is the one that passes the last customer who has that grade, the
    /// others staying where they are.
    pub score_needed: Option<Exact>,
    /// What the score lacks; 0 where caps alone stand in the way.
    pub points_needed: Option<Exact>,
    /// Whether changes of factors can reach that score; null where there is no next grade.
    pub reachable: Option<bool>,
    /// Single changes, each of them enough for the score: first what we can do and the data that we can gather, then what only
    /// the customer can change, the cheapest of each first.
    pub single: Vec<LiftStep>,
    /// Where no single change is enough: the fewest factors that are enough together, of ours and data alone where these are
    /// enough.
    pub together: Vec<LiftStep>,
    /// Caps that leave no better grade whatever the score, and what they are made of.
    pub caps_in_way: Vec<CapInWay>,
    /// Where it could not be graded: the facts that it lacks.
    pub lacks: Vec<Lack>,
}

/// A change of one factor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct LiftStep {
    /// The factor.
    pub factor: Code,
    /// Its name.
    pub label: Label,
    /// Who can change it. Where its value is missing and can be gathered it is `data`.
    pub influence: Influence,
    /// The raw value it has.
    pub old_value: Option<FactValue>,
    /// Why it has no points by its rule.
    pub missing: Option<Missing>,
    /// The same, for a reader.
    pub missing_label: Option<Label>,
    /// The points it has; null where it is left out.
    pub old_points: Option<Exact>,
    /// The points it would have.
    pub new_points: Exact,
    /// The most it can give.
    pub max_points: Exact,
    /// The share of its maximum that is to be gained, 0 to 1.
    pub cost: Exact,
    /// The level or choice it would have to be.
    pub value: Option<String>,
    /// The level's name.
    pub value_label: Option<Label>,
    /// The number it would have to reach.
    pub at_least: Option<Exact>,
    /// The number it must not exceed, where less is better.
    pub at_most: Option<Exact>,
    /// The number it would have to fall below.
    pub below: Option<Exact>,
    /// What the change means in money, where the factor is an amount.
    pub money: Option<MoneyChange>,
    /// The score then: by this change alone, or by all of those that are needed together.
    pub score_after: Option<Exact>,
}

/// A change of an amount, in the base currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct MoneyChange {
    /// The amount as it is; null where it is not known.
    #[schema(example = "733000.0000")]
    pub from: Option<Exact>,
    /// The amount that is needed, or that it must not exceed.
    #[schema(example = "800000.0000")]
    pub to: Exact,
    /// The difference; null where the amount is not known.
    #[schema(example = "67000.0000")]
    pub change: Option<Exact>,
}

/// A cap that stands in the way of a better grade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct CapInWay {
    /// The reason, for a reader.
    pub label: Label,
    /// The best grade that it leaves.
    pub at_best: Code,
    /// The fact as it is.
    pub value: Option<FactValue>,
    /// What must no longer hold.
    pub condition: CapCondition,
}
