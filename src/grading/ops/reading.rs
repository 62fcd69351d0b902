//! What the results of a run add up to.

use super::comparing::completed;
use crate::error::{Problems, Result};
use crate::grading::axes::quality_growth;
use crate::grading::store::{self, Kinds, Pair};
use crate::grading::wire::{KindsOut, RunMatrixOut, SegmentMatrixOut, Thresholds};
use crate::scales::scale_version;
use crate::tenancy::{Permission, TenantTx};
use crate::values::{Code, GradingRunId};

/// The thresholds asked for, else the tenant's.
async fn thresholds(tx: &TenantTx, asked: Option<Thresholds>) -> Result<Thresholds> {
    let Some(asked) = asked else { return Ok(store::settings(tx).await?.thresholds) };
    let mut problems = Problems::new();
    asked.check("", &mut problems);
    problems.into_result().map(|()| asked)
}

/// The quality x growth matrix of a run.
///
/// # Errors
/// `forbidden`, `not_found`, `conflict` where the run is not completed, `invalid_input` for thresholds out of range.
pub async fn quality_growth_matrix(
    tx: &TenantTx,
    run: GradingRunId,
    asked: Option<Thresholds>,
) -> Result<RunMatrixOut> {
    tx.require(Permission::GradingRead)?;
    let run = completed(tx, run).await?;
    let thresholds = thresholds(tx, asked).await?;
    let mut matrix = quality_growth(&thresholds, []);
    let columns = thresholds.growth_cuts.len() + 1;
    let last = matrix.cells.len().saturating_sub(1);
    for (place, sums) in store::by_axes(tx, run.id, run.as_of, &thresholds).await? {
        let Some((quality, growth)) = place else {
            matrix.unplaced += sums.customers;
            continue;
        };
        // The matrix lists its cells from the best down.
        if let Some(cell) = last.checked_sub(quality * columns + growth).and_then(|at| matrix.cells.get_mut(at)) {
            (cell.customers, cell.without_margin) = (sums.customers, sums.without_margin);
            (cell.net, cell.margin) = (sums.net, sums.margin);
        }
    }
    Ok(RunMatrixOut { run_id: run.id, thresholds, matrix })
}

/// The customers of a run by a field of the dossier and grade.
///
/// # Errors
/// `forbidden`, `not_found`, `conflict` where the run is not completed.
pub async fn segment_matrix(tx: &TenantTx, run: GradingRunId, field: Code) -> Result<SegmentMatrixOut> {
    tx.require(Permission::GradingRead)?;
    let run = completed(tx, run).await?;
    let definition = scale_version(tx, run.scale_id, run.scale_version).await?.definition;
    let grades = definition.grade_bands.grades();
    let texts = Pair::texts(grades.clone());
    let cells = store::by_segment(tx, run.id, run.as_of, (&field, &texts)).await?;
    Ok(SegmentMatrixOut { run_id: run.id, field, grades: grades.into_iter().cloned().collect(), cells })
}

/// The three kinds of customers of a run.
///
/// # Errors
/// `forbidden`, `not_found`, `conflict` where the run is not completed, `invalid_input` for thresholds out of range.
pub async fn customer_kinds(tx: &TenantTx, run: GradingRunId, asked: Option<Thresholds>) -> Result<KindsOut> {
    tx.require(Permission::GradingRead)?;
    let run = completed(tx, run).await?;
    let thresholds = thresholds(tx, asked).await?;
    let (kinds, effort_known) = store::by_kind(tx, run.id, Kinds { thresholds: &thresholds, as_of: run.as_of }).await?;
    Ok(KindsOut { run_id: run.id, thresholds, effort_known, kinds })
}
