//! A mapping at work: the header of a file, and its fields.

use std::borrow::Cow;
use std::collections::BTreeSet;

use chrono::NaiveDate;
use csv::StringRecord;

use super::{ImportMapping, MappedColumn};
use crate::exports::{guard, join, split, unguard};
use crate::imports::fit::fitted;
use crate::imports::notation::{CurrencyMark, Notation, NumberFault, day_in};
use crate::imports::problem::{Reason, shown};
use crate::imports::reader::{CellKind, Cells, Header, Notes, Origin, is_of_report};
use crate::imports::{Column, ColumnType, Presence, RowCode};
use crate::values::{Currency, Label};

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

/// The fields that a mapping makes of a row, and what else is known of them, in a tenant with this base currency.
pub(in crate::imports) fn made(
    mapping: &ImportMapping,
    header: &Header,
    row: &Cells,
    base: Option<Currency>,
) -> (StringRecord, Notes) {
    let origins = header.origins.as_deref().unwrap_or_default();
    let mut made = StringRecord::with_capacity(row.texts().as_slice().len(), origins.len());
    let mut notes = Notes::default();
    let mut marks = Vec::new();
    for (at, (origin, column)) in origins.iter().zip(&header.fields).enumerate() {
        let (text, kind) = origin.file.and_then(|place| row.get(place)).unwrap_or_default();
        let text = unguard(text).unwrap_or_default().trim();
        let read = match mapping.columns.get(origin.rule) {
            Some(rule) => rule.read(column.as_ref(), kind, text),
            None => Ok(Field::plain(text)),
        };
        let field = read.unwrap_or_else(|reason| {
            notes.faults.push((at, reason));
            Field::plain(text)
        });
        if kind == CellKind::Null && field.text.is_empty() {
            notes.nulls.push(at);
        }
        if kind == CellKind::Flag && field.text == text {
            notes.flags.push(at);
        }
        marks.extend(field.mark.map(|mark| (at, mark)));
        // As a cell has it, so that it is read back as it is here; an empty one says that there is no value.
        match field.text.is_empty() {
            true => made.push_field(""),
            false => made.push_field(&guard(&field.text)),
        }
    }
    if !marks.is_empty() {
        agree(mapping, header, (&made, &mut notes), &marks, base);
    }
    (made, notes)
}

/// Sees that the currencies beside the amounts of a row are the row's: the one that it names, else the only one that a
/// mark can mean, else the base currency.
fn agree(
    mapping: &ImportMapping,
    header: &Header,
    (made, notes): (&StringRecord, &mut Notes),
    marks: &[(usize, CurrencyMark)],
    base: Option<Currency>,
) {
    let named = header.position("currency").and_then(|at| made.get(at)).filter(|text| !text.is_empty());
    let has_currency = mapping.kind.columns().iter().any(|column| column.name == "currency");
    let marked = || marks.iter().find_map(|(_, mark)| mark.only()).filter(|_| has_currency);
    let currency = match named {
        // One that is no code is told by its own column.
        Some(text) => text.parse().ok(),
        None => {
            notes.currency = marked();
            notes.currency.or(base)
        }
    };
    let Some(currency) = currency else { return };
    let strange = marks.iter().filter(|(_, mark)| !mark.admits(currency));
    notes.faults.extend(strange.map(|(at, mark)| {
        let detail = Label::new(
            format!("The amount is marked {mark}, and the row is in {currency}."),
            format!("金额标注为 {mark}，而该行的货币为 {currency}。"),
        );
        (*at, (RowCode::OtherCurrency, detail))
    }));
}

/// What a rule makes of a cell.
struct Field<'a> {
    text: Cow<'a, str>,
    /// The currency beside an amount.
    mark: Option<CurrencyMark>,
}

impl<'a> Field<'a> {
    fn plain(text: impl Into<Cow<'a, str>>) -> Self {
        Self { text: text.into(), mark: None }
    }
}

