//! Rows of customers and their external ids.

use std::collections::BTreeMap;

use serde::Serialize;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, Postgres, QueryBuilder, Row};
use uuid::Uuid;

use super::name_grams;
use crate::dossiers::observation::Sightings;
use crate::dossiers::wire::{CustomerOut, DEFAULT_SYSTEM, ExternalId};
use crate::error::{Error, Result};
use crate::tenancy::TenantTx;
use crate::values::{Currency, CustomerId, Date, Exact, SalespersonId, round_money};

pub(super) const CUSTOMER: &str = "c.id, c.external_id, c.name, c.stage, c.industry, c.territory, c.city, c.country, c.owner_id, \
    c.parent_id, c.employees, c.annual_revenue, c.currency, c.credit_limit, c.segment_hint, c.first_seen, c.tags, \
    c.attributes, c.version, c.created_at, c.updated_at, c.archived_at, c.erased_at, c.merged_into, \
    array(select m.id from customers m where m.tenant_id = c.tenant_id and m.merged_into = c.id order by m.id) as merged_ids, \
    array(select y.part from customer_external_ids x, unnest(array[x.system, x.external_id]) with ordinality y(part, place) \
          where x.tenant_id = c.tenant_id and x.customer_id = c.id \
          order by x.system, x.external_id, y.place) as external_ids";
/// The fields a change can touch, as they stand in the JSON of a customer.
const FIELDS: &str = "name text, stage text, industry text, territory text, city text, country text, owner_id uuid, \
    parent_id uuid, employees int, annual_revenue numeric, currency text, credit_limit numeric, segment_hint text, \
    first_seen date, tags text[], attributes jsonb, observed jsonb, repeats text[]";

/// A customer to write, and when each of its fields was seen.
#[derive(Debug, Serialize)]
pub(in crate::dossiers) struct Kept<'a> {
    /// The customer.
    #[serde(flatten)]
    pub customer: &'a CustomerOut,
    /// When its fields were seen.
    #[serde(flatten)]
    pub sightings: &'a Sightings,
}

/// Serialises the creation of customers within a tenant, so that two loads never make one customer twice.
const CREATION_LOCK: i32 = 7_262_912;

/// Holds back other creations of customers in this tenant until the transaction ends. Taken before any row is locked,
/// so that loads wait for one another instead of deadlocking.
pub(in crate::dossiers) async fn lock_creation(tx: &TenantTx) -> Result<()> {
    sqlx::query("select pg_advisory_xact_lock($1, hashtext($2::text))")
        .bind(CREATION_LOCK)
        .bind(tx.tenant().0)
        .execute(&mut *tx.conn().await?)
        .await?;
    Ok(())
}

/// The customers with these external ids in a system, by external id. In the system `default`, where files look, a
/// customer that has none is found by its own id too.
pub(in crate::dossiers) async fn ids_by_external_id(
    tx: &TenantTx,
    system: &str,
    external_ids: &[String],
) -> Result<BTreeMap<String, CustomerId>> {
    let rows: Vec<(String, Uuid)> = sqlx::query_as(
        // Each by its key, whatever the planner knows of the tenant (decision 0027).
        "select f.external_id, f.customer_id from unnest($3::text[]) as n (external_id)
         cross join lateral (
             select x.external_id, x.customer_id from customer_external_ids x
             where x.tenant_id = (select $1::uuid) and x.system = $2 and x.external_id = n.external_id offset 0) f",
    )
    .bind(tx.tenant().0)
    .bind(system)
    .bind(external_ids)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    let mut ids: BTreeMap<String, CustomerId> =
        rows.into_iter().map(|(external_id, id)| (external_id, CustomerId(id))).collect();
    if system == DEFAULT_SYSTEM {
        let missing = external_ids.iter().filter(|name| !ids.contains_key(*name));
        let own = by_own_ids(tx, missing.filter_map(|name| own_id(name)).collect()).await?;
        ids.extend(own.into_iter().map(|(id, survivor)| (id.to_string(), CustomerId(survivor))));
    }
    Ok(ids)
}

/// The id that a text is, written as ids are.
pub(in crate::dossiers) fn own_id(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok().filter(|id| id.to_string() == text)
}

/// Those of these customers that are there and were not erased, each with whom it has become one with, or itself.
async fn by_own_ids(tx: &TenantTx, ids: Vec<Uuid>) -> Result<Vec<(Uuid, Uuid)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = sqlx::query_as(
        "select c.id, coalesce(c.merged_into, c.id) from customers c
         where c.tenant_id = (select $1::uuid) and c.id = any($2) and c.erased_at is null",
    )
    .bind(tx.tenant().0)
    .bind(ids)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(found)
}

