//! Two mappings side by side.

use rust_decimal::Decimal;
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row};

use super::positions::read_exact;
use crate::error::{Error, Result};
use crate::ge_matrix::wire::{GeMover, GeMoverFilter};
use crate::ge_matrix::{Cell, Flow, Movement, Place, steps};
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, Exact, GeMappingId};

const STEPS: SortKey = SortKey { name: "steps", sql: "coalesce(abs(p.new_height - p.old_height), 0)", sql_type: "int" };
const REVENUE: SortKey =
    SortKey { name: "revenue_l12", sql: "coalesce(p.new_revenue, p.old_revenue, 0)", sql_type: "numeric" };
const EXTERNAL_ID: SortKey =
    SortKey { name: "customer_external_id", sql: "c.external_id collate \"C\"", sql_type: "text" };
const NAME: SortKey = SortKey { name: "customer_name", sql: "c.name collate \"C\"", sql_type: "text" };
const CUSTOMER: SortKey = SortKey { name: "customer_id", sql: "p.customer_id", sql_type: "uuid" };

/// The mapping that is compared with, and the one that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ge_matrix) struct Pair {
    pub(in crate::ge_matrix) old: GeMappingId,
    pub(in crate::ge_matrix) new: GeMappingId,
}

/// How many went from which place to which, by the old place and then the new one.
pub(in crate::ge_matrix) async fn flows(tx: &TenantTx, pair: Pair) -> Result<Vec<Flow>> {
    let mut sql = QueryBuilder::new(
        "select p.old_place, p.new_place, count(*) as customers, coalesce(sum(p.old_revenue), 0) as old_revenue,
                coalesce(sum(p.new_revenue), 0) as new_revenue
         from ",
    );
    push_pairs(&mut sql, tx, pair);
    sql.push(" p group by 1, 2");
    let rows = sql.build().persistent(false).fetch_all(&mut *tx.conn().await?).await?;
    let mut flows: Vec<Flow> = rows.iter().map(flow).collect::<Result<_>>()?;
    flows.sort_by_key(|flow| (flow.old, flow.new));
    Ok(flows)
}

/// The customers whom a filter takes.
pub(in crate::ge_matrix) async fn mover_page(
    tx: &TenantTx,
    pair: Pair,
    filter: &GeMoverFilter,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<GeMover>> {
    let keys = [STEPS, REVENUE, EXTERNAL_ID, NAME];
    let order = Order::parse(sort, "-steps,-revenue_l12,customer_external_id", &keys, CUSTOMER)?;
    let mut sql = QueryBuilder::new("select p.*, c.external_id, c.name, ");
    page.push_keys(&order, &mut sql);
    sql.push(" from ");
    push_pairs(&mut sql, tx, pair);
    sql.push(" p join customers c on c.id = p.customer_id where c.tenant_id = ").push_bind(tx.tenant().0);
    // What a movement is, is decided in one place alone, and that is not here.
    let (old, new): (Vec<&str>, Vec<&str>) =
        Place::pairs().filter(|(old, new)| filter.takes(*old, *new)).map(|(old, new)| (old.code(), new.code())).unzip();
    sql.push(" and (p.old_place, p.new_place) in (select * from unnest(").push_bind(old);
    sql.push("::text[], ").push_bind(new).push("::text[]))");
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().persistent(false).fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, mover)
}

/// Everyone in either mapping, with place, height, scores and revenue in both.
fn push_pairs(sql: &mut QueryBuilder<Postgres>, tx: &TenantTx, pair: Pair) {
    let codes: Vec<&str> = Cell::ALL.into_iter().map(Cell::code).collect();
    let heights: Vec<i32> = Cell::ALL.into_iter().map(Cell::height).collect();
    sql.push("(select customer_id");
    for (side, alias) in [("old", "o"), ("new", "n")] {
        sql.push(format!(", coalesce({alias}.place, '{}') as {side}_place", Place::Absent.code()));
        for column in ["height", "attractiveness", "strength", "revenue"] {
            sql.push(format!(", {alias}.{column} as {side}_{column}"));
        }
    }
    for (mapping, before, after) in
        [(pair.old, " from (", ") o"), (pair.new, " full join (", ") n using (customer_id))")]
    {
        sql.push(before).push("select r.customer_id, coalesce(r.cell, '").push(Place::Unmapped.code());
        sql.push("') as place, (").push_bind(heights.clone()).push("::int[])[array_position(");
        sql.push_bind(codes.clone()).push("::text[], r.cell)] as height, r.attractiveness, r.strength, ");
        sql.push("r.revenue_l12 as revenue from ge_positions r where r.tenant_id = ").push_bind(tx.tenant().0);
        sql.push(" and r.mapping_id = ").push_bind(mapping.0).push(after);
    }
}

fn flow(row: &PgRow) -> Result<Flow> {
    Ok(Flow {
        old: place(row, "old_place")?,
        new: place(row, "new_place")?,
        customers: row.try_get("customers")?,
        old_revenue: row.try_get("old_revenue")?,
        new_revenue: row.try_get("new_revenue")?,
    })
}

fn mover(row: &PgRow) -> Result<GeMover> {
    let (old, new) = (place(row, "old_place")?, place(row, "new_place")?);
    let score = |column| read_exact(row, column);
    let (old_attractiveness, new_attractiveness) = (score("old_attractiveness")?, score("new_attractiveness")?);
    let (old_strength, new_strength) = (score("old_strength")?, score("new_strength")?);
    Ok(GeMover {
        customer_id: CustomerId(row.try_get("customer_id")?),
        customer_external_id: row.try_get("external_id")?,
        customer_name: row.try_get("name")?,
        old_state: old.state(),
        old_cell: old.cell(),
        new_state: new.state(),
        new_cell: new.cell(),
        movement: Movement::between(old, new),
        steps: old.cell().zip(new.cell()).map(|(old, new)| steps(old, new)),
        old_attractiveness,
        new_attractiveness,
        attractiveness_change: change(old_attractiveness, new_attractiveness),
        old_strength,
        new_strength,
        strength_change: change(old_strength, new_strength),
        old_revenue_l12: read_exact(row, "old_revenue")?,
        new_revenue_l12: read_exact(row, "new_revenue")?,
    })
}

/// Of the scores as they are shown, so that the difference is what a reader finds.
fn change(old: Option<Exact>, new: Option<Exact>) -> Option<Exact> {
    let change: Option<Decimal> = old.zip(new).map(|(old, new)| new.0 - old.0);
    change.map(Exact)
}

fn place(row: &PgRow, column: &str) -> Result<Place> {
    let code: String = row.try_get(column)?;
    Place::from_code(&code).ok_or_else(|| Error::internal(format!("unknown place {code}")))
}