impl MappedColumn {
    /// What a cell is in a column.
    ///
    /// # Errors
    /// Why it does not belong there.
    fn read<'a>(&'a self, column: Option<&Column>, kind: CellKind, text: &'a str) -> Result<Field<'a>, Reason> {
        if text.is_empty() {
            return Ok(Field::plain(self.constant.as_deref().unwrap_or_default()));
        }
        if let Some(value) = self.values.iter().find(|value| same(value.from.trim(), text)) {
            return Ok(Field::plain(value.to.as_str()));
        }
        let column_type = column.map_or(ColumnType::Attribute, |column| column.column_type);
        if let Some(day) = self.day(column_type, text) {
            return Ok(Field::plain(day.to_string()));
        }
        let text = fitted(column_type, kind, text)?;
        match (column_type, kind) {
            (ColumnType::Count, CellKind::Number | CellKind::Float) => Ok(Field::plain(whole(text))),
            (ColumnType::Amount | ColumnType::Rate | ColumnType::Count | ColumnType::Attribute, CellKind::Text) => {
                self.number(column_type, column.is_some_and(is_money), text)
            }
            (ColumnType::Tags, CellKind::Text) => match &self.separator {
                Some(separator) => Ok(Field::plain(text.replace(separator.as_str(), ";"))),
                None => Ok(Field::plain(text)),
            },
            (ColumnType::ExternalId, _) => self.id(text).map(Field::plain),
            (ColumnType::ExternalIds, _) if self.id_form.is_some() => {
                let ids: Result<Vec<_>, _> = split(&text).into_iter().map(|id| self.id(id.into())).collect();
                Ok(Field::plain(join(&ids?.into_iter().map(Cow::into_owned).collect::<Vec<_>>())))
            }
            _ => Ok(Field::plain(text)),
        }
    }

    /// The day in the first form that fits, where the column may be a day.
    fn day(&self, column: ColumnType, text: &str) -> Option<NaiveDate> {
        let may_be = matches!(column, ColumnType::Day | ColumnType::Attribute);
        let mut forms = self.date_formats.iter().filter(|_| may_be);
        forms.find_map(|format| {
            // A workbook's moments have a T; who names a form may think of a blank.
            let day = day_in(format, text);
            day.or_else(|| day_in(format, &text.replacen('T', " ", 1)).filter(|_| text.contains('T')))
        })
    }

    /// A number with a point, whatever the file has. Without a form it stays as it stands.
    fn number<'a>(&self, column: ColumnType, is_money: bool, text: Cow<'a, str>) -> Result<Field<'a>, Reason> {
        let notation = match (self.number_form, self.decimal_comma) {
            (Some(form), _) => form.notation(),
            (None, true) => Notation::DECIMAL_COMMA,
            (None, false) => return Ok(Field::plain(if column == ColumnType::Count { whole(text) } else { text })),
        };
        let number = notation.read(&text).map_err(|fault| no_number(column, notation, fault))?;
        if number.mark.is_some() && !is_money {
            return Err(no_number(column, notation, NumberFault::OtherForm));
        }
        let text = Cow::Owned(number.text);
        Ok(Field { text: if column == ColumnType::Count { whole(text) } else { text }, mark: number.mark })
    }

    fn id<'a>(&self, text: Cow<'a, str>) -> Result<Cow<'a, str>, Reason> {
        let Some(form) = self.id_form else { return Ok(text) };
        let id = form.read(&text).map(Cow::into_owned).ok_or_else(|| {
            let detail = Label::new(
                "This is not an id as Salesforce makes them: its last three characters do not fit the case of the others.",
                "该编号不符合 Salesforce 的格式：末三位与前面字母的大小写不符。",
            );
            (RowCode::DamagedId, detail)
        })?;
        Ok(Cow::Owned(id))
    }
}

/// Whether a column's numbers are in a currency.
fn is_money(column: &Column) -> bool {
    column.column_type == ColumnType::Amount && column.name != "quantity"
}

