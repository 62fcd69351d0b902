//! The matrix: nine cells, a picture of them, and each customer's current cell.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::error::{Error, Result};
use crate::ge_matrix::store::{self, MappingQuery, MappingWork, Tally};
use crate::ge_matrix::wire::{CurrentCell, GeMatrixCellOut, GeMatrixOut};
use crate::ge_matrix::{Bubble, BubbleSize, Cell, Chart, ChartTheme};
use crate::tenancy::{Permission, TenantTx};
use crate::values::{Currency, CustomerId, Exact, GeMappingId, GeModelId, Locale, Month, ratio, round_money};

/// Which matrix: of a mapping, or the current one of a model, a month, both or neither.
#[derive(Clone, Copy, Debug, Default)]
pub struct MatrixQuery {
    /// The mapping; then neither of the others.
    pub mapping_id: Option<GeMappingId>,
    /// The model; of the model published last where absent.
    pub model_id: Option<GeModelId>,
    /// The month; the latest that was mapped where absent.
    pub as_of: Option<Month>,
}

/// A complete mapping as nine cells.
///
/// # Errors
/// `forbidden`, `invalid_input`, `not_found`, and `conflict` for a mapping that is not complete.
pub async fn matrix(tx: &TenantTx, query: MatrixQuery) -> Result<GeMatrixOut> {
    tx.require(Permission::GradingRead)?;
    let work = resolve(tx, query).await?;
    let tallies = store::tallies(tx, work.id).await?;
    let currency = crate::tenants::current(tx).await?.base_currency;
    summarise(&work, &tallies, currency)
}

/// A complete mapping as an SVG document; the reader's system decides whether it is light or dark where no theme is given.
///
/// # Errors
/// As [`matrix`].
pub(in crate::ge_matrix) async fn chart(
    tx: &TenantTx,
    query: MatrixQuery,
    size: BubbleSize,
    (locale, theme): (Locale, Option<ChartTheme>),
) -> Result<String> {
    tx.require(Permission::GradingRead)?;
    let work = resolve(tx, query).await?;
    let rows = store::chart_rows(tx, work.id).await?;
    let tallies = store::tallies(tx, work.id).await?;
    let currency = crate::tenants::current(tx).await?.base_currency;
    let bubble = rows.iter().map(|row| Bubble {
        customer: row.customer,
        external_id: &row.external_id,
        name: &row.name,
        attractiveness: row.attractiveness,
        competitive_strength: row.strength,
        cell: row.cell,
        amount: match size {
            BubbleSize::Revenue => row.revenue,
            BubbleSize::Potential => row.potential,
        },
    });
    let bubbles: Vec<Bubble<'_>> = bubble.collect();
    let unmapped = tallies.iter().find(|tally| tally.cell.is_none()).map_or(0, |tally| tally.customers);
    let chart = Chart {
        model: &work.definition,
        locale,
        theme,
        as_of: work.as_of,
        currency,
        size,
        bubbles: &bubbles,
        unmapped: usize::try_from(unmapped).map_err(Error::internal)?,
    };
    Ok(chart.svg())
}

/// The current places of customers; who is not in the current mapping is left out. No permission of its own, because the
/// operation that asks has checked.
///
/// Current is, of the models whose published version has been mapped, the one published last; of that version's complete
/// mappings the one of the latest month, and of those the one completed last. Mappings that were withdrawn, and those of a
/// month that was not over, do not count. Where no published version has been mapped, retired ones take its place.
///
/// # Errors
/// The database's.
pub async fn current_cells(tx: &TenantTx, customers: &[CustomerId]) -> Result<BTreeMap<CustomerId, CurrentCell>> {
    store::current_cells(tx, customers).await
}

/// The cells of all mapped customers as they stood at the end of a month: by the mapping that is current, had none been made
/// of a later month. No permission of its own.
///
/// # Errors
/// The database's.
pub async fn cells_as_of(tx: &TenantTx, as_of: Month) -> Result<BTreeMap<CustomerId, Cell>> {
    store::cells_as_of(tx, as_of).await
}

