//! The header row: which column stands where.

use std::collections::BTreeSet;

use crate::imports::problem::shown;
use crate::imports::{Column, FileProblem, Presence};

/// A file's header row, matched with the columns of its kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// The kind's column at each position of the file.
    columns: Vec<Column>,
}

impl Header {
    /// Matches names, in any order, case and surrounding blanks ignored. All that is wrong is said at once.
    pub(super) fn new(names: &[&str], kind: &[Column]) -> Result<Self, FileProblem> {
        if let [only] = names
            && only.contains([';', '\t'])
        {
            return Err(FileProblem::WrongSeparator);
        }
        let mut columns = Vec::new();
        let mut unknown = Vec::new();
        let mut duplicate = BTreeSet::new();
        for name in names.iter().map(|name| name.trim()) {
            match kind.iter().find(|column| column.name.eq_ignore_ascii_case(name)) {
                None => unknown.push(shown(name)),
                Some(column) if columns.contains(column) => {
                    duplicate.insert(column.name.to_owned());
                }
                Some(column) => columns.push(*column),
            }
        }
        let header = Self { columns };
        let missing = header.missing(kind);
        if unknown.is_empty() && missing.is_empty() && duplicate.is_empty() {
            return Ok(header);
        }
        let allowed = kind.iter().map(|column| column.name).collect();
        Err(FileProblem::WrongColumns { unknown, missing, duplicate: duplicate.into_iter().collect(), allowed })
    }

    fn missing(&self, kind: &[Column]) -> Vec<String> {
        let required = |column: &&Column| column.presence == Presence::Required && !self.has(column.name);
        let mut missing: Vec<String> = kind.iter().filter(required).map(|column| column.name.to_owned()).collect();
        let choices: Vec<_> =
            kind.iter().filter(|column| column.presence == Presence::OneOf).map(|column| column.name).collect();
        if !choices.is_empty() && !choices.iter().any(|name| self.has(name)) {
            missing.push(format!("one of {}", choices.join(" | ")));
        }
        missing
    }

    /// The columns in the order of the file.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Whether the file has a column. A column that is not there says nothing about a value; a blank field says that
    /// there is none.
    pub fn has(&self, column: &str) -> bool {
        self.position(column).is_some()
    }

    /// Where a column stands, from 0.
    pub(super) fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == column)
    }

    /// The name of the field at `index`; `#14` beyond the last.
    pub(super) fn name(&self, index: usize) -> String {
        self.columns.get(index).map_or_else(|| format!("#{}", index + 1), |column| column.name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::ImportKind;

    #[test]
    fn everything_wrong_is_said_at_once() {
        let kind = ImportKind::Quotas.columns();
        let names = [" Salesperson_ID ", "salesperson_id", "quotum", "colour", "period_start"];
        let Err(FileProblem::WrongColumns { unknown, missing, duplicate, allowed }) = Header::new(&names, kind) else {
            panic!("the header is wrong")
        };
        assert_eq!(unknown, ["quotum", "colour"]);
        assert_eq!(missing, ["quota"]);
        assert_eq!(duplicate, ["salesperson_id"]);
        assert_eq!(allowed, ["salesperson_id", "period_start", "quota"]);
    }

    #[test]
    fn one_of_several_rates_is_enough() {
        let kind = ImportKind::FxRates.columns();
        assert!(Header::new(&["rate", "currency", "date"], kind).is_ok());
        let Err(FileProblem::WrongColumns { missing, .. }) = Header::new(&["currency", "date"], kind) else {
            panic!("a rate is missing")
        };
        assert_eq!(missing, ["one of usd_per_unit_average | usd_per_unit_close | rate"]);
    }

    #[test]
    fn another_separator_is_named() {
        let kind = ImportKind::Quotas.columns();
        assert_eq!(Header::new(&["salesperson_id;period_start;quota"], kind), Err(FileProblem::WrongSeparator));
    }
}
