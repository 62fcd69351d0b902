//! One record.

use std::sync::Arc;

use csv::StringRecord;

use super::Header;
use crate::exports::unguard;
use crate::imports::problem::Reason;
use crate::values::Currency;

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
    /// What is known of fields besides their texts; most records have none.
    notes: Option<Box<Notes>>,
}

/// What is known of a record's fields besides their texts. Places count its fields from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::imports) struct Notes {
    /// Fields that cannot be what stands there, and why.
    pub(in crate::imports) faults: Vec<(usize, Reason)>,
    /// Blank fields that say that there is no value.
    pub(in crate::imports) nulls: Vec<usize>,
    /// Fields that are truth values.
    pub(in crate::imports) flags: Vec<usize>,
    /// The currency that stands beside the amounts of a row that names none.
    pub(in crate::imports) currency: Option<Currency>,
}

impl Notes {
    fn is_empty(&self) -> bool {
        self.faults.is_empty() && self.nulls.is_empty() && self.flags.is_empty() && self.currency.is_none()
    }
}

impl Record {
    pub(super) fn new(line: u64, header: Arc<Header>, fields: StringRecord) -> Self {
        Self { line, header, fields, original: None, text: None, notes: None }
    }

    /// A record whose fields were made of what stands in the file.
    pub(super) fn made_of(line: u64, header: Arc<Header>, fields: StringRecord, original: StringRecord) -> Self {
        Self { original: Some(Box::new(original)), ..Self::new(line, header, fields) }
    }

    /// The same with what else is known of its fields.
    #[must_use]
    pub(super) fn noted(self, notes: Notes) -> Self {
        Self { notes: (!notes.is_empty()).then(|| Box::new(notes)), ..self }
    }

    /// The same of a line that is no list of fields: this is its text.
    #[must_use]
    pub(super) fn of_line(self, text: &str) -> Self {
        Self { text: Some(text.into()), ..self }
    }

    /// The physical line on which it starts, the file's first line being 1.
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

    /// Why a column cannot be what stands there; `None` where it can.
    pub(in crate::imports) fn fault(&self, column: &str) -> Option<&Reason> {
        let (notes, place) = (self.notes.as_deref()?, self.header.position(column)?);
        notes.faults.iter().find(|(at, _)| *at == place).map(|(_, reason)| reason)
    }

    /// Whether a blank column says that there is no value, where others say nothing.
    pub(in crate::imports) fn is_null(&self, column: &str) -> bool {
        self.is_among(column, |notes| &notes.nulls)
    }

    /// Whether a column is a truth value.
    pub(in crate::imports) fn is_flag(&self, column: &str) -> bool {
        self.is_among(column, |notes| &notes.flags)
    }

    fn is_among(&self, column: &str, places: impl Fn(&Notes) -> &Vec<usize>) -> bool {
        self.notes.as_deref().is_some_and(|notes| {
            let place = self.header.position(column);
            place.is_some_and(|place| places(notes).contains(&place))
        })
    }

    /// The currency that stands beside the amounts of a row that names none.
    pub(in crate::imports) fn marked_currency(&self) -> Option<Currency> {
        self.notes.as_deref().and_then(|notes| notes.currency)
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
