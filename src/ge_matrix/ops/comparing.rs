//! Comparing two mappings of a model.

use rust_decimal::Decimal;

use super::matrix::{MatrixQuery, resolve};
use crate::error::{Error, Problems, Result};
use crate::ge_matrix::store::{self, MappingWork, Pair};
use crate::ge_matrix::wire::{GeComparisonIn, GeComparisonOut, GeMigrationCell, GeMovementOut, GeMover, GeMoverFilter};
use crate::ge_matrix::{ChartTheme, Flow, MigrationChart, Movement, steps};
use crate::paging::{PageRequest, Slice};
use crate::tenancy::{Permission, TenantTx};
use crate::values::{Currency, Exact, Locale, round_money};

/// Both mappings of a comparison.
struct Compared {
    old: MappingWork,
    new: MappingWork,
}

/// Who went where between two mappings of a model.
///
/// # Errors
/// `forbidden`; `invalid_input` where it is not clear which two, or where they are of different models; `not_found`;
/// `conflict` where a mapping is not complete.
pub async fn compare_mappings(tx: &TenantTx, asked: GeComparisonIn) -> Result<GeComparisonOut> {
    tx.require(Permission::GradingRead)?;
    let compared = compared(tx, asked).await?;
    let flows = store::flows(tx, compared.pair()).await?;
    let currency = crate::tenants::current(tx).await?.base_currency;
    Ok(summarise(&compared, &flows, currency))
}

/// The same as an SVG document.
///
/// # Errors
/// As [`compare_mappings`].
pub(in crate::ge_matrix) async fn migration_chart(
    tx: &TenantTx,
    asked: GeComparisonIn,
    (locale, theme): (Locale, Option<ChartTheme>),
) -> Result<String> {
    tx.require(Permission::GradingRead)?;
    let compared = compared(tx, asked).await?;
    let flows = store::flows(tx, compared.pair()).await?;
    let chart = MigrationChart {
        model: &compared.new.definition,
        locale,
        theme,
        old: (compared.old.as_of, compared.old.model_version),
        new: (compared.new.as_of, compared.new.model_version),
        currency: crate::tenants::current(tx).await?.base_currency,
        flows: &flows,
    };
    Ok(chart.svg())
}

