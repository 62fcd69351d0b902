//! The smallest base of a growth. What grew from 12 to 900 grew by 7,400 % and says nothing about the year ahead.

use std::collections::BTreeSet;

use async_graphql::{InputObject, SimpleObject};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Checker, Factor, FactorSource, ProblemCode};
use crate::metrics::{Fact, FactValue, Metric, Missing};
use crate::values::{Exact, round_money};

/// The largest amount that can be asked for.
const MOST: i64 = 1_000_000_000_000_000;
/// The fact of a factor whose base is too small.
const SMALL_BASE: Fact = Err(Missing::SmallBase);
/// The fact of a factor whose base nobody knows.
const UNKNOWN_BASE: Fact = Err(Missing::NoData);
/// The fact of a factor that goes by the median of a book that was not told.
const NO_BOOK: Fact = Err(Missing::NotAvailable);

/// The smallest revenue that a growth is measured against: of `growth_l12` it is `revenue_p12`, of `cagr_3y` it is
/// `revenue_pp12`. Below it the fact is missing with the reason `small_base`. Give `amount`, or `median_share` with or
/// without `at_least`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "MinBaseInput")]
#[serde(deny_unknown_fields)]
pub struct MinBase {
    /// The amount, in the base currency, above 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "5000")]
    pub amount: Option<Exact>,
    /// The share of the median `revenue_l12` of all who are graded together and have that figure, above 0 and at most 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "0.01")]
    pub median_share: Option<Exact>,
    /// Beside `median_share`: never less than this, in the base currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "1000")]
    pub at_least: Option<Exact>,
}

impl MinBase {
    /// The base that is asked for, in the base currency, with 4 places. Where nobody's revenue is known the median is 0.
    fn least(&self, median: Decimal) -> Decimal {
        let of_median = self.median_share.map(|share| median * share.0);
        let asked = [self.amount.map(|amount| amount.0), of_median, self.at_least.map(|least| least.0)];
        round_money(asked.into_iter().flatten().max().unwrap_or_default())
    }
}

impl Factor {
    /// The metric that a growth is measured against; none where the factor is no growth.
    pub fn base_metric(&self) -> Option<Metric> {
        match self.source {
            FactorSource::Metric(Metric::GrowthL12) => Some(Metric::RevenueP12),
            FactorSource::Metric(Metric::Cagr3y) => Some(Metric::RevenuePp12),
            FactorSource::Metric(_) | FactorSource::Attribute(_) | FactorSource::Judgement(_) => None,
        }
    }
}

/// The metrics that a scoring reads beside the factors' own facts, each once, in a fixed order: the bases of growths, and
/// the revenue whose median decides some of them. Their facts stand behind those of the factors.
pub fn base_metrics<'a>(factors: impl IntoIterator<Item = &'a Factor>) -> Vec<Metric> {
    let mut metrics = BTreeSet::new();
    for factor in factors {
        if let (Some(base), Some(metric)) = (&factor.min_base, factor.base_metric()) {
            metrics.insert(metric);
            if base.median_share.is_some() {
                metrics.insert(Metric::RevenueL12);
            }
        }
    }
    metrics.into_iter().collect()
}

/// The base of one factor, ready to be looked at for many customers.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    rule: MinBase,
    /// Where the base's fact stands.
    slot: usize,
    /// What is asked for; none while it hangs on a median that was not told.
    least: Option<Decimal>,
}

impl Gate {
    /// Of a factor that asks for a base, where `bases` stand from `first` on.
    pub(super) fn of(factor: &Factor, bases: &[Metric], first: usize) -> Option<Self> {
        let (rule, metric) = (factor.min_base.clone()?, factor.base_metric()?);
        let slot = first + bases.iter().position(|base| *base == metric)?;
        let least = rule.median_share.is_none().then(|| rule.least(Decimal::ZERO));
        Some(Self { rule, slot, least })
    }

    /// Whether it goes by the median of all.
    pub(super) fn reads_median(&self) -> bool {
        self.rule.median_share.is_some()
    }

    /// Tells the median.
    pub(super) fn settle(&mut self, median: Decimal) {
        self.least = Some(self.rule.least(median));
    }

    /// The base that is asked for, in the base currency.
    pub(super) fn least(&self) -> Option<Decimal> {
        self.least
    }

