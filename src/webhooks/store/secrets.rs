//! Sealed secrets of endpoints.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::Result;
use crate::tenancy::TenantTx;
use crate::values::WebhookEndpointId;

pub(in crate::webhooks) async fn insert(
    tx: &TenantTx,
    endpoint: WebhookEndpointId,
    row: Uuid,
    sealed: Vec<u8>,
) -> Result<()> {
    sqlx::query(
        "insert into webhook_secrets (tenant_id, endpoint_id, id, sealed, created_at) values ($1, $2, $3, $4, $5)",
    )
    .bind(tx.tenant().0)
    .bind(endpoint.0)
    .bind(row)
    .bind(sealed)
    .bind(tx.now())
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// Has the secrets there are expire at `end`, or when they would have before, and forgets those that have; how many
/// go on signing, and until when.
pub(in crate::webhooks) async fn expire(
    tx: &TenantTx,
    endpoint: WebhookEndpointId,
    end: DateTime<Utc>,
) -> Result<(i64, Option<DateTime<Utc>>)> {
    let mut conn = tx.conn().await?;
    sqlx::query(
        "update webhook_secrets set expires_at = least(expires_at, $3) where tenant_id = $1 and endpoint_id = $2",
    )
    .bind(tx.tenant().0)
    .bind(endpoint.0)
    .bind(end)
    .execute(&mut *conn)
    .await?;
    sqlx::query("delete from webhook_secrets where tenant_id = $1 and endpoint_id = $2 and expires_at <= $3")
        .bind(tx.tenant().0)
        .bind(endpoint.0)
        .bind(tx.now())
        .execute(&mut *conn)
        .await?;
    let left = sqlx::query_as(
        "select count(*), max(expires_at) from webhook_secrets where tenant_id = $1 and endpoint_id = $2",
    )
    .bind(tx.tenant().0)
    .bind(endpoint.0)
    .fetch_one(&mut *conn)
    .await?;
    Ok(left)
}
