//! A workbook of one sheet: header bold and frozen, decimals as numbers where no digit is lost, days as days.

use std::io::Write;
use std::str::FromStr;

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use super::Cell;
use crate::error::{Error, ErrorCode, Result};

/// Rows of a sheet, the header among them.
const MOST_ROWS: u32 = 1_048_576;
/// Characters of a cell, as the format counts them: UTF-16 units.
const LONGEST_TEXT: usize = 32_767;
/// Significant digits that a number keeps.
const MOST_DIGITS: usize = 15;
/// Where the format's calendar begins to be true: it has a 29 February 1900.
const FIRST_DAY: &str = "1900-03-01";

/// A sheet that grows row by row; its rows are in a temporary file.
pub(super) struct Sheet {
    book: Workbook,
    day: Format,
    rows: u32,
}

impl Sheet {
    /// With a header row.
    ///
    /// # Errors
    /// `internal` where no temporary file can be made.
    pub(super) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Result<Self> {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet_with_constant_memory().map_err(Error::internal)?;
        sheet.set_freeze_panes(1, 0).map_err(Error::internal)?;
        let bold = Format::new().set_bold();
        for (place, name) in (0..).zip(names) {
            sheet.write_string_with_format(0, place, name, &bold).map_err(Error::internal)?;
        }
        Ok(Self { book, day: Format::new().set_num_format("yyyy-mm-dd"), rows: 1 })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// `not_acceptable` where the sheet is full or a text too long for a cell.
    pub(super) fn add(&mut self, cells: &[Cell]) -> Result<()> {
        if self.rows == MOST_ROWS {
            let most = MOST_ROWS - 1;
            return Err(too_large(
                format!("A sheet holds {most} rows; this list has more."),
                format!("工作表最多 {most} 行，此列表超出。"),
            ));
        }
        for (place, cell) in (0..).zip(cells) {
            self.put(place, cell)?;
        }
        self.rows += 1;
        Ok(())
    }

    fn put(&mut self, place: u16, cell: &Cell) -> Result<()> {
        let row = self.rows;
        let sheet = self.book.worksheet_from_index(0).map_err(Error::internal)?;
        let number = match cell {
            Cell::Empty => return Ok(()),
            Cell::Flag(flag) => return sheet.write_boolean(row, place, *flag).map(drop).map_err(Error::internal),
            Cell::Day(text) if text.as_str() >= FIRST_DAY && text.len() == FIRST_DAY.len() => {
                let day = ExcelDateTime::parse_from_str(text).map_err(Error::internal)?;
                let written = sheet.write_datetime_with_format(row, place, &day, &self.day);
                return written.map(drop).map_err(Error::internal);
            }
            Cell::Decimal(text) => lossless(text),
            Cell::Whole(number) => lossless(&number.to_string()),
            Cell::Day(_) | Cell::Text(_) | Cell::List(_) => None,
        };
        if let Some(number) = number {
            return sheet.write_number(row, place, number).map(drop).map_err(Error::internal);
        }
        let text = cell.written();
        if text.encode_utf16().count() > LONGEST_TEXT {
            return Err(too_large(
                format!("A cell holds {LONGEST_TEXT} characters; this list has a longer text."),
                format!("单元格最多 {LONGEST_TEXT} 个字符，此列表含有更长的文本。"),
            ));
        }
        sheet.write_string(row, place, text).map(drop).map_err(Error::internal)
    }

    /// Writes the workbook.
    ///
    /// # Errors
    /// `internal` where it cannot be written.
    pub(super) fn save(mut self, out: impl Write + Send) -> Result<()> {
        self.book.save_to_writer(out).map_err(Error::internal)
    }
}

/// The number a decimal is, where it has no more digits than a spreadsheet keeps.
fn lossless(text: &str) -> Option<f64> {
    let digits = text.bytes().filter(u8::is_ascii_digit).skip_while(|digit| *digit == b'0').count();
    let trailing = match text.contains('.') {
        true => text.len() - text.trim_end_matches('0').len(),
        false => 0,
    };
    if digits.saturating_sub(trailing) > MOST_DIGITS {
        return None;
    }
    f64::from_str(text).ok()
}

fn too_large(en: String, zh: String) -> Error {
    let en = format!("{en} Ask for application/x-ndjson or text/csv.");
    Error::new(ErrorCode::NotAcceptable, en, format!("{zh}请改用 application/x-ndjson 或 text/csv。"))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Data, Reader, Xlsx};

    use super::*;

    fn read(sheet: Sheet) -> Vec<Vec<Data>> {
        let mut bytes = Vec::new();
        sheet.save(&mut bytes).unwrap();
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
        let range = book.worksheet_range_at(0).unwrap().unwrap();
        range.rows().map(<[Data]>::to_vec).collect()
    }

    #[test]
    fn numbers_are_numbers_where_no_digit_is_lost() {
        assert_eq!(lossless("-1234.5000"), Some(-1234.5));
        assert_eq!(lossless("0.000000000012"), Some(0.000_000_000_012));
        assert_eq!(lossless("123456789012345"), Some(123_456_789_012_345.0));
        assert_eq!(lossless("99999999999.9999"), Some(99_999_999_999.999_9));
        assert_eq!(lossless("1234567890123456"), None);
        assert_eq!(lossless("999999999999.9999"), None);
    }

    #[test]
    fn cells_keep_their_kind() {
        let mut sheet = Sheet::new(["a", "b", "c", "d", "e", "f", "g"].into_iter()).unwrap();
        let long = "999999999999.9999";
        let cells = [
            Cell::Text("=1+1".into()),
            Cell::Decimal("-5.5000".into()),
            Cell::Decimal(long.into()),
            Cell::Day("2014-01-31".into()),
            Cell::Flag(true),
            Cell::Empty,
            Cell::Whole(7),
        ];
        sheet.add(&cells).unwrap();
        let rows = read(sheet);
        assert_eq!(rows[0][0], Data::String("a".into()));
        assert_eq!(rows[1][0], Data::String("'=1+1".into()));
        assert_eq!(rows[1][1], Data::Float(-5.5));
        assert_eq!(rows[1][2], Data::String(long.into()));
        assert!(matches!(&rows[1][3], Data::DateTime(day) if day.as_f64() == 41_670.0), "{:?}", rows[1][3]);
        assert_eq!((&rows[1][4], &rows[1][5], &rows[1][6]), (&Data::Bool(true), &Data::Empty, &Data::Float(7.0)));
    }

    #[test]
    fn what_a_sheet_does_not_hold_is_refused_with_a_way_out() {
        let mut sheet = Sheet::new(["a"].into_iter()).unwrap();
        let long = Cell::Text("长".repeat(LONGEST_TEXT + 1));
        let refused = sheet.add(&[long]).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::NotAcceptable);
        sheet.rows = MOST_ROWS;
        let refused = sheet.add(&[Cell::Whole(1)]).unwrap_err();
        assert!(refused.detail().en.contains("1048575 rows") && refused.detail().en.contains("application/x-ndjson"));
    }
}
