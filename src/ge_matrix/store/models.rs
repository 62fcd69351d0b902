//! GE models and their versions.

use std::collections::BTreeMap;

use sqlx::postgres::PgRow;
use sqlx::{QueryBuilder, Row};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::ge_matrix::GeModelDefinition;
use crate::ge_matrix::wire::{GeModelIn, GeModelOut, GeModelVersionHead, GeModelVersionOut};
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::scales::{ReadVersion, VersionState, VersionTable};
use crate::tenancy::TenantTx;
use crate::values::{Code, GeModelId, Label};

const MODEL: &str = "m.id, m.code, m.name_en, m.name_zh, m.created_by, m.created_at";
const VERSIONS: VersionTable = VersionTable::new("ge_model_versions", "model_id");
const CODE: SortKey = SortKey { name: "code", sql: "m.code collate \"C\"", sql_type: "text" };
const ID: SortKey = SortKey { name: "id", sql: "m.id", sql_type: "uuid" };

pub(in crate::ge_matrix) async fn insert_model(tx: &TenantTx, new: &GeModelIn) -> Result<GeModelId> {
    let id: GeModelId = tx.new_id();
    let done = sqlx::query(
        "insert into ge_models (tenant_id, id, code, name_en, name_zh, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (tenant_id, code) do nothing",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(new.code.as_str())
    .bind(&new.name.en)
    .bind(&new.name.zh)
    .bind(&tx.actor().subject)
    .bind(tx.now())
    .execute(&mut *tx.conn().await?)
    .await?;
    if done.rows_affected() == 0 {
        return Err(Error::conflict("The code is taken.", "该编码已被使用。"));
    }
    Ok(id)
}

/// The first version, a draft.
pub(in crate::ge_matrix) async fn insert_first_version(
    tx: &TenantTx,
    model: GeModelId,
    definition: &GeModelDefinition,
) -> Result<()> {
    VERSIONS.insert_first(tx, model.0, &serde_json::to_value(definition)?).await
}

/// A draft with the content of the latest version; none where that one is a draft, or the model is not there.
pub(in crate::ge_matrix) async fn insert_next_version(tx: &TenantTx, model: GeModelId) -> Result<Option<i32>> {
    VERSIONS.insert_next(tx, model.0, None).await
}

pub(in crate::ge_matrix) async fn model(tx: &TenantTx, id: GeModelId) -> Result<GeModelOut> {
    let mut sql = QueryBuilder::new("select ");
    sql.push(MODEL).push(" from ge_models m where m.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and m.id = ").push_bind(id.0);
    let row = sql.build().fetch_optional(&mut *tx.conn().await?).await?.ok_or_else(Error::not_found)?;
    let versions = heads(tx, &[id]).await?.remove(&id).unwrap_or_default();
    Ok(read_model(&row)?.with_versions(versions))
}

pub(in crate::ge_matrix) async fn model_by_code(tx: &TenantTx, code: &Code) -> Result<GeModelId> {
    let id: Option<Uuid> = sqlx::query_scalar("select id from ge_models where tenant_id = $1 and code = $2")
        .bind(tx.tenant().0)
        .bind(code.as_str())
        .fetch_optional(&mut *tx.conn().await?)
        .await?;
    id.map(GeModelId).ok_or_else(Error::not_found)
}

pub(in crate::ge_matrix) async fn model_page(tx: &TenantTx, page: &PageRequest) -> Result<Slice<GeModelOut>> {
    let order = Order::parse(None, "code", &[CODE], ID)?;
    let mut sql = QueryBuilder::new("select ");
    sql.push(MODEL).push(", ");
    page.push_keys(&order, &mut sql);
    sql.push(" from ge_models m where m.tenant_id = ").push_bind(tx.tenant().0);
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    let slice = page.slice(&order, rows, read_model)?;
    let ids: Vec<GeModelId> = slice.items.iter().map(|(_, model)| model.id).collect();
    let versions = heads(tx, &ids).await?;
    Ok(slice.map(|model| {
        let versions = versions.get(&model.id).cloned().unwrap_or_default();
        model.with_versions(versions)
    }))
}

pub(in crate::ge_matrix) async fn version(tx: &TenantTx, model: GeModelId, number: i32) -> Result<GeModelVersionOut> {
    let row = VERSIONS.get(tx, model.0, number).await?;
    Ok(GeModelVersionOut {
        model_id: model,
        number: row.number,
        state: row.state,
        definition: GeModelDefinition::from_stored(row.definition)?,
        revision: row.revision,
        created_by: row.created_by,
        created_at: row.created_at,
        updated_at: row.updated_at,
        published_at: row.published_at,
    })
}

/// Writes a draft that is still the one that was read.
pub(in crate::ge_matrix) async fn update_definition(
    tx: &TenantTx,
    read: &GeModelVersionOut,
    definition: &GeModelDefinition,
) -> Result<()> {
    let is_written = VERSIONS.update_draft(tx, as_read(read), &serde_json::to_value(definition)?).await?;
    if is_written { Ok(()) } else { Err(Error::changed_meanwhile()) }
}

/// Retires the published version and publishes a draft that is still the one that was read and checked.
pub(in crate::ge_matrix) async fn publish(tx: &TenantTx, read: &GeModelVersionOut) -> Result<()> {
    if VERSIONS.publish(tx, as_read(read)).await? { Ok(()) } else { Err(Error::changed_meanwhile()) }
}

fn as_read(version: &GeModelVersionOut) -> ReadVersion {
    ReadVersion { owner: version.model_id.0, number: version.number, revision: version.revision }
}

async fn heads(tx: &TenantTx, models: &[GeModelId]) -> Result<BTreeMap<GeModelId, Vec<GeModelVersionHead>>> {
    let ids: Vec<Uuid> = models.iter().map(|id| id.0).collect();
    let rows = sqlx::query(
        "select model_id, number, state, revision, published_at from ge_model_versions
         where tenant_id = $1 and model_id = any($2) order by model_id, number",
    )
    .bind(tx.tenant().0)
    .bind(ids)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    let mut heads: BTreeMap<GeModelId, Vec<GeModelVersionHead>> = BTreeMap::new();
    for row in &rows {
        let head = GeModelVersionHead {
            number: row.try_get("number")?,
            state: read_state(row)?,
            revision: row.try_get("revision")?,
            published_at: row.try_get("published_at")?,
        };
        heads.entry(GeModelId(row.try_get("model_id")?)).or_default().push(head);
    }
    Ok(heads)
}

impl GeModelOut {
    fn with_versions(self, versions: Vec<GeModelVersionHead>) -> Self {
        let number_of = |state| versions.iter().find(|head| head.state == state).map(|head| head.number);
        Self {
            published_version: number_of(VersionState::Published),
            draft_version: number_of(VersionState::Draft),
            revision: versions.iter().map(|head| head.revision).sum(),
            versions,
            ..self
        }
    }
}

/// A model, still without its versions.
fn read_model(row: &PgRow) -> Result<GeModelOut> {
    let code: String = row.try_get("code")?;
    Ok(GeModelOut {
        id: GeModelId(row.try_get("id")?),
        code: code.parse().map_err(Error::internal)?,
        name: Label { en: row.try_get("name_en")?, zh: row.try_get("name_zh")? },
        published_version: None,
        draft_version: None,
        versions: Vec::new(),
        revision: 0,
        created_by: row.try_get("created_by")?,
        created_at: row.try_get("created_at")?,
    })
}

fn read_state(row: &PgRow) -> Result<VersionState> {
    let state: String = row.try_get("state")?;
    VersionState::from_code(&state).ok_or_else(|| Error::internal(format!("unknown state {state}")))
}
