//! Months and fiscal years.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::Malformed;

/// A calendar month, `YYYY-MM`, from 0001-01 to 9998-12. "As of M" means: as of the end of its last day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    first: NaiveDate,
}

impl Month {
    /// The month `month` (1 to 12) of `year`; `None` outside the range.
    pub fn new(year: i32, month: u32) -> Option<Self> {
        if !(1..=9998).contains(&year) {
            return None;
        }
        NaiveDate::from_ymd_opt(year, month, 1).map(|first| Self { first })
    }

    /// The month a day lies in.
    pub fn of(day: NaiveDate) -> Self {
        Self { first: day.with_day(1).unwrap_or(day) }
    }

    /// Its first day.
    pub fn first_day(self) -> NaiveDate {
        self.first
    }

    /// Its last day.
    pub fn last_day(self) -> NaiveDate {
        self.plus(1).first.pred_opt().unwrap_or(self.first)
    }

    /// `months` later; earlier where negative. Stops at the ends of chrono's calendar.
    pub fn plus(self, months: i32) -> Self {
        let step = Months::new(months.unsigned_abs());
        let moved = if months >= 0 { self.first.checked_add_months(step) } else { self.first.checked_sub_months(step) };
        Self { first: moved.unwrap_or(self.first) }
    }

    /// The calendar year.
    pub fn year(self) -> i32 {
        self.first.year()
    }

    /// 1 to 12.
    pub fn number(self) -> u32 {
        self.first.month()
    }

    /// The last month that is over on a day.
    pub fn last_over(today: NaiveDate) -> Self {
        Self::of(today).plus(-1)
    }

    /// Whole months from `earlier` to `self`, negative where `earlier` is later.
    pub fn since(self, earlier: Self) -> i32 {
        (self.year() - earlier.year()) * 12 + self.number() as i32 - earlier.number() as i32
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.number())
    }
}

impl FromStr for Month {
    type Err = Malformed;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let wrong = || Malformed::new("Expected a month such as 2026-01.", "应为月份，例如 2026-01。");
        let (year, month) = s.split_once('-').ok_or_else(wrong)?;
        if year.len() != 4 || month.len() != 2 || !s.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
            return Err(wrong());
        }
        let year = year.parse().map_err(|_| wrong())?;
        let month = month.parse().map_err(|_| wrong())?;
        Self::new(year, month).ok_or_else(wrong)
    }
}

impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// A calendar month, `YYYY-MM`.
#[Scalar(name = "Month")]
impl ScalarType for Month {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(s) => s.parse().map_err(InputValueError::custom),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.to_string())
    }
}

impl PartialSchema for Month {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(r"^\d{4}-(0[1-9]|1[0-2])$"))
            .description(Some("A calendar month."))
            .examples(["2026-01"])
            .into()
    }
}

impl ToSchema for Month {
    fn name() -> Cow<'static, str> {
        "Month".into()
    }
}

/// A fiscal year, named by the calendar year in which it **starts**, under a tenant's start month (1 to 12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FiscalYear {
    /// Calendar year of its first month.
    pub year: i32,
    /// 1 for calendar years, 4 for April to March.
    pub start_month: u32,
}

impl FiscalYear {
    /// The fiscal year `year` of a tenant whose years start in `start_month`; `None` for a month outside 1 to 12.
    pub fn new(year: i32, start_month: u32) -> Option<Self> {
        Month::new(year, start_month).map(|_| Self { year, start_month })
    }

    /// The fiscal year a month lies in.
    pub fn of(month: Month, start_month: u32) -> Self {
        let year = if month.number() >= start_month { month.year() } else { month.year() - 1 };
        Self { year, start_month }
    }

    /// Its first month.
    pub fn first_month(self) -> Month {
        Month::new(self.year, self.start_month).unwrap_or(Month { first: NaiveDate::MIN })
    }

    /// Its last month.
    pub fn last_month(self) -> Month {
        self.first_month().plus(11)
    }

    /// Its twelve months in order.
    pub fn months(self) -> impl Iterator<Item = Month> {
        (0..12).map(move |i| self.first_month().plus(i))
    }

    /// `years` later.
    pub fn plus(self, years: i32) -> Self {
        Self { year: self.year + years, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_count_across_years() {
        let m: Month = "2013-11".parse().unwrap();
        assert_eq!(m.plus(-12).to_string(), "2012-11");
        assert_eq!(m.plus(2).to_string(), "2014-01");
        assert_eq!(m.plus(2).since(m), 2);
        assert_eq!(m.last_day().to_string(), "2013-11-30");
        assert!("2013-13".parse::<Month>().is_err());
        assert!("13-1".parse::<Month>().is_err());
    }

    #[test]
    fn a_month_is_over_when_the_next_has_begun() {
        let last_over = |today: &str| Month::last_over(today.parse().unwrap()).to_string();
        assert_eq!(last_over("2014-01-31"), "2013-12");
        assert_eq!(last_over("2014-02-01"), "2014-01");
        assert_eq!(last_over("2014-01-01"), "2013-12");
    }

    #[test]
    fn a_fiscal_year_is_named_by_its_first_month() {
        let fy = FiscalYear::of("2026-03".parse().unwrap(), 4);
        assert_eq!(
            (fy.year, fy.first_month().to_string(), fy.last_month().to_string()),
            (2025, "2025-04".into(), "2026-03".into())
        );
    }
}
