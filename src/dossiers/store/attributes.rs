//! Rows of attribute definitions, and what holds on to them.
//!
//! Who writes customers' attributes holds the definitions (a shared lock until the transaction ends); who takes a
//! definition away or narrows it waits for them, and sees what they wrote.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, QueryBuilder, Row};

use crate::dossiers::attribute::{AttributeDefinition, AttributeType};
use crate::dossiers::wire::AttributeDefinitionOut;
use crate::error::{Error, Result};
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::tenancy::TenantTx;
use crate::values::Label;

const COLUMNS: &str = "a.code, a.label_en, a.label_zh, a.type, a.unit, a.choices, a.freshness_days, a.required, \
    a.version, a.created_at, a.updated_at";
const CODE: SortKey = SortKey { name: "code", sql: "a.code", sql_type: "text" };
/// Tells this lock from the others of a tenant.
const LOCK: i32 = 7_262_913;

/// Keeps the tenant's definitions from being taken away or narrowed until the transaction ends.
pub(in crate::dossiers) async fn hold(tx: &TenantTx) -> Result<()> {
    lock(tx, "pg_advisory_xact_lock_shared").await
}

/// Waits for everyone who holds the definitions, and keeps out those who come, until the transaction ends.
pub(in crate::dossiers) async fn lock_all(tx: &TenantTx) -> Result<()> {
    lock(tx, "pg_advisory_xact_lock").await
}

async fn lock(tx: &TenantTx, function: &'static str) -> Result<()> {
    sqlx::query(AssertSqlSafe(format!("select {function}($1, hashtext($2::text))")))
        .bind(LOCK)
        .bind(tx.tenant().0)
        .execute(&mut *tx.conn().await?)
        .await?;
    Ok(())
}

/// One page, by code.
pub(in crate::dossiers) async fn page(tx: &TenantTx, page: &PageRequest) -> Result<Slice<AttributeDefinitionOut>> {
    // The code is unique within a tenant: it is its own tie-breaker.
    let order = Order::parse(Some(""), "", &[], CODE)?;
    let mut sql = QueryBuilder::new("select ");
    sql.push(COLUMNS).push(", ");
    page.push_keys(&order, &mut sql);
    sql.push(" from attribute_definitions a where a.tenant_id = ").push_bind(tx.tenant().0);
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, definition)
}

/// Those with these codes, by code; what is not defined is not in it.
pub(in crate::dossiers) async fn by_codes<'a>(
    tx: &TenantTx,
    codes: impl IntoIterator<Item = &'a str>,
) -> Result<BTreeMap<String, AttributeDefinitionOut>> {
    let codes: Vec<String> = codes.into_iter().map(str::to_owned).collect();
    if codes.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut sql = QueryBuilder::new("select ");
    sql.push(COLUMNS).push(" from attribute_definitions a where a.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and a.code = any(").push_bind(codes).push(")");
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    rows.iter().map(|row| definition(row).map(|found| (found.code.to_string(), found))).collect()
}

/// Those that count for completeness and freshness, by code.
pub(in crate::dossiers) async fn required(tx: &TenantTx) -> Result<Vec<AttributeDefinitionOut>> {
    let mut sql = QueryBuilder::new("select ");
    sql.push(COLUMNS).push(" from attribute_definitions a where a.required and a.tenant_id = ");
    sql.push_bind(tx.tenant().0).push(" order by a.code collate \"C\"");
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    rows.iter().map(definition).collect()
}

/// The types of all attributes, by code.
pub(in crate::dossiers) async fn types(tx: &TenantTx) -> Result<BTreeMap<String, AttributeType>> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("select a.code, a.type from attribute_definitions a where a.tenant_id = $1")
            .bind(tx.tenant().0)
            .fetch_all(&mut *tx.conn().await?)
            .await?;
    let type_of = |word: &str| AttributeType::ALL.into_iter().find(|kind| kind.as_str() == word);
    let known = |(code, word): (String, String)| {
        type_of(&word).map(|kind| (code, kind)).ok_or_else(|| Error::internal("an unknown type of attribute"))
    };
    rows.into_iter().map(known).collect()
}

/// How many there are.
pub(in crate::dossiers) async fn count(tx: &TenantTx) -> Result<i64> {
    let count = sqlx::query_scalar("select count(*) from attribute_definitions where tenant_id = $1")
        .bind(tx.tenant().0)
        .fetch_one(&mut *tx.conn().await?)
        .await?;
    Ok(count)
}

