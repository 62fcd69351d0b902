//! Runs, results, explanations and grades as both faces show them.

use async_graphql::{InputObject, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

mod comparing;
mod lifecycle;
mod lifting;
mod overriding;
mod quotas;
mod reading;
mod scheduling;
mod thresholds;
mod trying;

pub use comparing::{ComparisonOut, MigrationCell, MoverFilter, ResultState, RunMover};
pub use lifecycle::{GradedAmong, OutdatedGrade, WithdrawalIn};
pub use lifting::{CapInWay, LiftOut, LiftStep, MoneyChange};
pub use overriding::{GradeOverrideIn, GradeOverrideOut, GradeOverrideState};
pub use quotas::{GradeTie, QuotaUse};
pub use reading::{
    CellSums, CustomerKind, KindMark, KindSums, KindsOut, MarkSums, ResultFilter, RunMatrixOut, SegmentGradeCell,
    SegmentMatrixOut,
};
pub use scheduling::{GradingScheduleIn, GradingScheduleOut};
pub use thresholds::{AxisClass, GradingSettingsOut, QualityGrowthCell, QualityGrowthMatrix, Thresholds};
#[cfg(test)]
pub use trying::WeightChange;
pub use trying::{
    DimensionSensitivity, FactorMove, GradeTransition, MovedBy, Mover, ScaleChanges, SensitivityIn, SensitivityOut,
    TriedWeight, WeightMove, WhatIfIn, WhatIfOut,
};

use super::{Selection, check_month_over};
use crate::error::Problems;
use crate::jobs::JobOut;
use crate::metrics::{FactValue, Metric, Missing};
use crate::scales::{Axis, CapCheck, FactorSource, Influence, MissingPolicy, Ungradable};
use crate::values::{Code, CustomerId, Exact, GradingRunId, Label, Month, ScaleId};

/// A grading run to start.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema, InputObject)]
#[graphql(name = "StartGradingRunInput")]
#[serde(deny_unknown_fields)]
pub struct GradingRunIn {
    /// The scale. Exactly one of `scale_id` and `scale_code` is given.
    #[serde(default)]
    pub scale_id: Option<ScaleId>,
    /// The scale's code.
    #[serde(default)]
    #[schema(example = "distributor")]
    pub scale_code: Option<Code>,
    /// The version; the published one where absent. A draft is tried: its run is a trial.
    #[serde(default)]
    #[schema(example = 1)]
    pub version: Option<i32>,
    /// The month as of whose end the metrics are taken. It must be over, by UTC.
    pub as_of: Month,
    /// Which customers.
    #[schema(example = json!({"all": {}}))]
    pub selection: Selection,
    /// Whether the run of the company's scale decides current grades; absent, `true` for all customers, a share of sales
    /// and prospects, `false` for a filter and a list. A trial and a provisional run are never official.
    #[serde(default)]
    pub official: Option<bool>,
    /// Tries the version, whatever its state: the run is stored and explained, and is never current. Without a version it
    /// tries the draft where there is one.
    #[serde(default)]
    pub trial: Option<bool>,
    /// Allows the running month, never a later one. The run is then never current.
    #[serde(default)]
    pub provisional: Option<bool>,
}

/// A scale version applied to a selection of customers as of a month. It never changes once completed.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "GradingRun")]
pub struct GradingRunOut {
    /// Its id.
    pub id: GradingRunId,
    /// The job that does it: state and progress (customers done / in all).
    pub job: JobOut,
    /// The scale.
    pub scale_id: ScaleId,
    /// The scale's code.
    pub scale_code: Code,
    /// The scale's name.
    pub scale_name: Label,
    /// The version graded with.
    #[schema(example = 1)]
    pub scale_version: i32,
    /// The month as of whose end the metrics were taken.
    pub as_of: Month,
    /// Which customers.
    pub selection: Selection,
    /// Whether it decides current grades, where its scale is the company's and nobody has withdrawn it.
    pub official: bool,
    /// Whether it tries a version; it keeps what the draft was then, so that it is explained for ever.
    pub trial: bool,
    /// Whether its month was still running.
    pub provisional: bool,
    /// Who asked for it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When all its results were there; null until then.
    pub completed_at: Option<DateTime<Utc>>,
    /// Customers selected; null until completed.
    #[schema(example = 701)]
    pub selected: Option<i32>,
    /// Those of them who could be graded.
    #[schema(example = 690)]
    pub gradable: Option<i32>,
    /// Among how many customers places were given; null where grades and points go by no places (quotas, percentiles), and
    /// until completed.
    pub graded_among: Option<GradedAmong>,
    /// Customers by grade, the best first; null until the job has completed.
    pub distribution: Option<Vec<GradeCount>>,
    /// The newer run in whose favour it was given up while it waited; null where it was not.
    pub superseded_by: Option<GradingRunId>,
    /// When it was taken out of force; null where it was not. It stays readable.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Who did that.
    pub withdrawn_by: Option<String>,
    /// Why.
    pub withdrawn_reason: Option<String>,
}

/// How many customers got a grade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
pub struct GradeCount {
    /// The grade, caps applied.
    #[schema(example = "A")]
    pub grade: Code,
    /// What it means.
    pub label: Label,
    /// The customers.
    #[schema(example = 140)]
    pub customers: i64,
    /// Of grades by quota, how the grade's places were used; null with fixed bands, and where only some customers are counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<QuotaUse>,
}

/// The result of a grading job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct RunSummary {
    pub(super) run_id: GradingRunId,
    pub(super) selected: i32,
    pub(super) gradable: i32,
    pub(super) distribution: Vec<GradeCount>,
}

