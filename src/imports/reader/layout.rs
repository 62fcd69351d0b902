//! Which columns of a file mean what.

use std::collections::HashSet;
use std::sync::Arc;

use ::csv::StringRecord;

use super::{CellKind, Cells, Header, Notes, Record};
use crate::imports::fit::fitted;
use crate::imports::mapping::{ImportMapping, Unmapped, made, matched, missing};
use crate::imports::{ColumnType, FileProblem, ImportKind};
use crate::values::Currency;

/// Which columns of a file mean what: the names of the kind itself, or what a mapping says.
#[derive(Clone, Debug)]
pub struct Layout {
    kind: ImportKind,
    mapping: Option<Arc<ImportMapping>>,
    /// The currency of amounts that name none.
    base: Option<Currency>,
}

/// What one object's keys mean.
pub(super) struct Keys {
    pub(super) header: Arc<Header>,
    pub(super) unknown: Vec<String>,
    pub(super) duplicate: Vec<String>,
}

impl Layout {
    /// The columns of a kind by their own names.
    pub fn plain(kind: ImportKind) -> Self {
        Self { kind, mapping: None, base: None }
    }

    /// The columns of a mapping's kind by the names it gives.
    pub fn mapped(mapping: ImportMapping) -> Self {
        Self { kind: mapping.kind, mapping: Some(Arc::new(mapping)), base: None }
    }

    /// The same in a tenant with this base currency.
    #[must_use]
    pub fn in_base(self, base: Currency) -> Self {
        Self { base: Some(base), ..self }
    }

    /// Matches a header row. Fields without a name behind the last are no columns; those before it are columns that
    /// must be blank.
    pub(super) fn header(&self, row: &[&str]) -> Result<Header, FileProblem> {
        let named = row.iter().rposition(|name| !name.trim().is_empty()).map_or(0, |last| last + 1);
        let names = &row[..named];
        let passes_over = self.mapping.as_ref().is_some_and(|mapping| mapping.unmapped == Unmapped::Ignore);
        match self.named(names) {
            Ok(header) => Ok(header.of_row(row.len(), passes_over)),
            Err(FileProblem::WrongColumns { .. }) if self.has_other_separator(names) => {
                Err(FileProblem::WrongSeparator)
            }
            Err(problem) => Err(problem),
        }
    }

    fn named(&self, names: &[&str]) -> Result<Header, FileProblem> {
        let Some(mapping) = &self.mapping else { return Header::new(names, self.kind) };
        Header::check_count(names)?;
        let found = matched(mapping, names);
        let mut unknown = if mapping.unmapped == Unmapped::Refuse { found.unknown } else { Vec::new() };
        unknown.retain(|name| !name.is_empty());
        let missing = missing(mapping, &found.header);
        if unknown.is_empty() && missing.is_empty() && found.duplicate.is_empty() {
            return Ok(found.header);
        }
        let allowed = mapping.columns.iter().flat_map(|column| column.sources.clone()).collect();
        Err(FileProblem::WrongColumns { unknown, missing, duplicate: found.duplicate, allowed })
    }

    /// Whether what seems to be one name is several, separated by something else.
    fn has_other_separator(&self, names: &[&str]) -> bool {
        let [only] = names else { return false };
        let known = self.known();
        let separates = |separator: &char| only.split(*separator).filter(|name| self.knows(&known, name)).count() > 1;
        [',', ';', '\t', '|', '^', '~', ':', ' '].iter().any(separates)
    }

    /// The names that columns may have, as [`Self::knows`] asks for them.
    pub(super) fn known(&self) -> HashSet<String> {
        match &self.mapping {
            None => self.kind.columns().iter().map(|column| column.name.to_owned()).collect(),
            Some(mapping) => {
                let sources = mapping.columns.iter().flat_map(|column| &column.sources);
                sources.chain(&mapping.ignored).map(|name| name.trim().to_lowercase()).collect()
            }
        }
    }

    /// Whether a column may have a name, `known` being [`Self::known`].
    pub(super) fn knows(&self, known: &HashSet<String>, name: &str) -> bool {
        let name = name.trim();
        let of_family = || self.kind.columns().iter().any(|column| column.is_family() && column.is_called(name));
        known.contains(&name.to_lowercase()) || (self.mapping.is_none() && of_family())
    }

    /// Matches the keys of one object. A key that is not there is for the row to miss.
    pub(super) fn keys(&self, names: &[&str]) -> Result<Keys, FileProblem> {
        let Some(mapping) = &self.mapping else {
            let (header, unknown, duplicate) = Header::of_keys(names, self.kind)?;
            return Ok(Keys { header: Arc::new(header), unknown, duplicate });
        };
        Header::check_count(names)?;
        let found = matched(mapping, names);
        let unknown = if mapping.unmapped == Unmapped::Refuse { found.unknown } else { Vec::new() };
        Ok(Keys { header: Arc::new(found.header), unknown, duplicate: found.duplicate })
    }

    /// A record of texts that stand in the file.
    pub(super) fn record(&self, line: u64, header: &Arc<Header>, fields: StringRecord) -> Record {
        self.record_of(line, header, fields.into())
    }

    /// A record of cells that stand in the file.
    pub(super) fn record_of(&self, line: u64, header: &Arc<Header>, cells: Cells) -> Record {
        let header = Arc::clone(header);
        if let Some(mapping) = &self.mapping {
            let (made, notes) = made(mapping, &header, &cells, self.base);
            return Record::made_of(line, header, made, cells.into_texts()).noted(notes);
        }
        if cells.are_texts() {
            return Record::new(line, header, cells.into_texts());
        }
        let (fields, notes) = fit(&header, &cells);
        match fields == *cells.texts() {
            true => Record::new(line, header, fields).noted(notes),
            false => Record::made_of(line, header, fields, cells.into_texts()).noted(notes),
        }
    }
}

/// The fields of cells in the columns of the kind itself.
fn fit(header: &Header, cells: &Cells) -> (StringRecord, Notes) {
    let mut fields = StringRecord::with_capacity(cells.texts().as_slice().len(), header.fields.len());
    let mut notes = Notes::default();
    for (at, column) in header.fields.iter().enumerate() {
        let (text, kind) = cells.get(at).unwrap_or_default();
        let column_type = match column {
            // A report's own column, which nobody reads.
            None => ColumnType::Attribute,
            Some(column) => column.column_type,
        };
        match kind {
            CellKind::Null => notes.nulls.push(at),
            CellKind::Flag => notes.flags.push(at),
            _ => {}
        }
        match fitted(column_type, kind, text) {
            Ok(field) => fields.push_field(&field),
            Err(reason) => {
                notes.faults.push((at, reason));
                fields.push_field(text);
            }
        }
    }
    (fields, notes)
}