/// How files name these customers: by an id of the system `default`, the one of the reports where there are several, else
/// by their own id.
pub(in crate::dossiers) async fn names_in_files(
    tx: &TenantTx,
    ids: &[CustomerId],
) -> Result<BTreeMap<CustomerId, String>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let names: Vec<(Uuid, String)> = sqlx::query_as(
        "select c.id, coalesce(x.external_id, c.id::text) from customers c
         left join lateral (
             select x.external_id from customer_external_ids x
             where x.tenant_id = c.tenant_id and x.customer_id = c.id and x.system = $3
             order by x.external_id <> c.external_id, x.external_id limit 1) x on true
         where c.tenant_id = (select $1::uuid) and c.id = any($2)",
    )
    .bind(tx.tenant().0)
    .bind(ids)
    .bind(DEFAULT_SYSTEM)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(names.into_iter().map(|(id, name)| (CustomerId(id), name)).collect())
}

/// Whose these external ids are, as far as they are anyone's.
pub(in crate::dossiers) async fn owners_of(
    tx: &TenantTx,
    ids: &[ExternalId],
) -> Result<BTreeMap<ExternalId, CustomerId>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found: Vec<(String, String, Uuid)> = sqlx::query_as(
        "select x.system, x.external_id, x.customer_id from customer_external_ids x
         where x.tenant_id = (select $1::uuid)
           and (x.system, x.external_id) in (select * from unnest($2::text[], $3::text[]) w (system, external_id))",
    )
    .bind(tx.tenant().0)
    .bind(ids.iter().map(|id| id.system.as_str()).collect::<Vec<_>>())
    .bind(ids.iter().map(|id| id.external_id.as_str()).collect::<Vec<_>>())
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    let keyed = |(system, external_id, id)| (ExternalId { system, external_id }, CustomerId(id));
    Ok(found.into_iter().map(keyed).collect())
}

/// Gives customers external ids that nobody has.
pub(in crate::dossiers) async fn add_external_ids(tx: &TenantTx, ids: &[(ExternalId, CustomerId)]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into customer_external_ids (tenant_id, system, external_id, customer_id)
         select $1, w.system, w.external_id, w.customer_id
         from unnest($2::text[], $3::text[], $4::uuid[]) w (system, external_id, customer_id)",
    )
    .bind(tx.tenant().0)
    .bind(ids.iter().map(|(id, _)| id.system.as_str()).collect::<Vec<_>>())
    .bind(ids.iter().map(|(id, _)| id.external_id.as_str()).collect::<Vec<_>>())
    .bind(ids.iter().map(|(_, customer)| customer.0).collect::<Vec<_>>())
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// Whether a customer has several ids of a system.
pub(in crate::dossiers) async fn have_several_ids_of(tx: &TenantTx, system: &str) -> Result<bool> {
    let several = sqlx::query_scalar(
        "select exists (select from customer_external_ids x where x.tenant_id = $1 and x.system = $2
                        group by x.customer_id having count(*) > 1)",
    )
    .bind(tx.tenant().0)
    .bind(system)
    .fetch_one(&mut *tx.conn().await?)
    .await?;
    Ok(several)
}

/// The systems that customers have ids of.
pub(in crate::dossiers) async fn systems(tx: &TenantTx) -> Result<Vec<String>> {
    // Its index leads from each system straight to the next.
    let systems = sqlx::query_scalar(
        "with recursive systems as (
             (select x.system from customer_external_ids x where x.tenant_id = $1 order by x.system limit 1)
             union all
             select (select x.system from customer_external_ids x
                     where x.tenant_id = $1 and x.system > s.system order by x.system limit 1)
             from systems s where s.system is not null)
         select s.system from systems s where s.system is not null order by 1",
    )
    .bind(tx.tenant().0)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(systems)
}

/// The customers with these ids, or whom they have become one with, in no order.
pub(in crate::dossiers) async fn by_ids(tx: &TenantTx, ids: &[CustomerId]) -> Result<Vec<CustomerOut>> {
    load(tx, ids, "").await
}

