//! The report of refused rows as CSV, safe to open in a spreadsheet.

use std::borrow::Cow;

use super::ImportErrorOut;
use crate::error::{Error, Result};
use crate::exports::guard;
use crate::values::Locale;

/// The header row.
const COLUMNS: [&str; 5] = ["line", "column", "value", "code", "detail"];

/// The header row, as CSV.
///
/// # Errors
/// `internal` where a buffer in memory cannot be written.
pub(super) fn header() -> Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(COLUMNS).map_err(Error::internal)?;
    csv.into_inner().map_err(|e| Error::internal(e.to_string()))
}

/// One row an error, as CSV, for a reader of `locale`.
///
/// # Errors
/// `internal` where a buffer in memory cannot be written.
pub(super) fn rows<'a>(errors: impl IntoIterator<Item = &'a ImportErrorOut>, locale: Locale) -> Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    for error in errors {
        let line = error.line.to_string();
        let cells = [
            &line,
            error.column.as_deref().unwrap_or_default(),
            error.value.as_deref().unwrap_or_default(),
            &error.code,
            error.detail.text(locale),
        ];
        csv.write_record(cells.map(|cell| inert(cell).into_owned())).map_err(Error::internal)?;
    }
    csv.into_inner().map_err(|e| Error::internal(e.to_string()))
}

/// A cell that a spreadsheet takes for text; one that is empty stays so.
fn inert(cell: &str) -> Cow<'_, str> {
    if cell.is_empty() { Cow::Borrowed(cell) } else { guard(cell) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Label;

    #[test]
    fn formulas_are_inert_and_marks_are_quoted() {
        let error = |value: &str| ImportErrorOut {
            line: 7,
            column: Some("net_amount".into()),
            value: Some(value.into()),
            code: "invalid_decimal".into(),
            detail: Label::new("No, \"really\".", "不是。"),
        };
        let errors = [error("=HYPERLINK(1)"), error("@x"), error("5 -1"), ImportErrorOut { column: None, ..error("") }];
        let text = |locale| String::from_utf8(rows(&errors, locale).unwrap()).unwrap();
        assert_eq!(
            text(Locale::ZhCn),
            "7,net_amount,'=HYPERLINK(1),invalid_decimal,不是。\n7,net_amount,'@x,invalid_decimal,不是。\n\
             7,net_amount,5 -1,invalid_decimal,不是。\n7,,,invalid_decimal,不是。\n"
        );
        assert!(text(Locale::En).starts_with("7,net_amount,'=HYPERLINK(1),invalid_decimal,\"No, \"\"really\"\".\"\n"));
        assert_eq!(header().unwrap(), b"line,column,value,code,detail\n");
    }
}
