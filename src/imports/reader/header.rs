//! The header row: which column stands where.

use std::collections::BTreeSet;

use crate::imports::problem::shown;
use crate::imports::{Column, FileProblem, ImportKind, Presence, RowCode};
use crate::values::Label;

/// The most columns of a file.
pub(super) const MOST_COLUMNS: usize = 1_000;
/// Columns that a report of refused rows adds to those of the file. An import looks past them, so that a mended report
/// can be sent as it is.
pub(in crate::imports) const REPORT_COLUMNS: [&str; 5] =
    ["error_line", "error_column", "error_code", "error_detail", "error_surplus"];

/// A file's header row, matched with the columns of its kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// What each field of a record is; none where the import looks past it.
    pub(in crate::imports) fields: Vec<Option<Column>>,
    /// What each field is called here.
    pub(in crate::imports) names: Vec<String>,
    /// The columns of the file, by the names a report says.
    pub(in crate::imports) file: Vec<String>,
    /// Where each field comes from, where a mapping has made the fields; else they are those of the file.
    pub(in crate::imports) origins: Option<Vec<Origin>>,
    /// Fields of the header row, those without a name behind the last included; 0 where none are counted.
    pub(in crate::imports) given: usize,
    /// Places of columns without a name that stand before others.
    pub(in crate::imports) nameless: Vec<usize>,
    /// What stands in columns that the header names nowhere is passed over.
    pub(in crate::imports) passes_over: bool,
}

/// A value that stands in no column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Surplus {
    /// Its place, from 0.
    pub(super) index: usize,
    /// Whether the header has a field there.
    pub(super) code: RowCode,
    /// What to do.
    pub(super) detail: Label,
}

/// Where a field comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::imports) struct Origin {
    /// The column of the file; none for a constant.
    pub(in crate::imports) file: Option<usize>,
    /// The column of the mapping.
    pub(in crate::imports) rule: usize,
}

impl Header {
    /// Matches names, in any order, case and surrounding blanks ignored. All that is wrong is said at once.
    pub(super) fn new(names: &[&str], kind: ImportKind) -> Result<Self, FileProblem> {
        let matched = Matched::of(names, kind)?;
        let header = matched.header;
        let columns = kind.columns();
        let missing = missing(columns, |name| header.has(name));
        if matched.unknown.is_empty() && missing.is_empty() && matched.duplicate.is_empty() {
            return Ok(header);
        }
        let allowed = columns.iter().map(|column| column.name.to_owned()).collect();
        Err(FileProblem::WrongColumns { unknown: matched.unknown, missing, duplicate: matched.duplicate, allowed })
    }

    /// Matches the keys of one object; the unknown ones and those given twice beside it. A key that is not there is for
    /// the row to miss.
    pub(super) fn of_keys(names: &[&str], kind: ImportKind) -> Result<(Self, Vec<String>, Vec<String>), FileProblem> {
        let matched = Matched::of(names, kind)?;
        Ok((matched.header, matched.unknown, matched.duplicate))
    }

    /// The places and names of a family's columns, without what they have in common.
    pub(in crate::imports) fn family<'a>(&'a self, family: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
        let named = self.fields.iter().zip(&self.names).enumerate();
        let own = named.filter(move |(_, (field, _))| field.as_ref().is_some_and(|column| column.name == family));
        own.filter_map(move |(place, (_, name))| Some((place, name.strip_prefix(family)?)))
    }

    /// Refuses a header of too many columns.
    pub(super) fn check_count(names: &[&str]) -> Result<(), FileProblem> {
        if names.len() > MOST_COLUMNS {
            return Err(FileProblem::TooManyColumns { limit: MOST_COLUMNS });
        }
        Ok(())
    }

    /// The same of a row of `given` fields, of which some have no name; what stands in those is an error of its row, or
    /// passed over.
    #[must_use]
    pub(super) fn of_row(mut self, given: usize, passes_over: bool) -> Self {
        self.nameless = (0..).zip(&self.file).filter(|(_, name)| name.is_empty()).map(|(place, _)| place).collect();
        (self.given, self.passes_over) = (given, passes_over);
        self
    }

    /// How many fields a row of the file must have: up to the last column that has a name.
    pub fn width(&self) -> usize {
        self.file.len()
    }

    /// How many fields the header row has, with or without a name.
    pub(super) fn given(&self) -> usize {
        self.given.max(self.width())
    }

    /// The first of a row's fields that has a value and no column. Columns without a name and without a value are none.
    pub(super) fn surplus<'f>(&self, count: usize, fields: impl Iterator<Item = &'f str>) -> Option<Surplus> {
        let (width, given) = (self.width(), self.given());
        if count <= width && self.nameless.is_empty() {
            return None;
        }
        let is_none = |place: &usize| match self.passes_over {
            true => *place >= given,
            false => *place >= width || self.nameless.contains(place),
        };
        let (index, _) = fields.enumerate().find(|(place, field)| is_none(place) && !field.trim().is_empty())?;
        let number = index + 1;
        let (code, detail) = if index < given {
            let en = format!(
                "Column {number} has no name in the header, and this row has a value there. Name the column, or empty it."
            );
            let zh = format!("表头中第 {number} 列没有名称，而该行在此列有值：请为该列命名，或清空该值。");
            (RowCode::UnnamedColumn, Label::new(en, zh))
        } else {
            let en = format!("The header has {given} fields, this row has a value in column {number}.");
            let zh = format!("表头有 {given} 个字段，该行在第 {number} 列仍有值。");
            (RowCode::WrongFieldCount, Label::new(en, zh))
        };
        Some(Surplus { index, code, detail })
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
    pub(in crate::imports) fn position(&self, column: &str) -> Option<usize> {
        let is_it = |(place, field): (usize, &Option<Column>)| match field {
            Some(field) if field.is_family() => self.names.get(place).is_some_and(|name| name == column),
            Some(field) => field.name == column,
            None => false,
        };
        self.fields.iter().enumerate().position(is_it)
    }

    /// The file's column that a column was read from, from 0; none where it was read from none.
    pub(super) fn origin(&self, column: &str) -> Option<usize> {
        let position = self.position(column)?;
        match &self.origins {
            None => Some(position),
            Some(origins) => origins.get(position)?.file,
        }
    }

    /// The file's own name of a column.
    pub(in crate::imports) fn shown<'a>(&'a self, column: &'a str) -> &'a str {
        self.origin(column).and_then(|index| self.file.get(index)).map_or(column, String::as_str)
    }

    /// The file's name of the field at `index`; `#14` where it has none.
    pub(super) fn name(&self, index: usize) -> String {
        let name = self.file.get(index).filter(|name| !name.is_empty());
        name.map_or_else(|| format!("#{}", index + 1), Clone::clone)
    }
}

