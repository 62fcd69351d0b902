//! A mapping at work: the header of a file, and its fields.

use std::borrow::Cow;
use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use csv::StringRecord;

use super::{ImportMapping, MappedColumn};
use crate::exports::{guard, unguard};
use crate::imports::problem::shown;
use crate::imports::reader::{Header, Origin, is_of_report};
use crate::imports::{Column, ColumnType, Presence};

/// A header as a mapping sees it.
pub(in crate::imports) struct Matched {
    pub(in crate::imports) header: Header,
    pub(in crate::imports) unknown: Vec<String>,
    pub(in crate::imports) duplicate: Vec<String>,
}

/// Matches the names of a file's columns with a mapping.
pub(in crate::imports) fn matched(mapping: &ImportMapping, names: &[&str]) -> Matched {
    let found: Vec<String> = names.iter().map(|name| name.trim().to_lowercase()).collect();
    let place = |name: &str| found.iter().position(|found| *found == name.trim().to_lowercase());
    let mut header = Header { file: names.iter().map(|name| shown(name.trim())).collect(), ..Header::default() };
    let mut origins = Vec::new();
    for (rule, column) in mapping.columns.iter().enumerate() {
        let file = column.sources.iter().find_map(|source| place(source));
        if file.is_none() && column.constant.is_none() {
            continue;
        }
        header.fields.push(mapping.kind.columns().iter().find(|known| known.is_called(&column.target)).copied());
        header.names.push(column.target.clone());
        origins.push(Origin { file, rule });
    }
    let named: BTreeSet<String> = mapping
        .columns
        .iter()
        .flat_map(|column| &column.sources)
        .chain(&mapping.ignored)
        .map(|name| name.trim().to_lowercase())
        .collect();
    let unknown =
        names.iter().zip(&found).filter(|(name, found)| !named.contains(*found) && !is_of_report(name.trim()));
    let unknown = unknown.map(|(name, _)| shown(name.trim())).collect();
    let used: BTreeSet<usize> = origins.iter().filter_map(|origin| origin.file).collect();
    let twice = |at: &usize| found.iter().filter(|name| **name == found[*at]).count() > 1;
    let duplicate = used.into_iter().filter(twice).map(|at| header.file[at].clone()).collect();
    header.origins = Some(origins);
    Matched { header, unknown, duplicate }
}

/// The fields that a mapping makes of a row.
pub(in crate::imports) fn made(mapping: &ImportMapping, header: &Header, row: &StringRecord) -> StringRecord {
    let origins = header.origins.as_deref().unwrap_or_default();
    let fields = origins.iter().zip(&header.fields).map(|(origin, column)| {
        let text = origin.file.and_then(|at| unguard(row.get(at)?)).unwrap_or_default();
        mapping.columns.get(origin.rule).map_or(Cow::Borrowed(text), |rule| rule.field(column.as_ref(), text))
    });
    let mut made = StringRecord::with_capacity(row.as_slice().len(), origins.len());
    for field in fields {
        // As a cell has it, so that it is read back as it is here; an empty one says that there is no value.
        match field.is_empty() {
            true => made.push_field(""),
            false => made.push_field(&guard(&field)),
        }
    }
    made
}

impl MappedColumn {
    fn field<'a>(&'a self, column: Option<&Column>, text: &'a str) -> Cow<'a, str> {
        let text = text.trim();
        if text.is_empty() {
            return Cow::Borrowed(self.constant.as_deref().unwrap_or_default());
        }
        if let Some(value) = self.values.iter().find(|value| same(value.from.trim(), text)) {
            return Cow::Borrowed(&value.to);
        }
        let kind = column.filter(|column| !column.is_family()).map(|column| column.column_type);
        match kind {
            Some(ColumnType::Day) | None if !self.date_formats.is_empty() => {
                self.day(text).map_or(Cow::Borrowed(text), |day| Cow::Owned(day.to_string()))
            }
            Some(ColumnType::Amount | ColumnType::Rate) => self.number(text),
            Some(ColumnType::Count) => whole(self.number(text)),
            Some(ColumnType::Tags) => match &self.separator {
                Some(separator) => Cow::Owned(text.replace(separator.as_str(), ";")),
                None => Cow::Borrowed(text),
            },
            None if self.decimal_comma => self.number(text),
            _ => Cow::Borrowed(text),
        }
    }

