//! Which columns of a file mean what.

use std::sync::Arc;

use ::csv::StringRecord;

use super::{Header, Record};
use crate::imports::mapping::{ImportMapping, Unmapped, made, matched, missing};
use crate::imports::{FileProblem, ImportKind};

/// Which columns of a file mean what: the names of the kind itself, or what a mapping says.
#[derive(Clone, Debug)]
pub struct Layout {
    kind: ImportKind,
    mapping: Option<Arc<ImportMapping>>,
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
        Self { kind, mapping: None }
    }

    /// The columns of a mapping's kind by the names it gives.
    pub fn mapped(mapping: ImportMapping) -> Self {
        Self { kind: mapping.kind, mapping: Some(Arc::new(mapping)) }
    }

    /// Matches a header row.
    pub(super) fn header(&self, names: &[&str]) -> Result<Header, FileProblem> {
        let Some(mapping) = &self.mapping else { return Header::new(names, self.kind) };
        Header::check_count(names)?;
        let found = matched(mapping, names);
        let unknown = if mapping.unmapped == Unmapped::Refuse { found.unknown } else { Vec::new() };
        let missing = missing(mapping, &found.header);
        if unknown.is_empty() && missing.is_empty() && found.duplicate.is_empty() {
            return Ok(found.header);
        }
        let allowed = mapping.columns.iter().flat_map(|column| column.sources.clone()).collect();
        Err(FileProblem::WrongColumns { unknown, missing, duplicate: found.duplicate, allowed })
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

    /// A record of what stands in the file.
    pub(super) fn record(&self, line: u64, header: &Arc<Header>, fields: StringRecord) -> Record {
        match &self.mapping {
            None => Record::new(line, Arc::clone(header), fields),
            Some(mapping) => {
                let made = made(mapping, header, &fields);
                Record::made_of(line, Arc::clone(header), made, fields)
            }
        }
    }
}
