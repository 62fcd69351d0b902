//! The report of refused rows as CSV, safe to open in a spreadsheet; and the rows themselves, to be mended and sent again.

use std::borrow::Cow;

use super::ImportErrorOut;
use super::reader::{REPORT_COLUMNS, is_of_report};
use crate::error::{Error, Result};
use crate::exports::guard;
use crate::values::{Label, Locale};

/// The header row.
const COLUMNS: [&str; 6] = ["line", "column", "value", "code", "detail", "severity"];

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
            error.severity.as_str(),
        ];
        csv.write_record(cells.map(|cell| inert(cell).into_owned())).map_err(Error::internal)?;
    }
    csv.into_inner().map_err(|e| Error::internal(e.to_string()))
}

/// A cell that a spreadsheet takes for text; one that is empty stays so.
fn inert(cell: &str) -> Cow<'_, str> {
    if cell.is_empty() { Cow::Borrowed(cell) } else { guard(cell) }
}

/// A field of a file that a spreadsheet takes for text. What is harmless stays as it stands in the file, which may have
/// guarded it.
fn harmless(field: &str) -> Cow<'_, str> {
    match field.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => Cow::Owned(format!("'{field}")),
        false => Cow::Borrowed(field),
    }
}

/// A row that was refused, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RefusedRow {
    pub(super) line: i64,
    /// What stands there; of NDJSON the line; nothing where it was too large to keep.
    pub(super) fields: Vec<String>,
    pub(super) columns: String,
    pub(super) codes: String,
    pub(super) detail: Label,
}

impl RefusedRow {
    fn detail(&self, locale: Locale) -> String {
        let too_large = Label::new("The row is too large to be repeated here.", "该行过大，未在此重复。");
        let note = if self.fields.is_empty() { too_large.text(locale) } else { "" };
        format!("{} {note}", self.detail.text(locale)).trim().to_owned()
    }
}

/// The header row of a report of refused rows in the file's own columns, as CSV.
///
/// # Errors
/// `internal` where a buffer in memory cannot be written.
pub(super) fn original_header(columns: &[String]) -> Result<Vec<u8>> {
    let own = columns.iter().map(String::as_str).filter(|column| !is_of_report(column));
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(REPORT_COLUMNS.into_iter().chain(own)).map_err(Error::internal)?;
    csv.into_inner().map_err(|e| Error::internal(e.to_string()))
}

/// Refused rows in the file's own columns, as CSV. Fields that are missing are blank, those that are too many stand in
/// a column of their own.
///
/// # Errors
/// `internal` where a buffer in memory cannot be written.
pub(super) fn original_rows(columns: &[String], rows: &[RefusedRow], locale: Locale) -> Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    for row in rows {
        let surplus = row.fields.get(columns.len()..).unwrap_or_default().join("; ");
        let about = [row.line.to_string(), row.columns.clone(), row.codes.clone(), row.detail(locale), surplus];
        let own = columns.iter().enumerate().filter(|(_, column)| !is_of_report(column));
        let own = own.map(|(at, _)| row.fields.get(at).map(String::as_str).unwrap_or_default());
        let cells = about.iter().map(String::as_str).chain(own).map(|cell| harmless(cell).into_owned());
        csv.write_record(cells).map_err(Error::internal)?;
    }
    csv.into_inner().map_err(|e| Error::internal(e.to_string()))
}

/// Refused lines of an NDJSON file: each object with what is wrong with it in front, as it stands in the file behind.
///
/// # Errors
/// `internal` where what is wrong cannot be written as JSON.
pub(super) fn original_lines(rows: &[RefusedRow], locale: Locale) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    for row in rows {
        let text = row.fields.first().map(String::as_str).unwrap_or_default().trim();
        let members = text.strip_prefix('{').filter(|_| serde_json::from_str::<serde_json::Value>(text).is_ok());
        let surplus = if members.is_none() { text } else { "" };
        for (name, value) in REPORT_COLUMNS.into_iter().zip([
            serde_json::to_string(&row.line)?,
            serde_json::to_string(&row.columns)?,
            serde_json::to_string(&row.codes)?,
            serde_json::to_string(&row.detail(locale))?,
            serde_json::to_string(surplus)?,
        ]) {
            let mark = if name == REPORT_COLUMNS[0] { "{" } else { "," };
            out.extend_from_slice(format!("{mark}\"{name}\":{value}").as_bytes());
        }
        match members.map(str::trim_start) {
            Some("}") | None => out.push(b'}'),
            Some(members) => {
                // What an earlier report said of the line would be said twice.
                out.push(b',');
                out.extend_from_slice(without_report(members).as_bytes());
            }
        }
        out.push(b'\n');
    }
    Ok(out)
}

/// The members of an object behind those that an earlier report has put in front.
fn without_report(members: &str) -> &str {
    let mut rest = members;
    while let Some(after) = REPORT_COLUMNS.iter().find_map(|name| rest.strip_prefix(&format!("\"{name}\":"))) {
        let mut values = serde_json::Deserializer::from_str(after).into_iter::<serde_json::Value>();
        let length = match values.next() {
            Some(Ok(_)) => values.byte_offset(),
            _ => return rest,
        };
        let Some(behind) = after[length..].trim_start().strip_prefix(',') else { return rest };
        rest = behind.trim_start();
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::Severity;

    #[test]
    fn formulas_are_inert_and_marks_are_quoted() {
        let error = |value: &str| ImportErrorOut {
            severity: Severity::Error,
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
            "7,net_amount,'=HYPERLINK(1),invalid_decimal,不是。,error\n7,net_amount,'@x,invalid_decimal,不是。,error\n\
             7,net_amount,5 -1,invalid_decimal,不是。,error\n7,,,invalid_decimal,不是。,error\n"
        );
        assert!(
            text(Locale::En).starts_with("7,net_amount,'=HYPERLINK(1),invalid_decimal,\"No, \"\"really\"\".\",error\n")
        );
        assert_eq!(header().unwrap(), b"line,column,value,code,detail,severity\n");
    }

    #[test]
    fn refused_rows_stand_in_the_columns_of_their_file() {
        let row = |fields: &[&str]| RefusedRow {
            line: 3,
            fields: fields.iter().map(|field| (*field).to_owned()).collect(),
            columns: "Name".into(),
            codes: "required".into(),
            detail: Label::new("Wrong.", "错误。"),
        };
        let columns = ["error_line", "Id", "Name"].map(str::to_owned);
        assert_eq!(
            original_header(&columns).unwrap(),
            b"error_line,error_column,error_code,error_detail,error_surplus,Id,Name\n"
        );
        let rows = [row(&["9", "=1", "b", "c", "d"]), row(&["9", "C1"])];
        assert_eq!(
            String::from_utf8(original_rows(&columns, &rows, Locale::En).unwrap()).unwrap(),
            "3,Name,required,Wrong.,c; d,'=1,b\n3,Name,required,Wrong.,,C1,\n"
        );
        let lines =
            [row(&[r#"{"error_line": 1, "error_code": "x, y", "id": 1.50}"#]), row(&["no json"]), row(&["{ }"])];
        let about = r#"{"error_line":3,"error_column":"Name","error_code":"required","error_detail":"Wrong.","#;
        assert_eq!(
            String::from_utf8(original_lines(&lines, Locale::En).unwrap()).unwrap(),
            format!(
                "{about}\"error_surplus\":\"\",\"id\": 1.50}}\n{about}\"error_surplus\":\"no json\"}}\n{about}\"error_surplus\":\"\"}}\n"
            )
        );
    }
}