/// Names that have been matched.
struct Matched {
    header: Header,
    unknown: Vec<String>,
    duplicate: Vec<String>,
}

impl Matched {
    fn of(names: &[&str], kind: ImportKind) -> Result<Self, FileProblem> {
        Header::check_count(names)?;
        let mut header = Header::default();
        let mut unknown = Vec::new();
        let mut duplicate = BTreeSet::new();
        for name in names.iter().map(|name| name.trim()) {
            let known = kind.columns().iter().find(|column| column.is_called(name)).copied();
            // What follows the point of a family keeps its case: it is a name of the user's.
            let own = known.map(|column| match column.is_family() {
                true => format!("{}{}", column.name, &name[column.name.len()..]),
                false => column.name.to_owned(),
            });
            match known {
                Some(_) if own.as_ref().is_some_and(|own| header.file.contains(own)) => duplicate.extend(own.clone()),
                None if !name.is_empty() && !is_of_report(name) => unknown.push(shown(name)),
                _ => {}
            }
            header.fields.push(known);
            let own = own.unwrap_or_else(|| shown(name));
            header.names.push(own.clone());
            header.file.push(own);
        }
        Ok(Self { header, unknown, duplicate: duplicate.into_iter().collect() })
    }
}

/// Whether a column is one that a report of refused rows adds.
pub(in crate::imports) fn is_of_report(name: &str) -> bool {
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

    #[test]
    fn everything_wrong_is_said_at_once() {
        let kind = ImportKind::Quotas;
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
        let kind = ImportKind::FxRates;
        assert!(Header::new(&["rate", "currency", "date"], kind).is_ok());
        let Err(FileProblem::WrongColumns { missing, .. }) = Header::new(&["currency", "date"], kind) else {
            panic!("a rate is missing")
        };
        assert_eq!(missing, ["one of usd_per_unit_average | usd_per_unit_close | rate"]);
    }

    #[test]
    fn the_columns_of_a_report_are_passed_over() {
        let kind = ImportKind::Quotas;
        let header = Header::new(&["Error_Line", "salesperson_id", "period_start", "quota"], kind).unwrap();
        assert_eq!((header.width(), header.position("quota")), (4, Some(3)));
    }

    #[test]
    fn a_value_without_a_column_is_found() {
        let header = Header::new(&["", "salesperson_id", "period_start", "quota"], ImportKind::Quotas).unwrap();
        let header = header.of_row(6, false);
        let surplus = |header: &Header, fields: &[&str]| {
            header.surplus(fields.len(), fields.iter().copied()).map(|surplus| (surplus.index, surplus.code))
        };
        assert_eq!(surplus(&header, &["", "a", "b", "c"]), None);
        assert_eq!(surplus(&header, &[" ", "a", "b", "c", "", "\u{a0}", " ", ""]), None);
        assert_eq!(surplus(&header, &["x", "a", "b", "c"]), Some((0, RowCode::UnnamedColumn)));
        assert_eq!(surplus(&header, &["", "a", "b", "c", "", "x"]), Some((5, RowCode::UnnamedColumn)));
        assert_eq!(surplus(&header, &["", "a", "b", "c", "", "", "x"]), Some((6, RowCode::WrongFieldCount)));
        assert_eq!(
            (header.name(0), header.name(5), header.name(1)),
            ("#1".into(), "#6".into(), "salesperson_id".into())
        );
        let passing = header.of_row(6, true);
        assert_eq!(surplus(&passing, &["x", "a", "b", "c", "", "x"]), None);
        assert_eq!(surplus(&passing, &["x", "a", "b", "c", "", "x", "y"]), Some((6, RowCode::WrongFieldCount)));
    }

    #[test]
    fn columns_are_limited() {
        let names = vec!["x"; MOST_COLUMNS + 1];
        let problem = Header::new(&names, ImportKind::Quotas);
        assert_eq!(problem, Err(FileProblem::TooManyColumns { limit: MOST_COLUMNS }));
    }
}
