//! Events on their way out, written in the transaction of the change they tell of.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::Result;
use crate::tenancy::TenantTx;

/// Messages, and a delivery for each and every one of some endpoints.
#[derive(Debug, Default)]
pub(in crate::webhooks) struct NewMessages {
    pub(in crate::webhooks) ids: Vec<Uuid>,
    pub(in crate::webhooks) kinds: Vec<&'static str>,
    pub(in crate::webhooks) bodies: Vec<String>,
    /// Deliveries: their ids, and of each its endpoint and message.
    pub(in crate::webhooks) deliveries: Vec<Uuid>,
    pub(in crate::webhooks) endpoints: Vec<Uuid>,
    pub(in crate::webhooks) messages: Vec<Uuid>,
}

/// The enabled endpoints that are told of events of any of these types, with their types. They cannot be deleted until
/// the transaction ends, so that no change fails for an endpoint that goes meanwhile.
pub(in crate::webhooks) async fn subscribers(tx: &TenantTx, kinds: &[&str]) -> Result<Vec<(Uuid, Vec<String>)>> {
    let rows = sqlx::query_as(
        "select id, event_types from webhook_endpoints
         where tenant_id = $1 and enabled and event_types && $2 order by id for key share",
    )
    .bind(tx.tenant().0)
    .bind(kinds)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(rows)
}

/// Writes messages and their deliveries, and queues these: one statement, however many.
pub(in crate::webhooks) async fn insert(tx: &TenantTx, new: &NewMessages) -> Result<()> {
    sqlx::query(
        "with message as (
             insert into webhook_messages (tenant_id, id, event_type, body, created_at)
             select $1, m.id, m.kind, m.body, $2 from unnest($3::uuid[], $4::text[], $5::text[]) as m(id, kind, body)),
         delivery as (
             insert into webhook_deliveries
                 (tenant_id, id, endpoint_id, message_id, state, created_at, next_attempt_at)
             select $1, d.id, d.endpoint_id, d.message_id, 'pending', $2, $2
             from unnest($6::uuid[], $7::uuid[], $8::uuid[]) as d(id, endpoint_id, message_id)
             returning id, endpoint_id)
         insert into webhook_queue (delivery_id, tenant_id, endpoint_id, available_at)
         select id, $1, endpoint_id, $2 from delivery",
    )
    .bind(tx.tenant().0)
    .bind(tx.now())
    .bind(&new.ids)
    .bind(&new.kinds)
    .bind(&new.bodies)
    .bind(&new.deliveries)
    .bind(&new.endpoints)
    .bind(&new.messages)
    .execute(&mut *tx.conn().await?)
    .await?;
    tx.announce_work();
    Ok(())
}

/// Forgets at most `most` messages older than `before`, with their deliveries and attempts, of which none waits; how many.
pub(in crate::webhooks) async fn forget(tx: &TenantTx, before: DateTime<Utc>, most: i64) -> Result<u64> {
    let done = sqlx::query(
        "delete from webhook_messages where tenant_id = $1 and id in (
             select m.id from webhook_messages m
             where m.tenant_id = $1 and m.created_at < $2
               and not exists (select 1 from webhook_deliveries d
                               where d.tenant_id = $1 and d.message_id = m.id and d.state = 'pending')
             order by m.created_at limit $3)",
    )
    .bind(tx.tenant().0)
    .bind(before)
    .bind(most)
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(done.rows_affected())
}
