//! Fields of a record as typed values, with every problem of the row collected.

use std::collections::BTreeSet;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::exports::split;
use crate::imports::fit::{cell_error, is_error, long_number, time_of_day};
use crate::imports::notation::{Notation, at_midnight, is_rounded_by_a_spreadsheet};
use crate::imports::problem::Reason;
use crate::imports::{Record, RowCode, RowProblem};
use crate::values::{Currency, Label, Malformed, round_money};

/// The longest external id, in characters.
const LONGEST_ID: usize = 200;
/// Amounts are kept with this many places.
const AMOUNT_PLACES: u32 = 4;
/// Exchange rates are kept with this many places.
const RATE_PLACES: u32 = 12;
/// Amounts lie between minus and plus this: they must fit `numeric(20, 4)` and leave room for sums.
const LARGEST_AMOUNT: i64 = 1_000_000_000_000_000;

/// Which amounts a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// Any.
    Any,
    /// 0 or more.
    NotNegative,
}

/// Reads a record field by field. A field that is wrong is noted and read as `None`.
pub(super) struct Fields<'a> {
    pub(super) record: &'a Record,
    problems: Vec<RowProblem>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(record: &'a Record) -> Self {
        Self { record, problems: Vec::new() }
    }

    /// The row, or everything that is wrong with it. `row` is `None` where a required field is missing, which has
    /// been noted by then.
    pub(super) fn finish<T>(self, row: Option<T>) -> Result<T, Vec<RowProblem>> {
        match row {
            Some(row) if self.problems.is_empty() => Ok(row),
            _ => Err(self.problems),
        }
    }

    /// Notes that a field must be filled where `value` is `None` because it is blank.
    pub(super) fn required<T>(&mut self, column: &str, read: impl FnOnce(&mut Self, &str) -> Option<T>) -> Option<T> {
        if self.record.get(column).is_none() {
            self.blank(column);
            return None;
        }
        read(self, column)
    }

    /// Notes that `column` must be filled.
    pub(super) fn blank(&mut self, column: &str) {
        let detail = Label::new("This field must be filled.", "此字段必填。");
        let shown = self.record.header().shown(column);
        self.problems.push(RowProblem::new(self.record.line(), Some(shown), None, RowCode::Required, detail));
    }

    /// An id of the source system: at most 200 characters.
    pub(super) fn id(&mut self, column: &str) -> Option<String> {
        self.read(column, checked_id)
    }

    /// A text of at most `longest` characters without control characters.
    pub(super) fn text(&mut self, column: &str, longest: usize) -> Option<String> {
        self.read(column, |text| checked_text(text, longest))
    }

    /// A whole number from 0 to the largest `i32`.
    pub(super) fn count(&mut self, column: &str) -> Option<i32> {
        self.read(column, |text| {
            let wrong = || {
                (RowCode::InvalidInteger, Label::new("Expected a whole number such as 120.", "应为整数，例如 120。"))
            };
            let number = Notation::PLAIN.read(text).map_err(|_| wrong())?.text;
            if !number.bytes().all(|b| b.is_ascii_digit()) {
                return Err(wrong());
            }
            i32::from_str(&number).map_err(|_| out_of_range())
        })
    }

    /// An amount with 4 places.
    pub(super) fn amount(&mut self, column: &str, sign: Sign) -> Option<Decimal> {
        self.read(column, |text| {
            let value = decimal(text, AMOUNT_PLACES)?;
            if value.abs() >= Decimal::from(LARGEST_AMOUNT) || (sign == Sign::NotNegative && value < Decimal::ZERO) {
                return Err(out_of_range());
            }
            Ok(round_money(value))
        })
    }

    /// An exchange rate above 0, of at most 12 places and below 1,000,000,000.
    pub(super) fn rate(&mut self, column: &str) -> Option<Decimal> {
        self.read(column, |text| {
            let value = decimal(text, RATE_PLACES)?;
            if value > Decimal::ZERO && value < Decimal::from(1_000_000_000) { Ok(value) } else { Err(out_of_range()) }
        })
    }

    /// An ISO day.
    pub(super) fn day(&mut self, column: &str) -> Option<NaiveDate> {
        self.read(column, day)
    }

    /// An RFC 3339 time.
    pub(super) fn time(&mut self, column: &str) -> Option<DateTime<Utc>> {
        self.read(column, |text| {
            let detail =
                || Label::new("Expected a time such as 2026-01-31T12:00:00Z.", "应为时间，例如 2026-01-31T12:00:00Z。");
            let time = DateTime::parse_from_rfc3339(text).map_err(|_| (RowCode::InvalidDate, detail()))?;
            Ok(time.to_utc())
        })
    }

    /// A currency code; where the row names none, the currency that stands beside its amounts.
    pub(super) fn currency(&mut self, column: &str) -> Option<Currency> {
        let named = self
            .read(column, |text| text.parse().map_err(|unknown: Malformed| (RowCode::InvalidCurrency, unknown.into())));
        named.or(self.record.marked_currency())
    }

    /// One of the given words, in any case.
    pub(super) fn choice<T: Copy>(&mut self, column: &str, choices: &[(&str, T)]) -> Option<T> {
        self.read(column, |text| {
            let found = choices.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
            found.map(|(_, value)| *value).ok_or_else(|| {
                let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
                let detail = Label::new(
                    format!("Expected one of {}.", words.join(", ")),
                    format!("应为：{}。", words.join("、")),
                );
                (RowCode::InvalidChoice, detail)
            })
        })
    }

    /// Words separated by `;`, each of at most `longest` characters, sorted and without repetition.
    pub(super) fn list(&mut self, column: &str, longest: usize) -> Vec<String> {
        let list = self.read(column, |text| {
            split(text).iter().map(|word| checked_text(word, longest)).collect::<Result<BTreeSet<_>, _>>()
        });
        list.unwrap_or_default().into_iter().collect()
    }

    /// Ids of other systems: the columns of a family, each named after its system, with ids separated by `;`.
    pub(super) fn ids_by_system(&mut self, family: &str) -> Vec<(String, String)> {
        let systems: Vec<String> = self.record.family(family).map(|(system, _)| system.to_owned()).collect();
        let mut ids = Vec::new();
        for system in systems {
            let of_system = self.read(&format!("{family}{system}"), |text| {
                split(text).iter().map(|id| checked_id(id)).collect::<Result<BTreeSet<_>, _>>()
            });
            ids.extend(of_system.unwrap_or_default().into_iter().map(|id| (system.clone(), id)));
        }
        ids
    }

    /// The texts of a family's columns, each with the end of its name; `None` where the field is blank. What they must
    /// be is for the capability to say.
    pub(super) fn texts_of(&mut self, family: &str) -> Vec<(String, Option<String>)> {
        let record = self.record;
        let names = record.header().family(family).map(|(_, name)| name.to_owned());
        names
            .map(|name| {
                let text = self.read(&format!("{family}{name}"), |text| Ok(text.to_owned()));
                (name, text)
            })
            .collect()
    }

    pub(super) fn read<T>(&mut self, column: &str, parse: impl FnOnce(&str) -> Result<T, Reason>) -> Option<T> {
        let text = self.record.text(column)?;
        let read = match self.record.fault(column) {
            Some(reason) => Err(reason.clone()),
            None if is_error(text) => Err(cell_error(text)),
            None => parse(text),
        };
        match read {
            Ok(value) => Some(value),
            Err((code, detail)) => {
                let (shown, given) = (self.record.header().shown(column), self.record.given(column).unwrap_or(text));
                self.problems.push(RowProblem::new(self.record.line(), Some(shown), Some(given), code, detail));
                None
            }
        }
    }
}

