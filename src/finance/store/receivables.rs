//! Rows of receivables.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use postgres_types::{ToSql, Type};
use rust_decimal::Decimal;
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row};
use uuid::Uuid;

use super::ledger::push_ledger;
use super::{BASE_AMOUNT, CURRENCY, FX_RATE, store};
use crate::db::UpsertTable;
use crate::error::{Error, Result};
use crate::finance::loading::{self, KnownReceivable};
use crate::finance::wire::{OpenItem, ReceivableFilter, ReceivableOut, ReceivableUpsert};
use crate::intake::RowOutcome;
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::sales::{customers_by_external_id, rates_on};
use crate::tenancy::TenantTx;
use crate::values::{Currency, CustomerId, Date, Exact, ReceivableId, round_money};

const DUE_ON: SortKey = SortKey { name: "due_on", sql: "o.due_on", sql_type: "date" };
const INVOICED_ON: SortKey = SortKey { name: "invoiced_on", sql: "o.invoiced_on", sql_type: "date" };
const ID: SortKey = SortKey { name: "id", sql: "o.id", sql_type: "uuid" };

static RECEIVABLES: UpsertTable = UpsertTable {
    name: "receivables",
    staged: &[
        ("external_id", Type::TEXT),
        ("customer_id", Type::UUID),
        ("invoiced_on", Type::DATE),
        ("due_on", Type::DATE),
        ("amount", Type::NUMERIC),
        ("currency", Type::TEXT),
        ("fx_rate", Type::NUMERIC),
        ("keeps_currency", Type::BOOL),
    ],
    key: &["external_id"],
    values: &[
        ("customer_id", "s.customer_id"),
        ("invoiced_on", "s.invoiced_on"),
        ("due_on", "s.due_on"),
        ("amount", "s.amount"),
        CURRENCY,
        FX_RATE,
        BASE_AMOUNT,
    ],
    has_id: true,
    versioned: false,
    observed: true,
};

/// Creates receivables and replaces those that are there, by external id; `system` names the customers' external ids,
/// `base` is the tenant's currency. Amounts are converted with the latest rate of the 31 days up to the invoice. 1 to
/// 10,000 rows a call; rows of the same receivable are applied in order. What the caller may do, and the audit entry,
/// are the caller's.
///
/// # Errors
/// The database's. What is wrong with a row is in its outcome.
pub async fn upsert_receivables(
    tx: &TenantTx,
    system: &str,
    base: Currency,
    rows: &[ReceivableUpsert],
) -> Result<Vec<RowOutcome>> {
    let names = rows.iter().map(|row| row.customer_external_id.as_str());
    let customers = customers_by_external_id(tx, system, names).await?;
    let days = rows.iter().filter_map(|row| Some((row.currency.filter(|c| *c != base)?, row.invoiced_on.0))).collect();
    let rates = rates_on(tx, days).await?;
    let ready = rows.iter().map(|row| {
        let found = loading::receivable(row, base, &customers, &rates, tx.now())?;
        let values: Vec<Box<dyn ToSql + Send + Sync + '_>> = vec![
            Box::new(&row.external_id),
            Box::new(found.customer),
            Box::new(row.invoiced_on.0),
            Box::new(row.due_on.0),
            Box::new(row.amount.0),
            Box::new(found.currency.to_string()),
            Box::new(found.rate),
            Box::new(row.keeps_currency),
        ];
        Ok((row.external_id.as_str(), values, row.observed_at))
    });
    store(tx, &RECEIVABLES, ready.collect()).await
}

/// The receivables with these external ids.
pub(super) async fn known(tx: &TenantTx, external_ids: Vec<&str>) -> Result<BTreeMap<String, KnownReceivable>> {
    if external_ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<(String, Uuid, Uuid, String)> = sqlx::query_as(
        "select r.external_id, r.id, r.customer_id, r.currency from receivables r
         where r.tenant_id = (select $1::uuid) and r.external_id = any($2)",
    )
    .bind(tx.tenant().0)
    .bind(external_ids)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    let known = |(name, id, customer, currency): (String, Uuid, Uuid, String)| {
        Ok((name, KnownReceivable { id, customer, currency: Currency::stored(&currency).map_err(Error::internal)? }))
    };
    rows.into_iter().map(known).collect()
}

/// The external ids of these receivables.
pub(in crate::finance) async fn names(tx: &TenantTx, ids: Vec<ReceivableId>) -> Result<BTreeMap<ReceivableId, String>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<(Uuid, String)> = sqlx::query_as(
        "select r.id, r.external_id from receivables r where r.tenant_id = (select $1::uuid) and r.id = any($2)",
    )
    .bind(tx.tenant().0)
    .bind(ids.into_iter().map(|id| id.0).collect::<Vec<_>>())
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(rows.into_iter().map(|(id, name)| (ReceivableId(id), name)).collect())
}

