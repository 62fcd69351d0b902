//! Rows of runs.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{QueryBuilder, Row};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::grading::Selection;
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::tenancy::TenantTx;
use crate::values::{Code, GradingRunId, JobId, Label, Month, ScaleId};

const RUN: &str = "g.id, g.job_id, g.scale_id, s.code, s.name_en, s.name_zh, g.scale_version, g.as_of, g.selection,
    g.created_by, g.created_at, g.completed_at, g.selected, g.gradable, g.superseded_by";
const FROM_RUNS: &str =
    " from grading_runs g join scales s on s.tenant_id = g.tenant_id and s.id = g.scale_id where g.tenant_id = ";
const CREATED: SortKey = SortKey { name: "created_at", sql: "g.created_at", sql_type: "timestamptz" };
const RUN_ID: SortKey = SortKey { name: "id", sql: "g.id", sql_type: "uuid" };

/// A run without its job's state.
#[derive(Clone, Debug)]
pub(in crate::grading) struct RunRow {
    pub(in crate::grading) id: GradingRunId,
    pub(in crate::grading) job_id: JobId,
    pub(in crate::grading) scale_id: ScaleId,
    pub(in crate::grading) scale_code: Code,
    pub(in crate::grading) scale_name: Label,
    pub(in crate::grading) scale_version: i32,
    pub(in crate::grading) as_of: Month,
    pub(in crate::grading) selection: Selection,
    pub(in crate::grading) created_by: String,
    pub(in crate::grading) created_at: DateTime<Utc>,
    pub(in crate::grading) completed_at: Option<DateTime<Utc>>,
    pub(in crate::grading) selected: Option<i32>,
    pub(in crate::grading) gradable: Option<i32>,
    pub(in crate::grading) superseded_by: Option<GradingRunId>,
}

/// Writes a run that has still to be done.
pub(in crate::grading) async fn insert_run(
    tx: &TenantTx,
    id: GradingRunId,
    job: JobId,
    (scale, version): (ScaleId, i32),
    as_of: Month,
    selection: &Selection,
) -> Result<()> {
    sqlx::query(
        "insert into grading_runs
             (tenant_id, id, job_id, scale_id, scale_version, as_of, selection, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(job.0)
    .bind(scale.0)
    .bind(version)
    .bind(as_of.first_day())
    .bind(Json(selection))
    .bind(&tx.actor().subject)
    .bind(tx.now())
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// Marks the runs that wait for the same as the new one: of its scale, month and selection, not begun. The jobs of those.
pub(in crate::grading) async fn supersede(tx: &TenantTx, new: &RunRow, waiting: &[JobId]) -> Result<Vec<JobId>> {
    let jobs: Vec<Uuid> = waiting.iter().map(|job| job.0).collect();
    let superseded: Vec<Uuid> = sqlx::query_scalar(
        "update grading_runs set superseded_by = $2
         where tenant_id = $1 and id <> $2 and scale_id = $3 and as_of = $4 and selection = $5 and completed_at is null
           and superseded_by is null and job_id = any($6)
         returning job_id",
    )
    .bind(tx.tenant().0)
    .bind(new.id.0)
    .bind(new.scale_id.0)
    .bind(new.as_of.first_day())
    .bind(Json(&new.selection))
    .bind(jobs)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(superseded.into_iter().map(JobId).collect())
}

/// The jobs of runs of the same scale, month and selection that are not completed.
pub(in crate::grading) async fn waiting_like(tx: &TenantTx, new: &RunRow) -> Result<Vec<JobId>> {
    let jobs: Vec<Uuid> = sqlx::query_scalar(
        "select job_id from grading_runs
         where tenant_id = $1 and id <> $2 and scale_id = $3 and as_of = $4 and selection = $5 and completed_at is null
           and superseded_by is null
         order by id",
    )
    .bind(tx.tenant().0)
    .bind(new.id.0)
    .bind(new.scale_id.0)
    .bind(new.as_of.first_day())
    .bind(Json(&new.selection))
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(jobs.into_iter().map(JobId).collect())
}

/// Marks a run as completed, once.
pub(in crate::grading) async fn complete(tx: &TenantTx, id: GradingRunId, selected: i32, gradable: i32) -> Result<()> {
    let done = sqlx::query(
        "update grading_runs set completed_at = $3, selected = $4, gradable = $5
         where tenant_id = $1 and id = $2 and completed_at is null",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(tx.now())
    .bind(selected)
    .bind(gradable)
    .execute(&mut *tx.conn().await?)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(Error::internal("the run has been completed already")) }
}

pub(in crate::grading) async fn run(tx: &TenantTx, id: GradingRunId) -> Result<RunRow> {
    let mut sql = QueryBuilder::new("select ");
    sql.push(RUN).push(FROM_RUNS).push_bind(tx.tenant().0).push(" and g.id = ").push_bind(id.0);
    let row = sql.build().fetch_optional(&mut *tx.conn().await?).await?;
    row.as_ref().map(run_row).transpose()?.ok_or_else(Error::not_found)
}

pub(in crate::grading) async fn run_page(tx: &TenantTx, page: &PageRequest) -> Result<Slice<RunRow>> {
    let order = Order::parse(None, "-created_at", &[CREATED], RUN_ID)?;
    let mut sql = QueryBuilder::new("select ");
    sql.push(RUN).push(", ");
    page.push_keys(&order, &mut sql);
    sql.push(FROM_RUNS).push_bind(tx.tenant().0);
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, run_row)
}

fn run_row(row: &PgRow) -> Result<RunRow> {
    let Json(selection) = row.try_get("selection")?;
    Ok(RunRow {
        id: GradingRunId(row.try_get("id")?),
        job_id: JobId(row.try_get("job_id")?),
        scale_id: ScaleId(row.try_get("scale_id")?),
        scale_code: row.try_get::<String, _>("code")?.parse().map_err(Error::internal)?,
        scale_name: Label::new(row.try_get::<String, _>("name_en")?, row.try_get::<String, _>("name_zh")?),
        scale_version: row.try_get("scale_version")?,
        as_of: Month::of(row.try_get::<NaiveDate, _>("as_of")?),
        selection,
        created_by: row.try_get("created_by")?,
        created_at: row.try_get("created_at")?,
        completed_at: row.try_get("completed_at")?,
        selected: row.try_get("selected")?,
        gradable: row.try_get("gradable")?,
        superseded_by: row.try_get::<Option<Uuid>, _>("superseded_by")?.map(GradingRunId),
    })
}
