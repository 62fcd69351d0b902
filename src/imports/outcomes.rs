//! What became of a batch: its counts, and its errors in the words of the file.

use super::load::LoadRow;
use super::{Batch, ImportErrorOut, Numbered, RowProblem};
use crate::error::{Error, FieldProblem, Result};
use crate::intake::{Counts, RowOutcome};

/// What became of a batch.
#[derive(Debug, PartialEq)]
pub(super) struct BatchReport {
    pub(super) counts: Counts,
    /// In the order of the file.
    pub(super) errors: Vec<ImportErrorOut>,
}

/// The report of a batch whose rows had these `outcomes`, in their order.
///
/// # Errors
/// `internal` where there are more or fewer outcomes than rows.
pub(super) fn report_of<T: LoadRow>(batch: Batch<T>, outcomes: Vec<RowOutcome>) -> Result<BatchReport> {
    if outcomes.len() != batch.rows.len() {
        return Err(Error::internal(format!("{} outcomes of {} rows", outcomes.len(), batch.rows.len())));
    }
    let mut counts = Counts { errors: i64::try_from(batch.refused()).map_err(Error::internal)?, ..Counts::default() };
    let mut errors = batch.problems.into_iter().map(unread).collect::<Result<Vec<_>>>()?;
    for (row, outcome) in batch.rows.iter().zip(outcomes) {
        counts.add(outcome.outcome);
        for problem in outcome.problems {
            errors.push(refused(row, problem)?);
        }
    }
    // Stable: the problems of one row stay in their order.
    errors.sort_by_key(|error| error.line);
    Ok(BatchReport { counts, errors })
}

fn unread(problem: RowProblem) -> Result<ImportErrorOut> {
    let code = serde_json::to_value(problem.code)?;
    Ok(ImportErrorOut {
        line: i64::try_from(problem.line).map_err(Error::internal)?,
        column: problem.column,
        value: problem.value,
        code: code.as_str().unwrap_or_default().to_owned(),
        detail: problem.detail,
    })
}

/// A problem of a row that could be read: its place is a field of the row, the report names the file's column.
fn refused<T: LoadRow>(row: &Numbered<T>, problem: FieldProblem) -> Result<ImportErrorOut> {
    let place = problem.pointer.trim_start_matches('/');
    // An attribute has a column of its own.
    let attribute = place.strip_prefix("attributes/").map(|code| format!("attributes.{code}"));
    let field = attribute.as_deref().or_else(|| place.split('/').next()).filter(|field| !field.is_empty());
    let header = row.record.header();
    let column = field.map(|field| T::column(header, field));
    let value = column.and_then(|column| row.record.given(column)).map(super::problem::shown);
    Ok(ImportErrorOut {
        line: i64::try_from(row.line).map_err(Error::internal)?,
        column: column.map(|column| header.shown(column).to_owned()),
        value,
        code: problem.code.to_owned(),
        detail: problem.detail,
    })
}
