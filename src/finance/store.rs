//! Payments in the database.

use postgres_types::{ToSql, Type};
use sqlx::{QueryBuilder, Row};
use uuid::Uuid;

use super::loading;
use super::wire::{PaymentFilter, PaymentOut, PaymentUpsert};
use crate::db::{UpsertRow, UpsertTable, Upserted, upsert};
use crate::error::{Error, Result};
use crate::intake::{Outcome, RowOutcome, Sifted};
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::sales::customers_by_external_id;
use crate::tenancy::TenantTx;
use crate::values::{Currency, CustomerId, Date, Exact, PaymentId, round_money};

const PAID_ON: SortKey = SortKey { name: "paid_on", sql: "p.paid_on", sql_type: "date" };
const ID: SortKey = SortKey { name: "id", sql: "p.id", sql_type: "uuid" };

const PAYMENTS: UpsertTable = UpsertTable {
    name: "payments",
    staged: &[
        ("external_id", Type::TEXT),
        ("customer_id", Type::UUID),
        ("paid_on", Type::DATE),
        ("amount", Type::NUMERIC),
        ("currency", Type::TEXT),
    ],
    key: &["external_id"],
    values: &[
        ("customer_id", "s.customer_id"),
        ("paid_on", "s.paid_on"),
        ("amount", "s.amount"),
        ("currency", "s.currency"),
    ],
    has_id: true,
    versioned: false,
};

/// A payment whose customer is known, with its currency as text.
struct Ready<'a> {
    row: &'a PaymentUpsert,
    id: Uuid,
    customer: Uuid,
    currency: String,
}

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
    let customers =
        customers_by_external_id(tx, system, rows.iter().map(|row| row.customer_external_id.as_str())).await?;
    let ready = rows.iter().map(|row| {
        let customer = loading::customer_of(row, &customers)?;
        Ok(Ready { row, id: tx.new_id(), customer, currency: row.currency.unwrap_or(base).to_string() })
    });
    let (ready, refused) = Sifted::new(ready.collect()).into_parts();
    let staged: Vec<_> = ready
        .iter()
        .map(|ready| {
            let values: Vec<&(dyn ToSql + Sync)> = vec![
                &ready.row.external_id,
                &ready.customer,
                &ready.row.paid_on.0,
                &ready.row.amount.0,
                &ready.currency,
            ];
            UpsertRow { key: &ready.row.external_id, id: ready.id, values }
        })
        .collect();
    let stored = upsert(&mut *tx.conn().await?, tx.tenant(), tx.now(), &PAYMENTS, &staged).await?;
    Ok(refused.merge(stored.into_iter().map(outcome).collect()))
}

/// Payments, latest first by default.
pub(super) async fn page(
    tx: &TenantTx,
    filter: &PaymentFilter,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<PaymentOut>> {
    let order = Order::parse(sort, "-paid_on", &[PAID_ON], ID)?;
    let mut sql = QueryBuilder::new("select p.id, p.external_id, p.customer_id, p.paid_on, p.amount, p.currency, ");
    page.push_keys(&order, &mut sql);
    sql.push(" from payments p where p.tenant_id = ").push_bind(tx.tenant().0);
    if let Some(customer) = filter.customer_id {
        // The id of a customer that has become one with another leads there.
        sql.push(" and p.customer_id = (select coalesce(c.merged_into, c.id) from customers c where c.tenant_id = ");
        sql.push_bind(tx.tenant().0).push(" and c.id = ").push_bind(customer.0).push(")");
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
        })
    })
}

fn outcome(stored: Upserted) -> RowOutcome {
    match stored {
        Upserted::Created(id) => RowOutcome::taken(Outcome::Created, id),
        Upserted::Updated(id) => RowOutcome::taken(Outcome::Updated, id),
        Upserted::Unchanged(id) => RowOutcome::taken(Outcome::Unchanged, id),
    }
}