/// One customer's result of a run.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "GradingResult")]
pub struct GradingResultOut {
    /// The customer.
    pub customer_id: CustomerId,
    /// Its external id.
    pub customer_external_id: String,
    /// Its name.
    pub customer_name: String,
    /// Whether it could be graded.
    pub gradable: bool,
    /// 0 to 100, 4 places; null where it could not be graded.
    pub score: Option<Exact>,
    /// What the customer is worth to us now, 0 to 100; null where no factor of the axis counts.
    pub quality: Option<Exact>,
    /// What the customer can become, 0 to 100; null where no factor of the axis counts.
    pub growth: Option<Exact>,
    /// Points of factors whose fact is known / all points, 0 to 1.
    pub data_coverage: Exact,
    /// The grade by score alone.
    pub scored_grade: Option<Code>,
    /// The grade after the caps.
    pub grade: Option<Code>,
    /// 1 is the best score of the run; null where it could not be graded.
    pub rank: Option<i32>,
    /// Of which of the three kinds the customer is, by the tenant's thresholds.
    pub kind: CustomerKind,
    /// What is to be said with its kind; null where nothing is.
    pub kind_mark: Option<KindMark>,
    /// What the customer left us in the 12 months, in the base currency; null where it is not known.
    pub profit: Option<Exact>,
    /// Which metric the profit is: `net_profit_l12` where that is known, else `gross_margin_l12`; null with the profit.
    pub profit_source: Option<Metric>,
    /// The effort it took in the 12 months: cost to serve in the base currency, or handling units (`effort_basis` of the
    /// run's kinds says which); null where it is not known.
    pub effort: Option<Exact>,
    /// Its share of the book's effort / its share of the book's gross margin, 0 to 1000; 1000 also where it takes effort
    /// and brings no margin. Null where it is not known.
    pub effort_ratio: Option<Exact>,
}

/// A result laid open. The factors' contributions add up to their dimension's, and the dimensions' to the score, exactly.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "GradingExplanation")]
pub struct GradingExplanationOut {
    /// The run.
    pub run_id: GradingRunId,
    /// The scale.
    pub scale_id: ScaleId,
    /// The scale's code.
    pub scale_code: Code,
    /// The version graded with.
    pub scale_version: i32,
    /// The month as of whose end the metrics were taken.
    pub as_of: Month,
    /// Whether the run tried a version.
    pub trial: bool,
    /// Among how many customers places were given; null where grades and points go by no places (quotas, percentiles).
    pub graded_among: Option<GradedAmong>,
    /// The result.
    pub result: GradingResultOut,
    /// What the grade means.
    pub grade_label: Option<Label>,
    /// With grades by quota: its place among equal scores, where a border between two grades runs through them; else null.
    pub tie: Option<GradeTie>,
    /// The dimensions, in the order of the scale.
    pub dimensions: Vec<ExplainedDimension>,
    /// The caps, in the order of the scale, with what was found of each.
    pub caps: Vec<CapCheck>,
    /// Why it could not be graded, and which data it lacks; null where it could.
    pub ungradable: Option<Ungradable>,
    /// The reason, for a reader.
    pub ungradable_label: Option<Label>,
}

/// A dimension of an explanation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct ExplainedDimension {
    /// Its code.
    pub code: Code,
    /// Its name.
    pub label: Label,
    /// Its axis.
    pub axis: Axis,
    /// 100 x sum of points / sum of maxima counted; null where all its factors are left out.
    pub score: Option<Exact>,
    /// Its weight in the scale.
    pub weight: Exact,
    /// Its weight after the dimensions that dropped out.
    pub effective_weight: Exact,
    /// What it adds to the score.
    pub contribution: Exact,
    /// Its factors, in the order of the scale.
    pub factors: Vec<ExplainedFactor>,
}

