//! What a cell is in a column: a number stays a number, a day a day, and what belongs in no such column is refused where
//! taking its text would make up a value.

use std::borrow::Cow;

use super::ColumnType;
use super::notation::at_midnight;
use super::problem::Reason;
use super::reader::CellKind;
use crate::imports::RowCode;
use crate::values::Label;

/// Digits of a binary number that are sure.
const SURE_DIGITS: usize = 15;

/// The text of a cell as a column reads it.
///
/// # Errors
/// Why the cell does not belong there.
pub(super) fn fitted(column: ColumnType, kind: CellKind, text: &str) -> Result<Cow<'_, str>, Reason> {
    let is_text = Cow::Borrowed(text);
    match kind {
        CellKind::Text | CellKind::Null | CellKind::Number => Ok(is_text),
        CellKind::Fault => Err(cell_error(text)),
        CellKind::Float if takes_text(column) && digits(text) > SURE_DIGITS => Err(long_number()),
        CellKind::Float => Ok(is_text),
        CellKind::Flag if takes_text(column) && column != ColumnType::Attribute => Err(flag(text)),
        CellKind::Flag => Ok(is_text),
        CellKind::Moment => moment(column, text),
    }
}

/// Whether a column keeps any text as it is.
fn takes_text(column: ColumnType) -> bool {
    match column {
        ColumnType::ExternalId
        | ColumnType::ExternalIds
        | ColumnType::Text(_)
        | ColumnType::Tags
        | ColumnType::Currency
        | ColumnType::Code
        | ColumnType::Attribute => true,
        ColumnType::Count
        | ColumnType::Amount
        | ColumnType::Rate
        | ColumnType::Day
        | ColumnType::Time
        | ColumnType::Moment
        | ColumnType::Stage => false,
    }
}

fn moment(column: ColumnType, text: &str) -> Result<Cow<'_, str>, Reason> {
    let day = at_midnight(text).or(Some(text).filter(|text| text.len() <= 10));
    match (column, day) {
        (ColumnType::ExternalId | ColumnType::ExternalIds | ColumnType::Code | ColumnType::Currency, _) => Err((
            RowCode::DateInText,
            Label::new(
                "The cell holds a date: the program has made one of what was typed. Save the column as text.",
                "单元格为日期：输入内容已被程序转换为日期。请将该列保存为文本。",
            ),
        )),
        (ColumnType::Day, None) => Err(time_of_day(text)),
        (ColumnType::Time, _) => Ok(Cow::Owned(in_utc(text))),
        (ColumnType::Moment, None) => Ok(Cow::Owned(in_utc(text))),
        (_, Some(day)) => Ok(Cow::Borrowed(day)),
        (_, None) => Ok(Cow::Borrowed(text)),
    }
}

/// A time of a workbook names no place: it is one of UTC.
fn in_utc(text: &str) -> String {
    let has_zone = text.ends_with(['Z', 'z']) || text.get(11..).is_some_and(|time| time.contains(['+', '-']));
    match text.len() {
        0..=10 => format!("{text}T00:00:00Z"),
        _ if has_zone => text.to_owned(),
        _ => format!("{text}Z"),
    }
}

fn digits(text: &str) -> usize {
    let digits = text.bytes().filter(u8::is_ascii_digit);
    digits.skip_while(|b| *b == b'0').count()
}

/// What is wrong with a time where a day belongs.
pub(super) fn time_of_day(text: &str) -> Reason {
    let detail = Label::new(
        format!(
            "Expected a day, found the time {text}. Name its form in date_formats of a mapping, or save it as a day."
        ),
        format!("应为日期，但含有时刻 {text}。请在映射的 date_formats 中给出其格式，或另存为日期。"),
    );
    (RowCode::InvalidDate, detail)
}

/// Whether a text is an error of a spreadsheet, as it is saved as CSV.
pub(super) fn is_error(text: &str) -> bool {
    ["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"].contains(&text)
}

/// What is wrong with an error where a value belongs.
pub(super) fn cell_error(text: &str) -> Reason {
    let detail = Label::new(format!("The cell holds the error {text}."), format!("单元格的值为错误 {text}。"));
    (RowCode::CellError, detail)
}

fn flag(text: &str) -> Reason {
    let detail = Label::new(
        format!("The cell holds the truth value {text}, not a text. Correct it, or name it in values of a mapping."),
        format!("单元格为逻辑值 {text}，而非文本。请更正，或在映射的 values 中指定其含义。"),
    );
    (RowCode::FlagInText, detail)
}

/// What is wrong with a number of which not all digits are there.
pub(super) fn long_number() -> Reason {
    let detail = Label::new(
        "A number of more than 15 digits has lost its last ones: save the column as text.",
        "超过 15 位的数字，其末尾数位已丢失：请将该列保存为文本。",
    );
    (RowCode::LongNumber, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(column: ColumnType, kind: CellKind, text: &str) -> Result<String, RowCode> {
        fitted(column, kind, text).map(Cow::into_owned).map_err(|(code, _)| code)
    }

    #[test]
    fn long_numbers_are_no_ids() {
        let long = Err(RowCode::LongNumber);
        for column in [ColumnType::ExternalId, ColumnType::Text(200), ColumnType::Attribute] {
            assert_eq!(fit(column, CellKind::Float, "12345678901234568"), long, "{column:?}");
            assert_eq!(fit(column, CellKind::Float, "0.3333333333333333"), long, "{column:?}");
            assert_eq!(fit(column, CellKind::Float, "123456789012345"), Ok("123456789012345".into()));
            assert_eq!(fit(column, CellKind::Number, "12345678901234567"), Ok("12345678901234567".into()));
        }
        assert_eq!(fit(ColumnType::Amount, CellKind::Float, "123456789012.3456"), Ok("123456789012.3456".into()));
    }

    #[test]
    fn truth_values_and_dates_are_no_texts() {
        assert_eq!(fit(ColumnType::Text(200), CellKind::Flag, "false"), Err(RowCode::FlagInText));
        assert_eq!(fit(ColumnType::Tags, CellKind::Flag, "true"), Err(RowCode::FlagInText));
        assert_eq!(fit(ColumnType::Attribute, CellKind::Flag, "true"), Ok("true".into()));
        assert_eq!(fit(ColumnType::ExternalId, CellKind::Moment, "2026-03-04"), Err(RowCode::DateInText));
        assert_eq!(fit(ColumnType::Text(200), CellKind::Moment, "2026-03-04"), Ok("2026-03-04".into()));
    }

    #[test]
    fn a_day_takes_midnight_and_a_time_takes_times() {
        for (column, text, expected) in [
            (ColumnType::Day, "2026-01-16", Ok("2026-01-16")),
            (ColumnType::Day, "2026-01-16T00:00:00.000Z", Ok("2026-01-16")),
            (ColumnType::Day, "2026-01-16T12:00:00", Err(RowCode::InvalidDate)),
            (ColumnType::Time, "2026-01-16", Ok("2026-01-16T00:00:00Z")),
            (ColumnType::Time, "2026-01-16T12:00:00", Ok("2026-01-16T12:00:00Z")),
            (ColumnType::Time, "2026-01-16T12:00:00+08:00", Ok("2026-01-16T12:00:00+08:00")),
            (ColumnType::Moment, "2026-01-16T00:00:00", Ok("2026-01-16")),
            (ColumnType::Moment, "2026-01-16T12:00:00", Ok("2026-01-16T12:00:00Z")),
        ] {
            assert_eq!(fit(column, CellKind::Moment, text), expected.map(str::to_owned), "{column:?} {text}");
        }
    }
}
