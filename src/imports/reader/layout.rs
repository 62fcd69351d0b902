//! Which columns of a file mean what.

use std::sync::Arc;

use ::csv::StringRecord;

use super::{Header, Record};
use crate::imports::{Column, FileProblem};

/// Which columns of a file mean what: the names of the kind itself.
#[derive(Clone, Debug)]
pub struct Layout {
    columns: &'static [Column],
}

/// What one object's keys mean.
pub(super) struct Keys {
    pub(super) header: Arc<Header>,
    pub(super) unknown: Vec<String>,
    pub(super) duplicate: Vec<String>,
}

impl Layout {
    /// The columns of a kind by their own names.
    pub fn plain(columns: &'static [Column]) -> Self {
        Self { columns }
    }

    /// Matches a header row.
    pub(super) fn header(&self, names: &[&str]) -> Result<Header, FileProblem> {
        Header::new(names, self.columns)
    }

    /// Matches the keys of one object.
    pub(super) fn keys(&self, names: &[&str]) -> Result<Keys, FileProblem> {
        let (header, unknown, duplicate) = Header::of_keys(names, self.columns)?;
        Ok(Keys { header: Arc::new(header), unknown, duplicate })
    }

    /// A record of what stands in the file.
    pub(super) fn record(&self, line: u64, header: &Arc<Header>, fields: StringRecord) -> Record {
        Record::new(line, Arc::clone(header), fields)
    }
}
