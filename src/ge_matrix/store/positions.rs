//! Customers' positions.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use postgres_types::Type;
use rust_decimal::Decimal;
use serde_json::Value;
use sqlx::postgres::PgRow;
use sqlx::{QueryBuilder, Row};
use uuid::Uuid;

use super::mappings::{CURRENT_FIRST, push_current_mappings};
use crate::db::{CopyError, copy_in};
use crate::error::{Error, Result};
use crate::ge_matrix::wire::{CurrentCell, GePositionOut};
use crate::ge_matrix::{Cell, Mapped};
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, Exact, GeMappingId, Month, round_money};

const EXTERNAL_ID: SortKey = SortKey { name: "external_id", sql: "c.external_id collate \"C\"", sql_type: "text" };
const NAME: SortKey = SortKey { name: "name", sql: "c.name collate \"C\"", sql_type: "text" };
const REVENUE: SortKey = SortKey { name: "revenue_l12", sql: "coalesce(p.revenue_l12, 0)", sql_type: "numeric" };
const POTENTIAL: SortKey = SortKey { name: "potential", sql: "coalesce(p.potential, -1)", sql_type: "numeric" };
const ATTRACTIVENESS: SortKey =
    SortKey { name: "attractiveness", sql: "coalesce(p.attractiveness, -1)", sql_type: "numeric" };
const STRENGTH: SortKey = SortKey { name: "strength", sql: "coalesce(p.strength, -1)", sql_type: "numeric" };
const CUSTOMER: SortKey = SortKey { name: "customer_id", sql: "p.customer_id", sql_type: "uuid" };

const STAGED: [Type; 7] =
    [Type::UUID, Type::NUMERIC, Type::NUMERIC, Type::TEXT, Type::NUMERIC, Type::NUMERIC, Type::JSONB];

/// A position to store.
#[derive(Clone, Debug)]
pub(in crate::ge_matrix) struct NewPosition {
    pub(in crate::ge_matrix) customer: CustomerId,
    pub(in crate::ge_matrix) mapped: Mapped,
    pub(in crate::ge_matrix) revenue_l12: Option<Decimal>,
    pub(in crate::ge_matrix) potential: Option<Decimal>,
}

/// Which positions to list.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::ge_matrix) struct PositionFilter {
    pub(in crate::ge_matrix) cell: Option<Cell>,
    pub(in crate::ge_matrix) unmapped: Option<bool>,
}

/// Customers and amounts of one cell; without a cell, of the unmapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ge_matrix) struct Tally {
    pub(in crate::ge_matrix) cell: Option<Cell>,
    pub(in crate::ge_matrix) customers: i64,
    pub(in crate::ge_matrix) revenue: Decimal,
    pub(in crate::ge_matrix) potential: Option<Decimal>,
}

/// A mapped customer as the chart draws it.
#[derive(Clone, Debug)]
pub(in crate::ge_matrix) struct ChartRow {
    pub(in crate::ge_matrix) customer: CustomerId,
    pub(in crate::ge_matrix) external_id: String,
    pub(in crate::ge_matrix) name: String,
    pub(in crate::ge_matrix) attractiveness: Decimal,
    pub(in crate::ge_matrix) strength: Decimal,
    pub(in crate::ge_matrix) cell: Cell,
    pub(in crate::ge_matrix) revenue: Option<Decimal>,
    pub(in crate::ge_matrix) potential: Option<Decimal>,
}

