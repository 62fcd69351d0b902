//! What a run counts for, what became of it, and grades that a newer run could not renew.

use async_graphql::SimpleObject;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{Problems, Result};
use crate::scales::{Lack, UngradableReason};
use crate::values::{GradingRunId, Label, Month};

/// The longest reason.
const LONGEST_REASON: usize = 1_000;

/// Why something is taken out of force.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawalIn {
    /// Why, 1 to 1,000 characters.
    #[schema(min_length = 1, max_length = 1000, example = "The sales of November were loaded twice")]
    pub reason: String,
}

impl WithdrawalIn {
    /// The reason without blanks around it.
    ///
    /// # Errors
    /// `invalid_input` where it is empty or too long.
    pub fn checked_reason(&self) -> Result<&str> {
        let mut problems = Problems::new();
        problems.text("/reason", &self.reason, LONGEST_REASON);
        problems.into_result().map(|()| self.reason.trim())
    }
}

/// Among how many customers quotas and percentiles were worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
pub struct GradedAmong {
    /// Customers who were graded together.
    #[schema(example = 139)]
    pub customers: i32,
    /// Customers there were in all, archived ones left out.
    #[schema(example = 701)]
    pub book: i32,
}

/// Why a current grade was not renewed: a newer run could not grade the customer, which keeps the last grade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct OutdatedGrade {
    /// The newer run's month.
    pub as_of: Month,
    /// The newer run.
    pub run_id: GradingRunId,
    /// Why it could not grade the customer; null where that is not known.
    pub reason: Option<UngradableReason>,
    /// The same, for a reader.
    pub reason_label: Label,
    /// The facts that the customer lacked, in the order of the scale.
    pub missing: Vec<Lack>,
}

impl OutdatedGrade {
    /// What a reader is told of a reason.
    pub(in crate::grading) fn label(reason: Option<UngradableReason>) -> Label {
        match reason {
            Some(UngradableReason::RequiredMissing) => {
                Label::new("Facts that the scale requires are missing", "缺少量表要求的数据")
            }
            Some(UngradableReason::NothingToScore) => Label::new("No factor is left to score", "没有可评分的因素"),
            _ => Label::new("The newer run could not grade the customer", "较新的分级未能为该客户定级"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_needed_and_bounded() {
        let reason = |text: &str| WithdrawalIn { reason: text.to_owned() };
        let code = |text: &str| reason(text).checked_reason().unwrap_err().problems()[0].code;
        assert_eq!(code("  "), "required");
        assert_eq!(code(&"x".repeat(1_001)), "too_long");
        assert_eq!(reason(" double load ").checked_reason().unwrap(), "double load");
        assert!(reason(&"长".repeat(1_000)).checked_reason().is_ok());
    }
}
