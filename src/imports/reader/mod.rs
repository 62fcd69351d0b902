//! Tables in constant memory: CSV, NDJSON and XLSX, plain or gzip, text in any encoding.
//!
//! What is not declared is seen from the bytes: gzip and workbooks from their first bytes, the encoding from the first
//! that is not ASCII ([`decode`]), NDJSON from its first brace, the delimiter of CSV from its header.

mod csv;
mod decode;
mod form;
mod header;
mod layout;
mod lines;
mod ndjson;
mod number;
mod quotes;
mod record;
mod source;
mod workbook;
mod xlsx;

use std::io::{BufRead, BufReader, Read};
use std::ops::ControlFlow;

use self::csv::CsvReader;
use self::decode::Decoded;
pub use self::decode::encoding_of;
pub use self::form::{Delimiter, FileForm, FileFormat, FoundForm};
pub use self::header::Header;
pub use self::layout::Layout;
use self::lines::Lines;
use self::ndjson::NdjsonReader;
pub use self::record::Record;
use self::source::{Source, look};
use super::{FileProblem, Problem, RowProblem};

/// What a reader takes at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole file after inflating; `None` for any size.
    pub max_bytes: Option<u64>,
    /// Bytes of one record.
    pub max_record: usize,
    /// Physical lines of one record.
    pub max_lines: usize,
}

impl Default for Limits {
    /// Any size, records of at most 1 MiB and 50 lines.
    fn default() -> Self {
        Self { max_bytes: None, max_record: 1024 * 1024, max_lines: 50 }
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
    let zip = head.starts_with(b"PK\x03\x04");
    if head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Err(FileProblem::NotText);
    }
    match reading.form.format {
        Some(FileFormat::Xlsx) if !zip => return Err(FileProblem::WrongFormat { declared: "xlsx" }),
        Some(declared @ (FileFormat::Csv | FileFormat::Ndjson)) if zip => {
            return Err(FileProblem::WrongFormat { declared: declared.as_str() });
        }
        _ if zip => return xlsx::read(whole, reading, take),
        _ => {}
    }
    let declared = reading.form.encoding.as_deref().and_then(encoding_of);
    let text = Decoded::open(whole, declared).map_err(|e| FileProblem::unreadable(0, &e))?;
    let mut text = BufReader::with_capacity(64 * 1024, text);
    if is_ndjson(&reading.form, &mut text) {
        let mut rows = NdjsonReader::new(Lines::new(text, reading.limits), &reading.layout, reading.limits);
        while let Some(next) = rows.next() {
            hand_over(next, rows.lines().bytes(), &mut take)?;
        }
        let form = found(FileFormat::Ndjson, rows.lines(), None);
        return Ok(Found { form, columns: Vec::new() });
    }
    let lines = Lines::new(text, reading.limits);
    let mut rows = CsvReader::open(lines, reading.form.delimiter, &reading.layout, reading.limits)?;
    while let Some(next) = rows.next() {
        hand_over(next, rows.lines().bytes(), &mut take)?;
    }
    let form = found(FileFormat::Csv, rows.lines(), Some(rows.delimiter()));
    Ok(Found { form, columns: rows.header().file_columns().to_vec() })
}

fn found<R: Read>(format: FileFormat, lines: &Lines<BufReader<Decoded<R>>>, delimiter: Option<Delimiter>) -> FoundForm {
    FoundForm { format, encoding: Some(lines.source().get_ref().encoding()), delimiter, sheet: None }
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

/// As declared, or as the media type and name suggest, or by the first brace. An error of reading is met again.
fn is_ndjson(form: &FileForm, text: &mut impl BufRead) -> bool {
    match form.format.or(form.expected) {
        Some(FileFormat::Ndjson) => true,
        Some(FileFormat::Csv) => false,
        Some(FileFormat::Xlsx) | None => {
            let head = text.fill_buf().unwrap_or_default();
            head.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| *byte == b'{')
        }
    }
}

#[cfg(test)]
mod tests;
