//! The buckets that dimensions of time cut days into.
//!
//! A bucket is known by the day that its key gives in SQL (`sql.rs`): its first day, for fiscal ones moved back by the
//! months before the fiscal year begins, so that a fiscal year is a calendar year there.

use chrono::{Datelike, Days, Months, NaiveDate};

use super::StatisticsDimension as D;
use super::period::{Coverage, Reach};
use super::query::{Span, StatisticsDimension};
use crate::values::Month;

impl StatisticsDimension {
    /// The key of the bucket that a day is in; `None` for what is not time.
    pub(super) fn bucket_of(self, day: NaiveDate, start_month: u32) -> Option<NaiveDate> {
        let fiscal = || day.checked_sub_months(Months::new(start_month.saturating_sub(1)));
        match self {
            D::Day => Some(day),
            D::Month => day.with_day(1),
            D::Quarter => quarter(day),
            D::Year => NaiveDate::from_ymd_opt(day.year(), 1, 1),
            D::FiscalYear => NaiveDate::from_ymd_opt(fiscal()?.year(), 1, 1),
            D::FiscalQuarter => quarter(fiscal()?),
            _ => None,
        }
    }

    /// The first day of a bucket and the first after it, by its key; `None` for what is not time.
    pub(super) fn days(self, key: NaiveDate, start_month: u32) -> Option<(NaiveDate, NaiveDate)> {
        let from = match self {
            D::FiscalYear | D::FiscalQuarter => key.checked_add_months(Months::new(start_month.saturating_sub(1)))?,
            _ => key,
        };
        let to = match self.months()? {
            0 => from.checked_add_days(Days::new(1))?,
            months => from.checked_add_months(Months::new(months))?,
        };
        Some((from, to))
    }

    /// How many months a bucket has, 0 for a day; `None` for what is not time.
    pub(super) fn months(self) -> Option<u32> {
        match self {
            D::Day => Some(0),
            D::Month => Some(1),
            D::Quarter | D::FiscalQuarter => Some(3),
            D::Year | D::FiscalYear => Some(12),
            _ => None,
        }
    }

    /// What a reader calls a bucket: `2013-Q4` is a quarter of the calendar, `FY2013-Q4` one of the fiscal year.
    pub(super) fn bucket_name(self, key: NaiveDate) -> Option<String> {
        match self {
            D::Day => Some(key.to_string()),
            D::Month => Some(key.format("%Y-%m").to_string()),
            D::Quarter => Some(format!("{:04}-Q{}", key.year(), key.month0() / 3 + 1)),
            D::FiscalQuarter => Some(format!("FY{:04}-Q{}", key.year(), key.month0() / 3 + 1)),
            D::Year | D::FiscalYear => Some(format!("{:04}", key.year())),
            _ => None,
        }
    }

    /// The months of a bucket whose name does not say them.
    pub(super) fn bucket_label(self, key: NaiveDate, start_month: u32) -> Option<String> {
        let named = matches!(self, D::Quarter | D::FiscalQuarter | D::FiscalYear);
        let (from, to) = self.days(key, start_month).filter(|_| named)?;
        Some(format!("{} – {}", Month::of(from), Month::of(to).plus(-1)))
    }
}

/// The days that all buckets of time of a group have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// The first day.
    pub from: NaiveDate,
    /// The first day after.
    pub to: NaiveDate,
    /// Whether they are all of its finest bucket.
    pub whole: bool,
}

impl Cell {
    /// Of the group that a day is in; `None` where nothing is grouped by time.
    pub(super) fn of(group_by: &[StatisticsDimension], day: NaiveDate, start_month: u32) -> Option<Self> {
        let buckets =
            group_by.iter().filter_map(|dimension| dimension.days(dimension.bucket_of(day, start_month)?, start_month));
        Self::common(buckets)
    }

    /// The days that buckets have in common; the shortest is the finest. `None` without a bucket.
    pub(super) fn common(buckets: impl Iterator<Item = (NaiveDate, NaiveDate)>) -> Option<Self> {
        buckets.fold(None, |cell: Option<Self>, (from, to)| {
            let Some(cell) = cell else { return Some(Self { from, to, whole: true }) };
            let (low, high) = (cell.from.max(from), cell.to.min(to));
            let whole = cell.whole && (low, high) == (cell.from, cell.to) || (low, high) == (from, to);
            Some(Self { from: low, to: high, whole })
        })
    }

