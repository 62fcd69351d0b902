//! GE mappings.

use chrono::NaiveDate;
use sqlx::postgres::PgRow;
use sqlx::{QueryBuilder, Row};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::ge_matrix::GeModelDefinition;
use crate::ge_matrix::wire::GeMappingOut;
use crate::jobs::{JobOut, jobs_by_id};
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::tenancy::TenantTx;
use crate::values::{GeMappingId, GeModelId, JobId, Month};

const MAPPING: &str = "g.id, g.job_id, g.model_id, m.code as model_code, g.model_version, g.as_of, g.mapped, g.unmapped, g.created_by, g.created_at, g.completed_at";
const FROM: &str =
    " from ge_mappings g join ge_models m on m.tenant_id = g.tenant_id and m.id = g.model_id where g.tenant_id = ";
const CREATED: SortKey = SortKey { name: "created_at", sql: "g.created_at", sql_type: "timestamptz" };
const ID: SortKey = SortKey { name: "id", sql: "g.id", sql_type: "uuid" };

/// Which mapping is meant where no id is given: the current one, among those asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::ge_matrix) struct MappingQuery {
    pub(in crate::ge_matrix) model: Option<GeModelId>,
    pub(in crate::ge_matrix) as_of: Option<Month>,
}

/// What a mapping is made of, and whether it is complete.
#[derive(Clone, Debug)]
pub(in crate::ge_matrix) struct MappingWork {
    pub(in crate::ge_matrix) id: GeMappingId,
    pub(in crate::ge_matrix) model_id: GeModelId,
    pub(in crate::ge_matrix) model_version: i32,
    pub(in crate::ge_matrix) definition: GeModelDefinition,
    pub(in crate::ge_matrix) as_of: Month,
    /// Mapped and unmapped customers, once it is complete.
    pub(in crate::ge_matrix) counts: Option<(i32, i32)>,
}

