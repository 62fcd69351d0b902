//! Rows on their way into a file. It blocks, and works in constant memory.

use std::io::Write;

use super::item::TableItem;
use super::spool::Spool;
use super::xlsx::Sheet;
use super::{Column, ListForm};
use crate::error::{Error, Result};

/// Writes a table in one of the forms.
pub(super) enum TableWriter<'a> {
    Csv(Box<csv::Writer<&'a Spool>>),
    Ndjson { out: &'a Spool, lines: Vec<u8> },
    Xlsx(Box<Sheet>, &'a Spool),
}

impl<'a> TableWriter<'a> {
    /// Begins with the header row, where the form has one.
    ///
    /// # Errors
    /// `internal` where the file cannot be written.
    pub(super) fn open(form: ListForm, columns: &[Column], spool: &'a Spool) -> Result<Self> {
        let names = columns.iter().map(|column| column.name.as_str());
        Ok(match form {
            ListForm::Csv => {
                let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(spool);
                csv.write_record(names).map_err(Error::internal)?;
                Self::Csv(Box::new(csv))
            }
            ListForm::Xlsx => Self::Xlsx(Box::new(Sheet::new(names)?), spool),
            ListForm::Json | ListForm::Ndjson => Self::Ndjson { out: spool, lines: Vec::new() },
        })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// `internal` where the file cannot be written; `not_acceptable` for what a sheet does not hold.
    pub(super) fn write(&mut self, columns: &[Column], items: &[impl TableItem]) -> Result<()> {
        match self {
            Self::Csv(csv) => {
                for item in items {
                    let cells = item.cells(columns)?;
                    csv.write_record(cells.iter().map(|cell| cell.written().into_owned())).map_err(Error::internal)?;
                }
                csv.flush().map_err(Error::internal)
            }
            Self::Ndjson { out, lines } => {
                lines.clear();
                for item in items {
                    item.write_json(columns, lines)?;
                    lines.push(b'\n');
                }
                out.write_all(lines).map_err(Error::internal)
            }
            Self::Xlsx(sheet, _) => items.iter().try_for_each(|item| sheet.add(&item.cells(columns)?)),
        }
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// `internal` where the file cannot be written.
    pub(super) fn finish(self) -> Result<()> {
        match self {
            Self::Csv(mut csv) => csv.flush().map_err(Error::internal),
            Self::Ndjson { .. } => Ok(()),
            Self::Xlsx(sheet, spool) => sheet.save(spool),
        }
    }
}
