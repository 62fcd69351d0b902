//! CSV by RFC 4180 with a header row, in constant memory.
//!
//! Lines are split here and not by the CSV parser, because a parser that meets an unclosed quotation mark swallows the
//! rest of the file. Here such a mark spoils the physical line it stands on: a record may span up to 50 lines where
//! its marks balance and its fields then fit the header; where they do not, its first line is reported and reading
//! goes on with the next.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::Arc;

use csv::StringRecord;

use super::lines::{Line, Lines};
use super::quotes::{Fault, Quotes};
use super::record::RecordParser;
use super::{Delimiter, Header, Layout, Limits, Record, Refused};
use crate::imports::{FileProblem, Problem, RowCode, RowProblem};
use crate::values::Label;

/// Reads a table record by record. After a [`Problem::File`] it yields nothing more.
pub(super) struct CsvReader<'a, R> {
    lines: Lines<R>,
    /// Lines read in vain while looking for the end of a record.
    ahead: VecDeque<Line>,
    parser: RecordParser,
    delimiter: Delimiter,
    layout: &'a Layout,
    header: Arc<Header>,
    limits: Limits,
    ended: bool,
}

/// A record's text before it is parsed.
struct Text {
    line: u64,
    bytes: Vec<u8>,
}

impl<'a, R: Read> CsvReader<'a, R> {
    /// Reads the header row and matches it with the layout. The header shows the delimiter where none is declared.
    pub(super) fn open(
        lines: Lines<R>,
        declared: Option<Delimiter>,
        layout: &'a Layout,
        limits: Limits,
    ) -> Result<Self, FileProblem> {
        let delimiter = declared.unwrap_or(Delimiter::Comma);
        let header = Arc::new(Header::default());
        let (ahead, parser) = (VecDeque::new(), RecordParser::new(delimiter));
        let mut reader = Self { lines, ahead, parser, delimiter, layout, header, limits, ended: false };
        reader.header = Arc::new(reader.read_header(declared)?);
        Ok(reader)
    }

    /// The header row.
    pub(super) fn header(&self) -> &Arc<Header> {
        &self.header
    }

    /// What separates the fields.
    pub(super) fn delimiter(&self) -> Delimiter {
        self.delimiter
    }

    /// The lines it reads from.
    pub(super) fn lines(&self) -> &Lines<R> {
        &self.lines
    }

    fn read_header(&mut self, declared: Option<Delimiter>) -> Result<Header, FileProblem> {
        let mut first = self.lines.next()?.ok_or(FileProblem::Empty)?;
        let mut declared = declared;
        // A line that Excel takes, and writes for nobody else.
        if let Some(mark) = first.content.strip_prefix(b"sep=")
            && let Some(delimiter) = Delimiter::ALL.into_iter().find(|d| mark == [d.byte()])
        {
            declared = Some(delimiter);
            first = self.lines.next()?.ok_or(FileProblem::Empty)?;
        }
        if first.content.contains(&0) {
            return Err(FileProblem::WrongEncoding { found: "UTF-16" });
        }
        self.delimiter = declared.unwrap_or_else(|| Delimiter::of_header(&first.content));
        self.parser = RecordParser::new(self.delimiter);
        self.ahead.push_back(first);
        let text = match self.next_text(None) {
            Ok(text) => text.ok_or(FileProblem::Empty)?,
            Err(Problem::Row(_)) => return Err(FileProblem::MalformedHeader),
            Err(Problem::File(problem)) => return Err(problem),
        };
        let fields = self.parser.parse(text.bytes).map_err(|_| FileProblem::MalformedHeader)?;
        let fields = StringRecord::from_byte_record(fields)
            .map_err(|_| FileProblem::WrongEncoding { found: "damaged, or another encoding" })?;
        self.layout.header(&fields.iter().collect::<Vec<_>>())
    }

    fn next_record(&mut self) -> Result<Option<Record>, Problem> {
        let Some(text) = self.next_text(Some(self.header.width()))? else { return Ok(None) };
        let line = text.line;
        let fields =
            self.parser.parse(text.bytes).map_err(|e| FileProblem::Unreadable { line, reason: e.to_string() })?;
        match StringRecord::from_byte_record(fields) {
            Ok(fields) => Ok(Some(self.layout.record(line, &self.header, fields))),
            Err(e) => {
                let index = e.utf8_error().field();
                let bytes = e.into_byte_record();
                let original = bytes.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect();
                let detail = Label::new("This is not valid text in the file's encoding.", "该文本不符合文件的编码。");
                let problem = self.problem(line, Some(index), bytes.get(index), RowCode::InvalidUtf8, detail);
                Err(Refused { problem, original }.into())
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
            let value = Some(first.content.as_slice());
            let problem = self.problem(first.number, None, value, RowCode::RecordTooLong, detail);
            return Err(Refused { problem, original: Vec::new() }.into());
        }
        let mut quotes = Quotes::new(self.delimiter);
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

    fn fault(&mut self, line: &Line, index: usize, fault: Fault) -> Problem {
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
        let problem = self.problem(line.number, Some(index), Some(&line.content), code, detail);
        self.refused(line, problem)
    }

    fn wrong_count(&mut self, line: &Line, width: usize, found: usize) -> Problem {
        let detail = Label::new(
            format!("The header has {width} fields, this row has {found}."),
            format!("表头有 {width} 个字段，该行有 {found} 个。"),
        );
        // The first field that is missing, or the first that is too many.
        let index = width.min(found);
        let problem = self.problem(line.number, Some(index), Some(&line.content), RowCode::WrongFieldCount, detail);
        self.refused(line, problem)
    }

    /// A line that is no record, with its fields as far as they can be made out.
    fn refused(&mut self, line: &Line, problem: RowProblem) -> Problem {
        let fields = self.parser.parse(line.content.clone()).unwrap_or_default();
        // An open mark leaves the parser within a field, and the next record must not begin there.
        self.parser = RecordParser::new(self.delimiter);
        let original = fields.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect();
        Refused { problem, original }.into()
    }

    fn problem(
        &self,
        line: u64,
        index: Option<usize>,
        value: Option<&[u8]>,
        code: RowCode,
        detail: Label,
    ) -> RowProblem {
        let column = index.map(|index| self.header.name(index));
        let value = value.map(String::from_utf8_lossy);
        RowProblem::new(line, column.as_deref(), value.as_deref(), code, detail)
    }
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
