//! Use cases of costs to serve.

use super::take;
use crate::error::Result;
use crate::finance::store;
use crate::finance::wire::{CostToServeFilter, CostToServeOut, CostToServeUpsert};
use crate::intake::{BatchItem, BatchMode, BatchOut};
use crate::paging::{PageRequest, Slice};
use crate::tenancy::{Permission, TenantTx};

pub(in crate::finance) async fn costs_to_serve(
    tx: &TenantTx,
    filter: &CostToServeFilter,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<CostToServeOut>> {
    tx.require(Permission::SalesRead)?;
    store::costs_to_serve(tx, filter, sort, page).await
}

/// `system` names the customers' external ids.
pub(in crate::finance) async fn take_costs_to_serve(
    tx: &TenantTx,
    system: &str,
    rows: Vec<BatchItem<CostToServeUpsert>>,
    mode: BatchMode,
) -> Result<BatchOut> {
    let upsert = async |base, rows: &[CostToServeUpsert]| store::upsert_costs_to_serve(tx, system, base, rows).await;
    take(tx, ("costs_to_serve.upserted", "cost_to_serve"), rows, mode, upsert).await
}
