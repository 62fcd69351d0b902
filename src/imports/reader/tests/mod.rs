//! Golden files, damaged files, and a property: what is written is read back.

mod any_file;
mod damage;
mod forms;

use std::io::{Cursor, Write};
use std::ops::ControlFlow;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::imports::{ImportKind, RowCode};

const KIND: ImportKind = ImportKind::Salespeople;

fn reading(kind: ImportKind, form: FileForm) -> Reading {
    Reading { form, layout: Layout::plain(kind), limits: Limits::default() }
}

fn records(bytes: &[u8], reading: &Reading) -> Result<Vec<Result<Record, Refused>>, FileProblem> {
    let mut records = Vec::new();
    read(Cursor::new(bytes.to_vec()), reading, |next, _| {
        records.push(next);
        ControlFlow::Continue(())
    })?;
    Ok(records)
}

fn open(bytes: &[u8]) -> Result<Vec<Result<Record, Refused>>, FileProblem> {
    records(bytes, &reading(KIND, FileForm::default()))
}

/// The fields of a good row; line, column and code of a bad one.
type ReadRow = Result<Vec<String>, (u64, Option<String>, RowCode)>;

fn rows(bytes: &[u8]) -> Vec<ReadRow> {
    let records = open(bytes).unwrap_or_else(|problem| panic!("{problem}"));
    let row = |record: Result<Record, Refused>| match record {
        Ok(record) => Ok(record.fields().map(str::to_owned).collect()),
        Err(Refused { problem: p, .. }) => Err((p.line, p.column, p.code)),
    };
    records.into_iter().map(row).collect()
}

fn row<const N: usize>(fields: [&str; N]) -> ReadRow {
    Ok(fields.map(str::to_owned).to_vec())
}

fn bad(line: u64, column: &str, code: RowCode) -> ReadRow {
    Err((line, Some(column.to_owned()), code))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}