fn checked_id(text: &str) -> Result<String, Reason> {
    if is_rounded_by_a_spreadsheet(text) {
        return Err(long_number());
    }
    checked_text(text, LONGEST_ID)
}

fn checked_text(text: &str, longest: usize) -> Result<String, Reason> {
    if text.chars().any(char::is_control) {
        let detail = Label::new(
            "Line breaks, tabs and other control characters are not allowed.",
            "不允许换行、制表符等控制字符。",
        );
        return Err((RowCode::ControlCharacter, detail));
    }
    if text.chars().count() > longest {
        let detail =
            Label::new(format!("At most {longest} characters are allowed."), format!("最多 {longest} 个字符。"));
        return Err((RowCode::TooLong, detail));
    }
    Ok(text.to_owned())
}

/// A decimal with a point, without grouping and without an exponent, which differ from country to country.
fn decimal(text: &str, places: u32) -> Result<Decimal, Reason> {
    if let Some(decimal) = plain_decimal(text, places) {
        return decimal;
    }
    // With a sign behind, brackets, or wide digits, which mean one thing everywhere.
    let read = Notation::PLAIN.read(text);
    let number = read.map_err(|fault| (RowCode::InvalidDecimal, fault.label(Notation::PLAIN)))?;
    plain_decimal(&number.text, places).unwrap_or_else(|| Err(out_of_range()))
}

