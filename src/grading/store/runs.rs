//! Rows of runs.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, QueryBuilder, Row};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::grading::{GradedAmong, Selection};
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::scales::{ScaleDefinition, stored_definition};
use crate::tenancy::TenantTx;
use crate::values::{Code, GradingRunId, JobId, Label, Month, ScaleId};

const RUN: &str = "g.id, g.job_id, g.scale_id, s.code, s.name_en, s.name_zh, g.scale_version, g.as_of, g.selection,
    g.official, g.trial, g.provisional, g.created_by, g.created_at, g.completed_at, g.selected, g.gradable,
    g.graded_among, g.book, g.superseded_by, g.withdrawn_at, g.withdrawn_by, g.withdrawn_reason";
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
    pub(in crate::grading) official: bool,
    pub(in crate::grading) trial: bool,
    pub(in crate::grading) provisional: bool,
    pub(in crate::grading) created_by: String,
    pub(in crate::grading) created_at: DateTime<Utc>,
    pub(in crate::grading) completed_at: Option<DateTime<Utc>>,
    pub(in crate::grading) selected: Option<i32>,
    pub(in crate::grading) gradable: Option<i32>,
    pub(in crate::grading) graded_among: Option<GradedAmong>,
    pub(in crate::grading) superseded_by: Option<GradingRunId>,
    pub(in crate::grading) withdrawn_at: Option<DateTime<Utc>>,
    pub(in crate::grading) withdrawn_by: Option<String>,
    pub(in crate::grading) withdrawn_reason: Option<String>,
}

/// A run before it is there.
#[derive(Clone, Copy, Debug)]
pub(in crate::grading) struct NewRun<'a> {
    pub(in crate::grading) id: GradingRunId,
    pub(in crate::grading) job: JobId,
    pub(in crate::grading) scale: ScaleId,
    pub(in crate::grading) version: i32,
    pub(in crate::grading) as_of: Month,
    pub(in crate::grading) selection: &'a Selection,
    pub(in crate::grading) official: bool,
    pub(in crate::grading) provisional: bool,
    /// What a trial is graded with, whatever becomes of its draft.
    pub(in crate::grading) trial_of: Option<&'a ScaleDefinition>,
}

/// What a run came to.
#[derive(Clone, Copy, Debug)]
pub(in crate::grading) struct Completion {
    pub(in crate::grading) selected: i32,
    pub(in crate::grading) gradable: i32,
    /// Customers there were in all, where places among them count.
    pub(in crate::grading) book: Option<i32>,
}

