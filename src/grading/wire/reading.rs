//! Which results are read, and what they add up to.

use async_graphql::{Enum, InputObject, SimpleObject};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Thresholds;
use crate::error::{Problems, Result};
use crate::values::{Code, Exact, GradingRunId, SalespersonId};

/// The three kinds of customers, and who is none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum CustomerKind {
    /// Keeps us alive today (高质量): of high quality, whatever its growth.
    SurvivalBase,
    /// Will grow with us (高增长): of high growth, and not of high quality.
    GrowthPartner,
    /// Keeps us busy for nothing: neither, and taking effort.
    BusyForNothing,
    /// Neither, and taking little effort, or none that is known.
    Other,
    /// Could not be graded.
    Ungradable,
}

/// Which results of a run: those that meet all that is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, InputObject)]
#[graphql(name = "GradingResultFilter")]
pub struct ResultFilter {
    /// Of one of these grades.
    pub grade: Option<Vec<Code>>,
    /// Who could be graded, or who could not.
    pub gradable: Option<bool>,
    /// With this score or a higher one.
    pub score_from: Option<Exact>,
    /// With a lower score than this.
    pub score_below: Option<Exact>,
    /// With this quality or a higher one.
    pub quality_from: Option<Exact>,
    /// With a lower quality than this.
    pub quality_below: Option<Exact>,
    /// With this growth or a higher one.
    pub growth_from: Option<Exact>,
    /// With a lower growth than this.
    pub growth_below: Option<Exact>,
    /// Owned by one of these salespeople.
    pub owner_id: Option<Vec<SalespersonId>>,
    /// Of one of these territories.
    pub territory: Option<Vec<String>>,
    /// Of one of these industries.
    pub industry: Option<Vec<String>>,
    /// Of one of these kinds, by the tenant's thresholds.
    pub kind: Option<Vec<CustomerKind>>,
    /// With a value of this field of the dossier, or attribute: the one of `segment_value`, or none.
    pub segment_field: Option<Code>,
    /// The value; those without one where absent.
    pub segment_value: Option<String>,
}

/// What the customers of a cell add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct CellSums {
    /// The customers; of a salesperson, own ones.
    pub customers: i64,
    /// Their net of the 12 months that end with the run's month, in the base currency.
    pub net: Exact,
    /// The gross margin of those of whom it is known.
    pub margin: Exact,
    /// Customers whose margin is not known, because a line lacks its cost.
    pub without_margin: i64,
}

/// The quality x growth matrix of a run.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
pub struct RunMatrixOut {
    /// The run.
    pub run_id: GradingRunId,
    /// The thresholds that cut the axes.
    pub thresholds: Thresholds,
    /// The matrix.
    pub matrix: super::QualityGrowthMatrix,
}

/// A run by a field of the dossier and grade.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "SegmentGradeMatrix")]
#[schema(as = SegmentGradeMatrix)]
pub struct SegmentMatrixOut {
    /// The run.
    pub run_id: GradingRunId,
    /// The field or attribute.
    #[schema(example = "industry")]
    pub field: Code,
    /// The grades, the best first.
    pub grades: Vec<Code>,
    /// Cells with customers: by the value, those without one last, then the best grade first.
    pub cells: Vec<SegmentGradeCell>,
}

/// The customers of a value and a grade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct SegmentGradeCell {
    /// The value; null for customers without one.
    pub value: Option<String>,
    /// The grade; null for customers who could not be graded.
    pub grade: Option<Code>,
    /// What they add up to.
    pub sums: CellSums,
}

/// The three kinds of customers of a run.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "CustomerKinds")]
#[schema(as = CustomerKinds)]
pub struct KindsOut {
    /// The run.
    pub run_id: GradingRunId,
    /// The thresholds that part them.
    pub thresholds: Thresholds,
    /// Whether the tenant booked costs to serve in the 12 months: without them nobody is known to take effort.
    pub effort_known: bool,
    /// Every kind, also where nobody is of it.
    pub kinds: Vec<KindSums>,
}

/// The customers of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct KindSums {
    /// The kind.
    pub kind: CustomerKind,
    /// What it means.
    pub label: crate::values::Label,
    /// What they add up to.
    pub sums: CellSums,
    /// Their costs to serve of the 12 months, in the base currency.
    pub cost_to_serve: Exact,
}

impl CustomerKind {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::SurvivalBase, Self::GrowthPartner, Self::BusyForNothing, Self::Other, Self::Ungradable];

    /// Its word in statements.
    pub(in crate::grading) const fn as_str(self) -> &'static str {
        match self {
            Self::SurvivalBase => "survival_base",
            Self::GrowthPartner => "growth_partner",
            Self::BusyForNothing => "busy_for_nothing",
            Self::Other => "other",
            Self::Ungradable => "ungradable",
        }
    }

    /// What a reader is told.
    pub fn label(self) -> crate::values::Label {
        let (en, zh) = match self {
            Self::SurvivalBase => ("Survival base", "生存根基（高质量）"),
            Self::GrowthPartner => ("Growth partner", "成长伙伴（高增长）"),
            Self::BusyForNothing => ("Busy for nothing", "忙而无功"),
            Self::Other => ("Neither, little effort", "其他（投入少）"),
            Self::Ungradable => ("Could not be graded", "无法分级"),
        };
        crate::values::Label::new(en, zh)
    }
}

impl ResultFilter {
    /// Checks it by itself.
    ///
    /// # Errors
    /// `invalid_input` with all that is wrong with it.
    pub(in crate::grading) fn check(&self) -> Result<()> {
        let mut problems = Problems::new();
        let counts = [
            ("/grade", self.grade.as_ref().map(Vec::len)),
            ("/owner_id", self.owner_id.as_ref().map(Vec::len)),
            ("/territory", self.territory.as_ref().map(Vec::len)),
            ("/industry", self.industry.as_ref().map(Vec::len)),
        ];
        for (pointer, count) in counts {
            if count.is_some_and(|count| count > 100) {
                problems.add(pointer, "too_many", "At most 100 values.", "最多 100 个值。");
            }
        }
        if self.segment_value.is_some() && self.segment_field.is_none() {
            let (en, zh) = ("Name the field with segment_field.", "请用 segment_field 指定字段。");
            problems.add("/segment_field", "required", en, zh);
        }
        problems.into_result()
    }
}