/// The customers with these ids, or whom they have become one with, in no order, locked until the transaction ends. What
/// hangs on them can still come in: loads of sales lines and the like, whose foreign keys hold the customers' rows,
/// neither wait for a change of customers nor deadlock with it.
pub(in crate::dossiers) async fn lock_by_ids(tx: &TenantTx, ids: &[CustomerId]) -> Result<Vec<CustomerOut>> {
    load(tx, ids, " order by c.id for no key update of c").await
}

/// As [`lock_by_ids`], against everyone: for whoever gives a customer another name in reports, or has it go.
pub(in crate::dossiers) async fn lock_whole(tx: &TenantTx, ids: &[CustomerId]) -> Result<Vec<CustomerOut>> {
    load(tx, ids, " order by c.id for update of c").await
}

async fn load(tx: &TenantTx, ids: &[CustomerId], lock: &'static str) -> Result<Vec<CustomerOut>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    loop {
        let mut sql = select();
        // An array made once, of rows found by their keys, whatever the planner knows of the tenant (decision 0027).
        sql.push(" from customers c where c.tenant_id = (select ").push_bind(tx.tenant().0).push("::uuid)");
        sql.push(" and c.id = any(array(select coalesce(m.merged_into, m.id) from unnest(").push_bind(ids.clone());
        sql.push(
            "::uuid[]) w (id) cross join lateral (select k.id, k.merged_into from customers k where k.tenant_id = (select ",
        );
        sql.push_bind(tx.tenant().0).push("::uuid) and k.id = w.id offset 0) m))");
        sql.push(lock);
        let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
        // While this waited for a row, its customer may have become one with another: then that one is meant.
        let is_gone = |row: &PgRow| row.try_get::<Option<Uuid>, _>("merged_into").is_ok_and(|into| into.is_some());
        if !rows.iter().any(is_gone) {
            return rows.iter().map(customer).collect();
        }
    }
}

/// Which of these names are taken as the name of a customer in reports.
pub(in crate::dossiers) async fn taken_names(tx: &TenantTx, names: &[String]) -> Result<Vec<String>> {
    let taken = sqlx::query_scalar(
        "select n.external_id from unnest($2::text[]) as n (external_id)
         cross join lateral (
             select c.id from customers c
             where c.tenant_id = (select $1::uuid) and c.external_id = n.external_id offset 0) c",
    )
    .bind(tx.tenant().0)
    .bind(names)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(taken)
}

/// Writes new customers and their external ids.
pub(in crate::dossiers) async fn insert(tx: &TenantTx, customers: &[Kept<'_>]) -> Result<()> {
    if customers.is_empty() {
        return Ok(());
    }
    name_grams::add(tx, names(customers)).await?;
    let mut conn = tx.conn().await?;
    let sql = format!(
        "insert into customers (tenant_id, id, external_id, name, stage, industry, territory, city, country, owner_id,
                parent_id, employees, annual_revenue, currency, credit_limit, segment_hint, first_seen, tags,
                attributes, observed, repeats, created_at, updated_at)
         select $1, r.id, r.external_id, r.name, r.stage, r.industry, r.territory, r.city, r.country, r.owner_id,
                r.parent_id, r.employees, r.annual_revenue, r.currency, r.credit_limit, r.segment_hint, r.first_seen,
                r.tags, r.attributes, r.observed, r.repeats, $2, $2
         from jsonb_to_recordset($3) as r(id uuid, external_id text, {FIELDS})"
    );
    sqlx::query(AssertSqlSafe(sql))
        .bind(tx.tenant().0)
        .bind(tx.now())
        .bind(Json(customers))
        .execute(&mut *conn)
        .await?;
    drop(conn);
    let ids = |kept: &Kept<'_>| {
        let id = kept.customer.id;
        kept.customer.external_ids.iter().map(|external_id| (external_id.clone(), id)).collect::<Vec<_>>()
    };
    add_external_ids(tx, &customers.iter().flat_map(ids).collect::<Vec<_>>()).await
}

/// Where the row of the customer `r.id` of tenant $1 is: for a change of many customers that are locked, so that their rows
/// stay where they are. Each is found by its key, whatever the planner knows of the tenant (decision 0027).
pub(super) const PLACE: &str =
    "(select k.ctid from customers k where k.tenant_id = (select $1::uuid) and k.id = r.id) as place";