    /// The part of it that lies in a span.
    pub(super) fn within(self, span: Span) -> Self {
        let from = span.from.map_or(self.from, |from| from.max(self.from));
        let to = span.to.map_or(self.to, |to| to.min(self.to));
        Self { from, to, whole: self.whole && (from, to) == (self.from, self.to) }
    }

    /// What of it sales cover. A part of a bucket is never whole.
    pub(super) fn coverage(self, reach: &Reach) -> Coverage {
        let coverage = reach.coverage(self.from, self.to);
        Coverage { complete: coverage.complete && self.whole, ..coverage }
    }
}

fn quarter(day: NaiveDate) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(day.year(), day.month0() / 3 * 3 + 1, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn shown(dimension: D, day: &str, start_month: u32) -> String {
        let key = dimension.bucket_of(d(day), start_month).unwrap();
        let (from, to) = dimension.days(key, start_month).unwrap();
        let label = dimension.bucket_label(key, start_month).unwrap_or_default();
        format!("{} [{from}, {to}) {label}", dimension.bucket_name(key).unwrap())
    }

    #[test]
    fn quarters_of_the_fiscal_year_begin_with_it() {
        assert_eq!(shown(D::FiscalQuarter, "2026-03-31", 4), "FY2025-Q4 [2026-01-01, 2026-04-01) 2026-01 – 2026-03");
        assert_eq!(shown(D::FiscalQuarter, "2026-04-01", 4), "FY2026-Q1 [2026-04-01, 2026-07-01) 2026-04 – 2026-06");
        assert_eq!(shown(D::FiscalQuarter, "2027-01-15", 4), "FY2026-Q4 [2027-01-01, 2027-04-01) 2027-01 – 2027-03");
        assert_eq!(shown(D::FiscalQuarter, "2026-03-31", 2), "FY2026-Q1 [2026-02-01, 2026-05-01) 2026-02 – 2026-04");
        assert_eq!(shown(D::FiscalQuarter, "2027-01-15", 2), "FY2026-Q4 [2026-11-01, 2027-02-01) 2026-11 – 2027-01");
        assert_eq!(shown(D::FiscalYear, "2026-03-31", 4), "2025 [2025-04-01, 2026-04-01) 2025-04 – 2026-03");
    }

    #[test]
    fn a_quarter_that_a_fiscal_year_cuts_is_not_whole() {
        let cell = |start_month| Cell::of(&[D::FiscalYear, D::Quarter], d("2026-03-31"), start_month).unwrap();
        assert_eq!(cell(4), Cell { from: d("2026-01-01"), to: d("2026-04-01"), whole: true });
        assert_eq!(cell(2), Cell { from: d("2026-02-01"), to: d("2026-04-01"), whole: false });
        let span = Span { from: Some(d("2026-01-02")), to: None };
        assert_eq!(cell(4).within(span), Cell { from: d("2026-01-02"), to: d("2026-04-01"), whole: false });
        assert_eq!(Cell::of(&[D::Customer], d("2026-03-31"), 1), None);
    }

    #[test]
    fn other_buckets_are_those_of_the_calendar() {
        assert_eq!(shown(D::Quarter, "2013-11-29", 4), "2013-Q4 [2013-10-01, 2014-01-01) 2013-10 – 2013-12");
        assert_eq!(shown(D::Month, "2013-11-29", 4), "2013-11 [2013-11-01, 2013-12-01) ");
        assert_eq!(shown(D::Year, "2013-11-29", 4), "2013 [2013-01-01, 2014-01-01) ");
        assert_eq!(shown(D::Day, "2013-11-29", 4), "2013-11-29 [2013-11-29, 2013-11-30) ");
        assert_eq!(D::Currency.bucket_of(d("2013-11-29"), 1), None);
        // The last day of May in a year that begins in April: three months back there is no 31st.
        assert_eq!(shown(D::FiscalQuarter, "2026-05-31", 4), "FY2026-Q1 [2026-04-01, 2026-07-01) 2026-04 – 2026-06");
    }
}
