//! What the results of a run add up to.

use super::comparing::completed;
use crate::error::{Error, Problems, Result};
use crate::grading::axes::quality_growth;
use crate::grading::store::{self, Kinds, Pair};
use crate::grading::wire::{KindsOut, RunMatrixOut, SegmentMatrixOut, Thresholds};
use crate::tenancy::{Permission, TenantTx};
use crate::values::{Code, Exact, GradingRunId, round_money};

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
    let definition = store::definition_of(tx, run.id).await?;
    let grades = definition.grade_bands.grades();
    let texts = Pair::texts(grades.clone());
    let cells = store::by_segment(tx, run.id, run.as_of, (&field, &texts)).await?;
    Ok(SegmentMatrixOut { run_id: run.id, field, grades: grades.into_iter().cloned().collect(), cells })
}

/// The three kinds of customers of a run.
///
/// # Errors
/// `forbidden`, `not_found`, `conflict` where the run is not completed, `invalid_input` for thresholds out of range, or for
/// another break-even order than the run's, whose small orders are counted.
pub async fn customer_kinds(tx: &TenantTx, run: GradingRunId, asked: Option<Thresholds>) -> Result<KindsOut> {
    tx.require(Permission::GradingRead)?;
    let run = completed(tx, run).await?;
    if let Some(asked) = &asked {
        let mut problems = Problems::new();
        asked.check("", &mut problems);
        problems.into_result()?;
    }
    let order = asked.as_ref().and_then(|asked| asked.break_even_order);
    let kinds = store::kinds(tx, run.id, asked).await?;
    let counted = kinds.thresholds.break_even_order;
    if order.is_some_and(|order| counted.is_none_or(|counted| *counted != *order)) {
        return Err(other_break_even(counted));
    }
    let sums = store::by_kind(tx, run.id, run.as_of, &kinds).await?;
    let Kinds { thresholds, book } = kinds;
    let effort_basis = book.and_then(|book| book.basis);
    Ok(KindsOut {
        run_id: run.id,
        effort_known: effort_basis.is_some(),
        effort_basis,
        book_effort: book
            .and_then(|book| book.whole_effort(&thresholds.effort_rules().weights))
            .map(|effort| Exact(round_money(effort))),
        book_margin: book.map(|book| Exact(round_money(book.margin.0))),
        thresholds,
        kinds: sums,
    })
}

fn other_break_even(counted: Option<Exact>) -> Error {
    let (en, zh) = match counted {
        Some(counted) => (
            format!(
                "The run counted small orders by {counted}. Leave it out, or change the settings and make a new run."
            ),
            format!("该次分级按 {counted} 统计小额订单。请省略此项，或修改设置后重新分级。"),
        ),
        None => (
            "The run counted no small orders. Leave it out, or change the settings and make a new run.".to_owned(),
            "该次分级未统计小额订单。请省略此项，或修改设置后重新分级。".to_owned(),
        ),
    };
    Error::invalid_at("/break_even_order", "not_counted", en, zh)
}
