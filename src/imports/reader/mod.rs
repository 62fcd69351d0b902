//! Tables of text in constant memory: CSV by RFC 4180 with a header row, plain or gzip, UTF-8 with or without a byte
//! order mark.
//!
//! Lines are split here and not by the CSV parser, because a parser that meets an unclosed quotation mark swallows the
//! rest of the file. Here such a mark spoils the physical line it stands on: a record may span up to 50 lines where
//! its marks balance and its fields then fit the header; where they do not, its first line is reported and reading
//! goes on with the next.

mod header;
mod lines;
mod quotes;
mod record;
mod source;

use std::collections::VecDeque;
use std::io::Read;
use std::sync::Arc;

use csv::StringRecord;

pub use self::header::Header;
use self::lines::{Line, Lines};
use self::quotes::{Fault, Quotes};
pub use self::record::Record;
use self::record::RecordParser;
use self::source::Source;
use super::{Column, FileProblem, Problem, RowCode, RowProblem};
use crate::values::Label;

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

/// Reads a table record by record. After a [`Problem::File`] it yields nothing more.
pub struct TableReader<R> {
    lines: Lines<Source<R>>,
    /// Lines read in vain while looking for the end of a record.
    ahead: VecDeque<Line>,
    parser: RecordParser,
    header: Arc<Header>,
    limits: Limits,
    ended: bool,
}

/// A record's text before it is parsed.
struct Text {
    line: u64,
    bytes: Vec<u8>,
}

impl<R: Read> TableReader<R> {
    /// Reads the header row and matches it with the columns of a kind.
    pub fn open(file: R, columns: &[Column], limits: Limits) -> Result<Self, FileProblem> {
        let lines = Lines::new(Source::open(file)?, limits);
        let header = Arc::new(Header::default());
        let mut reader =
            Self { lines, ahead: VecDeque::new(), parser: RecordParser::new(), header, limits, ended: false };
        reader.header = Arc::new(reader.read_header(columns)?);
        Ok(reader)
    }

    /// The header row.
    pub fn header(&self) -> &Arc<Header> {
        &self.header
    }

    /// Bytes read so far, inflated.
    pub fn bytes_read(&self) -> u64 {
        self.lines.bytes()
    }

    fn read_header(&mut self, columns: &[Column]) -> Result<Header, FileProblem> {
        let mut first = self.lines.next()?.ok_or(FileProblem::Empty)?;
        check_encoding(&first.content)?;
        if first.content.starts_with(b"\xef\xbb\xbf") {
            first.content.drain(..3);
        }
        self.ahead.push_back(first);
        let text = match self.next_text(None) {
            Ok(text) => text.ok_or(FileProblem::Empty)?,
            Err(Problem::Row(_)) => return Err(FileProblem::MalformedHeader),
            Err(Problem::File(problem)) => return Err(problem),
        };
        let fields = self.parser.parse(text.bytes).map_err(|_| FileProblem::MalformedHeader)?;
        let fields = StringRecord::from_byte_record(fields)
            .map_err(|_| FileProblem::WrongEncoding { found: "a legacy code page such as GBK or Windows-1252" })?;
        Header::new(&fields.iter().collect::<Vec<_>>(), columns)
    }

    fn next_record(&mut self) -> Result<Option<Record>, Problem> {
        let Some(text) = self.next_text(Some(self.header.columns().len()))? else { return Ok(None) };
        let line = text.line;
        let fields =
            self.parser.parse(text.bytes).map_err(|e| FileProblem::Unreadable { line, reason: e.to_string() })?;
        match StringRecord::from_byte_record(fields) {
            Ok(fields) => Ok(Some(Record::new(line, Arc::clone(&self.header), fields))),
            Err(e) => {
                let index = e.utf8_error().field();
                let bytes = e.into_byte_record();
                let detail = Label::new("This is not valid UTF-8.", "不是有效的 UTF-8 文本。");
                Err(self.problem(line, Some(index), bytes.get(index), RowCode::InvalidUtf8, detail))
            }
        }
    }

