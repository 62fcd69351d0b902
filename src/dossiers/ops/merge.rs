//! Two customers that are one.

use serde_json::json;

use super::customers::{customer_now, locked};
use super::events;
use super::history::{Ledger, external_ids_changed, take_over};
use super::life::erased;
use crate::dossiers::provenance::Provenance;
use crate::dossiers::store::{customers, locks, merge, references};
use crate::dossiers::union::gains;
use crate::dossiers::wire::CustomerOut;
use crate::error::{Error, Result};
use crate::rest::Conditional;
use crate::tenancy::{Permission, TenantTx};
use crate::values::CustomerId;

/// Has a customer become one with another: everything that hangs on it moves, its id and its external ids resolve to the
/// survivor, whose values stay and whose blanks are filled. It cannot be undone. Asked again, it answers the survivor.
///
/// # Errors
/// `forbidden`, `not_found`, `precondition_failed` where the customer is not the expected version, `invalid_input` where
/// the other is unknown or the same, and `conflict` where it has become one with a third, or either was erased.
pub(in crate::dossiers) async fn merge(
    tx: &TenantTx,
    id: CustomerId,
    into: CustomerId,
    expected: impl Conditional,
) -> Result<CustomerOut> {
    tx.require(Permission::CustomersWrite)?;
    locks::lock(tx, locks::IDENTITIES).await?;
    if let Some(survivor) = merge::survivor(tx, id).await? {
        return merged_already(tx, survivor, into).await;
    }
    let gone = customer_now(tx, id).await?;
    let Some(survivor) = customers::by_ids(tx, &[into]).await?.pop() else {
        return Err(Error::invalid_at("/into", "unknown_reference", "There is no such customer.", "没有该客户。"));
    };
    if survivor.id == gone.id {
        let en = "A customer cannot become one with itself.";
        return Err(Error::invalid_at("/into", "same", en, "客户不能与自身合并。"));
    }
    customers::lock_whole(tx, &[gone.id, survivor.id]).await?;
    let (gone, survivor) = (customer_now(tx, gone.id).await?, customer_now(tx, survivor.id).await?);
    expected.check(gone.version)?;
    if gone.erased_at.is_some() || survivor.erased_at.is_some() {
        return Err(erased());
    }
    let parent = parent_of_both(tx, &gone, &survivor).await?;
    fill(tx, &gone, &survivor).await?;
    merge::move_holdings(tx, gone.id, survivor.id).await?;
    merge::mark(tx, gone.id, survivor.id, parent).await?;
    let after = customer_now(tx, survivor.id).await?;
    take_over(tx, Provenance::of(tx.actor()), gone.id, &after).await?;
    events::publish_touched(tx, &[after.id]).await?;
    events::publish_merged(tx, gone.id, &after).await?;
    let before = json!({"merged": gone, "survivor": survivor});
    tx.audit("customer.merged", "customer", after.id, Some(&before), Some(&after)).await?;
    Ok(after)
}

/// The survivor of a merge that was asked for again.
async fn merged_already(tx: &TenantTx, survivor: CustomerId, into: CustomerId) -> Result<CustomerOut> {
    let survivor = locked(tx, survivor).await?.ok_or_else(Error::not_found)?;
    let asked = customers::by_ids(tx, &[into]).await?.pop();
    if asked.is_some_and(|asked| asked.id == survivor.id) {
        return Ok(survivor);
    }
    let en = "It has become one with another customer already, which cannot be undone.";
    Err(Error::conflict(en, "该客户已与其他客户合并，无法撤销。"))
}

/// Fills the survivor's blanks; counts one change of it in any case.
async fn fill(tx: &TenantTx, gone: &CustomerOut, survivor: &CustomerOut) -> Result<()> {
    let patch = gains(survivor, gone);
    let mut known = references::find(tx, &[&patch]).await?;
    let mut ledger = Ledger::open(tx, &[survivor.id]).await?;
    let (filled, noted) = ledger.observe(tx.now(), &patch, survivor, &mut known).map_err(Error::invalid)?;
    ledger.keep(survivor.id, noted);
    ledger.write(tx, Provenance::of(tx.actor()), &[], &[filled]).await?;
    external_ids_changed(tx, survivor.id, &gone.external_ids, &[]).await
}

/// Whom the survivor belongs to: nobody comes to belong to oneself.
async fn parent_of_both(tx: &TenantTx, gone: &CustomerOut, survivor: &CustomerOut) -> Result<Option<CustomerId>> {
    let above = async |id| merge::above(tx, id).await;
    if above(survivor.id).await?.contains(&gone.id) {
        return Ok(gone.parent_id);
    }
    let own = survivor.parent_id.filter(|parent| *parent != gone.id);
    let is_free = !above(gone.id).await?.contains(&survivor.id);
    Ok(own.or(gone.parent_id.filter(|_| is_free)))
}
