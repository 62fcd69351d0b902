//! What-if and what it answers.

use async_graphql::{InputObject, SimpleObject};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AxisClass, GradeCount, QualityGrowthMatrix, Thresholds};
use crate::error::Problems;
use crate::grading::Selection;
use crate::metrics::FactValue;
use crate::scales::{Cap, GradeBands, MinBase, MissingPolicy, ScaleDefinition, ScoringRule};
use crate::values::{Code, CustomerId, Exact, Label, Month, ScaleId};

/// Movers an answer shows at most.
const MOST_MOVERS: i32 = 500;
/// Movers it shows where nothing is asked.
const FEW_MOVERS: i32 = 20;

/// What to try: exactly one of `definition`, `draft_version` and `changes`. Nothing is stored.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[graphql(name = "GradingWhatIfInput")]
#[serde(deny_unknown_fields)]
pub struct WhatIfIn {
    /// The scale that is compared with. Exactly one of `scale_id` and `scale_code` is given.
    #[serde(default)]
    pub scale_id: Option<ScaleId>,
    /// The scale's code.
    #[serde(default)]
    #[schema(example = "distributor")]
    pub scale_code: Option<Code>,
    /// The version that is compared with, and that changes start from; the published one where absent. A scale without a
    /// published version is compared with nothing.
    #[serde(default)]
    #[schema(example = 1)]
    pub version: Option<i32>,
    /// A whole definition.
    #[serde(default)]
    pub definition: Option<ScaleDefinition>,
    /// A stored version, such as the draft.
    #[serde(default)]
    #[schema(example = 2)]
    pub draft_version: Option<i32>,
    /// Changes of the version that is compared with.
    #[serde(default)]
    pub changes: Option<ScaleChanges>,
    /// The month as of whose end the metrics are taken.
    pub as_of: Month,
    /// Which customers; all of them where absent.
    #[serde(default)]
    #[schema(example = json!({"all": {}}))]
    pub selection: Option<Selection>,
    /// Movers to show, 0 to 500; 20 where absent.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 500, default = 20)]
    pub movers: Option<i32>,
    /// Movers to leave out before those; 0 where absent.
    #[serde(default)]
    #[schema(minimum = 0, default = 0)]
    pub movers_skipped: Option<i32>,
    /// Cut-offs of the matrix; the tenant's own where absent.
    #[serde(default)]
    pub thresholds: Option<Thresholds>,
}

/// Changes of a version; what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, ToSchema, InputObject)]
#[graphql(name = "ScaleChangesInput")]
#[serde(deny_unknown_fields)]
pub struct ScaleChanges {
    /// Weights of dimensions. Those that are not named are scaled, so that all sum to 1 again.
    #[serde(default)]
    pub weights: Option<Vec<WeightChange>>,
    /// Points, rules and policies of factors.
    #[serde(default)]
    pub factors: Option<Vec<FactorChange>>,
    /// The grade bands, as a whole.
    #[serde(default)]
    pub grade_bands: Option<GradeBands>,
    /// The caps, as a whole.
    #[serde(default)]
    pub caps: Option<Vec<Cap>>,
    /// The share of all points whose facts must be known.
    #[serde(default)]
    pub min_coverage: Option<Exact>,
}

/// Another weight of a dimension.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema, InputObject)]
#[graphql(name = "WeightChangeInput")]
#[serde(deny_unknown_fields)]
pub struct WeightChange {
    /// The dimension.
    pub dimension: Code,
    /// Its weight, above 0 and below 1.
    #[schema(example = "0.5")]
    pub weight: Exact,
}

/// Other points of a factor.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema, InputObject)]
#[graphql(name = "FactorChangeInput")]
#[serde(deny_unknown_fields)]
pub struct FactorChange {
    /// The factor.
    pub factor: Code,
    /// The most points it can give.
    #[serde(default)]
    pub max_points: Option<Exact>,
    /// How its value becomes points, as a whole.
    #[serde(default)]
    pub rule: Option<ScoringRule>,
    /// What happens where there is no value.
    #[serde(default)]
    pub missing: Option<MissingPolicy>,
    /// The smallest base of a growth, as a whole.
    #[serde(default)]
    pub min_base: Option<MinBase>,
}

