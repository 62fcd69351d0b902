//! Groups beside those of the period or the year before.
//!
//! Growth compares like with like: where one of the two periods is not whole it has no value, for eleven months beside
//! twelve say nothing.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::{Enum, SimpleObject};
use chrono::{Days, Months, NaiveDate};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::buckets::Cell;
use super::period::{Coverage, Reach};
use super::query::{Span, StatisticsDimension};
use super::run::Group;
use crate::values::{Exact, Label, Month, ratio, round_money};

/// With what groups are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[graphql(name = "StatisticsComparison")]
#[serde(rename_all = "snake_case")]
#[schema(as = StatisticsComparison)]
pub enum Comparison {
    /// With the bucket of time before; where nothing is grouped by time, with as many months or days before the period.
    PeriodBefore,
    /// With the same days of the year before.
    YearBefore,
}

/// Why a growth has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum GrowthMissing {
    /// One of the two periods is not whole.
    IncompletePeriod,
    /// The net before is known, and is 0.
    ZeroBase,
    /// The net before is negative.
    Undefined,
}

impl GrowthMissing {
    /// What a reader is told.
    pub fn label(self) -> Label {
        match self {
            Self::IncompletePeriod => Label::new("one of the two periods is not whole", "对比的两个期间中有一个不完整"),
            Self::ZeroBase => Label::new("the base is 0", "基数为零"),
            Self::Undefined => Label::new("not defined for these data", "数据不满足公式条件"),
        }
    }
}

/// A group before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
#[graphql(name = "StatisticsBefore")]
#[schema(as = StatisticsBefore)]
pub struct Before {
    /// The period that is compared with.
    pub period: Coverage,
    /// Its net; 0 where the group had no line.
    pub net: Exact,
    /// Net less the net before.
    pub change: Exact,
    /// Change / net before, 6 places.
    pub growth: Option<Exact>,
    /// Why there is no growth.
    pub growth_missing: Option<GrowthMissing>,
    /// The same for a reader.
    pub growth_missing_label: Option<Label>,
}

impl Before {
    fn new(net: Decimal, period: &Coverage, before: Decimal, compared: Coverage) -> Self {
        let growth = growth(net, before, period.complete && compared.complete);
        Self {
            period: compared,
            net: Exact(round_money(before)),
            change: Exact(round_money(net - before)),
            growth: growth.ok().map(Exact),
            growth_missing: growth.err(),
            growth_missing_label: growth.err().map(GrowthMissing::label),
        }
    }
}

fn growth(net: Decimal, before: Decimal, whole: bool) -> Result<Decimal, GrowthMissing> {
    match before {
        _ if !whole => Err(GrowthMissing::IncompletePeriod),
        before if before.is_zero() => Err(GrowthMissing::ZeroBase),
        before if before < Decimal::ZERO => Err(GrowthMissing::Undefined),
        before => ratio(net - before, before).ok_or(GrowthMissing::Undefined),
    }
}

/// How far back it is to what is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Months(u32),
    Days(u64),
}

impl Step {
    /// Of a question over the days from `from` to the day before `to`.
    pub(super) fn of(
        comparison: Comparison,
        group_by: &[StatisticsDimension],
        (from, to): (NaiveDate, NaiveDate),
    ) -> Self {
        let finest = group_by.iter().filter_map(|dimension| dimension.months()).min();
        match (comparison, finest) {
            (Comparison::YearBefore, _) => Self::Months(12),
            (Comparison::PeriodBefore, Some(0)) => Self::Days(1),
            (Comparison::PeriodBefore, Some(months)) => Self::Months(months),
            (Comparison::PeriodBefore, None) => {
                let (first, end) = (Month::of(from), Month::of(to));
                match u32::try_from(end.since(first)) {
                    Ok(months) if months > 0 && first.first_day() == from && end.first_day() == to => {
                        Self::Months(months)
                    }
                    _ => Self::Days(u64::try_from((to - from).num_days()).unwrap_or_default()),
                }
            }
        }
    }

    /// So much earlier.
    pub(super) fn back(self, day: NaiveDate) -> NaiveDate {
        let earlier = match self {
            Self::Months(months) => day.checked_sub_months(Months::new(months)),
            Self::Days(days) => day.checked_sub_days(Days::new(days)),
        };
        earlier.unwrap_or(day)
    }

    /// The days that are compared with.
    pub(super) fn span(self, (from, to): (NaiveDate, NaiveDate)) -> Span {
        Span { from: Some(self.back(from)), to: Some(self.back(to)) }
    }
}

