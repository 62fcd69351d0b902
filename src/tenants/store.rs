//! Rows of tenants, API keys and audit entries.

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, QueryBuilder, Row};

use super::wire::{ApiKeyOut, AuditEntryOut, TenantIn, TenantOut};
use crate::error::{Error, Result};
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::tenancy::{PlatformTx, TenantTx};
use crate::values::{ApiKeyId, AuditEntryId, TenantId};

const TENANT: &str = "t.id, t.slug, t.name, t.base_currency, t.fiscal_year_start_month, t.version, t.created_at";
const KEY: &str = "k.id, k.name, k.scopes, k.created_by, k.created_at, k.expires_at, k.revoked_at";
const SLUG: SortKey = SortKey { name: "slug", sql: "t.slug", sql_type: "text" };
const TENANT_ID: SortKey = SortKey { name: "id", sql: "t.id", sql_type: "uuid" };
const KEY_ID: SortKey = SortKey { name: "id", sql: "k.id", sql_type: "uuid" };
const ENTRY_ID: SortKey = SortKey { name: "id", sql: "a.id", sql_type: "uuid" };
const AT: SortKey = SortKey { name: "at", sql: "a.at", sql_type: "timestamptz" };

pub(super) async fn insert(tx: &PlatformTx, new: &TenantIn) -> Result<TenantId> {
    let id: TenantId = tx.new_id();
    let done = sqlx::query(
        "insert into tenants (id, slug, name, base_currency, fiscal_year_start_month, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $6) on conflict (slug) do nothing",
    )
    .bind(id.0)
    .bind(&new.slug)
    .bind(&new.name)
    .bind(new.base_currency.as_str())
    .bind(new.fiscal_year_start_month.unwrap_or(1))
    .bind(tx.now())
    .execute(&mut *tx.conn().await?)
    .await?;
    if done.rows_affected() == 0 {
        return Err(Error::conflict("The slug is taken.", "该标识已被使用。"));
    }
    Ok(id)
}

pub(super) async fn by_id(conn: &mut PgConnection, id: TenantId) -> Result<TenantOut> {
    let mut sql = QueryBuilder::new("select ");
    sql.push(TENANT).push(" from tenants t where t.id = ").push_bind(id.0);
    sql.build().fetch_optional(conn).await?.as_ref().map(tenant).transpose()?.ok_or_else(Error::not_found)
}

pub(super) async fn by_slug(conn: &mut PgConnection, slug: &str) -> Result<TenantOut> {
    let mut sql = QueryBuilder::new("select ");
    sql.push(TENANT).push(" from tenants t where t.slug = ").push_bind(slug);
    sql.build().fetch_optional(conn).await?.as_ref().map(tenant).transpose()?.ok_or_else(Error::not_found)
}

pub(super) async fn page(tx: &PlatformTx, page: &PageRequest) -> Result<Slice<TenantOut>> {
    let order = Order::parse(None, "slug", &[SLUG], TENANT_ID)?;
    let mut sql = QueryBuilder::new("select ");
    sql.push(TENANT).push(", ");
    page.push_keys(&order, &mut sql);
    sql.push(" from tenants t where true");
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, tenant)
}

/// Writes the settings where the version is still the one that was read.
pub(super) async fn update(tx: &TenantTx, tenant: &TenantOut) -> Result<()> {
    let done = sqlx::query(
        "update tenants set name = $3, fiscal_year_start_month = $4, version = version + 1, updated_at = $5
         where id = $1 and version = $2",
    )
    .bind(tenant.id.0)
    .bind(tenant.version)
    .bind(&tenant.name)
    .bind(tenant.fiscal_year_start_month)
    .bind(tx.now())
    .execute(&mut *tx.conn().await?)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(Error::changed_meanwhile()) }
}

pub(super) async fn insert_key(tx: &TenantTx, key: &ApiKeyOut, hash: Vec<u8>) -> Result<()> {
    sqlx::query(
        "insert into api_keys (tenant_id, id, name, secret_hash, scopes, created_by, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(tx.tenant().0)
    .bind(key.id.0)
    .bind(&key.name)
    .bind(hash)
    .bind(&key.scopes)
    .bind(&key.created_by)
    .bind(key.created_at)
    .bind(key.expires_at)
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

pub(super) async fn key_page(tx: &TenantTx, page: &PageRequest) -> Result<Slice<ApiKeyOut>> {
    let order = Order::parse(None, "", &[], KEY_ID)?;
    let mut sql = QueryBuilder::new("select ");
    sql.push(KEY).push(", ");
    page.push_keys(&order, &mut sql);
    sql.push(" from api_keys k where k.tenant_id = ").push_bind(tx.tenant().0);
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, key)
}

/// Revokes a key; again where it is revoked already, keeping the first time.
pub(super) async fn revoke_key(tx: &TenantTx, id: ApiKeyId) -> Result<ApiKeyOut> {
    let mut sql = QueryBuilder::new("update api_keys k set revoked_at = coalesce(k.revoked_at, ");
    sql.push_bind(tx.now()).push(") where k.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and k.id = ").push_bind(id.0).push(" returning ").push(KEY);
    let row = sql.build().fetch_optional(&mut *tx.conn().await?).await?;
    row.as_ref().map(key).transpose()?.ok_or_else(Error::not_found)
}

pub(super) async fn audit_page(tx: &TenantTx, page: &PageRequest) -> Result<Slice<AuditEntryOut>> {
    let order = Order::parse(None, "-at", &[AT], ENTRY_ID)?;
    let mut sql = QueryBuilder::new(
        "select a.id, a.at, a.actor, a.action, a.resource_type, a.resource_id, a.before, a.after, a.request_id, ",
    );
    page.push_keys(&order, &mut sql);
    sql.push(" from audit_entries a where a.tenant_id = ").push_bind(tx.tenant().0);
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, |row| {
        Ok(AuditEntryOut {
            id: AuditEntryId(row.try_get("id")?),
            at: row.try_get("at")?,
            actor: row.try_get("actor")?,
            action: row.try_get("action")?,
            resource_type: row.try_get("resource_type")?,
            resource_id: row.try_get("resource_id")?,
            before: row.try_get("before")?,
            after: row.try_get("after")?,
            request_id: row.try_get("request_id")?,
        })
    })
}

fn tenant(row: &PgRow) -> Result<TenantOut> {
    let currency: String = row.try_get("base_currency")?;
    Ok(TenantOut {
        id: TenantId(row.try_get("id")?),
        slug: row.try_get("slug")?,
        name: row.try_get("name")?,
        base_currency: currency.parse().map_err(Error::internal)?,
        fiscal_year_start_month: row.try_get("fiscal_year_start_month")?,
        version: row.try_get("version")?,
        created_at: row.try_get("created_at")?,
    })
}

fn key(row: &PgRow) -> Result<ApiKeyOut> {
    Ok(ApiKeyOut {
        id: ApiKeyId(row.try_get("id")?),
        name: row.try_get("name")?,
        scopes: row.try_get("scopes")?,
        created_by: row.try_get("created_by")?,
        created_at: row.try_get("created_at")?,
        expires_at: row.try_get("expires_at")?,
        revoked_at: row.try_get("revoked_at")?,
    })
}
