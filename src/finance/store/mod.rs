//! Receivables, payments and costs to serve in the database.

mod ageing;
mod balances;
mod costs;
mod customer_balances;
mod ledger;
mod open_items;
mod payments;
mod receivables;

pub use balances::{CustomerBalance, Ledgers, balances, cost_to_serve_by_customer, ledgers};
pub use costs::upsert_costs_to_serve;
pub use payments::upsert_payments;
pub use receivables::upsert_receivables;

pub(super) use ageing::{AgeingTerms, page as ageing};
pub(super) use costs::page as costs_to_serve;
pub(super) use customer_balances::page as customer_balances;
pub(super) use payments::page as payments;
pub(super) use receivables::{names as receivable_names, page as receivables};

use chrono::{DateTime, Utc};
use postgres_types::ToSql;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use crate::db::{UpsertRow, UpsertTable, Upserted, upsert};
use crate::error::{FieldProblem, Result};
use crate::intake::{Outcome, RowOutcome, Sifted};
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, TenantId};

/// A row that names no currency leaves the one that is there, and its rate.
const CURRENCY: (&str, &str) =
    ("currency", "case when s.keeps_currency then coalesce(e.currency, s.currency) else s.currency end");
const FX_RATE: (&str, &str) =
    ("fx_rate", "case when s.keeps_currency and e.currency <> s.currency then e.fx_rate else s.fx_rate end");
/// Postgres rounds numeric half away from zero, and multiplies without losing a digit.
const BASE_AMOUNT: (&str, &str) = (
    "base_amount",
    "round(s.amount * case when s.keeps_currency and e.currency <> s.currency then e.fx_rate else s.fx_rate end, 4)",
);

/// Rows ready to be stored: what tells a row's object from another's, the values in the table's order, and when it was
/// observed.
type Ready<'a> = (&'a str, Vec<Box<dyn ToSql + Send + Sync + 'a>>, Option<DateTime<Utc>>);

/// Stores those of the rows that are ready, each named by its external id; one outcome a row, in order.
async fn store(
    tx: &TenantTx,
    table: &'static UpsertTable,
    rows: Vec<Result<Ready<'_>, Vec<FieldProblem>>>,
) -> Result<Vec<RowOutcome>> {
    let (rows, refused) = Sifted::new(rows).into_parts();
    let ready: Vec<_> = rows
        .iter()
        .map(|(key, values, observed_at)| UpsertRow {
            key: *key,
            id: tx.new_id::<Uuid>(),
            values: values.iter().map(|value| &**value as &(dyn ToSql + Sync)).collect(),
            observed_at: *observed_at,
        })
        .collect();
    let stored = upsert(&mut *tx.conn().await?, tx.tenant(), tx.now(), table, &ready).await?;
    Ok(refused.merge(stored.into_iter().map(outcome).collect()))
}

/// Keeps the rows of one customer; the id of one that has become one with another leads there.
fn push_customer(sql: &mut QueryBuilder<Postgres>, tenant: TenantId, column: &str, customer: CustomerId) {
    sql.push(format_args!(
        " and {column} = (select coalesce(m.merged_into, m.id) from customers m where m.tenant_id = "
    ));
    sql.push_bind(tenant.0).push(" and m.id = ").push_bind(customer.0).push(")");
}

fn outcome(stored: Upserted) -> RowOutcome {
    match stored {
        Upserted::Created(id) => RowOutcome::taken(Outcome::Created, id),
        Upserted::Updated(id) => RowOutcome::taken(Outcome::Updated, id),
        Upserted::Unchanged(id) => RowOutcome::taken(Outcome::Unchanged, id),
    }
}
