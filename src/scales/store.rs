//! Rows of scales, their versions and judgements.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{Postgres, QueryBuilder, Row};
use uuid::Uuid;

use super::wire::{JudgementIn, JudgementOut, ScaleOut, ScaleVersionOut};
use super::{Purpose, ScaleDefinition, VersionState, validate};
use crate::error::{Error, Result};
use crate::intake::Outcome;
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::tenancy::TenantTx;
use crate::values::{Code, CustomerId, Label, ScaleId};

/// A scale with the numbers of its versions.
const SCALE: &str = "s.id, s.code, s.name_en, s.name_zh, s.purpose, s.created_by, s.created_at,
    v.latest, v.published, v.draft";
const FROM_SCALES: &str = " from scales s cross join lateral (
        select max(number) as latest, max(number) filter (where state = 'published') as published,
               max(number) filter (where state = 'draft') as draft
        from scale_versions v where v.tenant_id = s.tenant_id and v.scale_id = s.id) v
    where s.tenant_id = ";
const CODE: SortKey = SortKey { name: "code", sql: "s.code", sql_type: "text" };
const SCALE_ID: SortKey = SortKey { name: "id", sql: "s.id", sql_type: "uuid" };
const CUSTOMER: SortKey = SortKey { name: "customer_external_id", sql: "c.external_id", sql_type: "text" };
const FACTOR: SortKey = SortKey { name: "factor_code", sql: "j.factor_code", sql_type: "text" };

/// A scale's row before it is there.
pub(super) struct NewScale {
    pub(super) id: ScaleId,
    pub(super) code: Code,
    pub(super) name: Label,
    pub(super) purpose: Purpose,
}

pub(super) async fn page(tx: &TenantTx, page: &PageRequest) -> Result<Slice<ScaleOut>> {
    let order = Order::parse(None, "code", &[CODE], SCALE_ID)?;
    let mut sql = QueryBuilder::new("select ");
    sql.push(SCALE).push(", ");
    page.push_keys(&order, &mut sql);
    sql.push(FROM_SCALES).push_bind(tx.tenant().0);
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, scale)
}

pub(super) async fn by_id(tx: &TenantTx, id: ScaleId) -> Result<ScaleOut> {
    let mut sql = one(tx);
    sql.push(" and s.id = ").push_bind(id.0);
    fetch_scale(tx, sql).await
}

pub(super) async fn by_code(tx: &TenantTx, code: &Code) -> Result<ScaleOut> {
    let mut sql = one(tx);
    sql.push(" and s.code = ").push_bind(code.as_str().to_owned());
    fetch_scale(tx, sql).await
}

fn one(tx: &TenantTx) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("select ");
    sql.push(SCALE).push(FROM_SCALES).push_bind(tx.tenant().0);
    sql
}

async fn fetch_scale(tx: &TenantTx, mut sql: QueryBuilder<Postgres>) -> Result<ScaleOut> {
    let row = sql.build().fetch_optional(&mut *tx.conn().await?).await?;
    row.as_ref().map(scale).transpose()?.ok_or_else(Error::not_found)
}

