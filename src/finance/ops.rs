//! Use cases of payments.

use super::store;
use super::wire::{PaymentFilter, PaymentOut, PaymentUpsert};
use crate::error::Result;
use crate::intake::{BatchItem, BatchMode, BatchOut, take_rows};
use crate::paging::{PageRequest, Slice};
use crate::tenancy::{Permission, TenantTx};
use crate::tenants;

pub(super) async fn payments(
    tx: &TenantTx,
    filter: &PaymentFilter,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<PaymentOut>> {
    tx.require(Permission::SalesRead)?;
    store::page(tx, filter, sort, page).await
}

/// `system` names the customers' external ids.
pub(super) async fn take_payments(
    tx: &TenantTx,
    system: &str,
    rows: Vec<BatchItem<PaymentUpsert>>,
    mode: BatchMode,
) -> Result<BatchOut> {
    tx.require(Permission::SalesWrite)?;
    let base = tenants::current(tx).await?.base_currency;
    let out = take_rows(tx, rows, mode, async |rows| store::upsert_payments(tx, system, base, rows).await).await?;
    if out.counts.created + out.counts.updated > 0 {
        tx.audit::<(), _>("payments.upserted", "payment", "batch", None, Some(&out.counts)).await?;
    }
    Ok(out)
}
