//! Comparing two runs.

use crate::error::{Error, Result};
use crate::grading::movement::{FactorNames, moved_by};
use crate::grading::store::{self, Pair, RunRow};
use crate::grading::wire::{ComparisonOut, MoverFilter, ResultState, RunMover};
use crate::paging::{PageRequest, Slice};
use crate::scales::ScaleDefinition;
use crate::tenancy::{Permission, TenantTx};
use crate::values::{CustomerId, GradingRunId};

/// Both runs of a comparison.
struct Compared {
    pair: Pair,
    definitions: [ScaleDefinition; 2],
}

/// The migration from an old run to a new one.
///
/// # Errors
/// `forbidden`, `not_found`; `conflict` where a run is not completed.
pub async fn compare_runs(tx: &TenantTx, old: GradingRunId, new: GradingRunId) -> Result<ComparisonOut> {
    tx.require(Permission::GradingRead)?;
    let Compared { pair, definitions } = compared(tx, old, new).await?;
    let cells = store::migration(tx, &pair).await?;
    let [old_bands, new_bands] = definitions.each_ref().map(|definition| &definition.grade_bands);
    let (mut changed, mut better, mut worse) = (0, 0, 0);
    for cell in &cells {
        if cell.old_state != cell.new_state || cell.old_grade != cell.new_grade {
            changed += cell.customers;
        }
        let places = (
            cell.old_grade.as_ref().and_then(|grade| old_bands.position(grade)),
            cell.new_grade.as_ref().and_then(|grade| new_bands.position(grade)),
        );
        if let (Some(old), Some(new)) = places {
            better += if new < old { cell.customers } else { 0 };
            worse += if new > old { cell.customers } else { 0 };
        }
    }
    Ok(ComparisonOut {
        old_run_id: old,
        new_run_id: new,
        old_grades: old_bands.grades().into_iter().cloned().collect(),
        new_grades: new_bands.grades().into_iter().cloned().collect(),
        customers: cells.iter().map(|cell| cell.customers).sum(),
        changed,
        better,
        worse,
        cells,
    })
}

/// The customers behind a cell of the migration, with what moved each.
///
/// # Errors
/// `forbidden`, `not_found`, `conflict` where a run is not completed, `invalid_input` for an unknown sort or a foreign cursor.
pub(in crate::grading) async fn movers(
    tx: &TenantTx,
    (old, new): (GradingRunId, GradingRunId),
    filter: &MoverFilter,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<RunMover>> {
    tx.require(Permission::GradingRead)?;
    let Compared { pair, definitions } = compared(tx, old, new).await?;
    let mut slice = store::mover_page(tx, &pair, filter, sort, page).await?;
    let present = |wanted: fn(&RunMover) -> ResultState| -> Vec<CustomerId> {
        let movers = slice.items.iter().map(|(_, mover)| mover);
        movers.filter(|mover| wanted(mover) != ResultState::Absent).map(|mover| mover.customer_id).collect()
    };
    let (in_old, in_new) = (present(|mover| mover.old_state), present(|mover| mover.new_state));
    let before = store::scored_of(tx, old, &in_old).await?;
    let after = store::scored_of(tx, new, &in_new).await?;
    let names = FactorNames::of(definitions.iter().rev());
    for (_, mover) in &mut slice.items {
        mover.moved_by = moved_by(&names, before.get(&mover.customer_id), after.get(&mover.customer_id));
    }
    Ok(slice)
}

async fn compared(tx: &TenantTx, old: GradingRunId, new: GradingRunId) -> Result<Compared> {
    let runs = [completed(tx, old).await?, completed(tx, new).await?];
    let mut definitions = Vec::with_capacity(2);
    for run in &runs {
        definitions.push(store::definition_of(tx, run.id).await?);
    }
    let definitions: [ScaleDefinition; 2] =
        definitions.try_into().map_err(|_| Error::internal("a comparison of other than two runs"))?;
    let [old_grades, new_grades] =
        definitions.each_ref().map(|definition| Pair::texts(definition.grade_bands.grades()));
    Ok(Compared { pair: Pair { old, new, old_grades, new_grades }, definitions })
}

/// A run that has results.
pub(super) async fn completed(tx: &TenantTx, id: GradingRunId) -> Result<RunRow> {
    let run = store::run(tx, id).await?;
    if run.completed_at.is_none() {
        return Err(Error::conflict("The run is not completed.", "该分级尚未完成。"));
    }
    Ok(run)
}