    /// The text of the next record; `width` is the number of fields it must have.
    fn next_text(&mut self, width: Option<usize>) -> Result<Option<Text>, Problem> {
        let first = loop {
            match self.next_line()? {
                None => return Ok(None),
                Some(line) if line.content.is_empty() => {}
                Some(line) => break line,
            }
        };
        if first.too_long {
            let detail = Label::new("The row is too long.", "该行过长。");
            return Err(self.problem(first.number, None, Some(&first.content), RowCode::RecordTooLong, detail));
        }
        let mut quotes = Quotes::new();
        if let Err(fault) = quotes.feed(&first.content) {
            return Err(self.fault(&first, quotes.current(), fault));
        }
        if quotes.is_open() {
            return self.join(first, quotes, width).map(Some);
        }
        match width {
            Some(width) if width != quotes.fields() => Err(self.wrong_count(&first, width, quotes.fields())),
            _ => Ok(Some(Text { line: first.number, bytes: first.content })),
        }
    }

    /// Adds lines until the quotation mark that is open at the end of `first` closes and the fields fit.
    fn join(&mut self, first: Line, mut quotes: Quotes, width: Option<usize>) -> Result<Text, Problem> {
        let opened_in = quotes.opened_in();
        let mut bytes = first.content.clone();
        bytes.extend_from_slice(first.terminator);
        let mut taken = Vec::new();
        while taken.len() + 1 < self.limits.max_lines && width.is_none_or(|width| quotes.fields() <= width) {
            let Some(line) = self.next_line()? else { break };
            let fits = !line.too_long && bytes.len() + line.content.len() <= self.limits.max_record;
            if !fits || quotes.feed(&line.content).is_err() {
                taken.push(line);
                break;
            }
            bytes.extend_from_slice(&line.content);
            if !quotes.is_open() {
                if width.is_none_or(|width| width == quotes.fields()) {
                    return Ok(Text { line: first.number, bytes });
                }
                taken.push(line);
                break;
            }
            bytes.extend_from_slice(line.terminator);
            taken.push(line);
        }
        for line in taken.into_iter().rev() {
            self.ahead.push_front(line);
        }
        Err(self.fault(&first, opened_in, Fault::StrayQuote))
    }

    fn next_line(&mut self) -> Result<Option<Line>, FileProblem> {
        match self.ahead.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next(),
        }
    }

    fn fault(&self, line: &Line, index: usize, fault: Fault) -> Problem {
        let (code, detail) = match fault {
            Fault::StrayQuote => (
                RowCode::StrayQuote,
                Label::new(
                    "A quotation mark is not closed, or stands in a field without being doubled.",
                    "引号未闭合，或字段内的引号没有成对书写。",
                ),
            ),
            Fault::StrayLineBreak => (
                RowCode::StrayLineBreak,
                Label::new("A line break stands outside quotation marks.", "换行符出现在引号之外。"),
            ),
        };
        self.problem(line.number, Some(index), Some(&line.content), code, detail)
    }

    fn wrong_count(&self, line: &Line, width: usize, found: usize) -> Problem {
        let detail = Label::new(
            format!("The header has {width} fields, this row has {found}."),
            format!("表头有 {width} 个字段，该行有 {found} 个。"),
        );
        // The first field that is missing, or the first that is too many.
        let index = width.min(found);
        self.problem(line.number, Some(index), Some(&line.content), RowCode::WrongFieldCount, detail)
    }

    fn problem(&self, line: u64, index: Option<usize>, value: Option<&[u8]>, code: RowCode, detail: Label) -> Problem {
        let column = index.map(|index| self.header.name(index));
        let value = value.map(String::from_utf8_lossy);
        RowProblem::new(line, column.as_deref(), value.as_deref(), code, detail).into()
    }
}

impl<R: Read> Iterator for TableReader<R> {
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

fn check_encoding(first: &[u8]) -> Result<(), FileProblem> {
    if first.starts_with(b"\xff\xfe") || first.starts_with(b"\xfe\xff") || first.contains(&0) {
        return Err(FileProblem::WrongEncoding { found: "UTF-16" });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
