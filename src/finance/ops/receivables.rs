//! Use cases of receivables.

use super::take;
use crate::error::Result;
use crate::finance::store;
use crate::finance::wire::{ReceivableFilter, ReceivableOut, ReceivableUpsert};
use crate::intake::{BatchItem, BatchMode, BatchOut};
use crate::paging::{PageRequest, Slice};
use crate::tenancy::{Permission, TenantTx};

pub(in crate::finance) async fn receivables(
    tx: &TenantTx,
    filter: &ReceivableFilter,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<ReceivableOut>> {
    tx.require(Permission::SalesRead)?;
    let as_of = filter.as_of.map_or_else(|| tx.now().date_naive(), |day| day.0);
    store::receivables(tx, filter, as_of, sort, page).await
}

/// `system` names the customers' external ids.
pub(in crate::finance) async fn take_receivables(
    tx: &TenantTx,
    system: &str,
    rows: Vec<BatchItem<ReceivableUpsert>>,
    mode: BatchMode,
) -> Result<BatchOut> {
    let upsert = async |base, rows: &[ReceivableUpsert]| store::upsert_receivables(tx, system, base, rows).await;
    take(tx, ("receivables.upserted", "receivable"), rows, mode, upsert).await
}
