//! Monthly runs, as both faces show them.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::Problems;
use crate::grading::Selection;
use crate::values::{Code, GradingRunId, Month, ScaleId};

/// A run every month with the scale's published version, as of the end of the month before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GradingScheduleIn {
    /// The day on which it is made, at 00:00 UTC, 1 to 31; in a shorter month its last day.
    #[schema(minimum = 1, maximum = 31, example = 3)]
    pub day_of_month: i32,
    /// Which customers.
    #[schema(example = json!({"all": {}}))]
    pub selection: Selection,
}

/// A scale's monthly run.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "GradingSchedule")]
#[schema(as = GradingSchedule)]
pub struct GradingScheduleOut {
    /// The scale.
    pub scale_id: ScaleId,
    /// Its code.
    pub scale_code: Code,
    /// The day on which it is made, 1 to 31.
    #[schema(example = 3)]
    pub day_of_month: i32,
    /// Which customers.
    pub selection: Selection,
    /// When it is made next.
    pub due_at: DateTime<Utc>,
    /// The month of the run that was made last; null before the first.
    pub last_month: Option<Month>,
    /// That run; null also where it could not be made.
    pub last_run_id: Option<GradingRunId>,
    /// Why it could not be made, where it could not: code and detail in both languages.
    pub last_problem: Option<serde_json::Value>,
    /// Who set it up.
    pub created_by: String,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// Counts the changes; the ETag.
    pub version: i32,
}

impl GradingScheduleIn {
    /// All that is wrong with it by itself.
    pub(in crate::grading) fn problems(&self) -> Problems {
        let mut problems = Problems::new();
        if !(1..=31).contains(&self.day_of_month) {
            problems.add("/day_of_month", "range", "1 to 31.", "1 至 31。");
        }
        self.selection.check(&mut problems);
        problems
    }
}
