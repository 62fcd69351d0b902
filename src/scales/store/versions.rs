//! Rows of versions.

use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{QueryBuilder, Row};

use crate::error::{Error, Result};
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::scales::wire::{ScaleVersionOut, ScaleVersionSummary};
use crate::scales::{ScaleDefinition, VersionState, validate};
use crate::tenancy::TenantTx;
use crate::values::ScaleId;

const VERSION: &str = "v.scale_id, v.number, v.state, v.definition, v.revision, v.created_by, v.created_at,
    v.updated_at, v.published_at";
const NUMBER: SortKey = SortKey { name: "number", sql: "v.number", sql_type: "int" };

/// The versions of a scale, the newest first.
pub(in crate::scales) async fn version_page(
    tx: &TenantTx,
    id: ScaleId,
    page: &PageRequest,
) -> Result<Slice<ScaleVersionSummary>> {
    let order = Order::parse(Some("-number"), "-number", &[NUMBER], NUMBER)?;
    let mut sql = QueryBuilder::new("select ");
    sql.push(VERSION).push(", ");
    page.push_keys(&order, &mut sql);
    sql.push(" from scale_versions v where v.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and v.scale_id = ").push_bind(id.0);
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, |row| version_row(row).map(ScaleVersionSummary::from))
}

/// Takes a published version out of force, where it is still the one that was read.
pub(in crate::scales) async fn retire(tx: &TenantTx, read: &ScaleVersionOut) -> Result<()> {
    let done = sqlx::query(
        "update scale_versions set state = 'retired', revision = revision + 1, updated_at = $5
         where tenant_id = $1 and scale_id = $2 and number = $3 and revision = $4 and state = 'published'",
    )
    .bind(tx.tenant().0)
    .bind(read.scale_id.0)
    .bind(read.number)
    .bind(read.revision)
    .bind(tx.now())
    .execute(&mut *tx.conn().await?)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(Error::changed_meanwhile()) }
}

/// A draft after the latest version, with this content, or else the latest version's; none where there is a draft, or no
/// such scale.
pub(in crate::scales) async fn insert_version(
    tx: &TenantTx,
    id: ScaleId,
    definition: Option<&ScaleDefinition>,
) -> Result<Option<i32>> {
    let number = sqlx::query_scalar(
        "insert into scale_versions
             (tenant_id, scale_id, number, state, definition, created_by, created_at, updated_at)
         select v.tenant_id, v.scale_id, v.number + 1, 'draft', coalesce($5, v.definition), $3, $4, $4
         from scale_versions v where v.tenant_id = $1 and v.scale_id = $2
         order by v.number desc limit 1
         on conflict do nothing returning number",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(&tx.actor().subject)
    .bind(tx.now())
    .bind(definition.map(Json))
    .fetch_optional(&mut *tx.conn().await?)
    .await?;
    Ok(number)
}

pub(in crate::scales) async fn version(tx: &TenantTx, id: ScaleId, number: i32) -> Result<ScaleVersionOut> {
    let mut sql = QueryBuilder::new("select ");
    sql.push(VERSION).push(" from scale_versions v where v.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and v.scale_id = ").push_bind(id.0).push(" and v.number = ").push_bind(number);
    let row = sql.build().fetch_optional(&mut *tx.conn().await?).await?;
    row.as_ref().map(version_row).transpose()?.ok_or_else(Error::not_found)
}

/// Writes a draft where it is still the one that was read.
pub(in crate::scales) async fn update_draft(
    tx: &TenantTx,
    read: &ScaleVersionOut,
    definition: &ScaleDefinition,
) -> Result<()> {
    let done = sqlx::query(
        "update scale_versions set definition = $5, revision = revision + 1, updated_at = $6
         where tenant_id = $1 and scale_id = $2 and number = $3 and revision = $4 and state = 'draft'",
    )
    .bind(tx.tenant().0)
    .bind(read.scale_id.0)
    .bind(read.number)
    .bind(read.revision)
    .bind(Json(definition))
    .bind(tx.now())
    .execute(&mut *tx.conn().await?)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(Error::changed_meanwhile()) }
}

/// Retires the version in force and puts the draft in its place, where it is still the one that was read and checked.
pub(in crate::scales) async fn publish(tx: &TenantTx, read: &ScaleVersionOut) -> Result<()> {
    sqlx::query(
        "update scale_versions set state = 'retired', revision = revision + 1, updated_at = $3
         where tenant_id = $1 and scale_id = $2 and state = 'published'",
    )
    .bind(tx.tenant().0)
    .bind(read.scale_id.0)
    .bind(tx.now())
    .execute(&mut *tx.conn().await?)
    .await?;
    let done = sqlx::query(
        "update scale_versions set state = 'published', revision = revision + 1, updated_at = $5, published_at = $5
         where tenant_id = $1 and scale_id = $2 and number = $3 and revision = $4 and state = 'draft'",
    )
    .bind(tx.tenant().0)
    .bind(read.scale_id.0)
    .bind(read.number)
    .bind(read.revision)
    .bind(tx.now())
    .execute(&mut *tx.conn().await?)
    .await?;
    if done.rows_affected() == 1 {
        return Ok(());
    }
    Err(Error::conflict(
        "The draft was edited or published at the same moment; read it again.",
        "草稿同时被修改或发布，请重新读取。",
    ))
}

/// The definitions that judgements may be given for: the draft's and the published version's.
pub(in crate::scales) async fn judgeable_definitions(tx: &TenantTx, id: ScaleId) -> Result<Vec<ScaleDefinition>> {
    let rows: Vec<Json<ScaleDefinition>> = sqlx::query_scalar(
        "select definition from scale_versions
         where tenant_id = $1 and scale_id = $2 and state in ('draft', 'published') order by number",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(rows.into_iter().map(|Json(definition)| definition).collect())
}

fn version_row(row: &PgRow) -> Result<ScaleVersionOut> {
    let state: String = row.try_get("state")?;
    let Json(definition): Json<ScaleDefinition> = row.try_get("definition")?;
    Ok(ScaleVersionOut {
        scale_id: ScaleId(row.try_get("scale_id")?),
        number: row.try_get("number")?,
        state: VersionState::from_code(&state).ok_or_else(|| Error::internal("unknown state of a version"))?,
        problem_count: i32::try_from(validate(&definition).len()).unwrap_or(i32::MAX),
        definition,
        revision: row.try_get("revision")?,
        created_by: row.try_get("created_by")?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
        published_at: row.try_get("published_at")?,
    })
}

impl From<ScaleVersionOut> for ScaleVersionSummary {
    fn from(version: ScaleVersionOut) -> Self {
        Self {
            number: version.number,
            state: version.state,
            revision: version.revision,
            problem_count: version.problem_count,
            created_by: version.created_by,
            created_at: version.created_at,
            updated_at: version.updated_at,
            published_at: version.published_at,
        }
    }
}