pub(in crate::ge_matrix) async fn insert_mapping(
    tx: &TenantTx,
    id: GeMappingId,
    job: JobId,
    (model, version): (GeModelId, i32),
    as_of: Month,
) -> Result<()> {
    sqlx::query(
        "insert into ge_mappings (tenant_id, id, job_id, model_id, model_version, as_of, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(job.0)
    .bind(model.0)
    .bind(version)
    .bind(as_of.first_day())
    .bind(&tx.actor().subject)
    .bind(tx.now())
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

pub(in crate::ge_matrix) async fn mapping(tx: &TenantTx, id: GeMappingId) -> Result<GeMappingOut> {
    let mut sql = QueryBuilder::new("select ");
    sql.push(MAPPING).push(FROM).push_bind(tx.tenant().0).push(" and g.id = ").push_bind(id.0);
    let row = sql.build().fetch_optional(&mut *tx.conn().await?).await?.ok_or_else(Error::not_found)?;
    let jobs = jobs_by_id(tx, &[JobId(row.try_get("job_id")?)]).await?;
    read_mapping(&row, &jobs)
}

/// The newest first.
pub(in crate::ge_matrix) async fn mapping_page(
    tx: &TenantTx,
    model: Option<GeModelId>,
    page: &PageRequest,
) -> Result<Slice<GeMappingOut>> {
    let order = Order::parse(None, "-created_at", &[CREATED], ID)?;
    let mut sql = QueryBuilder::new("select ");
    sql.push(MAPPING).push(", ");
    page.push_keys(&order, &mut sql);
    sql.push(FROM).push_bind(tx.tenant().0);
    if let Some(model) = model {
        sql.push(" and g.model_id = ").push_bind(model.0);
    }
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    let ids: Vec<JobId> = rows.iter().map(|row| row.try_get("job_id").map(JobId)).collect::<Result<_, _>>()?;
    let jobs = jobs_by_id(tx, &ids).await?;
    page.slice(&order, rows, |row| read_mapping(row, &jobs))
}

/// A mapping with its model's definition.
pub(in crate::ge_matrix) async fn mapping_work(tx: &TenantTx, id: GeMappingId) -> Result<MappingWork> {
    let row = sqlx::query(
        "select g.model_id, g.model_version, v.definition, g.as_of, g.completed_at is not null as complete,
                g.mapped, g.unmapped
         from ge_mappings g
         join ge_model_versions v
             on v.tenant_id = g.tenant_id and v.model_id = g.model_id and v.number = g.model_version
         where g.tenant_id = $1 and g.id = $2",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .fetch_optional(&mut *tx.conn().await?)
    .await?
    .ok_or_else(Error::not_found)?;
    let mapped: Option<i32> = row.try_get("mapped")?;
    Ok(MappingWork {
        id,
        model_id: GeModelId(row.try_get("model_id")?),
        model_version: row.try_get("model_version")?,
        definition: serde_json::from_value(row.try_get("definition")?)?,
        as_of: read_month(&row)?,
        counts: mapped.zip(row.try_get("unmapped")?).filter(|_| row.try_get("complete").unwrap_or(false)),
    })
}

/// The current mapping among those asked for. Of no model in particular: of the one published last. Of a month in
/// particular, also of versions that are retired by now.
pub(in crate::ge_matrix) async fn current_mapping(tx: &TenantTx, query: MappingQuery) -> Result<GeMappingId> {
    let mut sql = QueryBuilder::new(
        "select g.id from ge_mappings g
         join ge_model_versions v
             on v.tenant_id = g.tenant_id and v.model_id = g.model_id and v.number = g.model_version
         where g.completed_at is not null and g.tenant_id = ",
    );
    sql.push_bind(tx.tenant().0);
    if let Some(model) = query.model {
        sql.push(" and g.model_id = ").push_bind(model.0);
    }
    match query.as_of {
        Some(as_of) => sql.push(" and g.as_of = ").push_bind(as_of.first_day()),
        None => sql.push(" and v.state = 'published'"),
    };
    sql.push(" order by v.published_at desc nulls last, g.as_of desc, g.completed_at desc, g.id desc limit 1");
    let id: Option<Uuid> = sql.build_query_scalar().fetch_optional(&mut *tx.conn().await?).await?;
    id.map(GeMappingId).ok_or_else(Error::not_found)
}

/// Completes a mapping that is not complete.
pub(in crate::ge_matrix) async fn complete(
    tx: &TenantTx,
    id: GeMappingId,
    (mapped, unmapped): (i32, i32),
) -> Result<()> {
    let done = sqlx::query(
        "update ge_mappings set completed_at = $3, mapped = $4, unmapped = $5
         where tenant_id = $1 and id = $2 and completed_at is null",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(tx.now())
    .bind(mapped)
    .bind(unmapped)
    .execute(&mut *tx.conn().await?)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(Error::changed_meanwhile()) }
}

fn read_mapping(row: &PgRow, jobs: &[JobOut]) -> Result<GeMappingOut> {
    let code: String = row.try_get("model_code")?;
    let job = JobId(row.try_get("job_id")?);
    let job = jobs.iter().find(|known| known.id == job).cloned();
    Ok(GeMappingOut {
        id: GeMappingId(row.try_get("id")?),
        model_id: GeModelId(row.try_get("model_id")?),
        model_code: code.parse().map_err(Error::internal)?,
        model_version: row.try_get("model_version")?,
        as_of: read_month(row)?,
        mapped: row.try_get("mapped")?,
        unmapped: row.try_get("unmapped")?,
        created_by: row.try_get("created_by")?,
        created_at: row.try_get("created_at")?,
        completed_at: row.try_get("completed_at")?,
        job: job.ok_or_else(|| Error::internal("a mapping without its job"))?,
    })
}

fn read_month(row: &PgRow) -> Result<Month> {
    Ok(Month::of(row.try_get::<NaiveDate, _>("as_of")?))
}
