//! Rows of scales.

use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row};

use super::code;
use super::versions::insert_first_version;
use crate::error::{Error, Result};
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::scales::wire::ScaleOut;
use crate::scales::{Purpose, ScaleDefinition, ScaleScope};
use crate::tenancy::{Permission, TenantTx};
use crate::values::{Code, Label, ScaleId};

/// A scale with the numbers of its versions.
const SCALE: &str = "s.id, s.code, s.name_en, s.name_zh, s.purpose, s.scope, s.owner,
    s.created_by, s.created_at, v.revision, v.latest, v.published, v.draft";
const FROM_SCALES: &str = " from scales s cross join lateral (
        select max(number) as latest, max(number) filter (where state = 'published') as published,
               max(number) filter (where state = 'draft') as draft, sum(revision)::int as revision
        from scale_versions v where v.tenant_id = s.tenant_id and v.scale_id = s.id) v
    where s.tenant_id = ";
const CODE: SortKey = SortKey { name: "code", sql: "s.code", sql_type: "text" };
const SCALE_ID: SortKey = SortKey { name: "id", sql: "s.id", sql_type: "uuid" };

/// A scale's row before it is there.
pub(in crate::scales) struct NewScale {
    pub(in crate::scales) id: ScaleId,
    pub(in crate::scales) code: Code,
    pub(in crate::scales) name: Label,
    pub(in crate::scales) purpose: Purpose,
    pub(in crate::scales) scope: ScaleScope,
}

pub(in crate::scales) async fn page(tx: &TenantTx, page: &PageRequest) -> Result<Slice<ScaleOut>> {
    let order = Order::parse(None, "code", &[CODE], SCALE_ID)?;
    let mut sql = QueryBuilder::new("select ");
    sql.push(SCALE).push(", ");
    page.push_keys(&order, &mut sql);
    sql.push(FROM_SCALES).push_bind(tx.tenant().0);
    push_visible(tx, &mut sql);
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, scale)
}

pub(in crate::scales) async fn by_id(tx: &TenantTx, id: ScaleId) -> Result<ScaleOut> {
    let mut sql = one(tx);
    sql.push(" and s.id = ").push_bind(id.0);
    fetch_scale(tx, sql).await
}

pub(in crate::scales) async fn by_code(tx: &TenantTx, code: &Code) -> Result<ScaleOut> {
    let mut sql = one(tx);
    sql.push(" and s.code = ").push_bind(code.as_str().to_owned());
    fetch_scale(tx, sql).await
}

fn one(tx: &TenantTx) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("select ");
    sql.push(SCALE).push(FROM_SCALES).push_bind(tx.tenant().0);
    push_visible(tx, &mut sql);
    sql
}

/// A member's own scale is seen by the member, and by those who publish scales: they agree on one.
fn push_visible(tx: &TenantTx, sql: &mut QueryBuilder<Postgres>) {
    if tx.require(Permission::ScalesPublish).is_err() {
        sql.push(" and (s.scope = 'company' or s.owner = ").push_bind(tx.actor().subject.clone()).push(")");
    }
}

async fn fetch_scale(tx: &TenantTx, mut sql: QueryBuilder<Postgres>) -> Result<ScaleOut> {
    let row = sql.build().fetch_optional(&mut *tx.conn().await?).await?;
    row.as_ref().map(scale).transpose()?.ok_or_else(Error::not_found)
}

/// A scale and its first draft.
pub(in crate::scales) async fn insert(tx: &TenantTx, new: &NewScale, definition: &ScaleDefinition) -> Result<()> {
    let done = sqlx::query(
        "insert into scales (tenant_id, id, code, name_en, name_zh, purpose, created_by, created_at, scope, owner)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, case when $9 = 'personal' then $7 end) on conflict (tenant_id, code) do nothing",
    )
    .bind(tx.tenant().0)
    .bind(new.id.0)
    .bind(new.code.as_str())
    .bind(&new.name.en)
    .bind(&new.name.zh)
    .bind(new.purpose.code())
    .bind(&tx.actor().subject)
    .bind(tx.now())
    .bind(new.scope.code())
    .execute(&mut *tx.conn().await?)
    .await?;
    if done.rows_affected() == 0 {
        return Err(Error::conflict("The code is taken.", "该代码已被使用。"));
    }
    insert_first_version(tx, new.id, definition).await
}

fn scale(row: &PgRow) -> Result<ScaleOut> {
    let purpose: String = row.try_get("purpose")?;
    let scope: String = row.try_get("scope")?;
    Ok(ScaleOut {
        id: ScaleId(row.try_get("id")?),
        code: code(row, "code")?,
        name: Label::new(row.try_get::<String, _>("name_en")?, row.try_get::<String, _>("name_zh")?),
        purpose: Purpose::from_code(&purpose).ok_or_else(|| Error::internal("unknown purpose"))?,
        scope: ScaleScope::from_code(&scope).ok_or_else(|| Error::internal("unknown scope"))?,
        owner: row.try_get("owner")?,
        latest_version: row.try_get("latest")?,
        published_version: row.try_get("published")?,
        draft_version: row.try_get("draft")?,
        created_by: row.try_get("created_by")?,
        created_at: row.try_get("created_at")?,
        revision: row.try_get("revision")?,
    })
}
