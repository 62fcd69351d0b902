//! Tables in constant memory: CSV, NDJSON and XLSX, plain or gzip, text in any encoding.
//!
//! What is not declared is seen from the bytes: gzip and workbooks from their first bytes, the encoding from the first
//! that is not ASCII ([`decode`]), NDJSON from its first brace, the header of a table and its delimiter from its first
//! rows ([`heading`]), and what is no table at all from how it begins ([`foreign`]).

mod cell;
mod csv;
mod decode;
mod foreign;
mod form;
mod header;
mod heading;
mod layout;
mod lines;
mod ndjson;
mod number;
mod quotes;
mod record;
mod scan;
mod source;
mod workbook;
mod xlsx;

use std::io::Read;
use std::ops::ControlFlow;

pub(super) use self::cell::{CellKind, Cells};
use self::csv::CsvReader;
use self::decode::Decoded;
pub use self::decode::encoding_of;
pub use self::foreign::ForeignFormat;
pub use self::form::{Delimiter, FileForm, FileFormat, FoundForm};
pub use self::header::Header;
pub(super) use self::header::{Origin, REPORT_COLUMNS, is_of_report};
pub use self::layout::Layout;
use self::lines::{LineEnds, Lines};
use self::ndjson::NdjsonReader;
pub(super) use self::record::Notes;
pub use self::record::Record;
use self::source::{Source, look};
use super::{FileProblem, Problem, RowProblem};

/// What a reader takes at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole file after inflating; `None` for any size.
    pub max_bytes: Option<u64>,
    /// Bytes of one record, whatever its lines.
    pub max_record: usize,
}

impl Default for Limits {
    /// Any size, records of at most 1 MiB.
    fn default() -> Self {
        Self { max_bytes: None, max_record: 1024 * 1024 }
    }
}

/// A row that is no record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Why.
    pub problem: RowProblem,
    /// Its fields as far as they can be made out; of NDJSON, the line.
    pub original: Vec<String>,
}

/// How a file is read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// What is known of its form.
    pub form: FileForm,
    /// Which of its columns mean what.
    pub layout: Layout,
    /// What is taken at most.
    pub limits: Limits,
}

/// What a file turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its form.
    pub form: FoundForm,
    /// The columns of its header, by the names a report says; none of NDJSON, whose lines name their own.
    pub columns: Vec<String>,
}

/// Hands the rows of a file to `take`, good and bad, with the bytes read so far, until it breaks off or the file ends.
///
/// # Errors
/// What ends the reading; `interrupted` where `take` broke off.
pub fn read<R: Read>(
    file: R,
    reading: &Reading,
    mut take: impl FnMut(Result<Record, Refused>, u64) -> ControlFlow<()>,
) -> Result<Found, FileProblem> {
    let (head, whole) = look(Source::open(file)?, 8)?;
    if let Some(found) = foreign::of_bytes(&head) {
        return Err(FileProblem::NotATable { found });
    }
    if foreign::is_container(&head) {
        let (head, whole) = look(whole, foreign::LOOKED_AT)?;
        return match (foreign::of_container(&head), reading.form.format) {
            (Some(found), _) => Err(FileProblem::NotATable { found }),
            (None, Some(declared @ (FileFormat::Csv | FileFormat::Ndjson))) => {
                Err(FileProblem::WrongFormat { declared: declared.as_str() })
            }
            (None, _) => xlsx::read(whole, reading, take),
        };
    }
    let declared = reading.form.encoding.as_deref().and_then(encoding_of);
    let text = Decoded::open(whole, declared).map_err(|e| FileProblem::unreadable(0, &e))?;
    let mut lines = Lines::new(text, reading.limits);
    let head = lines.peek();
    if let Some(found) = foreign::of_text(head) {
        return Err(FileProblem::NotATable { found });
    }
    if reading.form.format == Some(FileFormat::Xlsx) {
        return Err(FileProblem::WrongFormat { declared: FileFormat::Xlsx.as_str() });
    }
    let (is_ndjson, ends) = (is_ndjson(&reading.form, head), LineEnds::of(head));
    lines.end_with(ends);
    if is_ndjson {
        let mut rows = NdjsonReader::new(lines, &reading.layout, reading.limits);
        while let Some(next) = rows.next() {
            hand_over(next, rows.lines().bytes(), &mut take)?;
        }
        let form = found(FileFormat::Ndjson, rows.lines());
        return Ok(Found { form, columns: Vec::new() });
    }
    let mut rows = CsvReader::open(lines, &reading.form, &reading.layout, reading.limits)?;
    while let Some(next) = rows.next() {
        hand_over(next, rows.lines().bytes(), &mut take)?;
    }
    let (delimiter, header_row) = (Some(rows.delimiter()), Some(rows.header_row()));
    let form = FoundForm { delimiter, header_row, ..found(FileFormat::Csv, rows.lines()) };
    Ok(Found { form, columns: rows.header().file_columns().to_vec() })
}

fn found<R: Read>(format: FileFormat, lines: &Lines<Decoded<R>>) -> FoundForm {
    let encoding = Some(lines.source().encoding());
    FoundForm { format, encoding, delimiter: None, sheet: None, header_row: None }
}

fn hand_over(
    next: Result<Record, Problem>,
    bytes: u64,
    take: &mut impl FnMut(Result<Record, Refused>, u64) -> ControlFlow<()>,
) -> Result<(), FileProblem> {
    let next = match next {
        Ok(record) => Ok(record),
        Err(Problem::Row(refused)) => Err(*refused),
        Err(Problem::File(problem)) => return Err(problem),
    };
    match take(next, bytes) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(FileProblem::Interrupted),
    }
}

/// As declared, or as the media type and name suggest, or by the first brace.
fn is_ndjson(form: &FileForm, head: &[u8]) -> bool {
    match form.format.or(form.expected) {
        Some(FileFormat::Ndjson) => true,
        Some(FileFormat::Csv) => false,
        Some(FileFormat::Xlsx) | None => head.trim_ascii_start().first() == Some(&b'{'),
    }
}

#[cfg(test)]
mod tests;