/// A scale and its first draft.
pub(super) async fn insert(tx: &TenantTx, new: &NewScale, definition: &ScaleDefinition) -> Result<()> {
    let done = sqlx::query(
        "insert into scales (tenant_id, id, code, name_en, name_zh, purpose, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (tenant_id, code) do nothing",
    )
    .bind(tx.tenant().0)
    .bind(new.id.0)
    .bind(new.code.as_str())
    .bind(&new.name.en)
    .bind(&new.name.zh)
    .bind(new.purpose.code())
    .bind(&tx.actor().subject)
    .bind(tx.now())
    .execute(&mut *tx.conn().await?)
    .await?;
    if done.rows_affected() == 0 {
        return Err(Error::conflict("The code is taken.", "该代码已被使用。"));
    }
    sqlx::query(
        "insert into scale_versions
             (tenant_id, scale_id, number, state, definition, created_by, created_at, updated_at)
         values ($1, $2, 1, 'draft', $3, $4, $5, $5)",
    )
    .bind(tx.tenant().0)
    .bind(new.id.0)
    .bind(Json(definition))
    .bind(&tx.actor().subject)
    .bind(tx.now())
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// A draft after the latest version, with its content; none where there is a draft, or no such scale.
pub(super) async fn insert_version(tx: &TenantTx, id: ScaleId) -> Result<Option<i32>> {
    let number = sqlx::query_scalar(
        "insert into scale_versions
             (tenant_id, scale_id, number, state, definition, created_by, created_at, updated_at)
         select v.tenant_id, v.scale_id, v.number + 1, 'draft', v.definition, $3, $4, $4
         from scale_versions v where v.tenant_id = $1 and v.scale_id = $2
         order by v.number desc limit 1
         on conflict do nothing returning number",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(&tx.actor().subject)
    .bind(tx.now())
    .fetch_optional(&mut *tx.conn().await?)
    .await?;
    Ok(number)
}

pub(super) async fn version(tx: &TenantTx, id: ScaleId, number: i32) -> Result<ScaleVersionOut> {
    let row = sqlx::query(
        "select v.scale_id, v.number, v.state, v.definition, v.revision, v.created_by, v.created_at, v.updated_at,
                v.published_at
         from scale_versions v where v.tenant_id = $1 and v.scale_id = $2 and v.number = $3",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(number)
    .fetch_optional(&mut *tx.conn().await?)
    .await?;
    row.as_ref().map(version_row).transpose()?.ok_or_else(Error::not_found)
}

/// Writes a draft where it is still the one that was read.
pub(super) async fn update_draft(tx: &TenantTx, read: &ScaleVersionOut, definition: &ScaleDefinition) -> Result<()> {
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
pub(super) async fn publish(tx: &TenantTx, read: &ScaleVersionOut) -> Result<()> {
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
pub(super) async fn judgeable_definitions(tx: &TenantTx, id: ScaleId) -> Result<Vec<ScaleDefinition>> {
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

/// Those of the customers that the actor can see and that were not erased, each with whom it has become one with, or
/// itself; that stays so until the transaction ends.
pub(super) async fn known_customers(
    tx: &TenantTx,
    asked: &BTreeSet<CustomerId>,
) -> Result<BTreeMap<CustomerId, CustomerId>> {
    let ids: Vec<Uuid> = asked.iter().map(|id| id.0).collect();
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "select id, coalesce(merged_into, id) from customers
         where tenant_id = $1 and id = any($2) and erased_at is null order by id for share",
    )
    .bind(tx.tenant().0)
    .bind(ids)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(rows.into_iter().map(|(id, survivor)| (CustomerId(id), CustomerId(survivor))).collect())
}

/// Writes judgements, no two of one customer and factor; the outcomes in their order.
pub(super) async fn upsert_judgements(tx: &TenantTx, id: ScaleId, rows: &[&JudgementIn]) -> Result<Vec<Outcome>> {
    let factors: Vec<&str> = rows.iter().map(|row| row.factor_code.as_str()).collect();
    let customers: Vec<Uuid> = rows.iter().map(|row| row.customer_id.0).collect();
    let levels: Vec<&str> = rows.iter().map(|row| row.level.as_str()).collect();
    let notes: Vec<Option<&str>> = rows.iter().map(|row| row.note.as_deref()).collect();
    // xmax is 0 in a row that this statement inserted; a row that stays as it was is not returned.
    let written: Vec<(String, Uuid, bool)> = sqlx::query_as(
        "insert into judgements as j
             (tenant_id, scale_id, factor_code, customer_id, level, note, author, judged_at)
         select $1, $2, r.factor_code, r.customer_id, r.level, r.note, $7, $8
         from unnest($3::text[], $4::uuid[], $5::text[], $6::text[]) as r (factor_code, customer_id, level, note)
         order by r.factor_code, r.customer_id
         on conflict (tenant_id, scale_id, factor_code, customer_id) do update
             set level = excluded.level, note = excluded.note, author = excluded.author, judged_at = excluded.judged_at
             where (j.level, j.note) is distinct from (excluded.level, excluded.note)
         returning j.factor_code, j.customer_id, j.xmax = 0",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(&factors)
    .bind(&customers)
    .bind(&levels)
    .bind(&notes)
    .bind(&tx.actor().subject)
    .bind(tx.now())
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    let written: BTreeMap<(String, Uuid), bool> =
        written.into_iter().map(|(factor, customer, fresh)| ((factor, customer), fresh)).collect();
    let outcome = |row: &&JudgementIn| match written.get(&(row.factor_code.as_str().to_owned(), row.customer_id.0)) {
        Some(true) => Outcome::Created,
        Some(false) => Outcome::Updated,
        None => Outcome::Unchanged,
    };
    Ok(rows.iter().map(outcome).collect())
}

pub(super) async fn judgement_page(tx: &TenantTx, id: ScaleId, page: &PageRequest) -> Result<Slice<JudgementOut>> {
    let order = Order::parse(None, "customer_external_id", &[CUSTOMER], FACTOR)?;
    let mut sql = QueryBuilder::new(
        "select j.customer_id, c.external_id, c.name, j.factor_code, j.level, j.note, j.author, j.judged_at, ",
    );
    page.push_keys(&order, &mut sql);
    sql.push(" from judgements j join customers c on c.tenant_id = j.tenant_id and c.id = j.customer_id");
    sql.push(" where j.tenant_id = ").push_bind(tx.tenant().0).push(" and j.scale_id = ").push_bind(id.0);
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, |row| {
        Ok(JudgementOut {
            customer_id: CustomerId(row.try_get("customer_id")?),
            customer_external_id: row.try_get("external_id")?,
            customer_name: row.try_get("name")?,
            factor_code: code(row, "factor_code")?,
            level: code(row, "level")?,
            note: row.try_get("note")?,
            author: row.try_get("author")?,
            judged_at: row.try_get("judged_at")?,
        })
    })
}

fn scale(row: &PgRow) -> Result<ScaleOut> {
    let purpose: String = row.try_get("purpose")?;
    Ok(ScaleOut {
        id: ScaleId(row.try_get("id")?),
        code: code(row, "code")?,
        name: Label::new(row.try_get::<String, _>("name_en")?, row.try_get::<String, _>("name_zh")?),
        purpose: Purpose::from_code(&purpose).ok_or_else(|| Error::internal("unknown purpose"))?,
        latest_version: row.try_get("latest")?,
        published_version: row.try_get("published")?,
        draft_version: row.try_get("draft")?,
        created_by: row.try_get("created_by")?,
        created_at: row.try_get("created_at")?,
    })
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

fn code(row: &PgRow, column: &str) -> Result<Code> {
    row.try_get::<String, _>(column)?.parse().map_err(Error::internal)
}
