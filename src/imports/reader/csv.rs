//! CSV by RFC 4180 with a header row, in constant memory.
//!
//! A line without quotation marks, which most lines are, is split where it is; [`Scan`] puts the others together.

use std::io::Read;
use std::sync::Arc;

use csv::{ByteRecord, StringRecord};

use super::heading::{Heading, find, separator};
use super::lines::{Lines, Piece};
use super::scan::{Scan, Tear, Torn, Width};
use super::{Delimiter, FileForm, Header, Layout, Limits, Record, Refused};
use crate::imports::{FileProblem, Problem, RowCode, RowProblem};
use crate::values::Label;

/// Reads a table record by record. After a [`Problem::File`] it yields nothing more.
pub(super) struct CsvReader<'a, R> {
    lines: Lines<R>,
    scan: Scan,
    delimiter: Delimiter,
    layout: &'a Layout,
    header: Arc<Header>,
    header_row: u64,
    limits: Limits,
    ended: bool,
}

impl<'a, R: Read> CsvReader<'a, R> {
    /// Finds the header row and matches it with the layout. It shows the delimiter where none is declared.
    pub(super) fn open(
        mut lines: Lines<R>,
        form: &FileForm,
        layout: &'a Layout,
        limits: Limits,
    ) -> Result<Self, FileProblem> {
        let ends = lines.ends();
        let declared = separator(lines.peek(), ends)?.or(form.delimiter);
        let asked = form.header_row.and_then(|row| u64::try_from(row).ok());
        let from = asked.unwrap_or(1);
        lines.skip_to(from)?;
        let Some(Heading { before, delimiter }) = find(lines.peek(), ends, declared, asked.is_some(), layout)? else {
            // Nothing but blanks, or what came last could not be read.
            lines.skip_to(u64::MAX)?;
            return Err(FileProblem::Empty);
        };
        let header_row = from + before;
        lines.skip_to(header_row)?;
        let scan = Scan::new(delimiter, limits.max_record);
        let header = Arc::new(Header::default());
        let mut reader = Self { lines, scan, delimiter, layout, header, header_row, limits, ended: false };
        reader.header = Arc::new(reader.read_header()?);
        let (named, given) = (reader.header.width(), reader.header.given());
        reader.scan.set_width(Width { named, given });
        Ok(reader)
    }

    /// The header row.
    pub(super) fn header(&self) -> &Arc<Header> {
        &self.header
    }

    /// The line on which the header row stands, from 1.
    pub(super) fn header_row(&self) -> u64 {
        self.header_row
    }

    /// What separates the fields.
    pub(super) fn delimiter(&self) -> Delimiter {
        self.delimiter
    }

    /// The lines it reads from.
    pub(super) fn lines(&self) -> &Lines<R> {
        &self.lines
    }

    fn read_header(&mut self) -> Result<Header, FileProblem> {
        let fields = match self.next_fields() {
            Ok(fields) => fields.ok_or(FileProblem::Empty)?.1,
            Err(Problem::Row(_)) => return Err(FileProblem::MalformedHeader),
            Err(Problem::File(problem)) => return Err(problem),
        };
        let fields = StringRecord::from_byte_record(fields)
            .map_err(|_| FileProblem::WrongEncoding { found: "damaged, or another encoding" })?;
        self.layout.header(&fields.iter().collect::<Vec<_>>())
    }

    fn next_record(&mut self) -> Result<Option<Record>, Problem> {
        while let Some((line, fields)) = self.next_fields()? {
            // A row that says nothing is none.
            if !fields.iter().all(|field| field.trim_ascii().is_empty()) {
                return self.record(line, fields).map(Some);
            }
        }
        Ok(None)
    }

    /// The fields of the next record, and the line on which it begins.
    fn next_fields(&mut self) -> Result<Option<(u64, ByteRecord)>, Problem> {
        loop {
            let Some(piece) = self.lines.piece()? else {
                if self.scan.end_file() {
                    break;
                }
                return Ok(None);
            };
            if self.scan.is_new() && is_plain(&piece, self.limits.max_record) {
                if piece.bytes.trim_ascii().is_empty() {
                    continue;
                }
                return Ok(Some((piece.number, split(piece.bytes, self.delimiter, self.header.width()))));
            }
            if self.scan.take(&piece) {
                break;
            }
        }
        self.scan.finish().map(Some).map_err(|torn| self.torn(torn))
    }