    fn day(&self, text: &str) -> Option<NaiveDate> {
        self.date_formats.iter().find_map(|format| {
            let zoned = DateTime::parse_from_str(text, format).map(|at| at.naive_local().date());
            zoned
                .or_else(|_| NaiveDateTime::parse_from_str(text, format).map(|at| at.date()))
                .or_else(|_| NaiveDate::parse_from_str(text, format))
                .ok()
        })
    }

    /// With a point, where the file has commas: 1.234,5 is 1234.5. What is no number stays, so that it is refused as it
    /// stands.
    fn number<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if !self.decimal_comma || !is_grouped(text) {
            return Cow::Borrowed(text);
        }
        let plain = text.chars().filter(|c| !is_group_mark(*c));
        Cow::Owned(plain.map(|c| if c == ',' { '.' } else { c }).collect())
    }
}

fn is_group_mark(c: char) -> bool {
    matches!(c, '.' | '\'' | ' ' | '\u{a0}' | '\u{202f}')
}

/// Whether a text is digits in groups of three with at most one decimal comma.
fn is_grouped(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once(',').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let groups: Vec<&str> = whole.split(is_group_mark).collect();
    let (first, rest) = groups.split_first().map_or(("", &groups[..]), |(first, rest)| (*first, rest));
    let grouped = rest.is_empty() || (first.len() <= 3 && rest.iter().all(|group| group.len() == 3));
    grouped && all_digits(first) && rest.iter().all(|group| all_digits(group)) && all_digits(fraction)
}

/// A count that a source writes with places: 120.0 is 120.
fn whole(text: Cow<'_, str>) -> Cow<'_, str> {
    match text.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|b| b == b'0') => Cow::Owned(whole.to_owned()),
        _ => text,
    }
}

fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || a.to_lowercase() == b.to_lowercase()
}

/// The columns that must be there and are not.
pub(in crate::imports) fn missing(mapping: &ImportMapping, header: &Header) -> Vec<String> {
    let kind = mapping.kind.columns();
    let needed = kind.iter().filter(|column| column.presence == Presence::Required && !header.has(column.name));
    needed
        .map(|column| {
            let rule = mapping.columns.iter().find(|rule| rule.target == column.name);
            let names = rule.map(|rule| rule.sources.join(" | ")).filter(|names| !names.is_empty());
            names.unwrap_or_else(|| column.name.to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::ImportKind;

    fn column(json: serde_json::Value) -> MappedColumn {
        serde_json::from_value(json).unwrap()
    }

    fn field(column: &MappedColumn, text: &str) -> String {
        let kind = ImportKind::Customers.columns().iter().find(|c| c.name == column.target);
        column.field(kind, text).into_owned()
    }

    #[test]
    fn numbers_with_a_comma_become_numbers_with_a_point() {
        let amount =
            column(serde_json::json!({"target": "annual_revenue", "sources": ["Umsatz"], "decimal_comma": true}));
        for (text, expected) in [
            ("1.234.567,89", "1234567.89"),
            ("-12,5", "-12.5"),
            ("1 234,5", "1234.5"),
            ("1200", "1200"),
            ("12.34", "12.34"),
            ("1,2,3", "1,2,3"),
            ("n/a", "n/a"),
        ] {
            assert_eq!(field(&amount, text), expected);
        }
        let count = column(serde_json::json!({"target": "employees", "sources": ["n"]}));
        assert_eq!((field(&count, "120.0"), field(&count, "1.5")), ("120".into(), "1.5".into()));
    }

    #[test]
    fn days_words_and_constants() {
        let formats = ["%d.%m.%Y", "%Y-%m-%dT%H:%M:%S%.f%z"];
        let day = column(serde_json::json!({"target": "first_seen", "sources": ["seit"], "date_formats": formats}));
        assert_eq!(field(&day, "31.12.2024"), "2024-12-31");
        assert_eq!(field(&day, "2024-12-31T23:00:00.000+0000"), "2024-12-31");
        assert_eq!(field(&day, "2024-12-31"), "2024-12-31");
        assert_eq!(field(&day, "soon"), "soon");
        let values =
            [serde_json::json!({"from": "Customer", "to": "active"}), serde_json::json!({"from": "-", "to": ""})];
        let stage = column(
            serde_json::json!({"target": "stage", "sources": ["Type"], "values": values, "constant": "prospect"}),
        );
        assert_eq!((field(&stage, " customer "), field(&stage, "-")), ("active".into(), String::new()));
        assert_eq!((field(&stage, ""), field(&stage, "other")), ("prospect".into(), "other".into()));
    }
}
