//! The queue's table: who may work on what until when. Lease times are the database's, so that workers on machines whose
//! clocks differ agree.

use std::time::Duration;

use sqlx::PgPool;
use uuid::Uuid;

use crate::error::Result;

/// A job this worker holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lease {
    pub(super) job: Uuid,
    pub(super) tenant: Uuid,
    /// Grows with every claim; whoever holds an older one has lost the job.
    pub(super) token: i64,
    /// Attempts since the last that got on, this one included.
    pub(super) attempts: i32,
}

/// Takes the job that has waited longest, or one whose holder's lease ran out.
pub(super) async fn claim(pool: &PgPool, lease: Duration) -> Result<Option<Lease>> {
    let row: Option<(Uuid, Uuid, i64, i32)> = sqlx::query_as(
        "update job_queue set lease_token = lease_token + 1, lease_until = now() + $1, attempts = attempts + 1
         where job_id = (
             select job_id from job_queue
             where available_at <= now() and (lease_until is null or lease_until < now())
             order by available_at, job_id limit 1 for update skip locked)
         returning job_id, tenant_id, lease_token, attempts",
    )
    .bind(lease)
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|(job, tenant, token, attempts)| Lease { job, tenant, token, attempts }))
}

/// Holds on to a job; false where it is lost.
pub(super) async fn extend(pool: &PgPool, held: Lease, lease: Duration) -> Result<bool> {
    let done = sqlx::query("update job_queue set lease_until = now() + $3 where job_id = $1 and lease_token = $2")
        .bind(held.job)
        .bind(held.token)
        .bind(lease)
        .execute(pool)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Lets go of a job, to be taken again after `pause`. `counts` says whether this was one of the job's attempts: one that
/// was interrupted through no fault of its own was not.
pub(super) async fn release(pool: &PgPool, held: Lease, pause: Duration, counts: bool) -> Result<()> {
    sqlx::query(
        "update job_queue
         set lease_until = null, available_at = now() + $3, attempts = case when $4 then attempts else greatest(attempts - 1, 0) end
         where job_id = $1 and lease_token = $2",
    )
    .bind(held.job)
    .bind(held.token)
    .bind(pause)
    .bind(counts)
    .execute(pool)
    .await?;
    Ok(())
}

/// Ends every lease: right only where no other worker can exist, as on a database of this program's own.
pub(super) async fn release_all(pool: &PgPool) -> Result<()> {
    sqlx::query("update job_queue set lease_until = null where lease_until is not null").execute(pool).await?;
    Ok(())
}