/// Writes changed customers, which must be locked; each counts one change.
pub(in crate::dossiers) async fn update(tx: &TenantTx, customers: &[Kept<'_>]) -> Result<()> {
    if customers.is_empty() {
        return Ok(());
    }
    name_grams::rename(tx, names(customers)).await?;
    let sql = format!(
        "update customers c
         set name = r.name, stage = r.stage, industry = r.industry, territory = r.territory, city = r.city,
             country = r.country, owner_id = r.owner_id, parent_id = r.parent_id, employees = r.employees,
             annual_revenue = r.annual_revenue, currency = r.currency, credit_limit = r.credit_limit,
             segment_hint = r.segment_hint, first_seen = r.first_seen, tags = r.tags, attributes = r.attributes,
             observed = r.observed, repeats = r.repeats, version = c.version + 1, updated_at = $2
         from (select r.*, {PLACE} from jsonb_to_recordset($3) as r(id uuid, {FIELDS})) r
         where c.tenant_id = $1 and c.ctid = r.place"
    );
    sqlx::query(AssertSqlSafe(sql))
        .bind(tx.tenant().0)
        .bind(tx.now())
        .bind(Json(customers))
        .execute(&mut *tx.conn().await?)
        .await?;
    let ids: Vec<CustomerId> = customers.iter().map(|kept| kept.customer.id).collect();
    super::merge::follow_owners(tx, &ids).await
}

fn names<'a>(customers: &'a [Kept<'_>]) -> impl Iterator<Item = (CustomerId, &'a str)> {
    customers.iter().map(|kept| (kept.customer.id, kept.customer.name.as_str()))
}

/// Counts one change of each of these customers, as of something that hangs on them.
pub(in crate::dossiers) async fn touch(tx: &TenantTx, ids: &[CustomerId]) -> Result<()> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    sqlx::query("update customers set version = version + 1, updated_at = $2 where tenant_id = (select $1::uuid) and id = any($3)")
        .bind(tx.tenant().0)
        .bind(tx.now())
        .bind(ids)
        .execute(&mut *tx.conn().await?)
        .await?;
    Ok(())
}

pub(super) fn select() -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("select ");
    sql.push(CUSTOMER);
    sql
}

/// A pattern for `like` that finds the text anywhere, none of its characters being a wildcard.
pub(super) fn containing(text: &str) -> String {
    let literal = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{literal}%")
}

pub(super) fn customer(row: &PgRow) -> Result<CustomerOut> {
    let stage: String = row.try_get("stage")?;
    let currency: Option<String> = row.try_get("currency")?;
    let pairs: Vec<String> = row.try_get("external_ids")?;
    Ok(CustomerOut {
        id: CustomerId(row.try_get("id")?),
        external_id: row.try_get("external_id")?,
        name: row.try_get("name")?,
        stage: stage.parse().map_err(Error::internal)?,
        industry: row.try_get("industry")?,
        territory: row.try_get("territory")?,
        city: row.try_get("city")?,
        country: row.try_get("country")?,
        owner_id: row.try_get::<Option<Uuid>, _>("owner_id")?.map(SalespersonId),
        parent_id: row.try_get::<Option<Uuid>, _>("parent_id")?.map(CustomerId),
        employees: row.try_get("employees")?,
        annual_revenue: amount(row, "annual_revenue")?,
        currency: currency.map(|code| Currency::stored(&code)).transpose().map_err(Error::internal)?,
        credit_limit: amount(row, "credit_limit")?,
        segment_hint: row.try_get("segment_hint")?,
        first_seen: row.try_get::<Option<chrono::NaiveDate>, _>("first_seen")?.map(Date),
        tags: row.try_get("tags")?,
        attributes: row.try_get("attributes")?,
        external_ids: external_ids(pairs),
        merged_ids: row.try_get::<Vec<Uuid>, _>("merged_ids")?.into_iter().map(CustomerId).collect(),
        archived_at: row.try_get("archived_at")?,
        erased_at: row.try_get("erased_at")?,
        version: row.try_get("version")?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
    })
}

pub(super) fn amount(row: &PgRow, column: &str) -> Result<Option<Exact>> {
    let value: Option<rust_decimal::Decimal> = row.try_get(column)?;
    Ok(value.map(|value| Exact(round_money(value))))
}

fn external_ids(flat: Vec<String>) -> Vec<ExternalId> {
    let mut flat = flat.into_iter();
    let mut ids = Vec::with_capacity(flat.len() / 2);
    while let (Some(system), Some(external_id)) = (flat.next(), flat.next()) {
        ids.push(ExternalId { system, external_id });
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_to_find_holds_no_wildcards() {
        assert_eq!(containing(r"50%_\"), r"%50\%\_\\%");
    }
}
