//! Batches of products, sales lines, rates and quotas. Each leaves one audit entry with its counts.

use crate::error::{Error, Result};
use crate::intake::{BatchItem, BatchMode, BatchOut, Outcome, take_rows};
use crate::sales::store;
use crate::sales::wire::{FxRateUpsert, ProductOut, ProductUpsert, QuotaUpsert, SalesLineUpsert};
use crate::tenancy::{Permission, TenantTx};
use crate::tenants;
use crate::values::ProductId;

/// Rows as a face has read them.
type Rows<T> = Vec<BatchItem<T>>;

pub(in crate::sales) async fn take_products(
    tx: &TenantTx,
    rows: Rows<ProductUpsert>,
    mode: BatchMode,
) -> Result<BatchOut> {
    tx.require(Permission::SalesWrite)?;
    let out = take_rows(tx, rows, mode, async |rows| store::upsert_products(tx, rows).await).await?;
    log(tx, "products.upserted", "product", out).await
}

/// `system` names the customers' external ids.
pub(in crate::sales) async fn take_sales_lines(
    tx: &TenantTx,
    system: &str,
    rows: Rows<SalesLineUpsert>,
    mode: BatchMode,
) -> Result<BatchOut> {
    tx.require(Permission::SalesWrite)?;
    let base = tenants::current(tx).await?.base_currency;
    let out = take_rows(tx, rows, mode, async |rows| store::upsert_sales_lines(tx, system, base, rows).await).await?;
    log(tx, "sales_lines.upserted", "sales_line", out).await
}

pub(in crate::sales) async fn take_fx_rates(
    tx: &TenantTx,
    rows: Rows<FxRateUpsert>,
    mode: BatchMode,
) -> Result<BatchOut> {
    tx.require(Permission::SalesWrite)?;
    let out = take_rows(tx, rows, mode, async |rows| store::upsert_fx_rates(tx, rows).await).await?;
    log(tx, "fx_rates.upserted", "fx_rate", out).await
}

pub(in crate::sales) async fn take_quotas(tx: &TenantTx, rows: Rows<QuotaUpsert>, mode: BatchMode) -> Result<BatchOut> {
    tx.require(Permission::SalesWrite)?;
    let out = take_rows(tx, rows, mode, async |rows| store::upsert_quotas(tx, rows).await).await?;
    log(tx, "quotas.upserted", "quota", out).await
}

/// Creates or changes one product; whether it is new, and the product. `expected` is checked against the version that
/// is there; a product that is not there has version 0.
pub(in crate::sales) async fn put_product(
    tx: &TenantTx,
    product: ProductUpsert,
    expected: impl crate::rest::Conditional,
) -> Result<(bool, ProductOut)> {
    tx.require(Permission::SalesWrite)?;
    let before = store::product_for_update(tx, &product.external_id).await?;
    expected.check(before.as_ref().map_or(0, |p| p.version))?;
    let row = store::upsert_products(tx, std::slice::from_ref(&product)).await?.pop();
    let row = row.ok_or_else(|| Error::internal("an upsert without an outcome"))?;
    let Some(id) = row.id else { return Err(Error::invalid(row.problems)) };
    let after = store::product_by_id(tx, ProductId(id)).await?;
    match row.outcome {
        Outcome::Created => tx.audit::<(), _>("product.created", "product", id, None, Some(&after)).await?,
        Outcome::Updated => tx.audit("product.updated", "product", id, before.as_ref(), Some(&after)).await?,
        Outcome::Unchanged | Outcome::Error => {}
    }
    Ok((row.outcome == Outcome::Created, after))
}

/// Records a batch that changed something.
async fn log(tx: &TenantTx, action: &str, resource: &str, out: BatchOut) -> Result<BatchOut> {
    if out.counts.created + out.counts.updated > 0 {
        tx.audit::<(), _>(action, resource, "batch", None, Some(&out.counts)).await?;
    }
    Ok(out)
}