/// What would become of the book.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "GradingWhatIf")]
pub struct WhatIfOut {
    /// The month as of whose end the metrics were taken.
    pub as_of: Month,
    /// The version that is compared with; null where the scale has none in force.
    pub compared_version: Option<i32>,
    /// The customers of the selection; of a salesperson, own ones.
    pub customers: i64,
    /// Those of them who can be graded by the version that is compared with.
    pub gradable_before: Option<i64>,
    /// Those who can be graded by what is tried.
    pub gradable_after: i64,
    /// Customers by grade by the version that is compared with, the best first.
    pub before: Option<Vec<GradeCount>>,
    /// Customers by grade by what is tried.
    pub after: Vec<GradeCount>,
    /// How many go from which grade to which.
    pub transitions: Vec<GradeTransition>,
    /// How many change their grade.
    pub changed: i64,
    /// Those who change it: the most grades first, then the largest change of the score, ties by external id.
    pub movers: Vec<Mover>,
    /// Quality and growth by what is tried.
    pub matrix: QualityGrowthMatrix,
    /// The weights that were tried, the others scaled.
    pub weights: Vec<TriedWeight>,
}

/// A dimension's weight as it was tried.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
pub struct TriedWeight {
    /// The dimension.
    pub dimension: Code,
    /// Its weight.
    pub weight: Exact,
}

/// How many customers go from one grade to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct GradeTransition {
    /// The grade before; null for those who could not be graded.
    pub old_grade: Option<Code>,
    /// The grade after; null for those who cannot be graded.
    pub new_grade: Option<Code>,
    /// How many.
    pub customers: i64,
}

/// A customer whose grade changes.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "GradeMover")]
#[schema(as = GradeMover)]
pub struct Mover {
    /// The customer.
    pub customer_id: CustomerId,
    /// Its external id.
    pub customer_external_id: String,
    /// Its name.
    pub customer_name: String,
    /// The grade before; null where it could not be graded.
    pub old_grade: Option<Code>,
    /// The grade after; null where it cannot be graded.
    pub new_grade: Option<Code>,
    /// The score before, 0 to 100.
    pub old_score: Option<Exact>,
    /// The score after.
    pub new_score: Option<Exact>,
    /// The rank before; 1 is the best.
    pub old_rank: Option<i32>,
    /// The rank after.
    pub new_rank: Option<i32>,
    /// What moved it. Where this is empty its place among the others moved it, as with quotas, or other grade bands.
    pub moved_by: MovedBy,
}

/// What differs between two results of one customer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
pub struct MovedBy {
    /// The factors whose contribution changed, the strongest first. The changes add up to that of the score.
    pub factors: Vec<FactorMove>,
    /// Caps that limit the grade now and did not before.
    pub caps_added: Vec<Label>,
    /// Caps that limited the grade before and do not now.
    pub caps_lifted: Vec<Label>,
}

/// A factor that contributes otherwise than before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
pub struct FactorMove {
    /// The factor.
    pub factor: Code,
    /// Its name.
    pub label: Label,
    /// The raw value before.
    pub old_value: Option<FactValue>,
    /// The raw value after.
    pub new_value: Option<FactValue>,
    /// The points before; null where it was left out.
    pub old_points: Option<Exact>,
    /// The points after.
    pub new_points: Option<Exact>,
    /// What it added to the score before.
    pub old_contribution: Exact,
    /// What it adds after.
    pub new_contribution: Exact,
    /// The difference, above 0 where it helps.
    pub change: Exact,
}

impl WhatIfIn {
    /// All that is wrong with it by itself.
    pub(in crate::grading) fn problems(&self) -> Problems {
        let mut problems = Problems::new();
        super::one_scale(&mut problems, self.scale_id.is_some(), self.scale_code.is_some());
        let given = [self.definition.is_some(), self.draft_version.is_some(), self.changes.is_some()];
        if given.into_iter().filter(|given| *given).count() != 1 {
            let en = "Give exactly one of definition, draft_version and changes.";
            problems.add("/definition", "one_of", en, "请给出 definition、draft_version、changes 之一。");
        }
        if let Some(selection) = &self.selection {
            selection.check(&mut problems);
        }
        if !(0..=MOST_MOVERS).contains(&self.movers.unwrap_or_default()) {
            problems.add("/movers", "range", format!("0 to {MOST_MOVERS}."), format!("0 至 {MOST_MOVERS}。"));
        }
        if self.movers_skipped.is_some_and(|skipped| skipped < 0) {
            problems.add("/movers_skipped", "range", "0 or more.", "不小于 0。");
        }
        if let Some(thresholds) = &self.thresholds {
            thresholds.check("/thresholds", &mut problems);
        }
        problems
    }

