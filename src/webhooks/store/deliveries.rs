//! Deliveries and their attempts, as the log shows them, and sending them again.

use sqlx::postgres::PgRow;
use sqlx::{QueryBuilder, Row};

use crate::error::{Error, Result};
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::tenancy::TenantTx;
use crate::values::{WebhookDeliveryId, WebhookEndpointId};
use crate::webhooks::event::message_id;
use crate::webhooks::wire::{
    AttemptOut, AttemptOutcome, DeliveryDetailOut, DeliveryFilter, DeliveryOut, DeliveryState, ReplayIn,
};

const COLUMNS: &str = "d.id, d.endpoint_id, d.message_id, m.event_type, d.state, d.attempts, d.created_at,
    d.next_attempt_at, d.finished_at";
const FROM: &str = " from webhook_deliveries d
    join webhook_messages m on m.tenant_id = d.tenant_id and m.id = d.message_id where d.tenant_id = ";
const CREATED: SortKey = SortKey { name: "created_at", sql: "d.created_at", sql_type: "timestamptz" };
const ID: SortKey = SortKey { name: "id", sql: "d.id", sql_type: "uuid" };

pub(in crate::webhooks) async fn page(
    tx: &TenantTx,
    endpoint: WebhookEndpointId,
    filter: &DeliveryFilter,
    page: &PageRequest,
) -> Result<Slice<DeliveryOut>> {
    let order = Order::parse(None, "-created_at", &[CREATED], ID)?;
    let mut sql = QueryBuilder::new("select ");
    sql.push(COLUMNS).push(", ");
    page.push_keys(&order, &mut sql);
    sql.push(FROM).push_bind(tx.tenant().0).push(" and d.endpoint_id = ").push_bind(endpoint.0);
    if let Some(state) = filter.state {
        sql.push(" and d.state = ").push_bind(state.as_str());
    }
    if let Some(kind) = filter.event_type {
        sql.push(" and m.event_type = ").push_bind(kind.as_str());
    }
    if let Some(from) = filter.from {
        sql.push(" and d.created_at >= ").push_bind(from);
    }
    if let Some(until) = filter.until {
        sql.push(" and d.created_at < ").push_bind(until);
    }
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, delivery)
}

/// One delivery.
pub(in crate::webhooks) async fn by_id(tx: &TenantTx, id: WebhookDeliveryId) -> Result<DeliveryOut> {
    let mut sql = QueryBuilder::new("select ");
    sql.push(COLUMNS).push(FROM).push_bind(tx.tenant().0).push(" and d.id = ").push_bind(id.0);
    let row = sql.build().fetch_optional(&mut *tx.conn().await?).await?;
    row.as_ref().map(delivery).transpose()?.ok_or_else(Error::not_found)
}

/// One delivery with its body and attempts.
pub(in crate::webhooks) async fn detail(tx: &TenantTx, id: WebhookDeliveryId) -> Result<DeliveryDetailOut> {
    let delivery = by_id(tx, id).await?;
    let mut conn = tx.conn().await?;
    let body = sqlx::query_scalar(
        "select m.body from webhook_deliveries d
         join webhook_messages m on m.tenant_id = d.tenant_id and m.id = d.message_id
         where d.tenant_id = $1 and d.id = $2",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .fetch_one(&mut *conn)
    .await?;
    let rows = sqlx::query(
        "select number, at, outcome, status, duration_ms, response_excerpt from webhook_attempts
         where tenant_id = $1 and delivery_id = $2 order by number",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .fetch_all(&mut *conn)
    .await?;
    let attempt_log = rows.iter().map(attempt).collect::<Result<_>>()?;
    Ok(DeliveryDetailOut { delivery, body, attempt_log })
}

/// Has one delivery that is finished sent again; whether it was finished.
pub(in crate::webhooks) async fn replay_one(tx: &TenantTx, id: WebhookDeliveryId) -> Result<bool> {
    let mut sql = QueryBuilder::new(REPLAY);
    sql.push_bind(tx.now()).push(" where d.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and d.state <> 'pending' and d.id = ").push_bind(id.0);
    Ok(replayed(tx, sql).await? == 1)
}

/// Has finished deliveries of an endpoint sent again; how many.
pub(in crate::webhooks) async fn replay(tx: &TenantTx, endpoint: WebhookEndpointId, which: &ReplayIn) -> Result<u64> {
    let mut sql = QueryBuilder::new(REPLAY);
    sql.push_bind(tx.now()).push(" where d.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and d.endpoint_id = ").push_bind(endpoint.0);
    let delivered = which.include_delivered == Some(true);
    sql.push(if delivered { " and d.state <> 'pending'" } else { " and d.state = 'failed'" });
    if let Some(from) = which.from {
        sql.push(" and d.created_at >= ").push_bind(from);
    }
    if let Some(until) = which.until {
        sql.push(" and d.created_at < ").push_bind(until);
    }
    replayed(tx, sql).await
}

const REPLAY: &str = "with again as (
    update webhook_deliveries d set state = 'pending', tries = 0, finished_at = null, next_attempt_at = ";

async fn replayed(tx: &TenantTx, mut sql: QueryBuilder<sqlx::Postgres>) -> Result<u64> {
    sql.push(
        " returning d.id, d.tenant_id, d.endpoint_id, d.next_attempt_at)
          insert into webhook_queue (delivery_id, tenant_id, endpoint_id, available_at) select * from again",
    );
    let done = sql.build().execute(&mut *tx.conn().await?).await?.rows_affected();
    tx.announce_work();
    Ok(done)
}

/// Gives up what waits for an endpoint: dead letters. How many.
pub(in crate::webhooks) async fn give_up(tx: &TenantTx, endpoint: WebhookEndpointId) -> Result<u64> {
    let done = sqlx::query(
        "with given_up as (
             update webhook_deliveries set state = 'failed', next_attempt_at = null, finished_at = $3
             where tenant_id = $1 and endpoint_id = $2 and state = 'pending' returning id)
         delete from webhook_queue where delivery_id in (select id from given_up)",
    )
    .bind(tx.tenant().0)
    .bind(endpoint.0)
    .bind(tx.now())
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(done.rows_affected())
}

fn delivery(row: &PgRow) -> Result<DeliveryOut> {
    Ok(DeliveryOut {
        id: WebhookDeliveryId(row.try_get("id")?),
        endpoint_id: WebhookEndpointId(row.try_get("endpoint_id")?),
        message_id: message_id(row.try_get("message_id")?),
        event_type: row.try_get("event_type")?,
        state: DeliveryState::parse(row.try_get("state")?),
        attempts: row.try_get("attempts")?,
        created_at: row.try_get("created_at")?,
        next_attempt_at: row.try_get("next_attempt_at")?,
        finished_at: row.try_get("finished_at")?,
    })
}

fn attempt(row: &PgRow) -> Result<AttemptOut> {
    Ok(AttemptOut {
        number: row.try_get("number")?,
        at: row.try_get("at")?,
        outcome: AttemptOutcome::parse(row.try_get("outcome")?),
        status: row.try_get("status")?,
        duration_ms: row.try_get("duration_ms")?,
        response_excerpt: row.try_get("response_excerpt")?,
    })
}
