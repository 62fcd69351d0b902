//! Asking for jobs, looking at them, cancelling them.

use serde::Serialize;
use sqlx::postgres::PgRow;
use sqlx::{QueryBuilder, Row};

use super::wire::{JobOut, JobProgress, JobState};
use crate::error::{Error, Result};
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::tenancy::{Permission, TenantTx};
use crate::values::JobId;

const COLUMNS: &str =
    "j.id, j.kind, j.state, j.done, j.total, j.created_at, j.started_at, j.finished_at, j.result, j.problem";
const CREATED: SortKey = SortKey { name: "created_at", sql: "j.created_at", sql_type: "timestamptz" };
const ID: SortKey = SortKey { name: "id", sql: "j.id", sql_type: "uuid" };

/// Asks for a job in the caller's transaction; a worker sees it once that is committed. The caller's operation has
/// checked the permission.
///
/// # Errors
/// The database's.
pub async fn enqueue(tx: &TenantTx, kind: &str, params: &impl Serialize) -> Result<JobId> {
    let id: JobId = tx.new_id();
    sqlx::query(
        // Available by the database's clock, by which workers look for jobs: this program's may go ahead of it.
        "with job as (
             insert into jobs (tenant_id, id, kind, state, params, created_by, request_id, created_at)
             values ($1, $2, $3, 'queued', $4, $5, $6, $7) returning tenant_id, id, created_at)
         insert into job_queue (job_id, tenant_id, available_at) select id, tenant_id, now() from job",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(kind)
    .bind(serde_json::to_value(params)?)
    .bind(&tx.actor().subject)
    .bind(&tx.actor().request_id)
    .bind(tx.now())
    .execute(&mut *tx.conn().await?)
    .await?;
    tx.announce_work();
    Ok(id)
}

/// One job.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn get(tx: &TenantTx, id: JobId) -> Result<JobOut> {
    tx.require(Permission::JobsManage)?;
    jobs_by_id(tx, &[id]).await?.pop().ok_or_else(Error::not_found)
}

/// Jobs by their ids, for what refers to them; no permission of its own, because the referrer has checked.
///
/// # Errors
/// The database's.
pub async fn jobs_by_id(tx: &TenantTx, ids: &[JobId]) -> Result<Vec<JobOut>> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    let mut sql = QueryBuilder::new("select ");
    sql.push(COLUMNS).push(" from jobs j where j.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and j.id = any(").push_bind(ids).push(") order by j.id");
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    rows.iter().map(job).collect()
}

/// Jobs, newest first.
///
/// # Errors
/// `forbidden`, and `invalid_input` for a foreign cursor.
pub async fn list(tx: &TenantTx, page: &PageRequest) -> Result<Slice<JobOut>> {
    tx.require(Permission::JobsManage)?;
    let order = Order::parse(None, "-created_at", &[CREATED], ID)?;
    let mut sql = QueryBuilder::new("select ");
    sql.push(COLUMNS).push(", ");
    page.push_keys(&order, &mut sql);
    sql.push(" from jobs j where j.tenant_id = ").push_bind(tx.tenant().0);
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, job)
}

/// Cancels a job: at once where it waits, at its next step where it runs, not at all where it has ended.
///
/// # Errors
/// `not_found`, `forbidden`, and `conflict` where it has ended.
pub async fn cancel(tx: &TenantTx, id: JobId) -> Result<JobOut> {
    tx.require(Permission::JobsManage)?;
    let state: Option<String> = sqlx::query_scalar(
        "update jobs set cancel_requested = true,
             state = case when state = 'queued' then 'cancelled' else state end,
             finished_at = case when state = 'queued' then $3 else finished_at end
         where tenant_id = $1 and id = $2 and state in ('queued', 'running') returning state",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(tx.now())
    .fetch_optional(&mut *tx.conn().await?)
    .await?;
    match state.as_deref() {
        None => {
            let job = get(tx, id).await?;
            let state = serde_json::to_value(job.state)?;
            let state = state.as_str().unwrap_or_default();
            return Err(Error::conflict(
                format!("The job has ended already: {state}."),
                format!("任务已结束：{state}。"),
            ));
        }
        Some("cancelled") => {
            let delete = sqlx::query("delete from job_queue where job_id = $1").bind(id.0);
            delete.execute(&mut *tx.conn().await?).await?;
        }
        Some(_) => {}
    }
    tx.audit::<(), ()>("job.cancelled", "job", id, None, None).await?;
    get(tx, id).await
}

/// Cancels those of these jobs that no worker has begun, in the caller's transaction; which ones. The caller's operation has
/// checked the permission.
///
/// # Errors
/// The database's.
pub async fn withdraw_waiting(tx: &TenantTx, ids: &[JobId]) -> Result<Vec<JobId>> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    let gone: Vec<uuid::Uuid> = sqlx::query_scalar(
        "update jobs set cancel_requested = true, state = 'cancelled', finished_at = $3
         where tenant_id = $1 and id = any($2) and state = 'queued' returning id",
    )
    .bind(tx.tenant().0)
    .bind(ids)
    .bind(tx.now())
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    sqlx::query("delete from job_queue where job_id = any($1)").bind(&gone).execute(&mut *tx.conn().await?).await?;
    Ok(gone.into_iter().map(JobId).collect())
}

fn job(row: &PgRow) -> Result<JobOut> {
    Ok(JobOut {
        id: JobId(row.try_get("id")?),
        kind: row.try_get("kind")?,
        state: JobState::parse(row.try_get("state")?),
        progress: JobProgress { done: row.try_get("done")?, total: row.try_get("total")? },
        created_at: row.try_get("created_at")?,
        started_at: row.try_get("started_at")?,
        finished_at: row.try_get("finished_at")?,
        result: row.try_get("result")?,
        problem: row.try_get("problem")?,
    })
}
