//! Salespeople one by one, and lists and batches of them.

use super::batch::{Items, take};
use super::upsert::{only, upsert_salespeople};
use crate::dossiers::store::salespeople;
use crate::dossiers::wire::{SalespersonOut, SalespersonUpsert};
use crate::error::{Error, Result};
use crate::intake::{BatchOut, Outcome};
use crate::paging::{PageRequest, Slice};
use crate::rest::Conditional;
use crate::tenancy::{Permission, TenantTx};
use crate::values::SalespersonId;

/// One page of salespeople.
///
/// # Errors
/// `forbidden`; `invalid_input` for an unknown order or a foreign cursor.
pub(in crate::dossiers) async fn list(
    tx: &TenantTx,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<SalespersonOut>> {
    tx.require(Permission::SalesRead)?;
    salespeople::page(tx, sort, page).await
}

/// One salesperson.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn salesperson(tx: &TenantTx, id: SalespersonId) -> Result<SalespersonOut> {
    tx.require(Permission::SalesRead)?;
    stored(tx, id).await
}

/// Creates or changes a salesperson by external id; says what became of it.
///
/// # Errors
/// `forbidden`, `invalid_input`, and `precondition_failed` where it is not the expected version, or is not there.
pub(in crate::dossiers) async fn put(
    tx: &TenantTx,
    row: SalespersonUpsert,
    expected: Option<i32>,
) -> Result<(SalespersonOut, Outcome)> {
    tx.require(Permission::SalesWrite)?;
    let names = std::slice::from_ref(&row.external_id);
    let before = salespeople::lock_by_external_ids(tx, names).await?.into_iter().next();
    match (&before, expected) {
        (Some(before), expected) => expected.check(before.version)?,
        (None, Some(_)) => return Err(Error::changed_meanwhile()),
        (None, None) => {}
    }
    let row = only(upsert_salespeople(tx, &[row]).await?)?;
    let id = row.id.map(SalespersonId).ok_or_else(|| Error::internal("a salesperson without an id"))?;
    let after = stored(tx, id).await?;
    let action = match row.outcome {
        Outcome::Created => "salesperson.created",
        Outcome::Updated => "salesperson.updated",
        Outcome::Unchanged | Outcome::Error => return Ok((after, row.outcome)),
    };
    tx.audit(action, "salesperson", id, before.as_ref(), Some(&after)).await?;
    Ok((after, row.outcome))
}

/// Creates or changes many salespeople by external id.
///
/// # Errors
/// `forbidden`, and `invalid_input` where `atomic` and an item is refused.
pub(in crate::dossiers) async fn batch(
    tx: &TenantTx,
    atomic: bool,
    items: Items<SalespersonUpsert>,
) -> Result<BatchOut> {
    tx.require(Permission::SalesWrite)?;
    let upsert = async |rows: &[SalespersonUpsert]| upsert_salespeople(tx, rows).await;
    take(tx, ("salesperson.batch_upserted", "salesperson"), atomic, items, upsert).await
}

async fn stored(tx: &TenantTx, id: SalespersonId) -> Result<SalespersonOut> {
    salespeople::by_ids(tx, &[id]).await?.into_iter().next().ok_or_else(Error::not_found)
}