/// Prepares a table of this transaction's own for [`stage_positions`]: COPY refuses one with row level security.
pub(in crate::ge_matrix) async fn open_staging(tx: &TenantTx) -> Result<()> {
    sqlx::query(
        "create temporary table staged_ge_positions (customer_id uuid, attractiveness numeric, strength numeric,
             cell text, revenue_l12 numeric, potential numeric, detail jsonb) on commit drop",
    )
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// Adds positions to those that [`keep_staged`] will store.
pub(in crate::ge_matrix) async fn stage_positions(tx: &TenantTx, positions: Vec<NewPosition>) -> Result<()> {
    let copy = "copy staged_ge_positions from stdin (format binary)";
    copy_in(&mut *tx.conn().await?, copy, &STAGED, positions, |position, rows| {
        let score = |score: Option<Exact>| score.map(|score| score.0);
        let detail = serde_json::to_value(&position.mapped).map_err(|source| CopyError::Encode {
            column: 6,
            column_type: Type::JSONB,
            source: source.into(),
        })?;
        rows.write_row(&[
            &position.customer.0,
            &score(position.mapped.attractiveness.score),
            &score(position.mapped.competitive_strength.score),
            &position.mapped.cell.map(Cell::code),
            &position.revenue_l12,
            &position.potential,
            &detail,
        ])
    })
    .await
    .map_err(copy_failed)?;
    Ok(())
}

/// Stores what was staged as a mapping's positions.
pub(in crate::ge_matrix) async fn keep_staged(tx: &TenantTx, mapping: GeMappingId) -> Result<()> {
    sqlx::query(
        "insert into ge_positions
             (tenant_id, mapping_id, customer_id, attractiveness, strength, cell, revenue_l12, potential, detail)
         select $1, $2, customer_id, attractiveness, strength, cell, revenue_l12, potential, detail
         from staged_ge_positions",
    )
    .bind(tx.tenant().0)
    .bind(mapping.0)
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

fn copy_failed(error: CopyError) -> Error {
    match error {
        CopyError::Database(error) => error.into(),
        error => Error::internal(error),
    }
}

pub(in crate::ge_matrix) async fn position_page(
    tx: &TenantTx,
    mapping: GeMappingId,
    filter: PositionFilter,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<GePositionOut>> {
    let keys = [EXTERNAL_ID, NAME, REVENUE, POTENTIAL, ATTRACTIVENESS, STRENGTH];
    let order = Order::parse(sort, "-revenue_l12,external_id", &keys, CUSTOMER)?;
    let mut sql = QueryBuilder::new(
        "select p.customer_id, c.external_id, c.name, p.cell, p.attractiveness, p.strength, p.revenue_l12,
                p.potential, p.detail, ",
    );
    page.push_keys(&order, &mut sql);
    sql.push(" from ge_positions p join customers c on c.tenant_id = p.tenant_id and c.id = p.customer_id");
    sql.push(" where p.tenant_id = ").push_bind(tx.tenant().0).push(" and p.mapping_id = ").push_bind(mapping.0);
    if let Some(cell) = filter.cell {
        sql.push(" and p.cell = ").push_bind(cell.code());
    }
    if let Some(unmapped) = filter.unmapped {
        sql.push(if unmapped { " and p.cell is null" } else { " and p.cell is not null" });
    }
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, read_position)
}

/// One row a cell that has customers, and one of the unmapped where there are any.
pub(in crate::ge_matrix) async fn tallies(tx: &TenantTx, mapping: GeMappingId) -> Result<Vec<Tally>> {
    let rows = sqlx::query(
        "select cell, count(*) as customers, coalesce(sum(revenue_l12), 0) as revenue, sum(potential) as potential
         from ge_positions where tenant_id = $1 and mapping_id = $2 group by cell order by cell",
    )
    .bind(tx.tenant().0)
    .bind(mapping.0)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    let read = rows.iter().map(|row| {
        Ok(Tally {
            cell: read_cell(row)?,
            customers: row.try_get("customers")?,
            revenue: row.try_get("revenue")?,
            potential: row.try_get("potential")?,
        })
    });
    read.collect()
}

/// Everyone who is mapped, by external id.
pub(in crate::ge_matrix) async fn chart_rows(tx: &TenantTx, mapping: GeMappingId) -> Result<Vec<ChartRow>> {
    let rows = sqlx::query(
        "select c.id, c.external_id, c.name, p.attractiveness, p.strength, p.cell, p.revenue_l12, p.potential
         from ge_positions p join customers c on c.tenant_id = p.tenant_id and c.id = p.customer_id
         where p.tenant_id = $1 and p.mapping_id = $2 and p.cell is not null
         order by c.external_id collate \"C\"",
    )
    .bind(tx.tenant().0)
    .bind(mapping.0)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    let read = rows.iter().map(|row| {
        Ok(ChartRow {
            customer: CustomerId(row.try_get("id")?),
            external_id: row.try_get("external_id")?,
            name: row.try_get("name")?,
            attractiveness: row.try_get("attractiveness")?,
            strength: row.try_get("strength")?,
            cell: read_cell(row)?.ok_or_else(|| Error::internal("a mapped customer without a cell"))?,
            revenue: row.try_get("revenue_l12")?,
            potential: row.try_get("potential")?,
        })
    });
    read.collect()
}

/// The places of those of the customers who are in the current mapping, in one statement.
pub(in crate::ge_matrix) async fn current_cells(
    tx: &TenantTx,
    customers: &[CustomerId],
) -> Result<BTreeMap<CustomerId, CurrentCell>> {
    let ids: Vec<Uuid> = customers.iter().map(|id| id.0).collect();
    let mut sql = QueryBuilder::new("with current as (");
    push_current_mappings(&mut sql, tx, "g.id, g.as_of, v.definition");
    sql.push(CURRENT_FIRST).push(
        "), names as (
             select cell ->> 'cell' as code, cell -> 'name' as name
             from current, jsonb_array_elements(current.definition -> 'cells') cell
         )
         select p.customer_id, p.cell, n.name, p.attractiveness, p.strength, g.as_of, g.id as mapping_id
         from current g
         join ge_positions p on p.mapping_id = g.id
         left join names n on n.code = p.cell
         where p.tenant_id = ",
    );
    sql.push_bind(tx.tenant().0).push(" and p.customer_id = any(").push_bind(ids).push(")");
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    rows.iter().map(|row| Ok((CustomerId(row.try_get("customer_id")?), read_current(row)?))).collect()
}

