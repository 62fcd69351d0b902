//! A customer's life: put into the archive and taken out of it.

use super::customers::{locked, updated};
use super::events;
use crate::dossiers::store::life;
use crate::dossiers::wire::CustomerOut;
use crate::error::{Error, Result};
use crate::rest::Conditional;
use crate::tenancy::{Permission, TenantTx};
use crate::values::CustomerId;

/// Archives a customer, or restores it; nothing changes where it is so already.
///
/// # Errors
/// `forbidden`, `not_found`, `precondition_failed` where it is not the expected version, and `conflict` where one that
/// was erased is to be restored.
pub(in crate::dossiers) async fn archive(
    tx: &TenantTx,
    id: CustomerId,
    archived: bool,
    expected: impl Conditional,
) -> Result<CustomerOut> {
    tx.require(Permission::CustomersWrite)?;
    let before = locked(tx, id).await?.ok_or_else(Error::not_found)?;
    if before.archived_at.is_some() == archived {
        return Ok(before);
    }
    expected.check(before.version)?;
    if before.erased_at.is_some() {
        return Err(erased());
    }
    life::archive(tx, before.id, archived).await?;
    events::publish_touched(tx, &[before.id]).await?;
    updated(tx, &before).await
}

/// What is said to whoever would write to an erased customer.
pub(super) fn erased() -> Error {
    let en = "The customer was erased at its request; nothing is kept of it any more.";
    Error::conflict(en, "该客户已按要求删除个人信息，不再保存任何资料。")
}