/// The customers of a comparison, those with the most steps first where `sort` says nothing else.
///
/// # Errors
/// As [`compare_mappings`], and `invalid_input` for an unknown sort or a foreign cursor.
pub(in crate::ge_matrix) async fn movers(
    tx: &TenantTx,
    asked: GeComparisonIn,
    filter: &GeMoverFilter,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<GeMover>> {
    tx.require(Permission::GradingRead)?;
    let compared = compared(tx, asked).await?;
    store::mover_page(tx, compared.pair(), filter, sort, page).await
}

async fn compared(tx: &TenantTx, asked: GeComparisonIn) -> Result<Compared> {
    let GeComparisonIn { old_mapping_id, old_as_of, new_mapping_id, model_id, new_as_of } = asked;
    let mut problems = Problems::new();
    if old_mapping_id.is_some() == old_as_of.is_some() {
        let en = "Give either the old mapping or its month.";
        problems.add("/old_mapping_id", "one_of", en, "请给出旧映射或其月份之一。");
    }
    if new_mapping_id.is_some() && (model_id.is_some() || new_as_of.is_some()) {
        let en = "Give the new mapping, or a model and a month.";
        problems.add("/new_mapping_id", "one_of", en, "请给出新映射，或给出模型和月份。");
    }
    problems.into_result()?;
    let new = resolve(tx, MatrixQuery { mapping_id: new_mapping_id, model_id, as_of: new_as_of }).await?;
    let old = match old_mapping_id {
        Some(id) => MatrixQuery { mapping_id: Some(id), ..MatrixQuery::default() },
        None => MatrixQuery { mapping_id: None, model_id: Some(new.model_id), as_of: old_as_of },
    };
    let old = resolve(tx, old).await?;
    if old.model_id != new.model_id {
        let en = "The mappings are of different models; compare two of one model.";
        return Err(Error::invalid_at(
            "/old_mapping_id",
            "other_model",
            en,
            "两个映射属于不同模型，请比较同一模型的映射。",
        ));
    }
    Ok(Compared { old, new })
}

impl Compared {
    fn pair(&self) -> Pair {
        Pair { old: self.old.id, new: self.new.id }
    }
}

fn summarise(compared: &Compared, flows: &[Flow], currency: Currency) -> GeComparisonOut {
    let Compared { old, new } = compared;
    let of = |movement| flows.iter().filter(move |flow| Movement::between(flow.old, flow.new) == movement);
    let movement = |movement| GeMovementOut {
        movement,
        customers: of(movement).map(|flow| flow.customers).sum(),
        old_revenue: money(of(movement).map(|flow| flow.old_revenue).sum()),
        new_revenue: money(of(movement).map(|flow| flow.new_revenue).sum()),
    };
    let movements: Vec<GeMovementOut> = Movement::ALL.into_iter().map(movement).collect();
    let changed = movements.iter().filter(|made| made.movement.changes()).map(|made| made.customers).sum();
    GeComparisonOut {
        model_id: new.model_id,
        old_mapping_id: old.id,
        old_model_version: old.model_version,
        old_as_of: old.as_of,
        new_mapping_id: new.id,
        new_model_version: new.model_version,
        new_as_of: new.as_of,
        currency,
        customers: flows.iter().map(|flow| flow.customers).sum(),
        changed,
        movements,
        cells: flows.iter().map(migration_cell).collect(),
    }
}

fn migration_cell(flow: &Flow) -> GeMigrationCell {
    GeMigrationCell {
        old_state: flow.old.state(),
        old_cell: flow.old.cell(),
        new_state: flow.new.state(),
        new_cell: flow.new.cell(),
        movement: Movement::between(flow.old, flow.new),
        steps: flow.old.cell().zip(flow.new.cell()).map(|(old, new)| steps(old, new)),
        customers: flow.customers,
        old_revenue: money(flow.old_revenue),
        new_revenue: money(flow.new_revenue),
    }
}

fn money(amount: Decimal) -> Exact {
    Exact(round_money(amount))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::ge_matrix::{Place, ge_template};
    use crate::values::{GeMappingId, GeModelId};

    fn work(id: u128, as_of: &str) -> MappingWork {
        MappingWork {
            id: GeMappingId(Uuid::from_u128(id)),
            model_id: GeModelId(Uuid::from_u128(9)),
            model_version: 1,
            definition: ge_template("standard").unwrap().definition.clone(),
            as_of: as_of.parse().unwrap(),
            counts: Some((0, 0)),
        }
    }

    proptest! {
        #[test]
        fn everyone_moves_once_and_revenues_add_up(counts in proptest::collection::vec((0..50i64, -9_999..99_999i64), 121)) {
            let each = Place::pairs().zip(counts).filter(|((old, new), _)| (*old, *new) != (Place::Absent, Place::Absent));
            let flow = each.map(|((old, new), (customers, cents))| Flow {
                old,
                new,
                customers,
                old_revenue: if old == Place::Absent { Decimal::ZERO } else { Decimal::new(cents, 2) },
                new_revenue: if new == Place::Absent { Decimal::ZERO } else { Decimal::new(cents * 2, 2) },
            });
            let flows: Vec<Flow> = flow.collect();
            let compared = Compared { old: work(1, "2012-12"), new: work(2, "2013-12") };
            let told = summarise(&compared, &flows, "EUR".parse().unwrap());
            prop_assert_eq!(told.movements.iter().map(|made| made.customers).sum::<i64>(), told.customers);
            prop_assert_eq!(told.cells.iter().map(|cell| cell.customers).sum::<i64>(), told.customers);
            let still = flows.iter().filter(|flow| flow.old == flow.new).map(|flow| flow.customers).sum::<i64>();
            prop_assert_eq!(told.changed, told.customers - still);
            let whole = |of: fn(&Flow) -> Decimal| money(flows.iter().map(of).sum());
            let sum = |of: fn(&GeMovementOut) -> Exact| money(told.movements.iter().map(|made| of(made).0).sum());
            prop_assert_eq!(sum(|made| made.old_revenue), whole(|flow| flow.old_revenue));
            prop_assert_eq!(sum(|made| made.new_revenue), whole(|flow| flow.new_revenue));
        }
    }
}
