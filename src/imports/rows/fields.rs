//! Fields of a record as typed values, with every problem of the row collected.

use std::collections::BTreeSet;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::exports::split;
use crate::imports::{Record, RowCode, RowProblem};
use crate::values::{Currency, Label, round_money};

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

pub(super) type Reason = (RowCode, Label);

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
        self.text(column, LONGEST_ID)
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
            if !text.bytes().all(|b| b.is_ascii_digit()) {
                return Err(wrong());
            }
            i32::from_str(text).map_err(|_| out_of_range())
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

    /// A currency code.
    pub(super) fn currency(&mut self, column: &str) -> Option<Currency> {
        self.read(column, |text| {
            text.parse().map_err(|_| {
                let detail = Label::new("Expected an ISO 4217 code such as EUR.", "应为 ISO 4217 货币代码，例如 EUR。");
                (RowCode::InvalidCurrency, detail)
            })
        })
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
            let of_system = self.list(&format!("{family}{system}"), LONGEST_ID);
            ids.extend(of_system.into_iter().map(|id| (system.clone(), id)));
        }
        ids
    }

    /// The texts of a family's columns, each with the end of its name; `None` where the field is blank. What they must
    /// be is for the capability to say.
    pub(super) fn texts_of(&mut self, family: &str) -> Vec<(String, Option<String>)> {
        let own = |name: &str| (name.to_owned(), self.record.text(&format!("{family}{name}")).map(str::to_owned));
        self.record.header().family(family).map(|(_, name)| own(name)).collect()
    }

    pub(super) fn read<T>(&mut self, column: &str, parse: impl FnOnce(&str) -> Result<T, Reason>) -> Option<T> {
        let text = self.record.text(column)?;
        match parse(text) {
            Ok(value) => Some(value),
            Err((code, detail)) => {
                let (shown, given) = (self.record.header().shown(column), self.record.given(column).unwrap_or(text));
                self.problems.push(RowProblem::new(self.record.line(), Some(shown), Some(given), code, detail));
                None
            }
        }
    }
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

/// Digits with an optional sign and an optional fraction: no exponent, no grouping, which differ from country to country.
fn decimal(text: &str, places: u32) -> Result<Decimal, Reason> {
    let wrong = || {
        let detail = Label::new(
            "Expected a decimal such as -1234.5: a point, no grouping, no currency sign.",
            "应为小数，例如 -1234.5：使用小数点，不含千分位和货币符号。",
        );
        (RowCode::InvalidDecimal, detail)
    };
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) {
        return Err(wrong());
    }
    if fraction.trim_end_matches('0').len() > places as usize {
        let detail =
            Label::new(format!("At most {places} decimal places are allowed."), format!("最多 {places} 位小数。"));
        return Err((RowCode::TooManyPlaces, detail));
    }
    let kept = text.len() - fraction.len() + fraction.trim_end_matches('0').len();
    let plain = if digits.contains('.') { text[..kept].trim_end_matches('.') } else { text };
    Decimal::from_str_exact(plain).map_err(|_| out_of_range())
}

fn day(text: &str) -> Result<NaiveDate, Reason> {
    let wrong =
        || (RowCode::InvalidDate, Label::new("Expected a day such as 2026-01-31.", "应为日期，例如 2026-01-31。"));
    let iso = text.len() == 10
        && text.bytes().enumerate().all(|(i, b)| if matches!(i, 4 | 7) { b == b'-' } else { b.is_ascii_digit() });
    let day = iso.then(|| NaiveDate::from_str(text).ok()).flatten().ok_or_else(wrong)?;
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
        for text in ["1,5", "1_000", "1e3", "+1", ".5", "5.", "-", "", "NaN", "€5", "1.2.3"] {
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
    }
}
