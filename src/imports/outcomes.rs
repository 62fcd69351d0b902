//! What became of a batch: its counts, and its errors in the words of the file.

use super::load::LoadRow;
use super::pipeline::original_of;
use super::{Batch, ImportErrorOut, Numbered, RowProblem, Severity};
use crate::error::{Error, FieldProblem, Result};
use crate::intake::{Counts, Outcome, RowOutcome};

/// What became of a batch.
#[derive(Debug, PartialEq)]
pub(super) struct BatchReport {
    pub(super) counts: Counts,
    /// Rows that are in, with a warning.
    pub(super) warnings: i64,
    /// In the order of the file.
    pub(super) errors: Vec<ImportErrorOut>,
    /// The lines of the refused rows, and what stands there.
    pub(super) originals: Vec<(i64, Vec<String>)>,
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
    let line = |line: u64| i64::try_from(line).map_err(Error::internal);
    let mut originals =
        batch.originals.into_iter().map(|(at, fields)| Ok((line(at)?, fields))).collect::<Result<Vec<_>>>()?;
    let mut errors = batch.problems.into_iter().map(unread).collect::<Result<Vec<_>>>()?;
    let mut warnings = 0;
    for (row, outcome) in batch.rows.iter().zip(outcomes) {
        counts.add(outcome.outcome);
        if outcome.outcome == Outcome::Error {
            originals.push((line(row.line)?, original_of(&row.record)));
        }
        warnings += i64::from(!outcome.warnings.is_empty());
        for problem in outcome.problems {
            errors.push(refused(row, Severity::Error, problem)?);
        }
        for warning in outcome.warnings {
            errors.push(refused(row, Severity::Warning, warning)?);
        }
    }
    // Stable: the problems of one row stay in their order.
    errors.sort_by_key(|error| error.line);
    Ok(BatchReport { counts, warnings, errors, originals })
}

pub(super) fn unread(problem: RowProblem) -> Result<ImportErrorOut> {
    let code = serde_json::to_value(problem.code)?;
    Ok(ImportErrorOut {
        severity: Severity::Error,
        line: i64::try_from(problem.line).map_err(Error::internal)?,
        column: problem.column,
        value: problem.value,
        code: code.as_str().unwrap_or_default().to_owned(),
        detail: problem.detail,
    })
}

/// A problem of a row that could be read: its place is a field of the row, the report names the file's column.
fn refused<T: LoadRow>(row: &Numbered<T>, severity: Severity, problem: FieldProblem) -> Result<ImportErrorOut> {
    let header = row.record.header();
    let mut places = problem.pointer.trim_start_matches('/').split('/');
    let field = places.next().filter(|field| !field.is_empty());
    let column = match (field, places.next()) {
        (Some("attributes"), Some(code)) => Some(format!("attributes.{}", code.replace("~1", "/").replace("~0", "~"))),
        (field, _) => field.map(|field| T::column(header, field).to_owned()),
    };
    let value = column.as_deref().and_then(|column| row.record.given(column)).map(super::problem::shown);
    Ok(ImportErrorOut {
        severity,
        line: i64::try_from(row.line).map_err(Error::internal)?,
        column: column.as_deref().map(|column| header.shown(column).to_owned()),
        value,
        code: problem.code.to_owned(),
        detail: problem.detail,
    })
}
