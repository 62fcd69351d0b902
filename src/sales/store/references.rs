//! What external ids and days name. Each is looked up by its key, whatever the planner knows of the tenant (decision 0027).

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::dossiers::{customers_by_external_id, hold_identities};
use crate::error::{Error, Result};
use crate::sales::loading::{RATE_HOLDS_DAYS, Rates, References};
use crate::sales::wire::SalesLineUpsert;
use crate::tenancy::TenantTx;
use crate::values::{Currency, ProductId};

/// What sales lines refer to.
pub(super) async fn of_lines(
    tx: &TenantTx,
    system: &str,
    base: Currency,
    rows: &[SalesLineUpsert],
) -> Result<References> {
    let days = rows.iter().filter_map(|row| Some((row.currency.filter(|c| *c != base)?, row.day.0))).collect();
    Ok(References {
        customers: customers(tx, system, rows.iter().map(|row| row.customer_external_id.as_str())).await?,
        products: products(tx, rows.iter().map(|row| row.product_external_id.as_str())).await?,
        salespeople: salespeople(tx, rows.iter().filter_map(|row| row.salesperson_external_id.as_deref())).await?,
        rates: rates(tx, days).await?,
    })
}

/// Customers by their external ids in a system, none of whom becomes one with another until the transaction ends.
///
/// # Errors
/// The database's.
pub async fn customers<'a>(
    tx: &TenantTx,
    system: &str,
    external_ids: impl Iterator<Item = &'a str>,
) -> Result<BTreeMap<String, Uuid>> {
    hold_identities(tx).await?;
    let names: Vec<String> = distinct(external_ids).into_iter().map(str::to_owned).collect();
    let found = customers_by_external_id(tx, system, &names).await?;
    Ok(found.into_iter().map(|(name, id)| (name, id.0)).collect())
}

/// The external ids of products, by their ids.
pub(in crate::sales) async fn product_names(tx: &TenantTx, ids: &[ProductId]) -> Result<BTreeMap<ProductId, String>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let names: Vec<(Uuid, String)> = sqlx::query_as(
        "select p.id, p.external_id from products p where p.tenant_id = (select $1::uuid) and p.id = any($2)",
    )
    .bind(tx.tenant().0)
    .bind(ids)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(names.into_iter().map(|(id, name)| (ProductId(id), name)).collect())
}

/// The names of products by their external ids.
///
/// # Errors
/// The database's.
pub async fn names_of_products(tx: &TenantTx, external_ids: &[String]) -> Result<BTreeMap<String, String>> {
    if external_ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found: Vec<(String, String)> = sqlx::query_as(
        "select f.external_id, f.name from unnest($2::text[]) as n (external_id)
             cross join lateral (
                 select p.external_id, p.name from products p
                 where p.tenant_id = $1 and p.external_id = n.external_id limit 1) f",
    )
    .bind(tx.tenant().0)
    .bind(external_ids)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(found.into_iter().collect())
}

async fn products<'a>(tx: &TenantTx, external_ids: impl Iterator<Item = &'a str>) -> Result<BTreeMap<String, Uuid>> {
    let found: Vec<(String, Uuid)> = sqlx::query_as(
        "select f.external_id, f.id from unnest($2::text[]) as n (external_id)
             cross join lateral (
                 select p.external_id, p.id from products p
                 where p.tenant_id = (select $1::uuid) and p.external_id = n.external_id offset 0) f",
    )
    .bind(tx.tenant().0)
    .bind(distinct(external_ids))
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(found.into_iter().collect())
}

pub(super) async fn salespeople<'a>(
    tx: &TenantTx,
    external_ids: impl Iterator<Item = &'a str>,
) -> Result<BTreeMap<String, Uuid>> {
    let found: Vec<(String, Uuid)> = sqlx::query_as(
        "select f.external_id, f.id from unnest($2::text[]) as n (external_id)
         cross join lateral (
             select s.external_id, s.id from salespeople s
             where s.tenant_id = (select $1::uuid) and s.external_id = n.external_id offset 0) f",
    )
    .bind(tx.tenant().0)
    .bind(distinct(external_ids))
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(found.into_iter().collect())
}

/// The latest rate on or before each day that still holds, of the 31 days up to it.
///
/// # Errors
/// The database's.
pub async fn rates(tx: &TenantTx, asked: BTreeSet<(Currency, NaiveDate)>) -> Result<Rates> {
    if asked.is_empty() {
        return Ok(BTreeMap::new());
    }
    let (currencies, days): (Vec<String>, Vec<NaiveDate>) = asked.iter().map(|(c, day)| (c.to_string(), *day)).unzip();
    let found: Vec<(String, NaiveDate, Decimal)> = sqlx::query_as(
        "select w.currency, w.day, f.rate from unnest($2::text[], $3::date[]) as w (currency, day)
         cross join lateral (
             select r.rate from fx_rates r
             where r.tenant_id = (select $1::uuid) and r.currency = w.currency and r.day <= w.day and r.day >= w.day - $4::int
             order by r.day desc limit 1) f",
    )
    .bind(tx.tenant().0)
    .bind(currencies)
    .bind(days)
    .bind(RATE_HOLDS_DAYS)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    let keyed = |(currency, day, rate): (String, NaiveDate, Decimal)| {
        Ok(((Currency::stored(&currency).map_err(Error::internal)?, day), rate))
    };
    found.into_iter().map(keyed).collect()
}

fn distinct<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    texts.collect::<BTreeSet<_>>().into_iter().collect()
}
