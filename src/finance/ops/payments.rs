//! Use cases of payments.

use super::take;
use crate::error::Result;
use crate::finance::store;
use crate::finance::wire::{PaymentFilter, PaymentOut, PaymentUpsert};
use crate::intake::{BatchItem, BatchMode, BatchOut};
use crate::paging::{PageRequest, Slice};
use crate::tenancy::{Permission, TenantTx};

pub(in crate::finance) async fn payments(
    tx: &TenantTx,
    filter: &PaymentFilter,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<PaymentOut>> {
    tx.require(Permission::SalesRead)?;
    let as_of = filter.as_of.map_or_else(|| tx.now().date_naive(), |day| day.0);
    store::payments(tx, filter, as_of, sort, page).await
}

/// `system` names the customers' external ids.
pub(in crate::finance) async fn take_payments(
    tx: &TenantTx,
    system: &str,
    rows: Vec<BatchItem<PaymentUpsert>>,
    mode: BatchMode,
) -> Result<BatchOut> {
    let upsert = async |base, rows: &[PaymentUpsert]| store::upsert_payments(tx, system, base, rows).await;
    take(tx, ("payments.upserted", "payment"), rows, mode, upsert).await
}