/// Writes definitions; each that is there already counts one change.
pub(in crate::dossiers) async fn put(tx: &TenantTx, definitions: &[&AttributeDefinition]) -> Result<()> {
    if definitions.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into attribute_definitions as a (tenant_id, code, label_en, label_zh, type, unit, choices,
             freshness_days, required, created_at, updated_at)
         select $1, r.code, r.label ->> 'en', r.label ->> 'zh', r.type, r.unit, r.choices, r.freshness_days,
                r.required, $2, $2
         from jsonb_to_recordset($3) as r(code text, label jsonb, type text, unit text, choices jsonb,
              freshness_days int, required boolean)
         on conflict (tenant_id, code) do update
         set label_en = excluded.label_en, label_zh = excluded.label_zh, type = excluded.type, unit = excluded.unit,
             choices = excluded.choices, freshness_days = excluded.freshness_days, required = excluded.required,
             version = a.version + 1, updated_at = excluded.updated_at",
    )
    .bind(tx.tenant().0)
    .bind(tx.now())
    .bind(Json(definitions))
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// Takes a definition away.
pub(in crate::dossiers) async fn delete(tx: &TenantTx, code: &str) -> Result<()> {
    sqlx::query("delete from attribute_definitions where tenant_id = $1 and code = $2")
        .bind(tx.tenant().0)
        .bind(code)
        .execute(&mut *tx.conn().await?)
        .await?;
    Ok(())
}

/// Which of these attributes some customer has. Who has become one with another has none any more.
pub(in crate::dossiers) async fn carried(tx: &TenantTx, codes: &[String]) -> Result<BTreeSet<String>> {
    let found: Vec<String> = sqlx::query_scalar(
        "select code from unnest($2::text[]) code
         where exists (select 1 from customers c
                       where c.tenant_id = $1 and c.merged_into is null and c.attributes ? code)",
    )
    .bind(tx.tenant().0)
    .bind(codes)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(found.into_iter().collect())
}

/// Which of these attributes some customer has with this value.
pub(in crate::dossiers) async fn chosen(
    tx: &TenantTx,
    choices: &[(String, String)],
) -> Result<BTreeSet<(String, String)>> {
    let (codes, values): (Vec<&str>, Vec<&str>) = choices.iter().map(|(c, v)| (c.as_str(), v.as_str())).unzip();
    let found: Vec<(String, String)> = sqlx::query_as(
        "select code, value from unnest($2::text[], $3::text[]) x(code, value)
         where exists (select 1 from customers c
                       where c.tenant_id = $1 and c.merged_into is null and c.attributes ->> code = value)",
    )
    .bind(tx.tenant().0)
    .bind(codes)
    .bind(values)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(found.into_iter().collect())
}

/// Which of these attributes a published scale or GE model reads. Those rooms lie above this one, so their definitions
/// are asked as data: wherever in them a source names an attribute.
pub(in crate::dossiers) async fn read_by_published(tx: &TenantTx, codes: &[String]) -> Result<BTreeSet<String>> {
    let found: Vec<String> = sqlx::query_scalar(
        "select distinct named #>> '{}' from (
             select definition from scale_versions where tenant_id = $1 and state = 'published'
             union all
             select definition from ge_model_versions where tenant_id = $1 and state = 'published') published,
             jsonb_path_query(definition, '$.**.source.attribute') named
         where named #>> '{}' = any($2)",
    )
    .bind(tx.tenant().0)
    .bind(codes)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(found.into_iter().collect())
}

fn definition(row: &PgRow) -> Result<AttributeDefinitionOut> {
    let code: String = row.try_get("code")?;
    let attribute_type: String = row.try_get("type")?;
    let known = AttributeType::ALL.into_iter().find(|t| t.as_str() == attribute_type);
    Ok(AttributeDefinitionOut {
        code: code.parse().map_err(Error::internal)?,
        label: Label::new(row.try_get::<String, _>("label_en")?, row.try_get::<String, _>("label_zh")?),
        attribute_type: known.ok_or_else(|| Error::internal("an unknown attribute type"))?,
        unit: row.try_get("unit")?,
        choices: row.try_get::<Json<_>, _>("choices")?.0,
        freshness_days: row.try_get("freshness_days")?,
        required: row.try_get("required")?,
        version: row.try_get("version")?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
    })
}
