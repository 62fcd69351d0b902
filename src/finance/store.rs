//! Payments in the database.

use postgres_types::{ToSql, Type};
use uuid::Uuid;

use super::loading;
use super::wire::PaymentUpsert;
use crate::db::{UpsertRow, UpsertTable, Upserted, upsert};
use crate::error::Result;
use crate::intake::{Outcome, RowOutcome, Sifted};
use crate::sales::customers_by_external_id;
use crate::tenancy::TenantTx;
use crate::values::Currency;

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

fn outcome(stored: Upserted) -> RowOutcome {
    match stored {
        Upserted::Created(id) => RowOutcome::taken(Outcome::Created, id),
        Upserted::Updated(id) => RowOutcome::taken(Outcome::Updated, id),
        Upserted::Unchanged(id) => RowOutcome::taken(Outcome::Unchanged, id),
    }
}
