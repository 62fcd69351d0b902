//! Thresholds by which results are read, and the quality x growth matrix.

use async_graphql::{InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::Problems;
use crate::metrics::{EffortRules, HIGHEST_EFFORT_RATIO, HandlingWeights};
use crate::values::Exact;

/// Cut-offs an axis has at most.
const MOST_CUTS: usize = 9;
/// Decimal places of a handling unit.
const WEIGHT_PLACES: u32 = 4;
const MOST_BREAK_EVEN: Decimal = Decimal::from_parts(0xd4a5_1000, 0xe8, 0, false, 0);

/// Thresholds by which results are read. What is absent is the default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[schema(as = GradingThresholds)]
#[graphql(name = "GradingThresholds", input_name = "GradingThresholdsInput")]
#[serde(deny_unknown_fields, default)]
pub struct Thresholds {
    /// Where the classes of quality in the matrix begin, ascending, each above 0 and at most 100; 1 to 9 of them. A score
    /// on a cut-off belongs to the higher class.
    #[graphql(default_with = "Thresholds::default().quality_cuts")]
    #[schema(example = json!(["40", "70"]))]
    pub quality_cuts: Vec<Exact>,
    /// The same of growth.
    #[graphql(default_with = "Thresholds::default().growth_cuts")]
    #[schema(example = json!(["40", "70"]))]
    pub growth_cuts: Vec<Exact>,
    /// From this quality on a customer belongs to the survival base, 0 to 100.
    #[graphql(default_with = "Thresholds::default().survival_quality")]
    #[schema(example = "60")]
    pub survival_quality: Exact,
    /// From this growth on a customer is a growth partner, where it is not of the survival base, 0 to 100.
    #[graphql(default_with = "Thresholds::default().partner_growth")]
    #[schema(example = "60")]
    pub partner_growth: Exact,
    /// From this effort ratio on a customer that is neither keeps us busy for nothing, above 0 and at most 1000: its share of
    /// the book's effort / its share of the book's gross margin. 2 is twice as much effort as margin.
    #[graphql(default_with = "Thresholds::default().busy_effort_ratio")]
    #[schema(example = "2")]
    pub busy_effort_ratio: Exact,
    /// How many handling units an order is, 0 to 1000, 4 places. Effort is counted in them where the tenant has no costs to
    /// serve in the 12 months.
    #[graphql(default_with = "Thresholds::default().effort_of_order")]
    #[schema(example = "1")]
    pub effort_of_order: Exact,
    /// How many a line is.
    #[graphql(default_with = "Thresholds::default().effort_of_line")]
    #[schema(example = "0.25")]
    pub effort_of_line: Exact,
    /// How many a line that takes goods back (net below 0) is beyond that.
    #[graphql(default_with = "Thresholds::default().effort_of_return_line")]
    #[schema(example = "1")]
    pub effort_of_return_line: Exact,
    /// How many an order below the break-even order is beyond that.
    #[graphql(default_with = "Thresholds::default().effort_of_small_order")]
    #[schema(example = "1")]
    pub effort_of_small_order: Exact,
    /// The net that an order needs in order to pay, in the base currency, above 0; null (the default) where it is not known:
    /// then no order is small. Small orders are counted when a run is made, so that a change holds from the next run on.
    #[schema(example = "250")]
    pub break_even_order: Option<Exact>,
}

/// The tenant's thresholds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "GradingSettings")]
#[schema(as = GradingSettings)]
pub struct GradingSettingsOut {
    /// The thresholds.
    pub thresholds: Thresholds,
    /// Counts the changes; 0 while they are the defaults; the ETag.
    pub version: i32,
    /// When they were last changed; null while they are the defaults.
    pub updated_at: Option<DateTime<Utc>>,
}

/// The customers by quality and growth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct QualityGrowthMatrix {
    /// Customers without a place: they could not be graded, or no factor of an axis counts.
    pub unplaced: i64,
    /// Every cell, the best quality first, then the best growth.
    pub cells: Vec<QualityGrowthCell>,
}

/// A class of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct AxisClass {
    /// The smallest score in it; null for the lowest class.
    pub from: Option<Exact>,
    /// The score where the next class begins; null for the highest.
    pub below: Option<Exact>,
}

