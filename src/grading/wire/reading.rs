//! Which results are read, and what they add up to.

use async_graphql::{Enum, InputObject, SimpleObject};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Thresholds;
use crate::error::{Problems, Result};
use crate::metrics::EffortBasis;
use crate::values::{Code, Exact, GradingRunId, SalespersonId};

/// The three kinds of customers, and who is none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum CustomerKind {
    /// Keeps us alive today (高质量): of high quality, with a profit, or with one that is not known.
    SurvivalBase,
    /// Will grow with us (高增长): of high growth, and not of the survival base; its loss is what we invest.
    GrowthPartner,
    /// Keeps us busy for nothing: of high quality without a profit, or neither and at a loss, or neither and taking far more
    /// effort than it brings margin.
    BusyForNothing,
    /// None of these.
    Other,
    /// Could not be graded, and does not keep us busy for nothing as far as is known.
    Ungradable,
}

/// What is to be said with a customer's kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum KindMark {
    /// Of the survival base by its quality alone: its profit is not known.
    ProfitUnknown,
    /// A growth partner at a loss: we invest in it.
    Invests,
    /// Keeps us busy for nothing although its quality is high: this is who keeps us happily busy.
    LooksGood,
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
    /// With one of these marks, by the tenant's thresholds.
    pub kind_mark: Option<Vec<KindMark>>,
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
    /// The thresholds that part them; the break-even order is the one that the run counted small orders by.
    pub thresholds: Thresholds,
    /// Whether effort is known: without it nobody keeps us busy for nothing by effort.
    pub effort_known: bool,
    /// What effort is counted in: costs to serve where the tenant booked any in the 12 months, else handling units of its
    /// sales lines; null where neither is known, or the run is older than this.
    pub effort_basis: Option<EffortBasis>,
    /// The effort of the whole book, all customers of the tenant, in the unit of the basis.
    pub book_effort: Option<Exact>,
    /// The gross margin of the whole book, as far as it is known, in the base currency.
    pub book_margin: Option<Exact>,
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
    /// Their profit, of those of whom it is known: `net_profit_l12` where that is known, else `gross_margin_l12`, as it was
    /// when the run was made, in the base currency.
    pub profit: Exact,
    /// Customers whose profit is not known.
    pub profit_unknown: i64,
    /// Their effort of the 12 months, in the unit of the basis; null where none is known.
    pub effort: Option<Exact>,
    /// Those with a mark, every mark that goes with the kind.
    pub marks: Vec<MarkSums>,
}

/// The customers of a kind with one mark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "KindMarkSums")]
#[schema(as = KindMarkSums)]
pub struct MarkSums {
    /// The mark.
    pub mark: KindMark,
    /// What it means.
    pub label: crate::values::Label,
    /// The customers.
    pub customers: i64,
    /// Their profit, of those of whom it is known: what we invest is below 0.
    pub profit: Exact,
}

impl CustomerKind {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::SurvivalBase, Self::GrowthPartner, Self::BusyForNothing, Self::Other, Self::Ungradable];

    /// The mark that some of this kind have.
    pub(in crate::grading) fn mark(self) -> Option<KindMark> {
        match self {
            Self::SurvivalBase => Some(KindMark::ProfitUnknown),
            Self::GrowthPartner => Some(KindMark::Invests),
            Self::BusyForNothing => Some(KindMark::LooksGood),
            Self::Other | Self::Ungradable => None,
        }
    }

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
            Self::Other => ("None of these", "其他"),
            Self::Ungradable => ("Could not be graded", "无法分级"),
        };
        crate::values::Label::new(en, zh)
    }
}

impl KindMark {
    /// Its word in statements.
    pub(in crate::grading) const fn as_str(self) -> &'static str {
        match self {
            Self::ProfitUnknown => "profit_unknown",
            Self::Invests => "invests",
            Self::LooksGood => "looks_good",
        }
    }

    /// What a reader is told.
    pub fn label(self) -> crate::values::Label {
        let (en, zh) = match self {
            Self::ProfitUnknown => ("Profit not known", "利润未知"),
            Self::Invests => ("We invest: at a loss today", "投入期（目前亏损）"),
            Self::LooksGood => ("Looks good, earns nothing", "看似优质，实无利润"),
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
