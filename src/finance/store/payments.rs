//! Rows of payments.

use postgres_types::{ToSql, Type};
use sqlx::{QueryBuilder, Row};
use uuid::Uuid;

use super::{push_customer, receivables, store};
use crate::db::UpsertTable;
use crate::error::{Error, Result};
use crate::finance::loading;
use crate::finance::wire::{PaymentFilter, PaymentOut, PaymentUpsert};
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
    ],
    key: &["external_id"],
    values: &[
        ("customer_id", "s.customer_id"),
        ("paid_on", "s.paid_on"),
        ("amount", "s.amount"),
        ("currency", "s.currency"),
        ("receivable_id", "s.receivable_id"),
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
        ];
        Ok((row.external_id.as_str(), values, row.observed_at))
    });
    store(tx, &PAYMENTS, ready.collect()).await
}

/// Payments, latest first by default.
pub(in crate::finance) async fn page(
    tx: &TenantTx,
    filter: &PaymentFilter,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<PaymentOut>> {
    let order = Order::parse(sort, "-paid_on", &[PAID_ON], ID)?;
    let mut sql = QueryBuilder::new(
        "select p.id, p.external_id, p.customer_id, p.paid_on, p.amount, p.currency, p.receivable_id, ",
    );
    page.push_keys(&order, &mut sql);
    sql.push(" from payments p where p.tenant_id = ").push_bind(tx.tenant().0);
    if let Some(customer) = filter.customer_id {
        push_customer(&mut sql, tx.tenant(), "p.customer_id", customer);
    }
    if let Some(from) = filter.from {
        sql.push(" and p.paid_on >= ").push_bind(from.0);
    }
    if let Some(to) = filter.to {
        sql.push(" and p.paid_on < ").push_bind(to.0);
    }
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, |row| {
        Ok(PaymentOut {
            id: PaymentId(row.try_get("id")?),
            external_id: row.try_get("external_id")?,
            customer_id: CustomerId(row.try_get("customer_id")?),
            paid_on: Date(row.try_get("paid_on")?),
            amount: Exact(round_money(row.try_get("amount")?)),
            currency: row.try_get::<String, _>("currency")?.parse().map_err(Error::internal)?,
            receivable_id: row.try_get::<Option<Uuid>, _>("receivable_id")?.map(ReceivableId),
        })
    })
}