/// What groups are recognized by: their keys in the order of the dimensions; none for "others".
type Keys = Vec<Option<String>>;

/// The nets of the groups before.
pub(super) struct Compared<'a> {
    step: Step,
    group_by: &'a [StatisticsDimension],
    start_month: u32,
    reach: &'a Reach,
    span: (NaiveDate, NaiveDate),
    total: Decimal,
    groups: BTreeMap<(bool, Keys), Decimal>,
}

impl<'a> Compared<'a> {
    /// Of the groups before, all of them; those that are not among `now` are others, where `now` has a top.
    pub(super) fn new(
        step: Step,
        (group_by, start_month): (&'a [StatisticsDimension], u32),
        (reach, span): (&'a Reach, (NaiveDate, NaiveDate)),
        (total, before): (Decimal, Vec<Group>),
        now: Option<&[Group]>,
    ) -> Self {
        let ranked = |group: &Group| -> Keys {
            let keys = group_by.iter().zip(&group.keys).filter(|(dimension, _)| !dimension.is_time());
            keys.map(|(_, key)| key.clone()).collect()
        };
        let kept: Option<BTreeSet<Keys>> =
            now.map(|now| now.iter().filter(|group| !group.others).map(ranked).collect());
        let mut groups = BTreeMap::<(bool, Keys), Decimal>::new();
        for group in before {
            let others = kept.as_ref().is_some_and(|kept| !kept.contains(&ranked(&group)));
            let keys = group_by.iter().zip(group.keys);
            let keys = keys.map(|(dimension, key)| key.filter(|_| !others || dimension.is_time())).collect();
            *groups.entry((others, keys)).or_default() += group.sums.net;
        }
        Self { step, group_by, start_month, reach, span, total, groups }
    }

    /// What stands beside the totals.
    pub(super) fn totals(&self, net: Decimal, period: &Coverage) -> Before {
        Before::new(net, period, self.total, self.whole_period())
    }

    /// What stands beside a group.
    pub(super) fn group(&self, group: &Group, period: &Coverage) -> Before {
        let day = self.step.back(group.cell.map_or(self.span.0, |cell| cell.from));
        let keys = self.group_by.iter().zip(&group.keys).map(|(dimension, key)| {
            let bucket = dimension.bucket_of(day, self.start_month);
            bucket.map(|bucket| bucket.to_string()).or_else(|| key.clone())
        });
        let net = self.groups.get(&(group.others, keys.collect())).copied().unwrap_or_default();
        let compared = match Cell::of(self.group_by, day, self.start_month) {
            None => self.whole_period(),
            Some(cell) => cell.coverage(self.reach),
        };
        Before::new(group.sums.net, period, net, compared)
    }

    fn whole_period(&self) -> Coverage {
        self.reach.coverage(self.step.back(self.span.0), self.step.back(self.span.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn growth_needs_two_whole_periods_and_a_positive_base() {
        assert_eq!(growth(d("150"), d("120"), true), Ok(d("0.25")));
        assert_eq!(growth(d("150"), d("120"), false), Err(GrowthMissing::IncompletePeriod));
        assert_eq!(growth(d("150"), d("0"), true), Err(GrowthMissing::ZeroBase));
        assert_eq!(growth(d("150"), d("-1"), true), Err(GrowthMissing::Undefined));
    }

    #[test]
    fn whole_months_are_compared_with_whole_months() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let step = |comparison, from, to, group_by: &[StatisticsDimension]| {
            Step::of(comparison, group_by, (day(from), day(to)))
        };
        let before = Comparison::PeriodBefore;
        assert_eq!(step(before, "2013-01-01", "2014-01-01", &[]), Step::Months(12));
        assert_eq!(step(before, "2013-02-01", "2013-04-01", &[]), Step::Months(2));
        assert_eq!(step(before, "2013-02-02", "2013-02-12", &[]), Step::Days(10));
        let quarters = [StatisticsDimension::FiscalYear, StatisticsDimension::FiscalQuarter];
        assert_eq!(step(before, "2013-01-01", "2014-01-01", &quarters), Step::Months(3));
        assert_eq!(step(Comparison::YearBefore, "2013-02-02", "2013-02-12", &quarters), Step::Months(12));
        assert_eq!(Step::Months(12).back(day("2012-02-29")), day("2011-02-28"));
    }
}
