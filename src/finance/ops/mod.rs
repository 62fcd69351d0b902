//! Use cases: lists and batches of receivables, payments and costs to serve; balances and their age.

mod balances;
mod costs;
mod payments;
mod receivables;
mod tables;

pub(super) use balances::{ageing, balances};
pub(super) use costs::{costs_to_serve, take_costs_to_serve};
pub(super) use payments::{payments, take_payments};
pub(super) use receivables::{receivables, take_receivables};
pub(super) use tables::{CostTable, PaymentTable, ReceivableTable};

use crate::error::Result;
use crate::intake::{BatchItem, BatchMode, BatchOut, RowOutcome, take_rows};
use crate::tenancy::{Permission, TenantTx};
use crate::tenants;
use crate::values::Currency;

/// Takes a batch in with `upsert`, which is given the tenant's currency, and records the counts of what it changed.
async fn take<T>(
    tx: &TenantTx,
    (action, resource_type): (&str, &str),
    rows: Vec<BatchItem<T>>,
    mode: BatchMode,
    upsert: impl AsyncFnOnce(Currency, &[T]) -> Result<Vec<RowOutcome>>,
) -> Result<BatchOut> {
    tx.require(Permission::SalesWrite)?;
    let base = tenants::current(tx).await?.base_currency;
    let out = take_rows(tx, rows, mode, async |rows| upsert(base, rows).await).await?;
    if out.counts.created + out.counts.updated > 0 {
        tx.audit::<(), _>(action, resource_type, "batch", None, Some(&out.counts)).await?;
    }
    Ok(out)
}