    /// Which of the movers: how many are left out, and how many are shown.
    pub(in crate::grading) fn mover_range(&self) -> (usize, usize) {
        let number = |asked: i32| usize::try_from(asked).unwrap_or_default();
        (number(self.movers_skipped.unwrap_or_default()), number(self.movers.unwrap_or(FEW_MOVERS)))
    }
}

impl super::QualityGrowthCell {
    /// Nobody in it.
    pub(in crate::grading) fn empty(quality: AxisClass, growth: AxisClass) -> Self {
        let none = Exact(crate::values::round_money(rust_decimal::Decimal::ZERO));
        Self { quality, growth, customers: 0, net: none, margin: none, without_margin: 0 }
    }
}

/// Which scale is looked at, on which book.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[graphql(name = "GradingSensitivityInput")]
#[serde(deny_unknown_fields)]
pub struct SensitivityIn {
    /// The scale. Exactly one of `scale_id` and `scale_code` is given.
    #[serde(default)]
    pub scale_id: Option<ScaleId>,
    /// The scale's code.
    #[serde(default)]
    #[schema(example = "distributor")]
    pub scale_code: Option<Code>,
    /// The version, also a draft; the published one where absent.
    #[serde(default)]
    pub version: Option<i32>,
    /// A definition in its place; nothing is stored.
    #[serde(default)]
    pub definition: Option<ScaleDefinition>,
    /// The month as of whose end the metrics are taken.
    pub as_of: Month,
    /// Which customers; all of them where absent.
    #[serde(default)]
    #[schema(example = json!({"all": {}}))]
    pub selection: Option<Selection>,
    /// The shares of the grades that may change, each above 0 and at most 1, 1 to 5 of them; 0.01 and 0.05 where absent.
    #[serde(default)]
    #[schema(example = json!(["0.01", "0.05"]))]
    pub shares: Option<Vec<Exact>>,
}

/// How far weights can move.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "GradingSensitivity")]
pub struct SensitivityOut {
    /// The month as of whose end the metrics were taken.
    pub as_of: Month,
    /// The customers who can be graded; of a salesperson, own ones.
    pub graded: i64,
    /// `exact` with fixed bands, `halving` with quotas (to a 1024th of the way, each weight one where the share is crossed).
    #[schema(example = "exact")]
    pub method: String,
    /// Each dimension, in the order of the scale.
    pub dimensions: Vec<DimensionSensitivity>,
}

/// How far one weight can move, the others scaled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct DimensionSensitivity {
    /// The dimension.
    pub dimension: Code,
    /// Its name.
    pub label: Label,
    /// Its weight.
    pub weight: Exact,
    /// Raised towards 1: one entry a share.
    pub up: Vec<WeightMove>,
    /// Lowered towards 0: one entry a share.
    pub down: Vec<WeightMove>,
}

/// Where a share of the grades has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct WeightMove {
    /// The share of the grades.
    #[schema(example = "0.01")]
    pub share: Exact,
    /// The first weight at which it has changed, 6 decimals; null where it does not change all the way.
    pub weight: Option<Exact>,
    /// That weight less the present one.
    pub change: Option<Exact>,
}

impl SensitivityIn {
    /// All that is wrong with it by itself.
    pub(in crate::grading) fn problems(&self) -> Problems {
        let mut problems = Problems::new();
        super::one_scale(&mut problems, self.scale_id.is_some(), self.scale_code.is_some());
        if let Some(selection) = &self.selection {
            selection.check(&mut problems);
        }
        let shares = self.shares();
        let fits = |share: &Exact| share.0 > rust_decimal::Decimal::ZERO && share.0 <= rust_decimal::Decimal::ONE;
        if !(1..=5).contains(&shares.len()) || !shares.iter().all(fits) {
            let (en, zh) = ("1 to 5 shares, each above 0 and at most 1.", "1 至 5 个比例，均大于 0 且至多为 1。");
            problems.add("/shares", "range", en, zh);
        }
        problems
    }

    /// The shares that are asked for.
    pub(in crate::grading) fn shares(&self) -> Vec<Exact> {
        let usual = || [1, 5].map(|percent| Exact(rust_decimal::Decimal::new(percent, 2))).to_vec();
        self.shares.clone().unwrap_or_else(usual)
    }
}
