//! Which days a question is about, and what of them the tenant's sales cover.
//!
//! Sales are loaded by months: they cover every month from that of the first line to that of the last, which the clock
//! must have left behind; of a month that still runs they cover the days up to the last line. So a year in which sales
//! end in November is not whole, however long ago it was.

use async_graphql::{Enum, SimpleObject};
use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::query::Span;
use crate::values::{Date, FiscalYear, Month};

/// Which days count where a question gives none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[graphql(name = "StatisticsPeriodChoice")]
#[serde(rename_all = "snake_case")]
#[schema(as = StatisticsPeriodChoice)]
pub enum PeriodChoice {
    /// The last whole fiscal year with sales; where none is whole, the last one with sales.
    LastYear,
    /// All that was ever sold.
    All,
}

/// A period, and what of it the tenant's sales cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
#[graphql(name = "StatisticsPeriod")]
#[schema(as = StatisticsPeriod)]
pub struct Coverage {
    /// The first day that counts; null where there are no sales to say it.
    pub from: Option<Date>,
    /// The first day that no longer counts; null where the period has no end yet.
    pub to: Option<Date>,
    /// Whether sales cover all of it. What is made of a period that is not whole is not comparable with a whole one.
    pub complete: bool,
    /// The first day of the period that sales cover; null where they cover none.
    pub covered_from: Option<Date>,
    /// The last day of the period that sales cover; null where they cover none.
    pub covered_through: Option<Date>,
}

/// How far the tenant's sales reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    first: NaiveDate,
    last: NaiveDate,
    /// The day of the last line, also of one that is dated ahead.
    latest: NaiveDate,
    /// The first day that is no longer covered.
    end: NaiveDate,
}

impl Reach {
    /// From the day of the first line to that of the last one up to today; `latest` is the day of the last line of all.
    pub fn new(first: NaiveDate, last: NaiveDate, latest: NaiveDate, today: NaiveDate) -> Self {
        let month = Month::of(last);
        let end = if month < Month::of(today) { month.plus(1).first_day() } else { after(last) };
        Self { first, last, latest, end }
    }

    /// The month of the last line up to today.
    pub fn last_month(&self) -> Month {
        Month::of(self.last)
    }

    /// All days with lines.
    pub fn all(&self) -> (NaiveDate, NaiveDate) {
        (self.first, after(self.latest))
    }

    /// Whether sales cover all days from `from` to the day before `to`.
    pub fn covers(&self, from: NaiveDate, to: NaiveDate) -> bool {
        Month::of(self.first).first_day() <= from && to <= self.end
    }

    /// What of a period sales cover.
    pub fn coverage(&self, from: NaiveDate, to: NaiveDate) -> Coverage {
        let begin = if Month::of(self.first).first_day() <= from { from } else { self.first };
        let end = if to <= self.end { to } else { after(self.last) };
        let covered = begin < end;
        Coverage {
            from: Some(Date(from)),
            to: Some(Date(to)),
            complete: covered && self.covers(from, to),
            covered_from: covered.then_some(Date(begin)),
            covered_through: end.pred_opt().filter(|_| covered).map(Date),
        }
    }

    /// What of a period without an end sales cover; it is never whole.
    pub fn open_coverage(&self, from: NaiveDate) -> Coverage {
        Coverage { to: None, complete: false, ..self.coverage(from, after(self.latest.max(from))) }
    }

    /// The last fiscal year that sales cover whole, where there is one; it may be one without a line.
    pub fn last_whole_year(&self, start_month: u32) -> Option<FiscalYear> {
        let year = FiscalYear::of(self.last_month(), start_month);
        [year, year.plus(-1)].into_iter().find(|year| self.covers_year(*year))
    }

    /// Whether sales cover all of a fiscal year.
    pub fn covers_year(&self, year: FiscalYear) -> bool {
        let (from, to) = days_of(year);
        self.covers(from, to)
    }
}

impl Coverage {
    /// A period about which no sale says anything.
    pub fn nothing(span: Span) -> Self {
        Self {
            from: span.from.map(Date),
            to: span.to.map(Date),
            complete: false,
            covered_from: None,
            covered_through: None,
        }
    }
}

/// The first day of a fiscal year, and the first after it.
pub fn days_of(year: FiscalYear) -> (NaiveDate, NaiveDate) {
    (year.first_month().first_day(), year.last_month().plus(1).first_day())
}

fn after(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(1)).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn reach(first: &str, last: &str, today: &str) -> Reach {
        Reach::new(d(first), d(last), d(last), d(today))
    }

    fn shown(reach: Reach, from: &str, to: &str) -> String {
        let Coverage { complete, covered_from, covered_through, .. } = reach.coverage(d(from), d(to));
        let day = |day: Option<Date>| day.map_or("-".to_owned(), |day| day.to_string());
        format!("{complete} {} {}", day(covered_from), day(covered_through))
    }

    #[test]
    fn a_year_is_whole_where_sales_reach_from_its_first_month_to_its_last() {
        // Sales of an AdventureWorks, whose last line is years ago, and of a Northwind.
        let adventure = reach("2010-12-29", "2013-11-30", "2026-12-01");
        assert_eq!(shown(adventure, "2012-01-01", "2013-01-01"), "true 2012-01-01 2012-12-31");
        assert_eq!(shown(adventure, "2013-01-01", "2014-01-01"), "false 2013-01-01 2013-11-30");
        assert_eq!(shown(adventure, "2010-01-01", "2011-01-01"), "false 2010-12-29 2010-12-31");
        assert_eq!(shown(adventure, "2014-01-01", "2015-01-01"), "false - -");
        assert_eq!(adventure.last_whole_year(1), FiscalYear::new(2012, 1));
        let northwind = reach("1996-07-04", "1998-05-06", "2026-12-01");
        assert_eq!(northwind.last_whole_year(1), FiscalYear::new(1997, 1));
        assert_eq!(northwind.last_whole_year(6), FiscalYear::new(1997, 6));
        assert_eq!(northwind.last_whole_year(7), FiscalYear::new(1996, 7));
        // It begins on the sixth: January is there.
        let models = reach("2003-01-06", "2005-05-31", "2026-12-01");
        assert_eq!(shown(models, "2003-01-01", "2004-01-01"), "true 2003-01-01 2003-12-31");
    }

    #[test]
    fn a_month_that_still_runs_is_covered_up_to_its_last_line() {
        let running = reach("2012-01-02", "2014-01-10", "2014-01-15");
        assert_eq!(shown(running, "2014-01-01", "2014-02-01"), "false 2014-01-01 2014-01-10");
        assert_eq!(shown(running, "2013-12-01", "2014-01-01"), "true 2013-12-01 2013-12-31");
        assert_eq!(shown(running, "2014-01-10", "2014-01-11"), "true 2014-01-10 2014-01-10");
        assert_eq!(running.last_whole_year(1), FiscalYear::new(2013, 1));
        // The clock has left the month behind.
        assert_eq!(
            shown(reach("2012-01-02", "2014-01-10", "2014-02-01"), "2014-01-01", "2014-02-01").split(' ').next(),
            Some("true")
        );
    }

    #[test]
    fn without_a_whole_year_there_is_none() {
        assert_eq!(reach("2013-02-01", "2013-11-30", "2014-01-15").last_whole_year(1), None);
        assert_eq!(reach("2013-02-01", "2014-02-20", "2014-03-15").last_whole_year(1), None);
        assert_eq!(reach("2013-02-01", "2014-01-20", "2014-03-15").last_whole_year(2), FiscalYear::new(2013, 2));
    }
}
