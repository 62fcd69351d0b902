//! Rows of saved mappings.

use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{QueryBuilder, Row};

use crate::error::{Error, Result};
use crate::imports::ImportMapping;
use crate::imports::wire::ImportMappingOut;
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::tenancy::TenantTx;
use crate::values::Code;

const MAPPING: &str = "m.code, m.definition, m.version, m.created_by, m.created_at, m.updated_at";
const CODE: SortKey = SortKey { name: "code", sql: "m.code", sql_type: "text" };

pub(in crate::imports) async fn page(tx: &TenantTx, page: &PageRequest) -> Result<Slice<ImportMappingOut>> {
    let order = Order::parse(None, "", &[], CODE)?;
    let mut sql = QueryBuilder::new("select ");
    sql.push(MAPPING).push(", ");
    page.push_keys(&order, &mut sql);
    sql.push(" from import_mappings m where m.tenant_id = ").push_bind(tx.tenant().0);
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, mapping)
}

/// The mapping with a code; locked until the transaction ends where it is to be written.
pub(in crate::imports) async fn by_code(tx: &TenantTx, code: &str, lock: bool) -> Result<Option<ImportMappingOut>> {
    let mut sql = QueryBuilder::new("select ");
    sql.push(MAPPING).push(" from import_mappings m where m.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and m.code = ").push_bind(code.to_owned());
    sql.push(if lock { " for update" } else { "" });
    let row = sql.build().fetch_optional(&mut *tx.conn().await?).await?;
    row.as_ref().map(mapping).transpose()
}

/// Writes a mapping in place of the one that was read; fails where another came first.
pub(in crate::imports) async fn put(
    tx: &TenantTx,
    code: &Code,
    definition: &ImportMapping,
    before: Option<i32>,
) -> Result<()> {
    let done =
        match before {
            None => sqlx::query(
                "insert into import_mappings (tenant_id, code, definition, version, created_by, created_at, updated_at)
                 values ($1, $2, $3, 1, $4, $5, $5) on conflict do nothing",
            )
            .bind(tx.tenant().0)
            .bind(code.as_str())
            .bind(Json(definition))
            .bind(&tx.actor().subject)
            .bind(tx.now())
            .execute(&mut *tx.conn().await?)
            .await?,
            Some(version) => {
                sqlx::query(
                    "update import_mappings set definition = $3, version = version + 1, updated_at = $4
                 where tenant_id = $1 and code = $2 and version = $5",
                )
                .bind(tx.tenant().0)
                .bind(code.as_str())
                .bind(Json(definition))
                .bind(tx.now())
                .bind(version)
                .execute(&mut *tx.conn().await?)
                .await?
            }
        };
    if done.rows_affected() == 1 { Ok(()) } else { Err(Error::changed_meanwhile()) }
}

pub(in crate::imports) async fn delete(tx: &TenantTx, code: &str) -> Result<()> {
    sqlx::query("delete from import_mappings where tenant_id = $1 and code = $2")
        .bind(tx.tenant().0)
        .bind(code)
        .execute(&mut *tx.conn().await?)
        .await?;
    Ok(())
}

fn mapping(row: &PgRow) -> Result<ImportMappingOut> {
    let Json(definition): Json<ImportMapping> = row.try_get("definition")?;
    Ok(ImportMappingOut {
        code: row.try_get::<String, _>("code")?,
        built_in: false,
        definition,
        version: row.try_get("version")?,
        created_by: Some(row.try_get("created_by")?),
        created_at: Some(row.try_get("created_at")?),
        updated_at: Some(row.try_get("updated_at")?),
    })
}
