//! What would lift a result, as both faces show it.

use async_graphql::SimpleObject;
use serde::Serialize;
use utoipa::ToSchema;

use crate::metrics::{FactValue, Missing};
use crate::scales::{CapCondition, Lack};
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
    /// Single changes, each of them enough for the score, the cheapest first.
    pub single: Vec<LiftStep>,
    /// Where no single change is enough: the fewest factors that are enough together.
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
    /// The raw value it has.
    pub old_value: Option<FactValue>,
    /// Why it has no points by its rule.
    pub missing: Option<Missing>,
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
    /// The score then: by this change alone, or by all of those that are needed together.
    pub score_after: Option<Exact>,
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
