//! GE models and their versions.

use std::collections::BTreeMap;

use sqlx::postgres::PgRow;
use sqlx::{QueryBuilder, Row};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::ge_matrix::GeModelDefinition;
use crate::ge_matrix::wire::{GeModelIn, GeModelOut, GeModelVersionHead, GeModelVersionOut};
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::scales::VersionState;
use crate::tenancy::TenantTx;
use crate::values::{Code, GeModelId, Label};

const MODEL: &str = "m.id, m.code, m.name_en, m.name_zh, m.created_by, m.created_at";
const VERSION: &str =
    "v.model_id, v.number, v.state, v.definition, v.revision, v.created_by, v.created_at, v.updated_at, v.published_at";
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
    sqlx::query(
        "insert into ge_model_versions
             (tenant_id, model_id, number, state, definition, created_by, created_at, updated_at)
         values ($1, $2, 1, 'draft', $3, $4, $5, $5)",
    )
    .bind(tx.tenant().0)
    .bind(model.0)
    .bind(serde_json::to_value(definition)?)
    .bind(&tx.actor().subject)
    .bind(tx.now())
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// A draft with the content of the latest version; none where that one is a draft, or the model is not there.
pub(in crate::ge_matrix) async fn insert_next_version(tx: &TenantTx, model: GeModelId) -> Result<Option<i32>> {
    let number = sqlx::query_scalar(
        "insert into ge_model_versions
             (tenant_id, model_id, number, state, definition, created_by, created_at, updated_at)
         select v.tenant_id, v.model_id, v.number + 1, 'draft', v.definition, $3, $4, $4
         from ge_model_versions v
         where v.tenant_id = $1 and v.model_id = $2 and v.state <> 'draft'
           and v.number = (select max(l.number) from ge_model_versions l where l.tenant_id = $1 and l.model_id = $2)
         on conflict do nothing
         returning number",
    )
    .bind(tx.tenant().0)
    .bind(model.0)
    .bind(&tx.actor().subject)
    .bind(tx.now())
    .fetch_optional(&mut *tx.conn().await?)
    .await?;
    Ok(number)
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
    let mut sql = QueryBuilder::new("select ");
    sql.push(VERSION).push(" from ge_model_versions v where v.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and v.model_id = ").push_bind(model.0).push(" and v.number = ").push_bind(number);
    let row = sql.build().fetch_optional(&mut *tx.conn().await?).await?;
    row.as_ref().map(read_version).transpose()?.ok_or_else(Error::not_found)
}

/// Writes a draft that is still the one that was read.
pub(in crate::ge_matrix) async fn update_definition(
    tx: &TenantTx,
    read: &GeModelVersionOut,
    definition: &GeModelDefinition,
) -> Result<()> {
    let done = sqlx::query(
        "update ge_model_versions set definition = $5, revision = revision + 1, updated_at = $6
         where tenant_id = $1 and model_id = $2 and number = $3 and revision = $4 and state = 'draft'",
    )
    .bind(tx.tenant().0)
    .bind(read.model_id.0)
    .bind(read.number)
    .bind(read.revision)
    .bind(serde_json::to_value(definition)?)
    .bind(tx.now())
    .execute(&mut *tx.conn().await?)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(Error::changed_meanwhile()) }
}

/// Retires the published version and publishes a draft that is still the one that was read and checked.
pub(in crate::ge_matrix) async fn publish(tx: &TenantTx, read: &GeModelVersionOut) -> Result<()> {
    sqlx::query(
        "update ge_model_versions set state = 'retired', revision = revision + 1, updated_at = $3
         where tenant_id = $1 and model_id = $2 and state = 'published'",
    )
    .bind(tx.tenant().0)
    .bind(read.model_id.0)
    .bind(tx.now())
    .execute(&mut *tx.conn().await?)
    .await?;
    let done = sqlx::query(
        "update ge_model_versions
         set state = 'published', revision = revision + 1, updated_at = $5, published_at = $5
         where tenant_id = $1 and model_id = $2 and number = $3 and revision = $4 and state = 'draft'",
    )
    .bind(tx.tenant().0)
    .bind(read.model_id.0)
    .bind(read.number)
    .bind(read.revision)
    .bind(tx.now())
    .execute(&mut *tx.conn().await?)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(Error::changed_meanwhile()) }
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

fn read_version(row: &PgRow) -> Result<GeModelVersionOut> {
    Ok(GeModelVersionOut {
        model_id: GeModelId(row.try_get("model_id")?),
        number: row.try_get("number")?,
        state: read_state(row)?,
        definition: serde_json::from_value(row.try_get("definition")?)?,
        revision: row.try_get("revision")?,
        created_by: row.try_get("created_by")?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
        published_at: row.try_get("published_at")?,
    })
}

fn read_state(row: &PgRow) -> Result<VersionState> {
    let state: String = row.try_get("state")?;
    VersionState::from_code(&state).ok_or_else(|| Error::internal(format!("unknown state {state}")))
}
