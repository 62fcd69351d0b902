//! The queue's table: which deliveries of any tenant are due. Ids and times only.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;
use uuid::Uuid;

use crate::error::{Error, Result};

/// A delivery this courier holds until its lease runs out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::webhooks) struct Lease {
    pub(in crate::webhooks) delivery: Uuid,
    pub(in crate::webhooks) tenant: Uuid,
    pub(in crate::webhooks) endpoint: Uuid,
    /// Grows with every claim; whoever holds an older one has lost the delivery.
    pub(in crate::webhooks) token: i64,
}

/// What a courier has room for.
#[derive(Debug)]
pub(in crate::webhooks) struct Room {
    /// Deliveries at most.
    pub(in crate::webhooks) most: i64,
    /// Deliveries at most of one endpoint.
    pub(in crate::webhooks) per_endpoint: i64,
    /// Endpoints that are being delivered to, and how many at once.
    pub(in crate::webhooks) busy: Vec<(Uuid, i64)>,
    /// Tenants that have their share already.
    pub(in crate::webhooks) full_tenants: Vec<Uuid>,
    /// The endpoint served last: the next in order goes first, so that each gets its turn.
    pub(in crate::webhooks) after: Uuid,
}

/// Takes deliveries that are due, the oldest of each endpoint first, and puts them off by the lease. Whoever is due for
/// many costs the others nothing: endpoints are found by steps through the index, not by reading what waits for them.
pub(in crate::webhooks) async fn claim(
    pool: &PgPool,
    now: DateTime<Utc>,
    lease: Duration,
    room: &Room,
) -> Result<Vec<Lease>> {
    let (busy, counts): (Vec<Uuid>, Vec<i64>) = room.busy.iter().copied().unzip();
    let rows: Vec<(Uuid, Uuid, Uuid, i64)> = sqlx::query_as(
        "with recursive waiting(endpoint_id) as (
             (select endpoint_id from webhook_queue order by endpoint_id limit 1)
             union all
             select (select q.endpoint_id from webhook_queue q where q.endpoint_id > w.endpoint_id
                     order by q.endpoint_id limit 1)
             from waiting w where w.endpoint_id is not null),
         turns as (
             select w.endpoint_id, $3 - coalesce(b.held, 0) as room
             from waiting w left join unnest($4::uuid[], $5::int8[]) as b(endpoint_id, held) using (endpoint_id)
             where w.endpoint_id is not null and coalesce(b.held, 0) < $3
             order by w.endpoint_id <= $6, w.endpoint_id),
         due as (
             select d.delivery_id
             from turns t,
                  lateral (select q.delivery_id from webhook_queue q
                           where q.endpoint_id = t.endpoint_id and q.available_at <= $1 and q.tenant_id <> all($7)
                           order by q.available_at, q.delivery_id limit t.room for update skip locked) d
             limit $8)
         update webhook_queue q set available_at = $2, lease_token = q.lease_token + 1
         from due where q.delivery_id = due.delivery_id
         returning q.delivery_id, q.tenant_id, q.endpoint_id, q.lease_token",
    )
    .bind(now)
    .bind(later(now, lease)?)
    .bind(room.per_endpoint)
    .bind(busy)
    .bind(counts)
    .bind(room.after)
    .bind(&room.full_tenants)
    .bind(room.most)
    .fetch_all(pool)
    .await?;
    let lease = |(delivery, tenant, endpoint, token)| Lease { delivery, tenant, endpoint, token };
    Ok(rows.into_iter().map(lease).collect())
}

fn later(now: DateTime<Utc>, by: Duration) -> Result<DateTime<Utc>> {
    let by = TimeDelta::from_std(by).map_err(Error::internal)?;
    now.checked_add_signed(by).ok_or_else(|| Error::internal("a time beyond all calendars"))
}