/// Digits with an optional minus and an optional fraction; none where the text is anything else.
fn plain_decimal(text: &str, places: u32) -> Option<Result<Decimal, Reason>> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    if fraction.trim_end_matches('0').len() > places as usize {
        let detail =
            Label::new(format!("At most {places} decimal places are allowed."), format!("最多 {places} 位小数。"));
        return Some(Err((RowCode::TooManyPlaces, detail)));
    }
    let kept = text.len() - fraction.len() + fraction.trim_end_matches('0').len();
    let plain = if digits.contains('.') { text[..kept].trim_end_matches('.') } else { text };
    Some(Decimal::from_str_exact(plain).map_err(|_| out_of_range()))
}

/// A day, or a moment that is midnight.
fn day(text: &str) -> Result<NaiveDate, Reason> {
    let wrong =
        || (RowCode::InvalidDate, Label::new("Expected a day such as 2026-01-31.", "应为日期，例如 2026-01-31。"));
    let text = at_midnight(text).unwrap_or(text);
    let is_iso = |text: &str| {
        text.len() == 10
            && text.bytes().enumerate().all(|(i, b)| if matches!(i, 4 | 7) { b == b'-' } else { b.is_ascii_digit() })
    };
    let has_time = || {
        let (day, time) = (text.get(..10)?, text.get(10..)?);
        (is_iso(day) && time.starts_with(['T', ' ']) && time.contains(':')).then(|| time_of_day(text))
    };
    let day = is_iso(text).then(|| NaiveDate::from_str(text).ok()).flatten();
    let day = day.ok_or_else(|| has_time().unwrap_or_else(wrong))?;
    if day < NaiveDate::from_ymd_opt(1900, 1, 1).ok_or_else(wrong)? { Err(out_of_range()) } else { Ok(day) }
}

fn out_of_range() -> Reason {
    (RowCode::OutOfRange, Label::new("The value is out of range.", "数值超出范围。"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, RowCode> {
        decimal(text, 4).map(|d| d.to_string()).map_err(|(code, _)| code)
    }

    #[test]
    fn decimals_are_plain_and_exact() {
        assert_eq!(read("-1234.5"), Ok("-1234.5".into()));
        assert_eq!(read("007"), Ok("7".into()));
        assert_eq!(read("0.00010000"), Ok("0.0001".into()));
        assert_eq!(read("5.0"), Ok("5".into()));
        assert_eq!(read("1.00001"), Err(RowCode::TooManyPlaces));
        assert_eq!((read("50.00-"), read("(900.23)")), (Ok("-50".into()), Ok("-900.23".into())));
        assert_eq!((read("+1"), read("\u{2212}１.5")), (Ok("1".into()), Ok("-1.5".into())));
        for text in ["1,5", "1_000", "1e3", "+-1", ".5", "5.", "-", "", "NaN", "€5", "1.2.3"] {
            assert_eq!(read(text), Err(RowCode::InvalidDecimal), "{text}");
        }
        assert_eq!(read(&"9".repeat(40)), Err(RowCode::OutOfRange));
    }

    #[test]
    fn days_are_iso() {
        assert_eq!(day("2024-02-29").ok(), NaiveDate::from_ymd_opt(2024, 2, 29));
        for text in ["2023-02-29", "2024-2-9", "29/02/2024", "20240229", "+024-02-29"] {
            assert!(matches!(day(text), Err((RowCode::InvalidDate, _))), "{text}");
        }
        assert!(matches!(day("0202-01-01"), Err((RowCode::OutOfRange, _))));
        assert_eq!(day("2026-01-16 00:00:00").ok(), NaiveDate::from_ymd_opt(2026, 1, 16));
        let Err((RowCode::InvalidDate, detail)) = day("2026-01-16 12:00:00") else { panic!("a time is no day") };
        assert!(detail.en.contains("date_formats"), "{}", detail.en);
    }
}
