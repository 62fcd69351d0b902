//! The cells of a workbook's sheets, as texts, numbers and flags.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{DataRef, Reader, SheetType, Xlsx};
use rust_decimal::Decimal;

use super::archive;

/// Cells of all sheets that are taken.
const MOST_CELLS: usize = 100_000;
/// Rows and columns of a sheet that are looked at.
const MOST_ROWS: u32 = 20_000;
const MOST_COLUMNS: u32 = 100;
/// Significant digits that a spreadsheet shows.
const DIGITS: usize = 15;

/// What a cell holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Held {
    Text(String),
    Number(Decimal),
    Flag(bool),
    /// An error of a formula, or a number that is none of ours.
    Fault(String),
}

/// The cells of one sheet, by row and column from 0.
pub(super) type Cells = BTreeMap<u32, BTreeMap<u32, Held>>;

/// The cells of the sheets with these names.
///
/// # Errors
/// Why the file cannot be read.
pub(super) fn sheets(bytes: &[u8], names: &[&'static str]) -> Result<BTreeMap<&'static str, Cells>, String> {
    archive::check(bytes)?;
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let found: Vec<(&'static str, String)> = names
        .iter()
        .filter_map(|name| {
            let tables = workbook.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
            let sheet = tables.map(|sheet| &sheet.name).find(|found| found.trim().eq_ignore_ascii_case(name))?;
            Some((*name, sheet.clone()))
        })
        .collect();
    let mut sheets = BTreeMap::new();
    let mut count = 0;
    for (name, sheet) in found {
        let mut cells = Cells::new();
        let mut reader = workbook.worksheet_cells_reader(&sheet).map_err(|error| error.to_string())?;
        while let Some(cell) = reader.next_cell().map_err(|error| error.to_string())? {
            let (row, column) = cell.get_position();
            let Some(held) = held(cell.get_value()) else { continue };
            count += 1;
            if row >= MOST_ROWS || column >= MOST_COLUMNS || count > MOST_CELLS {
                return Err(format!("{name} has more cells than a scale can need"));
            }
            cells.entry(row).or_default().insert(column, held);
        }
        sheets.insert(name, cells);
    }
    Ok(sheets)
}

fn held(value: &DataRef<'_>) -> Option<Held> {
    let text = |text: &str| (!text.trim().is_empty()).then(|| Held::Text(text.to_owned()));
    match value {
        DataRef::Empty => None,
        DataRef::Int(number) => Some(Held::Number((*number).into())),
        DataRef::Float(number) => Some(number_of(*number)),
        DataRef::Bool(flag) => Some(Held::Flag(*flag)),
        DataRef::String(held) | DataRef::DateTimeIso(held) | DataRef::DurationIso(held) => text(held),
        DataRef::SharedString(held) => text(held),
        DataRef::Error(error) => Some(Held::Fault(error.to_string())),
        DataRef::DateTime(at) => Some(number_of(at.as_f64())),
    }
}

/// The decimal that a spreadsheet shows for a binary fraction.
fn number_of(number: f64) -> Held {
    let shown = format!("{number:.*e}", DIGITS - 1);
    match Decimal::from_scientific(&shown) {
        Ok(decimal) => Held::Number(decimal.normalize()),
        Err(_) => Held::Fault(number.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binary_fraction_is_the_decimal_that_is_shown() {
        let shown = |number: f64| match number_of(number) {
            Held::Number(decimal) => decimal.to_string(),
            other => format!("{other:?}"),
        };
        assert_eq!(
            [shown(0.1 + 0.2), shown(60.0), shown(0.35), shown(-1e15)],
            ["0.3", "60", "0.35", "-1000000000000000"]
        );
        assert!(matches!(number_of(f64::INFINITY), Held::Fault(_)));
        assert!(matches!(number_of(1e300), Held::Fault(_)));
    }
}