/// One cell of the matrix. Those in it are the results with the same bounds as filters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct QualityGrowthCell {
    /// The class of quality.
    pub quality: AxisClass,
    /// The class of growth.
    pub growth: AxisClass,
    /// The customers in it.
    pub customers: i64,
    /// Their net of the 12 months, in the base currency.
    pub net: Exact,
    /// The gross margin of those of whom it is known.
    pub margin: Exact,
    /// Customers whose margin is not known, because a line lacks its cost.
    pub without_margin: i64,
}

impl Default for Thresholds {
    fn default() -> Self {
        let cuts = || vec![Exact(Decimal::from(40)), Exact(Decimal::from(70))];
        Self {
            quality_cuts: cuts(),
            growth_cuts: cuts(),
            survival_quality: Exact(Decimal::from(60)),
            partner_growth: Exact(Decimal::from(60)),
            busy_effort_ratio: Exact(Decimal::TWO),
            effort_of_order: Exact(Decimal::ONE),
            effort_of_line: Exact(Decimal::new(25, 2)),
            effort_of_return_line: Exact(Decimal::ONE),
            effort_of_small_order: Exact(Decimal::ONE),
            break_even_order: None,
        }
    }
}

impl Thresholds {
    /// Adds what is wrong with them.
    pub(in crate::grading) fn check(&self, at: &str, problems: &mut Problems) {
        let in_range = |value: &Exact| (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&value.0);
        for (name, cuts) in [("quality_cuts", &self.quality_cuts), ("growth_cuts", &self.growth_cuts)] {
            let ascends = cuts.windows(2).all(|pair| pair[0] < pair[1]);
            let fits = (1..=MOST_CUTS).contains(&cuts.len()) && cuts.iter().all(|cut| in_range(cut) && !cut.is_zero());
            if !ascends || !fits {
                let en = format!("1 to {MOST_CUTS} ascending cut-offs, each above 0 and at most 100.");
                let zh = format!("1 至 {MOST_CUTS} 个递增的分界值，均大于 0 且至多 100。");
                problems.add(format!("{at}/{name}"), "range", en, zh);
            }
        }
        for (name, value) in [("survival_quality", self.survival_quality), ("partner_growth", self.partner_growth)] {
            if !in_range(&value) {
                problems.add(format!("{at}/{name}"), "range", "0 to 100.", "0 至 100。");
            }
        }
        if self.busy_effort_ratio.0 <= Decimal::ZERO || self.busy_effort_ratio.0 > HIGHEST_EFFORT_RATIO {
            let (en, zh) = (
                "Above 0 and at most 1000, 2 is twice as much effort as margin.",
                "大于 0 且至多 1000，2 即投入占比为毛利占比的两倍。",
            );
            problems.add(format!("{at}/busy_effort_ratio"), "range", en, zh);
        }
        for (name, weight) in [
            ("effort_of_order", self.effort_of_order),
            ("effort_of_line", self.effort_of_line),
            ("effort_of_return_line", self.effort_of_return_line),
            ("effort_of_small_order", self.effort_of_small_order),
        ] {
            let fits = (Decimal::ZERO..=Decimal::ONE_THOUSAND).contains(&weight.0);
            if !fits || weight.normalize().scale() > WEIGHT_PLACES {
                let (en, zh) = ("0 to 1000, with at most 4 decimal places.", "0 至 1000，最多 4 位小数。");
                problems.add(format!("{at}/{name}"), "range", en, zh);
            }
        }
        if self.break_even_order.is_some_and(|order| order.0 <= Decimal::ZERO || order.0 > MOST_BREAK_EVEN) {
            let (en, zh) = ("Above 0 and at most 1,000,000,000,000.", "大于 0 且至多 1,000,000,000,000。");
            problems.add(format!("{at}/break_even_order"), "range", en, zh);
        }
    }

    /// How effort is reckoned where no cost to serve is booked.
    pub(in crate::grading) fn effort_rules(&self) -> EffortRules {
        let weights = HandlingWeights {
            order: self.effort_of_order.0,
            line: self.effort_of_line.0,
            return_line: self.effort_of_return_line.0,
            small_order: self.effort_of_small_order.0,
        };
        EffortRules { weights, break_even_order: self.break_even_order.map(|order| order.0) }
    }
}
