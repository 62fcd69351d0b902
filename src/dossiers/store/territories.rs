//! Rows of territories, and the names that are used without being defined.

use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row};

use crate::dossiers::wire::{TerritoryIn, TerritoryOut};
use crate::error::Result;
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::tenancy::TenantTx;
use crate::values::Label;

const NAME: SortKey = SortKey { name: "name", sql: "t.name", sql_type: "text" };
/// All territories of tenant $1. `within` counts each name's customers for itself and for all above it; `union` drops
/// repetitions, so it ends on any data.
const ALL: &str = "
    with recursive used as (
        select territory as name, count(*) as customers from customers
        where tenant_id = $1 and territory <> '' and archived_at is null and merged_into is null
        group by territory
    ), above as (
        select name as origin, name, parent from territories where tenant_id = $1
        union
        select a.origin, t.name, t.parent from above a
        join territories t on t.tenant_id = $1 and t.name = a.parent
    ), within as (
        select a.name, sum(u.customers)::bigint as customers from above a join used u on u.name = a.origin group by a.name
    ), names as (
        select name from territories where tenant_id = $1
        union select name from used
        union select territory from salespeople where tenant_id = $1 and territory <> ''
    )
    select n.name, d.label_en, d.label_zh, d.parent, d.version, coalesce(u.customers, 0) as customers,
           coalesce(w.customers, u.customers, 0) as customers_within
    from names n
    left join territories d on d.tenant_id = $1 and d.name = n.name
    left join used u on u.name = n.name
    left join within w on w.name = n.name";

/// One page of the territories, defined or used, by name.
pub(in crate::dossiers) async fn page(tx: &TenantTx, page: &PageRequest) -> Result<Slice<TerritoryOut>> {
    let order = Order::parse(None, "", &[], NAME)?;
    let mut sql = in_tenant(tx);
    sql.push("select t.*, ");
    page.push_keys(&order, &mut sql);
    sql.push(" from (").push(ALL).push(") t where true");
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, territory)
}

/// The territory of a name, where it is defined or used.
pub(in crate::dossiers) async fn by_name(tx: &TenantTx, name: &str) -> Result<Option<TerritoryOut>> {
    let mut sql = in_tenant(tx);
    sql.push("select t.* from (").push(ALL).push(") t where t.name = ").push_bind(name.to_owned());
    let row = sql.build().fetch_optional(&mut *tx.conn().await?).await?;
    row.as_ref().map(territory).transpose()
}

/// The territories that lie directly or further down in a defined one, with itself.
pub(in crate::dossiers) async fn within(tx: &TenantTx, name: &str) -> Result<Vec<String>> {
    let names = sqlx::query_scalar(
        "with recursive below as (
             select name from territories where tenant_id = $1 and name = $2
             union
             select t.name from below b join territories t on t.tenant_id = $1 and t.parent = b.name
         )
         select name from below",
    )
    .bind(tx.tenant().0)
    .bind(name)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(names)
}

/// Defines a territory, or changes what it is.
pub(in crate::dossiers) async fn put(tx: &TenantTx, name: &str, new: &TerritoryIn) -> Result<()> {
    sqlx::query(
        "insert into territories as t (tenant_id, name, label_en, label_zh, parent, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $6)
         on conflict (tenant_id, name) do update
         set label_en = excluded.label_en, label_zh = excluded.label_zh, parent = excluded.parent,
             version = t.version + 1, updated_at = $6",
    )
    .bind(tx.tenant().0)
    .bind(name)
    .bind(&new.label.en)
    .bind(&new.label.zh)
    .bind(&new.parent)
    .bind(tx.now())
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// Takes out the definition of a territory in which no other lies.
pub(in crate::dossiers) async fn delete(tx: &TenantTx, name: &str) -> Result<()> {
    sqlx::query("delete from territories where tenant_id = $1 and name = $2")
        .bind(tx.tenant().0)
        .bind(name)
        .execute(&mut *tx.conn().await?)
        .await?;
    Ok(())
}

/// Binds the tenant as $1, to which the text that follows refers.
fn in_tenant(tx: &TenantTx) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("with tenant as (select ");
    sql.push_bind(tx.tenant().0).push("::uuid) ");
    sql
}

fn territory(row: &PgRow) -> Result<TerritoryOut> {
    let (en, zh): (Option<String>, Option<String>) = (row.try_get("label_en")?, row.try_get("label_zh")?);
    Ok(TerritoryOut {
        name: row.try_get("name")?,
        label: en.zip(zh).map(|(en, zh)| Label::new(en, zh)),
        parent: row.try_get("parent")?,
        customers: row.try_get("customers")?,
        customers_within: row.try_get("customers_within")?,
        version: row.try_get("version")?,
    })
}
