//! Rows of tenants, API keys and audit entries: sea-orm for one row at a time, SQL for pages.

mod archive;
mod entity;

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use sqlx::postgres::PgRow;
use sqlx::{QueryBuilder, Row};

use super::wire::{ApiKeyOut, AuditEntryOut, TenantIn, TenantOut};
use crate::error::{Error, Result};
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::tenancy::{PlatformTx, TenantTx};
use crate::values::{ApiKeyId, AuditEntryId, Currency, Exact, TenantId, round_ratio};
pub(super) use archive::{TableShape, count, fetch, open, schema_version, shape_of, shapes};
use entity::{api_key, tenant};

const SLUG: SortKey = SortKey { name: "slug", sql: "t.slug", sql_type: "text" };
const TENANT_ID: SortKey = SortKey { name: "id", sql: "t.id", sql_type: "uuid" };
const KEY_ID: SortKey = SortKey { name: "id", sql: "k.id", sql_type: "uuid" };
const ENTRY_ID: SortKey = SortKey { name: "id", sql: "a.id", sql_type: "uuid" };
const AT: SortKey = SortKey { name: "at", sql: "a.at", sql_type: "timestamptz" };

pub(super) async fn insert(tx: &PlatformTx, new: &TenantIn) -> Result<TenantId> {
    if by_slug(tx, &new.slug).await.is_ok() {
        return Err(Error::conflict("The slug is taken.", "该标识已被使用。"));
    }
    let id: TenantId = tx.new_id();
    let row = tenant::Model {
        id: id.0,
        slug: new.slug.clone(),
        name: new.name.clone(),
        base_currency: new.base_currency.to_string(),
        fiscal_year_start_month: new.fiscal_year_start_month.unwrap_or(1),
        capital_cost_rate: None,
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    // Two at once: the second meets the unique constraint, which is a conflict as well.
    tenant::Entity::insert(tenant::ActiveModel::from(row)).exec_without_returning(tx).await?;
    Ok(id)
}

pub(super) async fn by_id(db: &impl ConnectionTrait, id: TenantId) -> Result<TenantOut> {
    tenant_out(tenant::Entity::find_by_id(id.0).one(db).await?.ok_or_else(Error::not_found)?)
}

pub(super) async fn by_slug(tx: &PlatformTx, slug: &str) -> Result<TenantOut> {
    let row = tenant::Entity::find().filter(tenant::Column::Slug.eq(slug)).one(tx).await?;
    tenant_out(row.ok_or_else(Error::not_found)?)
}

pub(super) async fn page(tx: &PlatformTx, page: &PageRequest) -> Result<Slice<TenantOut>> {
    let order = Order::parse(None, "slug", &[SLUG], TENANT_ID)?;
    let mut sql = QueryBuilder::new("select t.*, ");
    page.push_keys(&order, &mut sql);
    sql.push(" from tenants t where true");
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, |row| {
        tenant_out(tenant::Model {
            id: row.try_get("id")?,
            slug: row.try_get("slug")?,
            name: row.try_get("name")?,
            base_currency: row.try_get("base_currency")?,
            fiscal_year_start_month: row.try_get("fiscal_year_start_month")?,
            capital_cost_rate: row.try_get("capital_cost_rate")?,
            version: row.try_get("version")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    })
}

/// Writes the settings where the version is still the one that was read.
pub(super) async fn update(tx: &TenantTx, changed: &TenantOut) -> Result<()> {
    let done = tenant::Entity::update_many()
        .col_expr(tenant::Column::Name, Expr::value(changed.name.clone()))
        .col_expr(tenant::Column::FiscalYearStartMonth, Expr::value(changed.fiscal_year_start_month))
        .col_expr(tenant::Column::CapitalCostRate, Expr::value(changed.capital_cost_rate.map(|rate| rate.0)))
        .col_expr(tenant::Column::Version, Expr::value(changed.version + 1))
        .col_expr(tenant::Column::UpdatedAt, Expr::value(tx.now()))
        .filter(tenant::Column::Id.eq(changed.id.0))
        .filter(tenant::Column::Version.eq(changed.version))
        .exec(tx)
        .await?;
    if done.rows_affected == 1 { Ok(()) } else { Err(Error::changed_meanwhile()) }
}

pub(super) async fn insert_key(tx: &TenantTx, key: &ApiKeyOut, hash: Vec<u8>) -> Result<()> {
    let row = api_key::ActiveModel {
        tenant_id: ActiveValue::Set(tx.tenant().0),
        id: ActiveValue::Set(key.id.0),
        name: ActiveValue::Set(key.name.clone()),
        secret_hash: ActiveValue::Set(hash),
        scopes: ActiveValue::Set(key.scopes.clone()),
        created_by: ActiveValue::Set(key.created_by.clone()),
        created_at: ActiveValue::Set(key.created_at),
        expires_at: ActiveValue::Set(key.expires_at),
        revoked_at: ActiveValue::Set(None),
    };
    api_key::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

pub(super) async fn key_page(tx: &TenantTx, page: &PageRequest) -> Result<Slice<ApiKeyOut>> {
    let order = Order::parse(None, "", &[], KEY_ID)?;
    let mut sql =
        QueryBuilder::new("select k.id, k.name, k.scopes, k.created_by, k.created_at, k.expires_at, k.revoked_at, ");
    page.push_keys(&order, &mut sql);
    sql.push(" from api_keys k where k.tenant_id = ").push_bind(tx.tenant().0);
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, key_of_row)
}

/// Revokes a key; again where it is revoked already, keeping the first time.
pub(super) async fn revoke_key(tx: &TenantTx, id: ApiKeyId) -> Result<ApiKeyOut> {
    api_key::Entity::update_many()
        .col_expr(api_key::Column::RevokedAt, Expr::value(tx.now()))
        .filter(api_key::Column::TenantId.eq(tx.tenant().0))
        .filter(api_key::Column::Id.eq(id.0))
        .filter(api_key::Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    let row = api_key::Entity::find_by_id((tx.tenant().0, id.0)).one(tx).await?;
    row.map(key_out).ok_or_else(Error::not_found)
}

pub(super) async fn audit_page(tx: &TenantTx, page: &PageRequest) -> Result<Slice<AuditEntryOut>> {
    let order = Order::parse(None, "-at", &[AT], ENTRY_ID)?;
    let mut sql = QueryBuilder::new(
        "select a.id, a.at, a.actor, a.action, a.resource_type, a.resource_id, d.before, d.after, a.request_id,
             a.has_details and d.entry_id is null as details_erased, ",
    );
    page.push_keys(&order, &mut sql);
    sql.push(" from audit_entries a left join audit_details d on d.tenant_id = a.tenant_id and d.entry_id = a.id");
    sql.push(" where a.tenant_id = ").push_bind(tx.tenant().0);
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, |row| {
        Ok(AuditEntryOut {
            id: AuditEntryId(row.try_get("id")?),
            at: row.try_get("at")?,
            actor: row.try_get("actor")?,
            action: row.try_get("action")?,
            resource_type: row.try_get("resource_type")?,
            resource_id: row.try_get("resource_id")?,
            before: row.try_get("before")?,
            after: row.try_get("after")?,
            details_erased: row.try_get("details_erased")?,
            request_id: row.try_get("request_id")?,
        })
    })
}

fn tenant_out(row: tenant::Model) -> Result<TenantOut> {
    Ok(TenantOut {
        id: TenantId(row.id),
        slug: row.slug,
        name: row.name,
        base_currency: Currency::stored(&row.base_currency).map_err(Error::internal)?,
        fiscal_year_start_month: row.fiscal_year_start_month,
        capital_cost_rate: row.capital_cost_rate.map(|rate| Exact(round_ratio(rate))),
        version: row.version,
        created_at: row.created_at,
    })
}

fn key_out(row: api_key::Model) -> ApiKeyOut {
    ApiKeyOut {
        id: ApiKeyId(row.id),
        name: row.name,
        scopes: row.scopes,
        created_by: row.created_by,
        created_at: row.created_at,
        expires_at: row.expires_at,
        revoked_at: row.revoked_at,
    }
}

fn key_of_row(row: &PgRow) -> Result<ApiKeyOut> {
    Ok(ApiKeyOut {
        id: ApiKeyId(row.try_get("id")?),
        name: row.try_get("name")?,
        scopes: row.try_get("scopes")?,
        created_by: row.try_get("created_by")?,
        created_at: row.try_get("created_at")?,
        expires_at: row.try_get("expires_at")?,
        revoked_at: row.try_get("revoked_at")?,
    })
}