/// Receivables, those that fall due first by default, with what of them is open at the end of `as_of`.
pub(in crate::finance) async fn page(
    tx: &TenantTx,
    filter: &ReceivableFilter,
    as_of: NaiveDate,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<ReceivableOut>> {
    let order = Order::parse(sort, "due_on", &[DUE_ON, INVOICED_ON], ID)?;
    let customer = match filter.customer_id {
        Some(id) => Some(survivor(tx, id).await?.0),
        None => None,
    };
    // What is open of an item hangs on all that its customer has: it is reckoned of everyone where it says who is on the
    // page, and else of those on it.
    if filter.open.is_none() && filter.overdue.is_none() && !page.is_whole() {
        return plain_page(tx, customer, as_of, &order, page).await;
    }
    let mut sql = QueryBuilder::new("");
    push_ledger(&mut sql, tx.tenant(), as_of, customer.as_ref().map(std::slice::from_ref));
    sql.push(" select o.*, round(o.open * o.fx_rate, 4) as base_open, ");
    page.push_keys(&order, &mut sql);
    // Those that are invoiced later are not open yet.
    sql.push(" from (select i.tenant_id, i.id, i.external_id, i.customer_id, i.invoiced_on, i.due_on, i.amount,");
    sql.push(" i.currency, i.fx_rate, i.base_amount, i.open from open_items i union all");
    sql.push(" select r.tenant_id, r.id, r.external_id, r.customer_id, r.invoiced_on, r.due_on, r.amount, r.currency,");
    sql.push(" r.fx_rate, r.base_amount, null from receivables r where r.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and r.invoiced_on > ").push_bind(as_of);
    sql.push(") o where o.tenant_id = ").push_bind(tx.tenant().0);
    push_customer(&mut sql, customer);
    if let Some(open) = filter.open {
        sql.push(" and (coalesce(o.open, 0) <> 0) = ").push_bind(open);
    }
    if let Some(overdue) = filter.overdue {
        sql.push(" and (coalesce(o.open, 0) > 0 and o.due_on < ").push_bind(as_of).push(") = ").push_bind(overdue);
    }
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().persistent(false).fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, |row| receivable(row, open(row)?, as_of))
}

async fn plain_page(
    tx: &TenantTx,
    customer: Option<Uuid>,
    as_of: NaiveDate,
    order: &Order,
    page: &PageRequest,
) -> Result<Slice<ReceivableOut>> {
    let mut sql = QueryBuilder::new("select o.*, ");
    page.push_keys(order, &mut sql);
    sql.push(" from receivables o where o.tenant_id = ").push_bind(tx.tenant().0);
    push_customer(&mut sql, customer);
    page.push_tail(order, &mut sql)?;
    let rows = sql.build().persistent(false).fetch_all(&mut *tx.conn().await?).await?;
    let column = |name| rows.iter().map(|row| row.try_get(name)).collect::<Result<Vec<Uuid>, _>>();
    let (ids, mut customers) = (column("id")?, column("customer_id")?);
    customers.sort_unstable();
    customers.dedup();
    let mut sql = QueryBuilder::new("");
    push_ledger(&mut sql, tx.tenant(), as_of, Some(&customers));
    sql.push(" select o.id, o.open, round(o.open * o.fx_rate, 4) as base_open from open_items o where o.id = any(");
    sql.push_bind(ids).push(")");
    let opens = sql.build().persistent(false).fetch_all(&mut *tx.conn().await?).await?;
    let opens: Vec<(Uuid, Open)> =
        opens.iter().map(|row| Ok((row.try_get("id")?, open(row)?))).collect::<Result<_>>()?;
    let opens: BTreeMap<Uuid, Open> = opens.into_iter().collect();
    page.slice(order, rows, |row| {
        // Those that are invoiced later are not open yet.
        let open = opens.get(&row.try_get("id")?).copied().unwrap_or_default();
        receivable(row, open, as_of)
    })
}

fn push_customer(sql: &mut QueryBuilder<Postgres>, customer: Option<Uuid>) {
    if let Some(customer) = customer {
        sql.push(" and o.customer_id = ").push_bind(customer);
    }
}

/// The customer whom one has become one with; itself where it has not.
pub(super) async fn survivor(tx: &TenantTx, customer: CustomerId) -> Result<CustomerId> {
    let id: Option<Uuid> =
        sqlx::query_scalar("select coalesce(merged_into, id) from customers where tenant_id = $1 and id = $2")
            .bind(tx.tenant().0)
            .bind(customer.0)
            .fetch_optional(&mut *tx.conn().await?)
            .await?;
    Ok(id.map_or(customer, CustomerId))
}

/// What is open of an item, in its currency and in the base currency; none of one that is invoiced later.
type Open = (Option<Decimal>, Option<Decimal>);

fn open(row: &PgRow) -> Result<Open> {
    Ok((row.try_get("open")?, row.try_get("base_open")?))
}

fn receivable(row: &PgRow, (open, base_open): Open, as_of: NaiveDate) -> Result<ReceivableOut> {
    let due_on: NaiveDate = row.try_get("due_on")?;
    let money = |value: Option<Decimal>| value.map(|value| Exact(round_money(value)));
    let amount = money(open);
    let is_owed = amount.is_some_and(|amount| amount.0 > Decimal::ZERO);
    let late = i32::try_from((as_of - due_on).num_days().max(0)).map_err(Error::internal)?;
    Ok(ReceivableOut {
        id: ReceivableId(row.try_get("id")?),
        external_id: row.try_get("external_id")?,
        customer_id: CustomerId(row.try_get("customer_id")?),
        invoiced_on: Date(row.try_get("invoiced_on")?),
        due_on: Date(due_on),
        amount: Exact(round_money(row.try_get("amount")?)),
        currency: Currency::stored(&row.try_get::<String, _>("currency")?).map_err(Error::internal)?,
        base_amount: Exact(round_money(row.try_get("base_amount")?)),
        open: OpenItem {
            as_of: Date(as_of),
            amount,
            base_amount: money(base_open),
            days_overdue: is_owed.then_some(late),
        },
    })
}