fn read_current(row: &PgRow) -> Result<CurrentCell> {
    let name: Option<Value> = row.try_get("name")?;
    Ok(CurrentCell {
        cell: read_cell(row)?,
        name: name.map(serde_json::from_value).transpose()?,
        attractiveness: read_exact(row, "attractiveness")?,
        strength: read_exact(row, "strength")?,
        as_of: Month::of(row.try_get::<NaiveDate, _>("as_of")?),
        mapping_id: GeMappingId(row.try_get("mapping_id")?),
    })
}

fn read_position(row: &PgRow) -> Result<GePositionOut> {
    let detail: Mapped = serde_json::from_value(row.try_get("detail")?)?;
    Ok(GePositionOut {
        customer_id: CustomerId(row.try_get("customer_id")?),
        external_id: row.try_get("external_id")?,
        customer_name: row.try_get("name")?,
        cell: read_cell(row)?,
        attractiveness: read_exact(row, "attractiveness")?,
        strength: read_exact(row, "strength")?,
        revenue_l12: read_exact(row, "revenue_l12")?,
        potential: read_exact(row, "potential")?,
        attractiveness_coverage: detail.attractiveness.data_coverage,
        strength_coverage: detail.competitive_strength.data_coverage,
        lacks: detail.lacks(),
        detail,
    })
}

/// Amounts and scores have 4 places alike; a zero comes from Postgres without any.
pub(super) fn read_exact(row: &PgRow, column: &str) -> Result<Option<Exact>> {
    Ok(row.try_get::<Option<Decimal>, _>(column)?.map(round_money).map(Exact))
}

fn read_cell(row: &PgRow) -> Result<Option<Cell>> {
    let code: Option<String> = row.try_get("cell")?;
    let known = code.map(|code| Cell::from_code(&code).ok_or_else(|| Error::internal(format!("unknown cell {code}"))));
    known.transpose()
}