    /// The fact of the base.
    pub(super) fn base<'f>(&self, facts: &'f [Fact]) -> Option<&'f Fact> {
        facts.get(self.slot)
    }

    /// What stands in the place of the factor's fact; none where the base is large enough. Of facts without their bases, as
    /// an explanation has them, none is asked for.
    pub(super) fn instead(&self, base: Option<&Fact>) -> Option<&'static Fact> {
        let base = base?;
        let Some(least) = self.least else { return Some(&NO_BOOK) };
        match base.as_ref().map(FactValue::as_number) {
            Ok(Some(base)) if base >= least => None,
            Ok(Some(_)) => Some(&SMALL_BASE),
            Ok(None) | Err(_) => Some(&UNKNOWN_BASE),
        }
    }
}

/// The middle one, of an even number the mean of the two in the middle; 0 where there are none. It costs less than a sort.
pub(super) fn median(mut numbers: Vec<Decimal>) -> Decimal {
    let middle = numbers.len() / 2;
    if middle >= numbers.len() {
        return Decimal::ZERO;
    }
    let is_even = numbers.len().is_multiple_of(2);
    let (below, upper, _) = numbers.select_nth_unstable(middle);
    let upper = *upper;
    match below.iter().max().filter(|_| is_even) {
        // Halved first, so that the sum of two large numbers does not overflow.
        Some(lower) => (*lower / Decimal::TWO).checked_add(upper / Decimal::TWO).unwrap_or(upper),
        None => upper,
    }
}

impl Checker {
    pub(super) fn min_base(&mut self, at: &str, factor: &Factor) {
        let Some(base) = &factor.min_base else { return };
        let at = format!("{at}/min_base");
        if factor.base_metric().is_none() {
            let en = "only growth_l12 and cagr_3y are measured against a base";
            self.push(&at, ProblemCode::WrongSource, en, "只有 growth_l12 和 cagr_3y 有基数");
        }
        if base.amount.is_some() == base.median_share.is_some() {
            let en = "give either amount or median_share";
            self.push(&at, ProblemCode::Lacking, en, "请给出 amount 或 median_share 之一");
        }
        if base.at_least.is_some() && base.median_share.is_none() {
            let en = "at_least goes with median_share";
            self.push(&format!("{at}/at_least"), ProblemCode::Lacking, en, "at_least 须与 median_share 一起使用");
        }
        for (name, number, most, places) in [
            ("amount", base.amount, Decimal::from(MOST), 4),
            ("median_share", base.median_share, Decimal::ONE, 6),
            ("at_least", base.at_least, Decimal::from(MOST), 4),
        ] {
            let Some(number) = number else { continue };
            let at = format!("{at}/{name}");
            self.number(&at, number.0, Decimal::ZERO, most, places);
            if number.is_zero() && name != "at_least" {
                self.above_zero(&at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn least(rule: &str, median: &str) -> String {
        serde_json::from_str::<MinBase>(rule).unwrap().least(d(median)).to_string()
    }

    #[test]
    fn the_base_is_an_amount_or_a_share_of_the_median_and_never_below_its_least() {
        assert_eq!(least(r#"{"amount": "5000"}"#, "9000000"), "5000.0000");
        let share = r#"{"median_share": "0.01", "at_least": "1000"}"#;
        // 1 % of 84,000 is 840, less than 1,000; of 2,500,050 it is 25,000.5.
        assert_eq!((least(share, "84000"), least(share, "2500050")), ("1000.0000".into(), "25000.5000".into()));
        assert_eq!(least(r#"{"median_share": "0.01"}"#, "0"), "0.0000");
    }

    #[test]
    fn the_median_is_the_middle_or_the_mean_of_the_two() {
        let of = |numbers: &[i64]| median(numbers.iter().map(|n| Decimal::from(*n)).collect()).normalize().to_string();
        assert_eq!([of(&[]), of(&[7]), of(&[9, 1]), of(&[3, 1, 2]), of(&[8, 1, 1, 4])], ["0", "7", "5", "2", "2.5"]);
    }

    proptest! {
        #[test]
        fn the_median_is_that_of_the_sorted_list(numbers in prop::collection::vec(-50i64..50, 1..40)) {
            let mut sorted = numbers.clone();
            sorted.sort_unstable();
            let at = |place: usize| Decimal::from(sorted[place]);
            let middle = sorted.len() / 2;
            let expected = if sorted.len() % 2 == 1 { at(middle) } else { (at(middle - 1) + at(middle)) / Decimal::TWO };
            prop_assert_eq!(median(numbers.into_iter().map(Decimal::from).collect()), expected);
        }
    }
}
