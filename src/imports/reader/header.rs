//! The header row: which column stands where.

use std::collections::BTreeSet;

use crate::imports::problem::shown;
use crate::imports::{Column, FileProblem, Presence};

/// The most columns of a file.
pub(super) const MOST_COLUMNS: usize = 1_000;
/// Columns that a report of refused rows adds to those of the file. An import looks past them, so that a mended report
/// can be sent as it is.
pub(super) const REPORT_COLUMNS: [&str; 5] =
    ["error_line", "error_column", "error_code", "error_detail", "error_surplus"];

/// A file's header row, matched with the columns of its kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// What each field of a record is; none where the import looks past it.
    pub(in crate::imports) fields: Vec<Option<Column>>,
    /// The columns of the file, by the names a report says.
    pub(in crate::imports) file: Vec<String>,
    /// The column of the file behind each field, where a mapping has made the fields; else they are the same.
    pub(in crate::imports) origins: Option<Vec<Option<usize>>>,
}

impl Header {
    /// Matches names, in any order, case and surrounding blanks ignored. All that is wrong is said at once.
    pub(super) fn new(names: &[&str], kind: &[Column]) -> Result<Self, FileProblem> {
        let matched = Matched::of(names, kind)?;
        if let [only] = names
            && only.contains('|')
        {
            return Err(FileProblem::WrongSeparator);
        }
        let header = matched.header;
        let missing = missing(kind, |name| header.has(name));
        if matched.unknown.is_empty() && missing.is_empty() && matched.duplicate.is_empty() {
            return Ok(header);
        }
        let allowed = kind.iter().map(|column| column.name.to_owned()).collect();
        Err(FileProblem::WrongColumns { unknown: matched.unknown, missing, duplicate: matched.duplicate, allowed })
    }

    /// Matches the keys of one object; the unknown ones and those given twice beside it. A key that is not there is for
    /// the row to miss.
    pub(super) fn of_keys(names: &[&str], kind: &[Column]) -> Result<(Self, Vec<String>, Vec<String>), FileProblem> {
        let matched = Matched::of(names, kind)?;
        Ok((matched.header, matched.unknown, matched.duplicate))
    }

    /// The places and names of a family's columns, without what they have in common.
    pub(in crate::imports) fn family<'a>(&'a self, family: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
        let named = self.fields.iter().zip(&self.file).enumerate();
        let own = named.filter(move |(_, (field, _))| field.as_ref().is_some_and(|column| column.name == family));
        own.filter_map(move |(place, (_, name))| Some((place, name.strip_prefix(family)?)))
    }

    /// How many fields a row of the file must have.
    pub fn width(&self) -> usize {
        self.file.len()
    }

    /// The names of the file's columns.
    pub fn file_columns(&self) -> &[String] {
        &self.file
    }

    /// Whether the file has a column. A column that is not there says nothing about a value; a blank field says that
    /// there is none.
    pub fn has(&self, column: &str) -> bool {
        self.position(column).is_some()
    }

    /// Where the field of a column stands, from 0.
    pub(super) fn position(&self, column: &str) -> Option<usize> {
        let is_it = |(place, field): (usize, &Option<Column>)| match field {
            Some(field) if field.is_family() => self.file.get(place).is_some_and(|name| name == column),
            Some(field) => field.name == column,
            None => false,
        };
        self.fields.iter().enumerate().position(is_it)
    }

    /// The file's column that a column was read from, from 0; none where it was read from none.
    pub(super) fn origin(&self, column: &str) -> Option<usize> {
        let position = self.position(column)?;
        self.origins.as_ref().map_or(Some(position), |origins| origins.get(position).copied().flatten())
    }

    /// The file's own name of a column.
    pub(in crate::imports) fn shown<'a>(&'a self, column: &'a str) -> &'a str {
        self.origin(column).and_then(|index| self.file.get(index)).map_or(column, String::as_str)
    }

    /// The file's name of the field at `index`; `#14` beyond the last.
    pub(super) fn name(&self, index: usize) -> String {
        self.file.get(index).map_or_else(|| format!("#{}", index + 1), Clone::clone)
    }
}

/// Names that have been matched.
struct Matched {
    header: Header,
    unknown: Vec<String>,
    duplicate: Vec<String>,
}

impl Matched {
    fn of(names: &[&str], kind: &[Column]) -> Result<Self, FileProblem> {
        if names.len() > MOST_COLUMNS {
            return Err(FileProblem::TooManyColumns { limit: MOST_COLUMNS });
        }
        let mut header = Header::default();
        let mut unknown = Vec::new();
        let mut duplicate = BTreeSet::new();
        for name in names.iter().map(|name| name.trim()) {
            let known = kind.iter().find(|column| column.is_called(name)).copied();
            // What follows the point of a family keeps its case: it is a name of the user's.
            let own = known.map(|column| match column.is_family() {
                true => format!("{}{}", column.name, &name[column.name.len()..]),
                false => column.name.to_owned(),
            });
            match known {
                Some(_) if own.as_ref().is_some_and(|own| header.file.contains(own)) => duplicate.extend(own.clone()),
                None if !is_of_report(name) => unknown.push(shown(name)),
                _ => {}
            }
            header.fields.push(known);
            header.file.push(own.unwrap_or_else(|| shown(name)));
        }
        Ok(Self { header, unknown, duplicate: duplicate.into_iter().collect() })
    }
}

/// Whether a column is one that a report of refused rows adds.
pub(super) fn is_of_report(name: &str) -> bool {
    REPORT_COLUMNS.iter().any(|column| column.eq_ignore_ascii_case(name))
}

/// The columns of a kind that must be there and are not.
pub(super) fn missing(kind: &[Column], has: impl Fn(&str) -> bool) -> Vec<String> {
    let required = |column: &&Column| column.presence == Presence::Required && !has(column.name);
    let mut missing: Vec<String> = kind.iter().filter(required).map(|column| column.name.to_owned()).collect();
    let choices: Vec<_> =
        kind.iter().filter(|column| column.presence == Presence::OneOf).map(|column| column.name).collect();
    if !choices.is_empty() && !choices.iter().any(|name| has(name)) {
        missing.push(format!("one of {}", choices.join(" | ")));
    }
    missing
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
    fn another_separator_is_named_and_the_columns_of_a_report_are_passed_over() {
        let kind = ImportKind::Quotas.columns();
        assert_eq!(Header::new(&["salesperson_id|period_start|quota"], kind), Err(FileProblem::WrongSeparator));
        let header = Header::new(&["Error_Line", "salesperson_id", "period_start", "quota"], kind).unwrap();
        assert_eq!((header.width(), header.position("quota")), (4, Some(3)));
    }

    #[test]
    fn columns_are_limited() {
        let names = vec!["x"; MOST_COLUMNS + 1];
        let problem = Header::new(&names, ImportKind::Quotas.columns());
        assert_eq!(problem, Err(FileProblem::TooManyColumns { limit: MOST_COLUMNS }));
    }
}
