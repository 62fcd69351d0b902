//! Rows of versions.

use serde_json::Value;
use sqlx::QueryBuilder;
use sqlx::types::Json;

use super::version_table::{ReadVersion, VERSION, VersionRow, VersionTable};
use crate::error::{Error, Result};
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::scales::wire::{ScaleVersionOut, ScaleVersionSummary};
use crate::scales::{ScaleDefinition, validate};
use crate::tenancy::TenantTx;
use crate::values::ScaleId;

const VERSIONS: VersionTable = VersionTable::new("scale_versions", "scale_id");
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
    page.slice(&order, rows, |row| version_out(id, VersionRow::of(row)?).map(ScaleVersionSummary::from))
}

/// Takes a published version out of force, where it is still the one that was read.
pub(in crate::scales) async fn retire(tx: &TenantTx, read: &ScaleVersionOut) -> Result<()> {
    if VERSIONS.retire(tx, as_read(read)).await? { Ok(()) } else { Err(Error::changed_meanwhile()) }
}

/// The first version, a draft.
pub(super) async fn insert_first_version(tx: &TenantTx, id: ScaleId, definition: &ScaleDefinition) -> Result<()> {
    VERSIONS.insert_first(tx, id.0, &serde_json::to_value(definition)?).await
}

/// A draft after the latest version, with this content, or else the latest version's; none where there is a draft, or no
/// such scale.
pub(in crate::scales) async fn insert_version(
    tx: &TenantTx,
    id: ScaleId,
    definition: Option<&ScaleDefinition>,
) -> Result<Option<i32>> {
    let definition = definition.map(serde_json::to_value).transpose()?;
    VERSIONS.insert_next(tx, id.0, definition.as_ref()).await
}

pub(in crate::scales) async fn version(tx: &TenantTx, id: ScaleId, number: i32) -> Result<ScaleVersionOut> {
    version_out(id, VERSIONS.get(tx, id.0, number).await?)
}

/// Writes a draft where it is still the one that was read.
pub(in crate::scales) async fn update_draft(
    tx: &TenantTx,
    read: &ScaleVersionOut,
    definition: &ScaleDefinition,
) -> Result<()> {
    let is_written = VERSIONS.update_draft(tx, as_read(read), &serde_json::to_value(definition)?).await?;
    if is_written { Ok(()) } else { Err(Error::changed_meanwhile()) }
}

/// Retires the version in force and puts the draft in its place, where it is still the one that was read and checked.
pub(in crate::scales) async fn publish(tx: &TenantTx, read: &ScaleVersionOut) -> Result<()> {
    if VERSIONS.publish(tx, as_read(read)).await? {
        return Ok(());
    }
    Err(Error::conflict(
        "The draft was edited or published at the same moment; read it again.",
        "草稿同时被修改或发布，请重新读取。",
    ))
}

/// The definitions that judgements may be given for: the draft's and the published version's.
pub(in crate::scales) async fn judgeable_definitions(tx: &TenantTx, id: ScaleId) -> Result<Vec<ScaleDefinition>> {
    let rows: Vec<Json<Value>> = sqlx::query_scalar(
        "select definition from scale_versions
         where tenant_id = $1 and scale_id = $2 and state in ('draft', 'published') order by number",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    rows.into_iter().map(|Json(definition)| stored_definition(definition)).collect()
}

/// A definition as it was stored. One that names no coverage is from before coverage was asked for, and goes on asking for
/// none: a published version never changes. What is stored today always names it.
///
/// # Errors
/// `internal` for what is no definition.
pub fn stored_definition(mut definition: Value) -> Result<ScaleDefinition> {
    if let Some(fields) = definition.as_object_mut() {
        fields.entry("min_coverage").or_insert_with(|| "0".into());
    }
    Ok(serde_json::from_value(definition)?)
}

fn as_read(version: &ScaleVersionOut) -> ReadVersion {
    ReadVersion { owner: version.scale_id.0, number: version.number, revision: version.revision }
}

fn version_out(id: ScaleId, row: VersionRow) -> Result<ScaleVersionOut> {
    let definition = stored_definition(row.definition)?;
    Ok(ScaleVersionOut {
        scale_id: id,
        number: row.number,
        state: row.state,
        problem_count: i32::try_from(validate(&definition).len()).unwrap_or(i32::MAX),
        definition,
        revision: row.revision,
        created_by: row.created_by,
        created_at: row.created_at,
        updated_at: row.updated_at,
        published_at: row.published_at,
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