    fn record(&self, line: u64, fields: ByteRecord) -> Result<Record, Problem> {
        let (width, found) = (self.header.width(), fields.len());
        if found < width {
            let detail = Label::new(
                format!("The header has {width} fields, this row has {found}."),
                format!("表头有 {width} 个字段，该行有 {found} 个。"),
            );
            return Err(self.refused(line, Some(found), None, RowCode::WrongFieldCount, detail, &fields));
        }
        let mut fields = match StringRecord::from_byte_record(fields) {
            Ok(fields) => fields,
            Err(e) => {
                let index = e.utf8_error().field();
                let fields = e.into_byte_record();
                let value = fields.get(index).unwrap_or_default();
                let detail = Label::new("This is not valid text in the file's encoding.", "该文本不符合文件的编码。");
                return Err(self.refused(line, Some(index), Some(value), RowCode::InvalidUtf8, detail, &fields));
            }
        };
        if let Some(surplus) = self.header.surplus(fields.len(), fields.iter()) {
            let (index, code) = (surplus.index, surplus.code);
            return Err(self.refused(line, Some(index), None, code, surplus.detail, &fields.into_byte_record()));
        }
        fields.truncate(width);
        Ok(self.layout.record(line, &self.header, fields))
    }

    /// A row that is no record; `value` is all of it where it is not given.
    fn refused(
        &self,
        line: u64,
        index: Option<usize>,
        value: Option<&[u8]>,
        code: RowCode,
        detail: Label,
        fields: &ByteRecord,
    ) -> Problem {
        let column = index.map(|index| self.header.name(index));
        let original: Vec<String> = fields.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect();
        let value = match value {
            Some(value) => String::from_utf8_lossy(value).into_owned(),
            None => original.join(&char::from(self.delimiter.byte()).to_string()),
        };
        let problem = RowProblem::new(line, column.as_deref(), Some(&value), code, detail);
        Refused { problem, original }.into()
    }

    fn torn(&self, torn: Torn) -> Problem {
        let (first, last) = torn.lines;
        let (code, detail) = match torn.tear {
            Tear::StrayLineBreak => (
                RowCode::StrayLineBreak,
                Label::new("A line break stands outside quotation marks.", "换行符出现在引号之外。"),
            ),
            Tear::TooLong => {
                let longest = self.limits.max_record;
                let en = format!("The row is too long: at most {longest} bytes are taken{}.", lines_en(first, last));
                let zh = format!("该行过长：最多 {longest} 字节{}。", lines_zh(first, last));
                (RowCode::RecordTooLong, Label::new(en, zh))
            }
            Tear::StrayQuote if first == last => (
                RowCode::StrayQuote,
                Label::new(
                    "A field begins with a quotation mark, and text follows the mark that closes it. Double each mark inside the field, or take the outer ones away.",
                    "字段以引号开头，但结束引号之后还有文字：请将字段内的引号成对书写，或去掉外层引号。",
                ),
            ),
            Tear::StrayQuote => {
                let opened = torn.opened;
                let en = format!(
                    "The quotation mark that opens in line {opened} is astray or not closed where its field ends; lines {first} to {last} cannot be told apart and are not read."
                );
                let zh = format!(
                    "第 {opened} 行开始的引号多余或未在字段末尾闭合；第 {first} 至 {last} 行无法区分，均未读取。"
                );
                (RowCode::StrayQuote, Label::new(en, zh))
            }
            Tear::NeverClosed => {
                let opened = torn.opened;
                let en = format!(
                    "The quotation mark that opens in line {opened} is never closed: lines {first} to {last}, the end of the file, are not read."
                );
                let zh =
                    format!("第 {opened} 行开始的引号一直未闭合：从第 {first} 行到文件末尾（第 {last} 行）均未读取。");
                (RowCode::StrayQuote, Label::new(en, zh))
            }
        };
        let index = (torn.tear != Tear::TooLong).then_some(torn.field);
        self.refused(first, index, Some(&torn.shown), code, detail, &torn.fields)
    }
}

/// Lines that go with a record.
fn lines_en(first: u64, last: u64) -> String {
    if first == last { String::new() } else { format!("; lines {first} to {last} are not read") }
}

fn lines_zh(first: u64, last: u64) -> String {
    if first == last { String::new() } else { format!("；第 {first} 至 {last} 行未读取") }
}

/// Whether a piece is a whole record without a look at each byte.
fn is_plain(piece: &Piece<'_>, longest: usize) -> bool {
    piece.end.is_some() && piece.bytes.len() <= longest && !piece.bytes.contains(&b'"') && !piece.bytes.contains(&b'\r')
}

/// The fields of a line that has no quotation mark.
fn split(line: &[u8], delimiter: Delimiter, width: usize) -> ByteRecord {
    let mut fields = ByteRecord::with_capacity(line.len(), width);
    line.split(|byte| *byte == delimiter.byte()).for_each(|field| fields.push_field(field));
    fields
}

impl<R: Read> Iterator for CsvReader<'_, R> {
    type Item = Result<Record, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.next_record().transpose();
        self.ended = matches!(next, None | Some(Err(Problem::File(_))));
        next
    }
}
