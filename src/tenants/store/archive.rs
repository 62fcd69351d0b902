//! Reading every row of a tenant's tables, piece by piece.

use std::collections::BTreeMap;

use sqlx::AssertSqlSafe;

use crate::db;
use crate::error::{Error, Result};
use crate::tenancy::TenantTx;
use crate::tenants::archived::ArchivedTable;

/// Rows that are fetched at a time.
const PIECE: usize = 1_000;

/// What reading a table takes: its key, to order by, and its columns of exact decimals, to be written as texts.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(in crate::tenants) struct TableShape {
    name: String,
    key: String,
    decimals: Option<String>,
}

/// The shapes of these tables, by name.
pub(in crate::tenants) async fn shapes(
    tx: &TenantTx,
    tables: &[ArchivedTable],
) -> Result<BTreeMap<String, TableShape>> {
    let names: Vec<&str> = tables.iter().map(|table| table.name).collect();
    let shapes: Vec<TableShape> = sqlx::query_as(
        "select c.relname::text as name,
                (select string_agg(format('t.%I', a.attname), ', ' order by k.place)
                 from unnest(i.indkey::int2[]) with ordinality k(number, place)
                 join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number) as key,
                (select string_agg(format('%L, t.%I::text', a.attname, a.attname), ', ' order by a.attnum)
                 from pg_attribute a
                 where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                   and a.atttypid = 'numeric'::regtype) as decimals
         from pg_class c join pg_index i on i.indrelid = c.oid and i.indisprimary
         where c.relnamespace = 'public'::regnamespace and c.relname = any($1)",
    )
    .bind(names)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(shapes.into_iter().map(|shape| (shape.name.clone(), shape)).collect())
}

/// The schema's version: the number of its last migration.
pub(in crate::tenants) fn schema_version() -> i64 {
    db::schema_version()
}

/// How many rows the tenant has in a table.
pub(in crate::tenants) async fn count(tx: &TenantTx, table: ArchivedTable) -> Result<i64> {
    let sql = format!("select count(*) from {} t where {} = $1", table.name, tenant_of(table));
    Ok(sqlx::query_scalar(AssertSqlSafe(sql)).bind(tx.tenant().0).fetch_one(&mut *tx.conn().await?).await?)
}

/// Opens a cursor on the tenant's rows of a table, by its key.
pub(in crate::tenants) async fn open(tx: &TenantTx, table: ArchivedTable, shape: &TableShape) -> Result<()> {
    let decimals = shape.decimals.as_ref().map(|list| format!(" || jsonb_build_object({list})")).unwrap_or_default();
    // The names are those of a constant table and of the catalogue, which quotes them.
    let sql = format!(
        "declare archive_{name} no scroll cursor for
         select (to_jsonb(t) - $2::text[]{decimals})::text from {name} t where {tenant} = $1 order by {key}",
        name = table.name,
        tenant = tenant_of(table),
        key = shape.key,
    );
    let left_out: Vec<&str> = table.left_out.to_vec();
    sqlx::query(AssertSqlSafe(sql)).bind(tx.tenant().0).bind(left_out).execute(&mut *tx.conn().await?).await?;
    Ok(())
}

/// The next rows of an open table, as JSON; none at its end.
pub(in crate::tenants) async fn fetch(tx: &TenantTx, table: ArchivedTable) -> Result<Vec<String>> {
    let sql = format!("fetch forward {PIECE} from archive_{}", table.name);
    Ok(sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut *tx.conn().await?).await?)
}

/// The shape of a table that must have one.
pub(in crate::tenants) fn shape_of(shapes: &BTreeMap<String, TableShape>, table: ArchivedTable) -> Result<&TableShape> {
    shapes.get(table.name).ok_or_else(|| Error::internal(format!("no table {}", table.name)))
}

fn tenant_of(table: ArchivedTable) -> &'static str {
    if table.name == "tenants" { "t.id" } else { "t.tenant_id" }
}
