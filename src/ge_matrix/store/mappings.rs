//! GE mappings.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::ge_matrix::wire::GeMappingOut;
use crate::ge_matrix::{Cell, GeModelDefinition};
use crate::jobs::{JobOut, jobs_by_id};
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, GeMappingId, GeModelId, JobId, Month};

const MAPPING: &str = "g.id, g.job_id, g.model_id, m.code as model_code, g.model_version, g.as_of, g.provisional, g.mapped, g.unmapped, g.created_by, g.created_at, g.completed_at, g.withdrawn_at, g.withdrawn_by, g.withdrawn_reason";
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
    (as_of, provisional): (Month, bool),
) -> Result<()> {
    sqlx::query(
        "insert into ge_mappings
             (tenant_id, id, job_id, model_id, model_version, as_of, created_by, created_at, provisional)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(job.0)
    .bind(model.0)
    .bind(version)
    .bind(as_of.first_day())
    .bind(&tx.actor().subject)
    .bind(tx.now())
    .bind(provisional)
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// A mapping under its lock, so that two who withdraw it follow one another.
pub(in crate::ge_matrix) async fn lock_mapping(tx: &TenantTx, id: GeMappingId) -> Result<GeMappingOut> {
    sqlx::query("select from ge_mappings where tenant_id = $1 and id = $2 for no key update")
        .bind(tx.tenant().0)
        .bind(id.0)
        .execute(&mut *tx.conn().await?)
        .await?;
    mapping(tx, id).await
}

/// Takes a mapping out of force.
pub(in crate::ge_matrix) async fn withdraw(tx: &TenantTx, id: GeMappingId, reason: &str) -> Result<()> {
    sqlx::query(
        "update ge_mappings set withdrawn_at = $3, withdrawn_by = $4, withdrawn_reason = $5
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
        definition: GeModelDefinition::from_stored(row.try_get("definition")?)?,
        as_of: read_month(&row)?,
        counts: mapped.zip(row.try_get("unmapped")?).filter(|_| row.try_get("complete").unwrap_or(false)),
    })
}

/// Adds a query of the mappings that can be current, `g`, with their versions, `v`: complete ones that nobody has withdrawn,
/// of a month that was over. [`CURRENT_FIRST`] is their order.
pub(super) fn push_current_mappings(sql: &mut QueryBuilder<Postgres>, tx: &TenantTx, columns: &str) {
    sql.push("select ").push(columns).push(
        " from ge_mappings g
         join ge_model_versions v
             on v.tenant_id = g.tenant_id and v.model_id = g.model_id and v.number = g.model_version
         where g.completed_at is not null and not g.provisional and g.withdrawn_at is null and g.tenant_id = ",
    );
    sql.push_bind(tx.tenant().0);
}

/// A version in force before retired ones, the one published last, the latest month, what was completed last.
pub(super) const CURRENT_FIRST: &str = " order by v.state = 'published' desc, v.published_at desc nulls last,
    g.as_of desc, g.completed_at desc, g.id desc limit 1";

/// The current mapping among those asked for. Of no model in particular: of the one published last.
pub(in crate::ge_matrix) async fn current_mapping(tx: &TenantTx, query: MappingQuery) -> Result<GeMappingId> {
    let mut sql = QueryBuilder::new("");
    push_current_mappings(&mut sql, tx, "g.id");
    if let Some(model) = query.model {
        sql.push(" and g.model_id = ").push_bind(model.0);
    }
    if let Some(as_of) = query.as_of {
        sql.push(" and g.as_of = ").push_bind(as_of.first_day());
    }
    sql.push(CURRENT_FIRST);
    let id: Option<Uuid> = sql.build_query_scalar().fetch_optional(&mut *tx.conn().await?).await?;
    id.map(GeMappingId).ok_or_else(Error::not_found)
}

/// Each mapped customer's cell in the mapping that is current among those of no later month.
pub(in crate::ge_matrix) async fn cells_as_of(tx: &TenantTx, as_of: Month) -> Result<BTreeMap<CustomerId, Cell>> {
    let mut sql = QueryBuilder::new("with current as (");
    push_current_mappings(&mut sql, tx, "g.id");
    sql.push(" and g.as_of <= ").push_bind(as_of.first_day()).push(CURRENT_FIRST);
    sql.push(") select p.customer_id, p.cell from current g join ge_positions p on p.mapping_id = g.id");
    sql.push(" where p.cell is not null and p.tenant_id = ").push_bind(tx.tenant().0);
    let rows = sql.build().persistent(false).fetch_all(&mut *tx.conn().await?).await?;
    let cell = |row: &PgRow| {
        let code: String = row.try_get("cell")?;
        let cell = Cell::from_code(&code).ok_or_else(|| Error::internal(format!("unknown cell {code}")))?;
        Ok((CustomerId(row.try_get("customer_id")?), cell))
    };
    rows.iter().map(cell).collect()
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
        provisional: row.try_get("provisional")?,
        mapped: row.try_get("mapped")?,
        unmapped: row.try_get("unmapped")?,
        created_by: row.try_get("created_by")?,
        created_at: row.try_get("created_at")?,
        completed_at: row.try_get("completed_at")?,
        withdrawn_at: row.try_get("withdrawn_at")?,
        withdrawn_by: row.try_get("withdrawn_by")?,
        withdrawn_reason: row.try_get("withdrawn_reason")?,
        job: job.ok_or_else(|| Error::internal("a mapping without its job"))?,
    })
}

fn read_month(row: &PgRow) -> Result<Month> {
    Ok(Month::of(row.try_get::<NaiveDate, _>("as_of")?))
}
