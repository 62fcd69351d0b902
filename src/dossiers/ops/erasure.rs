//! A customer whose data must go: what is counted stays, under a customer without a name.

use serde_json::json;

use super::customers::customer_now;
use super::events;
use crate::dossiers::store::{customers, erasure, locks};
use crate::dossiers::wire::{CustomerOut, ErasureIn};
use crate::error::{Error, Problems, Result};
use crate::rest::Conditional;
use crate::tenancy::{Permission, TenantTx};
use crate::values::CustomerId;

const LONGEST_REASON: usize = 500;

/// Erases what is personal of a customer and of those that became one with it. It cannot be undone. Asked again, it
/// erases what has come since, as a note of a judgement.
///
/// # Errors
/// `forbidden`, `not_found`, `invalid_input` without a reason, and `precondition_failed` where it is not the expected
/// version.
pub(in crate::dossiers) async fn erase(
    tx: &TenantTx,
    id: CustomerId,
    input: &ErasureIn,
    expected: impl Conditional,
) -> Result<CustomerOut> {
    tx.require(Permission::CustomersErase)?;
    let mut problems = Problems::new();
    problems.text("/reason", &input.reason, LONGEST_REASON);
    locks::lock(tx, locks::IDENTITIES).await?;
    let before = customers::lock_whole(tx, &[id]).await?.pop().ok_or_else(Error::not_found)?;
    problems.into_result()?;
    if before.erased_at.is_none() {
        expected.check(before.version)?;
        let after = json!({"reason": input.reason});
        tx.audit::<(), _>("customer.erased", "customer", before.id, None, Some(&after)).await?;
    }
    erasure::erase(tx, before.id).await?;
    // After it, because an erasure takes the messages that name the customer: this one has nothing but ids.
    events::publish_touched(tx, &[before.id]).await?;
    customer_now(tx, before.id).await
}