/// The complete mapping that is meant.
pub(super) async fn resolve(tx: &TenantTx, query: MatrixQuery) -> Result<MappingWork> {
    let id = match query {
        MatrixQuery { mapping_id: Some(id), model_id: None, as_of: None } => id,
        MatrixQuery { mapping_id: Some(_), .. } => {
            let en = "Give a mapping, or a model and a month.";
            return Err(Error::invalid_at("/mapping_id", "one_of", en, "请给出映射，或给出模型和月份。"));
        }
        MatrixQuery { mapping_id: None, model_id: model, as_of } => {
            store::current_mapping(tx, MappingQuery { model, as_of }).await?
        }
    };
    let work = store::mapping_work(tx, id).await?;
    if work.counts.is_none() {
        let en = "The mapping is not complete; look at its job.";
        return Err(Error::conflict(en, "该映射尚未完成，请查看其任务。"));
    }
    Ok(work)
}

/// All nine cells, also those where nobody is.
fn summarise(work: &MappingWork, tallies: &[Tally], currency: Currency) -> Result<GeMatrixOut> {
    let (mapped, unmapped): (Vec<&Tally>, Vec<&Tally>) = tallies.iter().partition(|tally| tally.cell.is_some());
    let mapped_revenue: Decimal = mapped.iter().map(|tally| tally.revenue).sum();
    let unmapped_revenue: Decimal = unmapped.iter().map(|tally| tally.revenue).sum();
    let cell = |cell: Cell| {
        let definition = work.definition.cell(cell).cloned();
        let definition = definition.ok_or_else(|| Error::internal("a published model without one of its cells"))?;
        let tally = tallies.iter().find(|tally| tally.cell == Some(cell));
        let revenue = tally.map_or(Decimal::ZERO, |tally| tally.revenue);
        Ok(GeMatrixCellOut {
            cell,
            name: definition.name,
            strategy: definition.strategy,
            stance: definition.stance,
            customers: tally.map_or(0, |tally| tally.customers),
            revenue: Exact(round_money(revenue)),
            revenue_share: Some(mapped_revenue)
                .filter(|whole| *whole > Decimal::ZERO)
                .and_then(|whole| ratio(revenue, whole))
                .map(Exact),
            potential: tally.and_then(|tally| tally.potential).map(round_money).map(Exact),
        })
    };
    Ok(GeMatrixOut {
        mapping_id: work.id,
        model_id: work.model_id,
        model_version: work.model_version,
        as_of: work.as_of,
        currency,
        cells: Cell::ALL.into_iter().map(cell).collect::<Result<_>>()?,
        mapped: mapped.iter().map(|tally| tally.customers).sum(),
        mapped_revenue: Exact(round_money(mapped_revenue)),
        unmapped: unmapped.iter().map(|tally| tally.customers).sum(),
        unmapped_revenue: Exact(round_money(unmapped_revenue)),
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::ge_matrix::ge_template;

    fn tally(cell: Option<Cell>, customers: i64, revenue: i64) -> Tally {
        Tally { cell, customers, revenue: revenue.into(), potential: None }
    }

    fn work() -> MappingWork {
        MappingWork {
            id: GeMappingId(Uuid::from_u128(1)),
            model_id: GeModelId(Uuid::from_u128(2)),
            model_version: 1,
            definition: ge_template("standard").unwrap().definition.clone(),
            as_of: "2013-11".parse().unwrap(),
            counts: Some((3, 1)),
        }
    }

    #[test]
    fn every_cell_is_there_and_nobody_is_dropped() {
        let tallies = [tally(None, 1, 50), tally(Some(Cell::HighStrong), 2, 300), tally(Some(Cell::LowWeak), 1, 100)];
        let matrix = summarise(&work(), &tallies, "EUR".parse().unwrap()).unwrap();
        assert_eq!(matrix.cells.len(), 9);
        assert_eq!((matrix.mapped, matrix.unmapped), (3, 1));
        let shares: Vec<String> =
            matrix.cells.iter().filter_map(|cell| cell.revenue_share).map(|share| share.to_string()).collect();
        assert_eq!(shares.first().map(String::as_str), Some("0.750000"));
        assert_eq!(shares.last().map(String::as_str), Some("0.250000"));
        assert_eq!((matrix.cells[1].customers, matrix.cells[1].revenue.to_string()), (0, "0.0000".into()));
        assert_eq!(matrix.unmapped_revenue.to_string(), "50.0000");
    }

    #[test]
    fn without_revenue_there_are_amounts_and_no_shares() {
        let matrix = summarise(&work(), &[tally(Some(Cell::HighWeak), 2, -5)], "EUR".parse().unwrap()).unwrap();
        assert!(matrix.cells.iter().all(|cell| cell.revenue_share.is_none()));
        assert_eq!(matrix.mapped_revenue.to_string(), "-5.0000");
    }
}
