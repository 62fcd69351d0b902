//! Reading products, sales lines, rates and quotas.

use crate::error::Result;
use crate::paging::{PageRequest, Slice};
use crate::sales::store;
use crate::sales::wire::{
    FxRateFilter, FxRateOut, ProductFilter, ProductOut, QuotaFilter, QuotaOut, SalesLineFilter, SalesLineOut,
};
use crate::tenancy::{Permission, TenantTx};
use crate::values::ProductId;

pub(in crate::sales) async fn products(
    tx: &TenantTx,
    filter: &ProductFilter,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<ProductOut>> {
    tx.require(Permission::SalesRead)?;
    store::products(tx, filter, sort, page).await
}

/// One product.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn product(tx: &TenantTx, id: ProductId) -> Result<ProductOut> {
    tx.require(Permission::SalesRead)?;
    store::product_by_id(tx, id).await
}

pub(in crate::sales) async fn sales_lines(
    tx: &TenantTx,
    filter: &SalesLineFilter,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<SalesLineOut>> {
    tx.require(Permission::SalesRead)?;
    store::lines(tx, filter, sort, page).await
}

pub(in crate::sales) async fn fx_rates(
    tx: &TenantTx,
    filter: &FxRateFilter,
    page: &PageRequest,
) -> Result<Slice<FxRateOut>> {
    tx.require(Permission::SalesRead)?;
    store::fx_rates(tx, filter, page).await
}

pub(in crate::sales) async fn quotas(
    tx: &TenantTx,
    filter: &QuotaFilter,
    page: &PageRequest,
) -> Result<Slice<QuotaOut>> {
    tx.require(Permission::SalesRead)?;
    store::quotas(tx, filter, page).await
}
