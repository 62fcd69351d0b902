//! Rows of monthly runs, and the table by which a worker finds those that are due.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{PgPool, QueryBuilder, Row};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::grading::wire::{GradingScheduleIn, GradingScheduleOut};
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::tenancy::TenantTx;
use crate::values::{GradingRunId, Month, ScaleId, TenantId};

const COLUMNS: &str = "h.scale_id, s.code, h.day_of_month, h.selection, q.due_at, h.last_month, h.last_run_id,
    h.last_problem, h.created_by, h.updated_at, h.version";
const FROM: &str = " from grading_schedules h join scales s on s.tenant_id = h.tenant_id and s.id = h.scale_id
    join grading_schedule_queue q on q.tenant_id = h.tenant_id and q.scale_id = h.scale_id where h.tenant_id = ";
const CODE: SortKey = SortKey { name: "scale_code", sql: "s.code", sql_type: "text" };
const ID: SortKey = SortKey { name: "id", sql: "h.scale_id", sql_type: "uuid" };

/// A scale's schedule.
pub(in crate::grading) async fn schedule(tx: &TenantTx, scale: ScaleId) -> Result<GradingScheduleOut> {
    let mut sql = QueryBuilder::new("select ");
    sql.push(COLUMNS).push(FROM).push_bind(tx.tenant().0).push(" and h.scale_id = ").push_bind(scale.0);
    let row = sql.build().fetch_optional(&mut *tx.conn().await?).await?;
    row.as_ref().map(schedule_out).transpose()?.ok_or_else(Error::not_found)
}

/// Schedules by the code of their scale.
pub(in crate::grading) async fn schedule_page(tx: &TenantTx, page: &PageRequest) -> Result<Slice<GradingScheduleOut>> {
    let order = Order::parse(None, "scale_code", &[CODE], ID)?;
    let mut sql = QueryBuilder::new("select ");
    sql.push(COLUMNS).push(", ");
    page.push_keys(&order, &mut sql);
    sql.push(FROM).push_bind(tx.tenant().0);
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, schedule_out)
}

/// Sets a scale's schedule, due next at a time.
pub(in crate::grading) async fn put_schedule(
    tx: &TenantTx,
    scale: ScaleId,
    new: &GradingScheduleIn,
    due_at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "insert into grading_schedules (tenant_id, scale_id, day_of_month, selection, created_by, updated_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (tenant_id, scale_id) do update set day_of_month = excluded.day_of_month,
             selection = excluded.selection, created_by = excluded.created_by, updated_at = excluded.updated_at,
             version = grading_schedules.version + 1",
    )
    .bind(tx.tenant().0)
    .bind(scale.0)
    .bind(new.day_of_month)
    .bind(Json(&new.selection))
    .bind(&tx.actor().subject)
    .bind(tx.now())
    .execute(&mut *tx.conn().await?)
    .await?;
    put_due(tx, scale, due_at).await
}

async fn put_due(tx: &TenantTx, scale: ScaleId, due_at: DateTime<Utc>) -> Result<()> {
    sqlx::query(
        "insert into grading_schedule_queue (tenant_id, scale_id, due_at) values ($1, $2, $3)
         on conflict (tenant_id, scale_id) do update set due_at = excluded.due_at",
    )
    .bind(tx.tenant().0)
    .bind(scale.0)
    .bind(due_at)
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// Ends a scale's schedule; whether there was one.
pub(in crate::grading) async fn delete_schedule(tx: &TenantTx, scale: ScaleId) -> Result<bool> {
    let done = sqlx::query("delete from grading_schedules where tenant_id = $1 and scale_id = $2")
        .bind(tx.tenant().0)
        .bind(scale.0)
        .execute(&mut *tx.conn().await?)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// The schedules of all tenants that are due, the longest due first.
pub(in crate::grading) async fn due(pool: &PgPool, now: DateTime<Utc>) -> Result<Vec<(TenantId, ScaleId)>> {
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "select tenant_id, scale_id from grading_schedule_queue where due_at <= $1 order by due_at, scale_id limit 100",
    )
    .bind(now)
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|(tenant, scale)| (TenantId(tenant), ScaleId(scale))).collect())
}

/// Takes a schedule that is due, under its lock, until the transaction ends: of several workers one gets it, and the
/// others find that it is no longer due.
pub(in crate::grading) async fn take_due(
    tx: &TenantTx,
    scale: ScaleId,
    next: impl Fn(i32) -> DateTime<Utc>,
) -> Result<Option<GradingScheduleOut>> {
    let taken: Option<Uuid> = sqlx::query_scalar(
        "select scale_id from grading_schedule_queue where tenant_id = $1 and scale_id = $2 and due_at <= $3
         for update skip locked",
    )
    .bind(tx.tenant().0)
    .bind(scale.0)
    .bind(tx.now())
    .fetch_optional(&mut *tx.conn().await?)
    .await?;
    if taken.is_none() {
        return Ok(None);
    }
    let schedule = schedule(tx, scale).await?;
    put_due(tx, scale, next(schedule.day_of_month)).await?;
    Ok(Some(schedule))
}

/// Notes what came of a schedule that was due.
pub(in crate::grading) async fn note_run(
    tx: &TenantTx,
    scale: ScaleId,
    month: Month,
    outcome: (Option<GradingRunId>, Option<serde_json::Value>),
) -> Result<()> {
    sqlx::query(
        "update grading_schedules set last_month = $3, last_run_id = $4, last_problem = $5
         where tenant_id = $1 and scale_id = $2",
    )
    .bind(tx.tenant().0)
    .bind(scale.0)
    .bind(month.first_day())
    .bind(outcome.0.map(|run| run.0))
    .bind(outcome.1)
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

fn schedule_out(row: &PgRow) -> Result<GradingScheduleOut> {
    let Json(selection) = row.try_get("selection")?;
    Ok(GradingScheduleOut {
        scale_id: ScaleId(row.try_get("scale_id")?),
        scale_code: row.try_get::<String, _>("code")?.parse().map_err(Error::internal)?,
        day_of_month: row.try_get("day_of_month")?,
        selection,
        due_at: row.try_get("due_at")?,
        last_month: row.try_get::<Option<NaiveDate>, _>("last_month")?.map(Month::of),
        last_run_id: row.try_get::<Option<Uuid>, _>("last_run_id")?.map(GradingRunId),
        last_problem: row.try_get("last_problem")?,
        created_by: row.try_get("created_by")?,
        updated_at: row.try_get("updated_at")?,
        version: row.try_get("version")?,
    })
}