/// A factor of an explanation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct ExplainedFactor {
    /// Its code.
    pub code: Code,
    /// Its name.
    pub label: Label,
    /// Where its value comes from.
    pub source: FactorSource,
    /// The raw value; null where there is none.
    pub value: Option<FactValue>,
    /// Why there are no points by the rule.
    pub missing: Option<Missing>,
    /// The same, for a reader.
    pub missing_label: Option<Label>,
    /// What was done about it.
    pub policy: Option<MissingPolicy>,
    /// Its points; null where it is left out.
    pub points: Option<Exact>,
    /// The most it can give.
    pub max_points: Exact,
    /// Which of the rule's levels, bands or choices gave the points, counted from 0.
    pub matched: Option<u32>,
    /// The place among all who were graded together and have the value, 0 to 1: 1 is the best; null where the rule does
    /// not go by it.
    pub percentile: Option<Exact>,
    /// Of a growth that asks for a smallest base, the customer's own base, in the base currency.
    pub base: Option<Exact>,
    /// The smallest base that the run asked for, in the base currency. Below it the value is missing, `small_base`.
    pub min_base: Option<Exact>,
    /// Who can change it: we, the customer, or whoever gathers the data.
    pub influence: Influence,
    /// The level's name, where the rule has levels.
    pub matched_label: Option<Label>,
    /// What it adds to the score.
    pub contribution: Exact,
}

/// The grades that a run gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunGrades {
    /// The run.
    pub run_id: GradingRunId,
    /// The month as of whose end the metrics were taken.
    pub as_of: Month,
    /// One for each customer of the run, by external id.
    pub grades: Vec<ScaleGrade>,
}

/// What a scale gives one customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScaleGrade {
    /// The customer.
    pub customer_id: CustomerId,
    /// Its external id, by which ties are settled.
    pub external_id: String,
    /// The grade after caps; `None` where it cannot be graded.
    pub grade: Option<Code>,
    /// 0 to 100, 4 places; `None` where it cannot be graded.
    pub score: Option<Exact>,
}

/// The grade a customer has now: the one that was set by hand where such a one is in force, else the computed one: the last
/// that an official run of the company's scale gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct CurrentGrade {
    /// The grade.
    pub grade: Code,
    /// The grade that was computed; null where no run in force could grade the customer.
    pub computed_grade: Option<Code>,
    /// Why the computed grade is not newer: a newer run could not grade the customer. Null where none failed to.
    pub outdated: Option<OutdatedGrade>,
    /// What sets the grade by hand; null where the computed one holds.
    pub overridden: Option<GradeOverrideOut>,
    /// 0 to 100, 4 places; null where the customer could not be graded.
    pub score: Option<Exact>,
    /// What the customer is worth to us now, 0 to 100.
    pub quality: Option<Exact>,
    /// What the customer can become, 0 to 100.
    pub growth: Option<Exact>,
    /// The month as of whose end the metrics were taken.
    pub as_of: Month,
    /// The run the computed grade comes from; where there is none, the one that was overruled by hand.
    pub run_id: GradingRunId,
    /// The scale.
    pub scale_id: ScaleId,
    /// The scale's code.
    pub scale_code: Code,
    /// The version graded with.
    pub scale_version: i32,
}

/// One entry of a customer's grade history.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "CustomerGrade")]
pub struct CustomerGradeOut {
    /// Who was graded: the customer, or one that has become one with it since.
    pub customer_id: CustomerId,
    /// The run.
    pub run_id: GradingRunId,
    /// The scale.
    pub scale_id: ScaleId,
    /// The scale's code.
    pub scale_code: Code,
    /// The version graded with.
    pub scale_version: i32,
    /// The month as of whose end the metrics were taken.
    pub as_of: Month,
    /// When the run was completed.
    pub completed_at: DateTime<Utc>,
    /// Whether it can decide the current grade: of an official run of the company's scale that nobody has withdrawn.
    pub in_force: bool,
    /// When the run was taken out of force; null where it was not.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Whether the customer could be graded.
    pub gradable: bool,
    /// 0 to 100, 4 places.
    pub score: Option<Exact>,
    /// What the customer is worth to us now, 0 to 100.
    pub quality: Option<Exact>,
    /// What the customer can become, 0 to 100.
    pub growth: Option<Exact>,
    /// The grade by score alone.
    pub scored_grade: Option<Code>,
    /// The grade after the caps.
    pub grade: Option<Code>,
    /// 1 is the best score of the run.
    pub rank: Option<i32>,
    /// Grades that were set by hand over this result, newest first.
    pub overrides: Vec<GradeOverrideOut>,
}

impl GradingRunIn {
    /// All that is wrong with it by itself, and whether its month is still running on a day.
    pub(super) fn problems(&self, today: NaiveDate) -> (Problems, bool) {
        let mut problems = Problems::new();
        one_scale(&mut problems, self.scale_id.is_some(), self.scale_code.is_some());
        let asked = self.provisional.unwrap_or_default();
        let is_provisional = check_month_over(&mut problems, self.as_of, asked, today);
        if is_provisional && self.official == Some(true) {
            let (en, zh) = ("A provisional run is never official.", "临时分级不能作为正式分级。");
            problems.add("/official", "provisional", en, zh);
        }
        self.selection.check(&mut problems);
        (problems, is_provisional)
    }
}

/// A scale is named by its id or by its code.
fn one_scale(problems: &mut Problems, by_id: bool, by_code: bool) {
    if by_id == by_code {
        let (en, zh) = ("Give a scale_id or a scale_code.", "请给出 scale_id 或 scale_code 之一。");
        problems.add("/scale_id", "one_of", en, zh);
    }
}