fn no_number(column: ColumnType, notation: Notation, fault: NumberFault) -> Reason {
    let code = if column == ColumnType::Count { RowCode::InvalidInteger } else { RowCode::InvalidDecimal };
    (code, fault.label(notation))
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

    fn read(column: &MappedColumn, kind: CellKind, text: &str) -> Result<String, RowCode> {
        let of_kind = ImportKind::Customers.columns().iter().find(|c| c.is_called(&column.target));
        column.read(of_kind, kind, text).map(|field| field.text.into_owned()).map_err(|(code, _)| code)
    }

    fn field(column: &MappedColumn, text: &str) -> String {
        read(column, CellKind::Text, text.trim()).unwrap()
    }

    #[test]
    fn numbers_with_a_comma_become_numbers_with_a_point() {
        let amount =
            column(serde_json::json!({"target": "annual_revenue", "sources": ["Umsatz"], "decimal_comma": true}));
        for (text, expected) in [
            ("1.234.567,89", Some("1234567.89")),
            ("-12,5", Some("-12.5")),
            ("1 234,5", Some("1234.5")),
            ("1200", Some("1200")),
            // A point that groups nothing: 12.34 may be 12 or 1234.
            ("12.34", None),
            ("1,2,3", None),
            ("n/a", None),
        ] {
            let expected = expected.map(str::to_owned).ok_or(RowCode::InvalidDecimal);
            assert_eq!(read(&amount, CellKind::Text, text), expected, "{text}");
        }
        let count = column(serde_json::json!({"target": "employees", "sources": ["n"]}));
        assert_eq!((field(&count, "120.0"), field(&count, "1.5")), ("120".into(), "1.5".into()));
    }

    #[test]
    fn number_cells_are_numbers_whatever_the_form_of_texts() {
        for form in [
            serde_json::json!({"decimal_comma": true}),
            serde_json::json!({"number_form": {"decimal": "comma", "grouping": "point"}}),
        ] {
            let mut definition = serde_json::json!({"target": "annual_revenue", "sources": ["Umsatz"]});
            definition.as_object_mut().unwrap().extend(form.as_object().unwrap().clone());
            let amount = column(definition);
            for kind in [CellKind::Number, CellKind::Float] {
                for text in ["0.125", "1.234", "1234.567", "-1234.5"] {
                    assert_eq!(read(&amount, kind, text), Ok(text.into()), "{text}");
                }
            }
        }
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

    #[test]
    fn moments_of_a_workbook_are_days_in_a_form_that_fits() {
        let plain = column(serde_json::json!({"target": "first_seen", "sources": ["seit"]}));
        let noon = "2026-01-01T12:00:00";
        assert_eq!(read(&plain, CellKind::Moment, noon), Err(RowCode::InvalidDate));
        assert_eq!(read(&plain, CellKind::Moment, "2026-01-01T00:00:00.000"), Ok("2026-01-01".into()));
        for format in ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"] {
            let day = serde_json::json!({"target": "first_seen", "sources": ["seit"], "date_formats": [format]});
            assert_eq!(read(&column(day), CellKind::Moment, noon), Ok("2026-01-01".into()), "{format}");
        }
        let packed = serde_json::json!({"target": "first_seen", "sources": ["seit"], "date_formats": ["%Y%m%d"]});
        assert_eq!(read(&column(packed), CellKind::Float, "20260115"), Ok("2026-01-15".into()));
    }

    #[test]
    fn ids_of_two_spellings_meet() {
        let id = column(serde_json::json!({"target": "external_id", "sources": ["Id"], "id_form": "salesforce"}));
        assert_eq!(field(&id, "001D0000000IRFM"), "001D0000000IRFMIA4");
        assert_eq!(read(&id, CellKind::Text, "001D0000000IRFMIA5"), Err(RowCode::DamagedId));
        let others =
            column(serde_json::json!({"target": "external_id.sf", "sources": ["Ids"], "id_form": "salesforce"}));
        assert_eq!(field(&others, "001D0000000IRFM; X-1"), "001D0000000IRFMIA4;X-1");
    }
}
