//! What a courier carries, and what it writes down afterwards.

use chrono::{DateTime, Utc};
use sqlx::Row;
use uuid::Uuid;

use super::queue::Lease;
use crate::error::Result;
use crate::tenancy::TenantTx;
use crate::webhooks::wire::AttemptOutcome;

/// One message on its way, as it is stored.
#[derive(Debug)]
pub(in crate::webhooks) struct StoredParcel {
    pub(in crate::webhooks) url: String,
    pub(in crate::webhooks) enabled: bool,
    pub(in crate::webhooks) failing_since: Option<DateTime<Utc>>,
    pub(in crate::webhooks) message: Uuid,
    pub(in crate::webhooks) body: String,
    /// Attempts since it was last asked for.
    pub(in crate::webhooks) tries: i32,
    /// The live secrets, sealed, the newest first: rows and content.
    pub(in crate::webhooks) secrets: Vec<(Uuid, Vec<u8>)>,
}

/// One attempt, as it is stored.
#[derive(Debug)]
pub(in crate::webhooks) struct AttemptRow {
    pub(in crate::webhooks) at: DateTime<Utc>,
    pub(in crate::webhooks) outcome: AttemptOutcome,
    pub(in crate::webhooks) status: Option<i32>,
    pub(in crate::webhooks) duration_ms: i32,
    pub(in crate::webhooks) response_excerpt: Option<String>,
}

/// What a delivery becomes after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::webhooks) enum Next {
    Delivered,
    /// Tried again at this time.
    Again(DateTime<Utc>),
    /// A dead letter.
    GivenUp,
}

/// What to carry; none where it has been carried or deleted meanwhile.
pub(in crate::webhooks) async fn load(tx: &TenantTx, lease: Lease) -> Result<Option<StoredParcel>> {
    let row = sqlx::query(
        "select e.url, e.enabled, e.failing_since, d.message_id, d.tries, m.body,
                array(select s.id from webhook_secrets s where s.tenant_id = $1 and s.endpoint_id = e.id
                      and (s.expires_at is null or s.expires_at > $3) order by s.created_at desc, s.id desc) as rows,
                array(select s.sealed from webhook_secrets s where s.tenant_id = $1 and s.endpoint_id = e.id
                      and (s.expires_at is null or s.expires_at > $3) order by s.created_at desc, s.id desc) as sealed
         from webhook_deliveries d
         join webhook_endpoints e on e.tenant_id = $1 and e.id = d.endpoint_id
         join webhook_messages m on m.tenant_id = $1 and m.id = d.message_id
         where d.tenant_id = $1 and d.id = $2 and d.state = 'pending'",
    )
    .bind(tx.tenant().0)
    .bind(lease.delivery)
    .bind(tx.now())
    .fetch_optional(&mut *tx.conn().await?)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let (rows, sealed): (Vec<Uuid>, Vec<Vec<u8>>) = (row.try_get("rows")?, row.try_get("sealed")?);
    Ok(Some(StoredParcel {
        url: row.try_get("url")?,
        enabled: row.try_get("enabled")?,
        failing_since: row.try_get("failing_since")?,
        message: row.try_get("message_id")?,
        body: row.try_get("body")?,
        tries: row.try_get("tries")?,
        secrets: rows.into_iter().zip(sealed).collect(),
    }))
}

/// Takes the delivery out of the queue, or puts it off; false where the lease was lost: then nothing may be written.
/// Locks the delivery first, as everybody does.
pub(in crate::webhooks) async fn settle(tx: &TenantTx, lease: Lease, next: Next) -> Result<bool> {
    let mut conn = tx.conn().await?;
    sqlx::query("select 1 from webhook_deliveries where tenant_id = $1 and id = $2 for no key update")
        .bind(tx.tenant().0)
        .bind(lease.delivery)
        .execute(&mut *conn)
        .await?;
    let sql = match next {
        Next::Again(_) => {
            "update webhook_queue set available_at = $4 where tenant_id = $1 and delivery_id = $2 and lease_token = $3"
        }
        // The time says nothing here; it is bound so that both take the same.
        Next::Delivered | Next::GivenUp => {
            "delete from webhook_queue
             where tenant_id = $1 and delivery_id = $2 and lease_token = $3 and $4::timestamptz is null"
        }
    };
    let held = sqlx::query(sql).bind(tx.tenant().0).bind(lease.delivery).bind(lease.token).bind(next.at());
    Ok(held.execute(&mut *conn).await?.rows_affected() == 1)
}

/// Writes an attempt and what the delivery becomes.
pub(in crate::webhooks) async fn record(tx: &TenantTx, lease: Lease, attempt: &AttemptRow, next: Next) -> Result<()> {
    let (state, finished) = match next {
        Next::Delivered => ("delivered", Some(tx.now())),
        Next::Again(_) => ("pending", None),
        Next::GivenUp => ("failed", Some(tx.now())),
    };
    sqlx::query(
        "with counted as (
             update webhook_deliveries set state = $3, attempts = attempts + 1, tries = tries + 1, next_attempt_at = $4,
                 finished_at = $5
             where tenant_id = $1 and id = $2 returning attempts)
         insert into webhook_attempts
             (tenant_id, delivery_id, number, at, outcome, status, duration_ms, response_excerpt)
         select $1, $2, attempts, $6, $7, $8, $9, $10 from counted",
    )
    .bind(tx.tenant().0)
    .bind(lease.delivery)
    .bind(state)
    .bind(next.at())
    .bind(finished)
    .bind(attempt.at)
    .bind(attempt.outcome.as_str())
    .bind(attempt.status)
    .bind(attempt.duration_ms)
    .bind(&attempt.response_excerpt)
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

impl Next {
    fn at(self) -> Option<DateTime<Utc>> {
        match self {
            Self::Again(at) => Some(at),
            Self::Delivered | Self::GivenUp => None,
        }
    }
}
