//! Grades set by hand, as both faces show them.

use async_graphql::SimpleObject;
use chrono::{DateTime, Datelike, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::Problems;
use crate::values::{Code, CustomerId, GradeOverrideId, GradingRunId};

/// The longest reason.
const LONGEST_REASON: usize = 1_000;

/// A grade to set by hand.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GradeOverrideIn {
    /// The grade: one of those of the scale that grades the customer.
    #[schema(example = "A")]
    pub grade: Code,
    /// Why, 1 to 1,000 characters.
    #[schema(min_length = 1, max_length = 1000, example = "Their new plant opens in March; agreed with the board")]
    pub reason: String,
    /// It holds before this moment, which must lie in the future; until it is withdrawn where absent.
    #[serde(default)]
    pub expires_at: Option<DateTime<Utc>>,
}

/// Where a grade set by hand stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, async_graphql::Enum)]
#[serde(rename_all = "snake_case")]
pub enum GradeOverrideState {
    /// It is the current grade.
    InForce,
    /// Its time is over.
    Expired,
    /// It was withdrawn, or another took its place.
    Ended,
}

/// A grade that somebody set by hand, over the computed one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "GradeOverride")]
#[schema(as = GradeOverride)]
pub struct GradeOverrideOut {
    /// Its id.
    pub id: GradeOverrideId,
    /// The customer.
    pub customer_id: CustomerId,
    /// The grade.
    pub grade: Code,
    /// Why.
    pub reason: String,
    /// The run whose result it overrules.
    pub run_id: GradingRunId,
    /// The grade that the run computed; null where the customer could not be graded.
    pub computed_grade: Option<Code>,
    /// Who set it.
    pub author: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// It holds before this moment; null for until it is withdrawn.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was withdrawn or another took its place; null where neither has happened.
    pub ended_at: Option<DateTime<Utc>>,
    /// Who did that.
    pub ended_by: Option<String>,
    /// Where it stands now.
    pub state: GradeOverrideState,
}

impl GradeOverrideIn {
    /// All that is wrong with it by itself.
    pub(in crate::grading) fn problems(&self, now: DateTime<Utc>) -> Problems {
        let mut problems = Problems::new();
        problems.text("/reason", &self.reason, LONGEST_REASON);
        if self.expires_at.is_some_and(|expiry| expiry <= now) {
            problems.add("/expires_at", "past", "Must lie in the future.", "必须晚于当前时间。");
        }
        if self.expires_at.is_some_and(|expiry| expiry.year() > 9999) {
            problems.add("/expires_at", "range", "Before the year 10000.", "须早于 10000 年。");
        }
        problems
    }
}

impl GradeOverrideOut {
    /// Where it stands at a moment.
    pub(in crate::grading) fn state_at(
        ended: Option<DateTime<Utc>>,
        expires: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> GradeOverrideState {
        match (ended, expires) {
            (Some(_), _) => GradeOverrideState::Ended,
            (None, Some(expires)) if expires <= now => GradeOverrideState::Expired,
            (None, _) => GradeOverrideState::InForce,
        }
    }
}
