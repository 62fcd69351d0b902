//! Rows of payments.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use postgres_types::{ToSql, Type};
use rust_decimal::Decimal;
use sqlx::postgres::PgRow;
use sqlx::{QueryBuilder, Row};
use uuid::Uuid;

use super::ledger::push_ledger;
use super::{CURRENCY, push_customer, receivables, store};
use crate::db::UpsertTable;
use crate::error::{Error, Result};
use crate::finance::loading;
use crate::finance::wire::{PaymentFilter, PaymentOut, PaymentUpsert, PaymentUse};
use crate::intake::RowOutcome;
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::sales::customers_by_external_id;
use crate::tenancy::TenantTx;
use crate::values::{Currency, CustomerId, Date, Exact, PaymentId, ReceivableId, round_money};

const PAID_ON: SortKey = SortKey { name: "paid_on", sql: "p.paid_on", sql_type: "date" };
const ID: SortKey = SortKey { name: "id", sql: "p.id", sql_type: "uuid" };

static PAYMENTS: UpsertTable = UpsertTable {
    name: "payments",
    staged: &[
        ("external_id", Type::TEXT),
        ("customer_id", Type::UUID),
        ("paid_on", Type::DATE),
        ("amount", Type::NUMERIC),
        ("currency", Type::TEXT),
        ("receivable_id", Type::UUID),
        ("keeps_currency", Type::BOOL),
        ("keeps_receivable", Type::BOOL),
    ],
    key: &["external_id"],
    values: &[
        ("customer_id", "s.customer_id"),
        ("paid_on", "s.paid_on"),
        ("amount", "s.amount"),
        CURRENCY,
        (
            "receivable_id",
            "case when s.keeps_receivable and e.customer_id = s.customer_id then e.receivable_id else s.receivable_id end",
        ),
    ],
    has_id: true,
    versioned: false,
    observed: true,
};

/// Creates payments and replaces those that are there, by external id; `system` names the customers' external ids,
/// `base` is the currency where none is given. 1 to 10,000 rows a call; rows of the same payment are applied in order.
/// What the caller may do, and the audit entry, are the caller's.
///
/// # Errors
/// The database's. What is wrong with a row is in its outcome.
pub async fn upsert_payments(
    tx: &TenantTx,
    system: &str,
    base: Currency,
    rows: &[PaymentUpsert],
) -> Result<Vec<RowOutcome>> {
    let names = rows.iter().map(|row| row.customer_external_id.as_str());
    let customers = customers_by_external_id(tx, system, names).await?;
    let named = rows.iter().filter_map(|row| row.receivable_external_id.as_deref()).collect();
    let receivables = receivables::known(tx, named).await?;
    let ready = rows.iter().map(|row| {
        let found = loading::payment(row, base, &customers, &receivables, tx.now())?;
        let values: Vec<Box<dyn ToSql + Send + Sync + '_>> = vec![
            Box::new(&row.external_id),
            Box::new(found.customer),
            Box::new(row.paid_on.0),
            Box::new(row.amount.0),
            Box::new(found.currency.to_string()),
            Box::new(found.receivable),
            Box::new(row.keeps_currency),
            Box::new(row.keeps_receivable),
        ];
        Ok((row.external_id.as_str(), values, row.observed_at))
    });
    store(tx, &PAYMENTS, ready.collect()).await
}

/// Payments, latest first by default, with what of them is applied at the end of `as_of`.
pub(in crate::finance) async fn page(
    tx: &TenantTx,
    filter: &PaymentFilter,
    as_of: NaiveDate,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<PaymentOut>> {
    let order = Order::parse(sort, "-paid_on", &[PAID_ON], ID)?;
    // What is applied of a payment hangs on all that its customer has: it is reckoned of everyone where it says who is on
    // the page, and else of those on it.
    let at_once = filter.unapplied.is_some() || page.is_whole();
    let mut sql = QueryBuilder::new("");
    if at_once {
        push_ledger(&mut sql, tx.tenant(), as_of, None);
    }
    sql.push("select p.id, p.external_id, p.customer_id, p.paid_on, p.amount, p.currency, p.receivable_id, ");
    sql.push(if at_once { "m.unapplied, " } else { "null::numeric as unapplied, " });
    page.push_keys(&order, &mut sql);
    sql.push(" from payments p");
    if at_once {
        sql.push(" left join money m on m.id = p.id");
    }
    sql.push(" where p.tenant_id = ").push_bind(tx.tenant().0);
    if let Some(customer) = filter.customer_id {
        push_customer(&mut sql, tx.tenant(), "p.customer_id", customer);
    }
    if let Some(from) = filter.from {
        sql.push(" and p.paid_on >= ").push_bind(from.0);
    }
    if let Some(to) = filter.to {
        sql.push(" and p.paid_on < ").push_bind(to.0);
    }
    if let Some(unapplied) = filter.unapplied {
        sql.push(" and (coalesce(m.unapplied, 0) <> 0) = ").push_bind(unapplied);
    }
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().persistent(false).fetch_all(&mut *tx.conn().await?).await?;
    let known = if at_once { BTreeMap::new() } else { unapplied(tx, &rows, as_of).await? };
    page.slice(&order, rows, |row| {
        let (id, paid_on): (Uuid, NaiveDate) = (row.try_get("id")?, row.try_get("paid_on")?);
        let amount = round_money(row.try_get("amount")?);
        let unapplied = row.try_get::<Option<Decimal>, _>("unapplied")?.or_else(|| known.get(&id).copied());
        let unapplied = unapplied.filter(|_| paid_on <= as_of).map(round_money);
        Ok(PaymentOut {
            id: PaymentId(id),
            external_id: row.try_get("external_id")?,
            customer_id: CustomerId(row.try_get("customer_id")?),
            paid_on: Date(paid_on),
            amount: Exact(amount),
            currency: Currency::stored(&row.try_get::<String, _>("currency")?).map_err(Error::internal)?,
            receivable_id: row.try_get::<Option<Uuid>, _>("receivable_id")?.map(ReceivableId),
            applied: PaymentUse {
                as_of: Date(as_of),
                amount: unapplied.map(|unapplied| Exact(amount - unapplied)),
                unapplied: unapplied.map(Exact),
            },
        })
    })
}

/// What is not applied of the payments in these rows.
async fn unapplied(tx: &TenantTx, rows: &[PgRow], as_of: NaiveDate) -> Result<BTreeMap<Uuid, Decimal>> {
    let column = |name| rows.iter().map(|row| row.try_get(name)).collect::<Result<Vec<Uuid>, _>>();
    let (ids, mut customers) = (column("id")?, column("customer_id")?);
    customers.sort_unstable();
    customers.dedup();
    let mut sql = QueryBuilder::new("");
    push_ledger(&mut sql, tx.tenant(), as_of, Some(&customers));
    sql.push(" select m.id, m.unapplied from money m where m.id = any(").push_bind(ids).push(")");
    let found: Vec<(Uuid, Decimal)> = sql.build_query_as().persistent(false).fetch_all(&mut *tx.conn().await?).await?;
    Ok(found.into_iter().collect())
}
