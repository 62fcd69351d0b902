//! Rows of salespeople.

use std::collections::BTreeMap;

use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{QueryBuilder, Row};
use uuid::Uuid;

use crate::dossiers::wire::SalespersonOut;
use crate::error::Result;
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::tenancy::TenantTx;
use crate::values::SalespersonId;

const SALESPERSON: &str = "s.id, s.external_id, s.name, s.territory, s.version, s.created_at, s.updated_at";
/// Serialises the creation of salespeople within a tenant.
const CREATION_LOCK: i32 = 7_262_917;

const NAME: SortKey = SortKey { name: "name", sql: "s.name", sql_type: "text" };
const EXTERNAL_ID: SortKey = SortKey { name: "external_id", sql: "s.external_id", sql_type: "text" };
const ID: SortKey = SortKey { name: "id", sql: "s.id", sql_type: "uuid" };

/// Holds back other creations of salespeople in this tenant until the transaction ends; before any row is locked.
pub(in crate::dossiers) async fn lock_creation(tx: &TenantTx) -> Result<()> {
    sqlx::query("select pg_advisory_xact_lock($1, hashtext($2::text))")
        .bind(CREATION_LOCK)
        .bind(tx.tenant().0)
        .execute(&mut *tx.conn().await?)
        .await?;
    Ok(())
}

/// Salespeople by external id.
pub(in crate::dossiers) async fn ids_by_external_id(
    tx: &TenantTx,
    external_ids: &[String],
) -> Result<BTreeMap<String, SalespersonId>> {
    let rows: Vec<(String, Uuid)> = sqlx::query_as(
        "select external_id, id from salespeople where tenant_id = (select $1::uuid) and external_id = any($2)",
    )
    .bind(tx.tenant().0)
    .bind(external_ids)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(rows.into_iter().map(|(external_id, id)| (external_id, SalespersonId(id))).collect())
}

/// Names of salespeople by external id.
pub(in crate::dossiers) async fn names_by_external_id(
    tx: &TenantTx,
    external_ids: &[String],
) -> Result<BTreeMap<String, String>> {
    if external_ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<(String, String)> =
        sqlx::query_as("select external_id, name from salespeople where tenant_id = $1 and external_id = any($2)")
            .bind(tx.tenant().0)
            .bind(external_ids)
            .fetch_all(&mut *tx.conn().await?)
            .await?;
    Ok(rows.into_iter().collect())
}

/// External ids of salespeople by their names; those whose name others have too are not in it.
pub(in crate::dossiers) async fn external_ids_by_name(
    tx: &TenantTx,
    names: &[String],
) -> Result<BTreeMap<String, String>> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select name, min(external_id) from salespeople where tenant_id = $1 and name = any($2)
         group by name having count(*) = 1",
    )
    .bind(tx.tenant().0)
    .bind(names)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(rows.into_iter().collect())
}

/// The salespeople with these external ids, in no order, locked until the transaction ends.
pub(in crate::dossiers) async fn lock_by_external_ids(
    tx: &TenantTx,
    external_ids: &[String],
) -> Result<Vec<SalespersonOut>> {
    let mut sql = QueryBuilder::new("select ");
    sql.push(SALESPERSON).push(" from salespeople s where s.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and s.external_id = any(").push_bind(external_ids.to_vec()).push(") order by s.id for no key update");
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    rows.iter().map(salesperson).collect()
}

/// The salespeople with these ids, in no order.
pub(in crate::dossiers) async fn by_ids(tx: &TenantTx, ids: &[SalespersonId]) -> Result<Vec<SalespersonOut>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let mut sql = QueryBuilder::new("select ");
    sql.push(SALESPERSON).push(" from salespeople s where s.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and s.id = any(").push_bind(ids).push(")");
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    rows.iter().map(salesperson).collect()
}

/// Writes new salespeople.
pub(in crate::dossiers) async fn insert(tx: &TenantTx, salespeople: &[SalespersonOut]) -> Result<()> {
    if salespeople.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into salespeople (tenant_id, id, external_id, name, territory, created_at, updated_at)
         select $1, r.id, r.external_id, r.name, r.territory, $2, $2
         from jsonb_to_recordset($3) as r(id uuid, external_id text, name text, territory text)",
    )
    .bind(tx.tenant().0)
    .bind(tx.now())
    .bind(Json(salespeople))
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// Writes changed salespeople, which must be locked; each counts one change.
pub(in crate::dossiers) async fn update(tx: &TenantTx, salespeople: &[SalespersonOut]) -> Result<()> {
    if salespeople.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "update salespeople s set name = r.name, territory = r.territory, version = s.version + 1, updated_at = $2
         from jsonb_to_recordset($3) as r(id uuid, name text, territory text)
         where s.tenant_id = $1 and s.id = r.id",
    )
    .bind(tx.tenant().0)
    .bind(tx.now())
    .bind(Json(salespeople))
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// One page of salespeople.
pub(in crate::dossiers) async fn page(
    tx: &TenantTx,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<SalespersonOut>> {
    let order = Order::parse(sort, "name", &[NAME, EXTERNAL_ID], ID)?;
    let mut sql = QueryBuilder::new("select ");
    sql.push(SALESPERSON).push(", ");
    page.push_keys(&order, &mut sql);
    sql.push(" from salespeople s where s.tenant_id = ").push_bind(tx.tenant().0);
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, salesperson)
}

fn salesperson(row: &PgRow) -> Result<SalespersonOut> {
    Ok(SalespersonOut {
        id: SalespersonId(row.try_get("id")?),
        external_id: row.try_get("external_id")?,
        name: row.try_get("name")?,
        territory: row.try_get("territory")?,
        version: row.try_get("version")?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
    })
}
