//! Workbooks: one sheet cell by cell. Each cell keeps its kind. Numbers are the shortest text that reads back,
//! days are `2026-01-31`, times `2026-01-31T09:30:00`.

use std::io::Read;
use std::ops::ControlFlow;
use std::sync::Arc;

use ::csv::StringRecord;
use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx};

use super::header::MOST_COLUMNS;
use super::heading::SheetHeading;
use super::workbook::{Spooled, broken, spool};
use super::{CellKind, Cells, FileFormat, Found, FoundForm, Header, Layout, Reading, Record, Refused, number};
use crate::imports::{FileProblem, RowCode, RowProblem};
use crate::values::Label;

/// The most sheets of a workbook.
const MOST_SHEETS: usize = 1_000;

/// Reads a sheet row by row.
pub(super) fn read<R: Read>(
    file: R,
    reading: &Reading,
    mut take: impl FnMut(Result<Record, Refused>, u64) -> ControlFlow<()>,
) -> Result<Found, FileProblem> {
    let mut workbook: Xlsx<Spooled> = Xlsx::new(spool(file, reading.limits.max_bytes)?).map_err(broken)?;
    let sheet = sheet(&workbook, reading.form.sheet.as_deref())?;
    let mut cells = workbook.worksheet_cells_reader(&sheet).map_err(broken)?;
    let limit = reading.limits.max_record;
    let heading = SheetHeading::new(&reading.layout, reading.form.header_row);
    let mut rows = Rows { layout: &reading.layout, heading, header: None };
    let mut row = Row::default();
    while let Some(cell) = cells.next_cell().map_err(broken)? {
        let (index, column) = cell.get_position();
        if index != row.index && !row.is_empty() {
            rows.hand_over(std::mem::take(&mut row), &mut take)?;
        }
        row.index = index;
        row.put(column as usize, cell.get_value(), limit)?;
    }
    rows.hand_over(row, &mut take)?;
    let (header, header_row) = (rows.header.ok_or_else(|| rows.heading.problem())?, rows.heading.row());
    let form = FoundForm { format: FileFormat::Xlsx, encoding: None, delimiter: None, sheet: Some(sheet), header_row };
    Ok(Found { form, columns: header.file_columns().to_vec() })
}

/// The sheet that is asked for, or the first that is shown.
fn sheet(workbook: &Xlsx<Spooled>, asked: Option<&str>) -> Result<String, FileProblem> {
    let sheets = workbook.sheets_metadata();
    if sheets.len() > MOST_SHEETS {
        return Err(broken("too many sheets"));
    }
    let tables = || sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let found = match asked {
        Some(name) => tables().find(|sheet| sheet.name == name),
        None => tables().find(|sheet| sheet.visible == SheetVisible::Visible),
    };
    found.map(|sheet| sheet.name.clone()).ok_or_else(|| FileProblem::UnknownSheet {
        sheets: tables().take(20).map(|sheet| sheet.name.clone()).collect(),
    })
}

/// A row as it is put together.
#[derive(Default)]
struct Row {
    index: u32,
    cells: Vec<String>,
    kinds: Vec<CellKind>,
    /// Bytes of the cells.
    bytes: usize,
    /// It has more bytes than a row may have; the cell that went beyond, and those behind it, are not kept.
    too_long: bool,
}

impl Row {
    fn is_empty(&self) -> bool {
        self.cells.is_empty() && !self.too_long
    }

    /// A text that many cells share may be large, so it is measured before it is copied.
    fn put(&mut self, column: usize, value: &DataRef<'_>, limit: usize) -> Result<(), FileProblem> {
        self.too_long |= length(value) > limit - self.bytes.min(limit);
        if self.too_long {
            return Ok(());
        }
        let text = text(value);
        self.bytes += text.len();
        if text.is_empty() {
            return Ok(());
        }
        if column >= MOST_COLUMNS {
            return Err(FileProblem::TooManyColumns { limit: MOST_COLUMNS });
        }
        if self.cells.len() <= column {
            self.cells.resize(column + 1, String::new());
            self.kinds.resize(column + 1, CellKind::Text);
        }
        self.cells[column] = text;
        self.kinds[column] = kind(value);
        Ok(())
    }
}

struct Rows<'a> {
    layout: &'a Layout,
    heading: SheetHeading<'a>,
    header: Option<Arc<Header>>,
}

impl Rows<'_> {
    fn hand_over(
        &mut self,
        mut row: Row,
        take: &mut impl FnMut(Result<Record, Refused>, u64) -> ControlFlow<()>,
    ) -> Result<(), FileProblem> {
        if !row.too_long && row.cells.iter().all(|cell| cell.trim().is_empty()) {
            return Ok(());
        }
        let Some(header) = &self.header else {
            if row.too_long {
                return Err(FileProblem::MalformedHeader);
            }
            self.header = self.heading.look_at(u64::from(row.index) + 1, row.cells)?.map(Arc::new);
            return Ok(());
        };
        let line = u64::from(row.index) + 1;
        let width = header.width();
        if row.cells.len() < width {
            row.cells.resize(width, String::new());
        }
        let problem = if row.too_long {
            Some((None, RowCode::RecordTooLong, Label::new("The row is too long.", "该行过长。")))
        } else if let Some(surplus) = header.surplus(row.cells.len(), row.cells.iter().map(String::as_str)) {
            Some((Some(surplus.index), surplus.code, surplus.detail))
        } else {
            None
        };
        let next = match problem {
            Some((column, code, detail)) => {
                let value = column.and_then(|column| row.cells.get(column)).map(String::as_str);
                let name = column.map(|column| header.name(column));
                let problem = RowProblem::new(line, name.as_deref(), value, code, detail);
                Err(Refused { problem, original: row.cells })
            }
            None => {
                row.cells.truncate(width);
                row.kinds.truncate(width);
                Ok(self.layout.record_of(line, header, Cells::new(StringRecord::from(row.cells), row.kinds)))
            }
        };
        match take(next, 0) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(FileProblem::Interrupted),
        }
    }
}

/// Bytes of a text; 0 of everything else, which is short.
fn length(value: &DataRef<'_>) -> usize {
    match value {
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.len(),
        DataRef::SharedString(text) => text.len(),
        _ => 0,
    }
}

fn kind(value: &DataRef<'_>) -> CellKind {
    match value {
        DataRef::Empty | DataRef::String(_) | DataRef::SharedString(_) | DataRef::DurationIso(_) => CellKind::Text,
        DataRef::Int(_) | DataRef::Float(_) => CellKind::Float,
        DataRef::Bool(_) => CellKind::Flag,
        DataRef::Error(_) => CellKind::Fault,
        DataRef::DateTime(at) if !at.is_datetime() => CellKind::Float,
        DataRef::DateTime(_) | DataRef::DateTimeIso(_) => CellKind::Moment,
    }
}

fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::Int(n) => n.to_string(),
        DataRef::Float(n) => number::text(*n),
        DataRef::Bool(yes) => yes.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Error(error) => error.to_string(),
        DataRef::DateTime(at) if !at.is_datetime() => number::text(at.as_f64()),
        DataRef::DateTime(at) => {
            let (year, month, day, hour, minute, second, milli) = at.to_ymd_hms_milli();
            let date = format!("{year:04}-{month:02}-{day:02}");
            match (hour, minute, second, milli) {
                (0, 0, 0, 0) => date,
                (_, _, _, 0) => format!("{date}T{hour:02}:{minute:02}:{second:02}"),
                _ => format!("{date}T{hour:02}:{minute:02}:{second:02}.{milli:03}"),
            }
        }
    }
}
