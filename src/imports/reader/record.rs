//! One record, and the parsing of its text.

use std::io::{self, Read};
use std::sync::Arc;

use csv::{ByteRecord, StringRecord};

use super::{Delimiter, Header};
use crate::exports::unguard;

/// A row of a file, with as many fields as the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    line: u64,
    header: Arc<Header>,
    fields: StringRecord,
    /// What the fields were made of, where they are not what stands in the file.
    original: Option<Box<StringRecord>>,
    /// The text of a line that is no list of fields.
    text: Option<Box<str>>,
}

impl Record {
    pub(super) fn new(line: u64, header: Arc<Header>, fields: StringRecord) -> Self {
        Self { line, header, fields, original: None, text: None }
    }

    /// A record whose fields were made of what stands in the file.
    pub(super) fn made_of(line: u64, header: Arc<Header>, fields: StringRecord, original: StringRecord) -> Self {
        Self { line, header, fields, original: Some(Box::new(original)), text: None }
    }

    /// The same of a line that is no list of fields: this is its text.
    #[must_use]
    pub(super) fn of_line(self, text: &str) -> Self {
        Self { text: Some(text.into()), ..self }
    }

    /// The physical line on which it starts, the header's line being 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The header of its file.
    pub fn header(&self) -> &Arc<Header> {
        &self.header
    }

    /// The text of a column, without the apostrophe that an export puts in front of one that would begin a formula;
    /// `None` where it is blank or the file lacks the column.
    pub fn text(&self, column: &str) -> Option<&str> {
        unguard(self.fields.get(self.header.position(column)?)?)
    }

    /// The texts of a family's columns, each with the end of its name; blank ones are left out.
    pub fn family<'a>(&'a self, family: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let columns = self.header.family(family);
        columns.filter_map(move |(place, name)| Some((name, unguard(self.fields.get(place)?)?)))
    }

    /// The field of a column without surrounding blanks; `None` where it is blank or the file lacks the column.
    pub fn get(&self, column: &str) -> Option<&str> {
        let field = self.fields.get(self.header.position(column)?)?.trim();
        (!field.is_empty()).then_some(field)
    }

    /// What stands in the file where a column was read from, without surrounding blanks; `None` where that is blank.
    pub fn given(&self, column: &str) -> Option<&str> {
        let field = self.original().get(self.header.origin(column)?)?.trim();
        (!field.is_empty()).then_some(field)
    }

    /// All fields as they stand in the file, in its order; of a line that is no list of fields, its text alone.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        let fields = self.text.is_none().then(|| self.original().iter());
        self.text.as_deref().into_iter().chain(fields.into_iter().flatten())
    }

    /// Bytes of its fields and of what they were made of.
    pub fn size(&self) -> usize {
        let original = self.original.as_deref().map_or(0, |original| original.as_slice().len());
        self.fields.as_slice().len() + original + self.text.as_deref().map_or(0, str::len)
    }

    fn original(&self) -> &StringRecord {
        self.original.as_deref().unwrap_or(&self.fields)
    }
}

/// Turns a record's text into fields. One parser serves a whole file, because building its tables costs more than a
/// record.
pub(super) struct RecordParser(csv::Reader<Feed>);

/// The text the parser is to read next.
#[derive(Default)]
struct Feed {
    text: Vec<u8>,
    at: usize,
}

impl Read for Feed {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut rest = &self.text[self.at..];
        let taken = rest.read(buf)?;
        self.at += taken;
        Ok(taken)
    }
}

impl RecordParser {
    pub(super) fn new(delimiter: Delimiter) -> Self {
        let mut builder = csv::ReaderBuilder::new();
        builder.delimiter(delimiter.byte()).has_headers(false).flexible(true);
        Self(builder.from_reader(Feed::default()))
    }

    /// The fields of a text that is one record, as its quotation marks have shown.
    pub(super) fn parse(&mut self, mut text: Vec<u8>) -> csv::Result<ByteRecord> {
        // The parser stops at the line feed; without one it would see the end of the file and read no more.
        text.push(b'\n');
        *self.0.get_mut() = Feed { text, at: 0 };
        let mut record = ByteRecord::new();
        self.0.read_byte_record(&mut record)?;
        Ok(record)
    }
}
