//! Two runs side by side, as both faces show them.

use async_graphql::{Enum, InputObject, SimpleObject};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::MovedBy;
use crate::values::{Code, CustomerId, Exact, GradingRunId};

/// What a run says of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Enum)]
#[schema(as = GradingResultState)]
#[graphql(name = "GradingResultState")]
#[serde(rename_all = "snake_case")]
pub enum ResultState {
    /// It has a grade.
    Graded,
    /// It could not be graded.
    Ungradable,
    /// It was not in the run.
    Absent,
}

/// How a run differs from another.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "GradingComparison")]
#[schema(as = GradingComparison)]
pub struct ComparisonOut {
    /// The run that is compared with.
    pub old_run_id: GradingRunId,
    /// The run that is looked at.
    pub new_run_id: GradingRunId,
    /// The grades of the old run, the best first.
    pub old_grades: Vec<Code>,
    /// The grades of the new run, the best first.
    pub new_grades: Vec<Code>,
    /// Customers in either run; of a salesperson, own ones.
    pub customers: i64,
    /// Those whose grade or state is another.
    pub changed: i64,
    /// Those whose grade is better: nearer to the best one of its own scale.
    pub better: i64,
    /// Those whose grade is worse.
    pub worse: i64,
    /// Every pair of grades that somebody has, the best first.
    pub cells: Vec<MigrationCell>,
}

/// How many went from one grade to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct MigrationCell {
    /// What the old run says.
    pub old_state: ResultState,
    /// The old grade.
    pub old_grade: Option<Code>,
    /// What the new run says.
    pub new_state: ResultState,
    /// The new grade.
    pub new_grade: Option<Code>,
    /// How many customers.
    pub customers: i64,
}

/// Which customers of a comparison: those of a cell, or, where nothing is asked, those whose grade or state is another.
#[derive(Clone, Debug, Default, PartialEq, Eq, InputObject)]
#[graphql(name = "GradeMoverFilter")]
pub struct MoverFilter {
    /// With this grade in the old run.
    pub old_grade: Option<Code>,
    /// Of whom the old run says this.
    pub old_state: Option<ResultState>,
    /// With this grade in the new run.
    pub new_grade: Option<Code>,
    /// Of whom the new run says this.
    pub new_state: Option<ResultState>,
    /// `true`: of those only who has another grade or state.
    pub changed: Option<bool>,
}

/// A customer in two runs.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "GradingRunMover")]
#[schema(as = GradingRunMover)]
pub struct RunMover {
    /// The customer.
    pub customer_id: CustomerId,
    /// Its external id.
    pub customer_external_id: String,
    /// Its name.
    pub customer_name: String,
    /// What the old run says.
    pub old_state: ResultState,
    /// The old grade.
    pub old_grade: Option<Code>,
    /// What the new run says.
    pub new_state: ResultState,
    /// The new grade.
    pub new_grade: Option<Code>,
    /// The old score, 0 to 100.
    pub old_score: Option<Exact>,
    /// The new score.
    pub new_score: Option<Exact>,
    /// New less old; null where either is missing.
    pub score_change: Option<Exact>,
    /// The old rank; 1 is the best.
    pub old_rank: Option<i32>,
    /// The new rank.
    pub new_rank: Option<i32>,
    /// What moved it.
    pub moved_by: MovedBy,
}

impl ResultState {
    /// Its word in the database.
    pub(in crate::grading) const fn as_str(self) -> &'static str {
        match self {
            Self::Graded => "graded",
            Self::Ungradable => "ungradable",
            Self::Absent => "absent",
        }
    }

    pub(in crate::grading) fn parse(text: &str) -> Self {
        match text {
            "graded" => Self::Graded,
            "ungradable" => Self::Ungradable,
            _ => Self::Absent,
        }
    }
}

impl MoverFilter {
    /// Whether nothing is asked.
    pub(in crate::grading) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