/// Writes a run that has still to be done.
pub(in crate::grading) async fn insert_run(tx: &TenantTx, new: NewRun<'_>) -> Result<()> {
    sqlx::query(
        "insert into grading_runs
             (tenant_id, id, job_id, scale_id, scale_version, as_of, selection, created_by, created_at, official, trial,
              provisional, definition)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(tx.tenant().0)
    .bind(new.id.0)
    .bind(new.job.0)
    .bind(new.scale.0)
    .bind(new.version)
    .bind(new.as_of.first_day())
    .bind(Json(new.selection))
    .bind(&tx.actor().subject)
    .bind(tx.now())
    .bind(new.official)
    .bind(new.trial_of.is_some())
    .bind(new.provisional)
    .bind(new.trial_of.map(Json))
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// What a run grades with: the definition that a trial keeps, else that of its version.
pub(in crate::grading) async fn definition_of(tx: &TenantTx, id: GradingRunId) -> Result<ScaleDefinition> {
    let found: Option<Json<Value>> = sqlx::query_scalar(
        "select coalesce(g.definition, v.definition) from grading_runs g
         join scale_versions v on v.tenant_id = g.tenant_id and v.scale_id = g.scale_id and v.number = g.scale_version
         where g.tenant_id = $1 and g.id = $2",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .fetch_optional(&mut *tx.conn().await?)
    .await?;
    let Json(definition) = found.ok_or_else(Error::not_found)?;
    stored_definition(definition)
}

/// A run under its lock, so that two who withdraw it follow one another.
pub(in crate::grading) async fn lock_run(tx: &TenantTx, id: GradingRunId) -> Result<RunRow> {
    sqlx::query("select from grading_runs where tenant_id = $1 and id = $2 for no key update")
        .bind(tx.tenant().0)
        .bind(id.0)
        .execute(&mut *tx.conn().await?)
        .await?;
    run(tx, id).await
}

/// Takes a run out of force.
pub(in crate::grading) async fn withdraw(tx: &TenantTx, id: GradingRunId, reason: &str) -> Result<()> {
    sqlx::query(
        "update grading_runs set withdrawn_at = $3, withdrawn_by = $4, withdrawn_reason = $5
         where tenant_id = $1 and id = $2 and withdrawn_at is null",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(tx.now())
    .bind(&tx.actor().subject)
    .bind(reason)
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// What makes runs count for the same, beside scale, month and selection. What a trial tries must be the same, too.
const ALIKE: &str = " and (official, provisional) = (select n.official, n.provisional from grading_runs n
        where n.tenant_id = $1 and n.id = $2)
    and definition is not distinct from (select n.definition from grading_runs n
        where n.tenant_id = $1 and n.id = $2)";

/// Marks the runs that wait for the same as the new one: of its scale, month and selection, not begun. The jobs of those.
pub(in crate::grading) async fn supersede(tx: &TenantTx, new: &RunRow, waiting: &[JobId]) -> Result<Vec<JobId>> {
    let jobs: Vec<Uuid> = waiting.iter().map(|job| job.0).collect();
    let sql = format!(
        "update grading_runs set superseded_by = $2
         where tenant_id = $1 and id <> $2 and scale_id = $3 and as_of = $4 and selection = $5 and completed_at is null
           and superseded_by is null and job_id = any($6){ALIKE}
         returning job_id"
    );
    let superseded: Vec<Uuid> = sqlx::query_scalar(AssertSqlSafe(sql))
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
    let sql = format!(
        "select job_id from grading_runs
         where tenant_id = $1 and id <> $2 and scale_id = $3 and as_of = $4 and selection = $5 and completed_at is null
           and superseded_by is null{ALIKE}
         order by id"
    );
    let jobs: Vec<Uuid> = sqlx::query_scalar(AssertSqlSafe(sql))
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
pub(in crate::grading) async fn complete(tx: &TenantTx, id: GradingRunId, what: Completion) -> Result<()> {
    let done = sqlx::query(
        "update grading_runs set completed_at = $3, selected = $4, gradable = $5, book = $6,
             graded_among = case when $6::int is not null then $5 end
         where tenant_id = $1 and id = $2 and completed_at is null",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(tx.now())
    .bind(what.selected)
    .bind(what.gradable)
    .bind(what.book)
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
    let among: Option<i32> = row.try_get("graded_among")?;
    let book: Option<i32> = row.try_get("book")?;
    Ok(RunRow {
        id: GradingRunId(row.try_get("id")?),
        job_id: JobId(row.try_get("job_id")?),
        scale_id: ScaleId(row.try_get("scale_id")?),
        scale_code: row.try_get::<String, _>("code")?.parse().map_err(Error::internal)?,
        scale_name: Label::new(row.try_get::<String, _>("name_en")?, row.try_get::<String, _>("name_zh")?),
        scale_version: row.try_get("scale_version")?,
        as_of: Month::of(row.try_get::<NaiveDate, _>("as_of")?),
        selection,
        official: row.try_get("official")?,
        trial: row.try_get("trial")?,
        provisional: row.try_get("provisional")?,
        created_by: row.try_get("created_by")?,
        created_at: row.try_get("created_at")?,
        completed_at: row.try_get("completed_at")?,
        selected: row.try_get("selected")?,
        gradable: row.try_get("gradable")?,
        graded_among: among.zip(book).map(|(customers, book)| GradedAmong { customers, book }),
        superseded_by: row.try_get::<Option<Uuid>, _>("superseded_by")?.map(GradingRunId),
        withdrawn_at: row.try_get("withdrawn_at")?,
        withdrawn_by: row.try_get("withdrawn_by")?,
        withdrawn_reason: row.try_get("withdrawn_reason")?,
    })
}
