//! Rows of endpoints.

use sqlx::postgres::PgRow;
use sqlx::{QueryBuilder, Row};

use crate::error::{Error, Result};
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::tenancy::TenantTx;
use crate::values::WebhookEndpointId;
use crate::webhooks::event::EventType;
use crate::webhooks::wire::{DisabledReason, WebhookEndpointOut};

const COLUMNS: &str =
    "e.id, e.url, e.description, e.event_types, e.enabled, e.disabled_reason, e.failing_since, e.version,
    e.created_by, e.created_at, e.updated_at";
const CREATED: SortKey = SortKey { name: "created_at", sql: "e.created_at", sql_type: "timestamptz" };
const ID: SortKey = SortKey { name: "id", sql: "e.id", sql_type: "uuid" };

/// How many there are. Others wait to create one until the transaction ends, so that the number stays true.
pub(in crate::webhooks) async fn lock_and_count(tx: &TenantTx) -> Result<i64> {
    let mut conn = tx.conn().await?;
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('webhook_endpoints ' || $1::text, 0))")
        .bind(tx.tenant().0)
        .execute(&mut *conn)
        .await?;
    let count = sqlx::query_scalar("select count(*) from webhook_endpoints where tenant_id = $1").bind(tx.tenant().0);
    Ok(count.fetch_one(&mut *conn).await?)
}

pub(in crate::webhooks) async fn insert(tx: &TenantTx, new: &WebhookEndpointOut) -> Result<()> {
    sqlx::query(
        "insert into webhook_endpoints
             (tenant_id, id, url, description, event_types, enabled, version, created_by, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(tx.tenant().0)
    .bind(new.id.0)
    .bind(&new.url)
    .bind(&new.description)
    .bind(words(&new.event_types))
    .bind(new.enabled)
    .bind(new.version)
    .bind(&new.created_by)
    .bind(new.created_at)
    .bind(new.updated_at)
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// One endpoint.
pub(in crate::webhooks) async fn by_id(tx: &TenantTx, id: WebhookEndpointId) -> Result<WebhookEndpointOut> {
    find(tx, id, "").await
}

/// One endpoint, locked until the transaction ends. Whoever changes an endpoint and what hangs on it locks the endpoint
/// first, then deliveries, then the queue, so that nobody waits in a circle. Publishing goes on meanwhile.
pub(in crate::webhooks) async fn lock(tx: &TenantTx, id: WebhookEndpointId) -> Result<WebhookEndpointOut> {
    find(tx, id, " for no key update").await
}

async fn find(tx: &TenantTx, id: WebhookEndpointId, lock: &'static str) -> Result<WebhookEndpointOut> {
    let mut sql = QueryBuilder::new("select ");
    sql.push(COLUMNS).push(" from webhook_endpoints e where e.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and e.id = ").push_bind(id.0).push(lock);
    let row = sql.build().fetch_optional(&mut *tx.conn().await?).await?;
    row.as_ref().map(endpoint).transpose()?.ok_or_else(Error::not_found)
}

pub(in crate::webhooks) async fn page(tx: &TenantTx, page: &PageRequest) -> Result<Slice<WebhookEndpointOut>> {
    let order = Order::parse(None, "created_at", &[CREATED], ID)?;
    let mut sql = QueryBuilder::new("select ");
    sql.push(COLUMNS).push(", ");
    page.push_keys(&order, &mut sql);
    sql.push(" from webhook_endpoints e where e.tenant_id = ").push_bind(tx.tenant().0);
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, endpoint)
}

/// Writes an endpoint, which must be locked, and counts one change; what is stored then.
pub(in crate::webhooks) async fn update(tx: &TenantTx, changed: &WebhookEndpointOut) -> Result<WebhookEndpointOut> {
    sqlx::query(
        "update webhook_endpoints set url = $3, description = $4, event_types = $5, enabled = $6, disabled_reason = $7,
             failing_since = $8, version = version + 1, updated_at = $9
         where tenant_id = $1 and id = $2",
    )
    .bind(tx.tenant().0)
    .bind(changed.id.0)
    .bind(&changed.url)
    .bind(&changed.description)
    .bind(words(&changed.event_types))
    .bind(changed.enabled)
    .bind(changed.disabled_reason.map(DisabledReason::as_str))
    .bind(changed.failing_since)
    .bind(tx.now())
    .execute(&mut *tx.conn().await?)
    .await?;
    by_id(tx, changed.id).await
}

/// Deletes an endpoint with its secrets, deliveries and attempts.
pub(in crate::webhooks) async fn delete(tx: &TenantTx, id: WebhookEndpointId) -> Result<()> {
    sqlx::query("delete from webhook_endpoints where tenant_id = $1 and id = $2")
        .bind(tx.tenant().0)
        .bind(id.0)
        .execute(&mut *tx.conn().await?)
        .await?;
    Ok(())
}

/// Notes an attempt that succeeded: it is not failing. Writes only where that is news.
pub(in crate::webhooks) async fn note_success(tx: &TenantTx, id: WebhookEndpointId) -> Result<()> {
    sqlx::query(
        "update webhook_endpoints set failing_since = null
         where tenant_id = $1 and id = $2 and failing_since is not null",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// Notes an attempt that failed. Writes only where that is news.
pub(in crate::webhooks) async fn note_failure(tx: &TenantTx, id: WebhookEndpointId) -> Result<()> {
    sqlx::query(
        "update webhook_endpoints set failing_since = $3 where tenant_id = $1 and id = $2 and failing_since is null",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(tx.now())
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

fn words(types: &[EventType]) -> Vec<String> {
    types.iter().map(|kind| kind.as_str().to_owned()).collect()
}

fn endpoint(row: &PgRow) -> Result<WebhookEndpointOut> {
    let types: Vec<String> = row.try_get("event_types")?;
    let reason: Option<String> = row.try_get("disabled_reason")?;
    Ok(WebhookEndpointOut {
        id: WebhookEndpointId(row.try_get("id")?),
        url: row.try_get("url")?,
        description: row.try_get("description")?,
        event_types: types.iter().filter_map(|word| EventType::parse(word)).collect(),
        enabled: row.try_get("enabled")?,
        disabled_reason: reason.as_deref().map(DisabledReason::parse),
        failing_since: row.try_get("failing_since")?,
        version: row.try_get("version")?,
        created_by: row.try_get("created_by")?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
    })
}
