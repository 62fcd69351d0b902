//! Customers one by one, and lists and batches of them.

use super::batch::{Items, take};
use super::events;
use super::history::Ledger;
use super::upsert::{check_system, give_free_names, only, upsert_customers};
use crate::dossiers::change::LONGEST_NAME;
use crate::dossiers::provenance::Provenance;
use crate::dossiers::store::{as_of, customers, merge, references};
use crate::dossiers::wire::{CustomerIn, CustomerOut, CustomerPatch, CustomerUpsert, ExternalId};
use crate::error::{Error, Problems, Result};
use crate::intake::{BatchMode, BatchOut, Outcome};
use crate::rest::Conditional;
use crate::tenancy::{Permission, TenantTx};
use crate::values::{AsOf, CustomerId};

/// External ids that a client may give a customer; a merge may bring it more.
pub(super) const MOST_EXTERNAL_IDS: usize = 20;

/// One customer.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn customer(tx: &TenantTx, id: CustomerId) -> Result<CustomerOut> {
    tx.require(Permission::CustomersRead)?;
    customer_now(tx, id).await
}

/// One customer as it was.
///
/// # Errors
/// `forbidden`; `not_found`, also where nothing was known of it by then.
pub(in crate::dossiers) async fn customer_as_of(tx: &TenantTx, id: CustomerId, moment: AsOf) -> Result<CustomerOut> {
    tx.require(Permission::CustomersRead)?;
    let id = merge::survivor(tx, id).await?.unwrap_or(id);
    as_of::by_ids(tx, &[id], moment).await?.into_iter().next().ok_or_else(Error::not_found)
}

/// Creates a customer.
///
/// # Errors
/// `forbidden`, `invalid_input`, and `conflict` where one of its external ids is another customer's.
pub(in crate::dossiers) async fn create(tx: &TenantTx, new: CustomerIn) -> Result<CustomerOut> {
    tx.require(Permission::CustomersWrite)?;
    let (external_ids, patch) = new.into_patch();
    merge::hold_identities(tx).await?;
    customers::lock_creation(tx).await?;
    references::hold_parents(tx, &[&patch]).await?;
    let mut known = references::find(tx, &[&patch]).await?;
    let unknown = CustomerOut::unknown(tx.new_id(), external_ids, tx.now());
    let mut problems = Problems::new();
    check_external_ids(&unknown.external_ids, &mut problems);
    let mut ledger = Ledger::default();
    let customer = match ledger.observe(tx.now(), &patch, &unknown, &mut known) {
        Ok((customer, noted)) => {
            ledger.keep(customer.id, noted);
            customer
        }
        Err(found) => {
            found.into_iter().for_each(|problem| problems.push(problem));
            unknown
        }
    };
    problems.into_result()?;
    for id in &customer.external_ids {
        if !customers::ids_by_external_id(tx, &id.system, std::slice::from_ref(&id.external_id)).await?.is_empty() {
            let en = format!("The external id {} of {} is another customer's.", id.external_id, id.system);
            let zh = format!("{} 中的外部编号 {} 已属于其他客户。", id.system, id.external_id);
            return Err(Error::conflict(en, zh));
        }
    }
    let mut new = [customer];
    give_free_names(tx, &mut new).await?;
    ledger.write(tx, Provenance::of(tx.actor()), &new, &[]).await?;
    events::publish(tx, &new, &[]).await?;
    let after = customer_now(tx, new[0].id).await?;
    tx.audit::<(), _>("customer.created", "customer", after.id, None, Some(&after)).await?;
    Ok(after)
}

/// Changes a customer.
///
/// # Errors
/// `forbidden`, `not_found`, `invalid_input`, and `precondition_failed` where it is no longer the expected version.
pub(in crate::dossiers) async fn update(
    tx: &TenantTx,
    id: CustomerId,
    patch: &CustomerPatch,
    expected: impl Conditional,
) -> Result<CustomerOut> {
    tx.require(Permission::CustomersWrite)?;
    merge::hold_identities(tx).await?;
    references::hold_parents(tx, &[patch]).await?;
    let before = writable(tx, id).await?;
    expected.check(before.version)?;
    let mut known = references::find(tx, &[patch]).await?;
    let mut ledger = Ledger::open(tx, &[before.id]).await?;
    let (changed, noted) = ledger.observe(tx.now(), patch, &before, &mut known).map_err(Error::invalid)?;
    ledger.keep(before.id, noted);
    let provenance = Provenance::of(tx.actor());
    if changed == before {
        ledger.write(tx, provenance, &[], &[]).await?;
        return Ok(before);
    }
    let changed = [changed];
    ledger.write(tx, provenance, &[], &changed).await?;
    events::publish(tx, &[], &changed).await?;
    updated(tx, &before).await
}

/// Creates or changes a customer by its external id; says what became of it.
///
/// # Errors
/// `forbidden`, `invalid_input`, and `precondition_failed` where it is not the expected version, or is not there.
pub(in crate::dossiers) async fn put(
    tx: &TenantTx,
    system: &str,
    row: CustomerUpsert,
    expected: Option<i32>,
) -> Result<(CustomerOut, Outcome)> {
    tx.require(Permission::CustomersWrite)?;
    merge::hold_identities(tx).await?;
    let names = std::slice::from_ref(&row.external_id);
    let before = match customers::ids_by_external_id(tx, system, names).await?.into_values().next() {
        Some(id) => {
            references::hold_parents(tx, &[&row.patch()]).await?;
            locked(tx, id).await?
        }
        None => None,
    };
    match (&before, expected) {
        (Some(before), expected) => expected.check(before.version)?,
        (None, Some(_)) => return Err(Error::changed_meanwhile()),
        (None, None) => {}
    }
    let row = only(upsert_customers(tx, system, &[row], Provenance::of(tx.actor())).await?)?;
    let id = row.id.map(CustomerId).ok_or_else(|| Error::internal("a customer without an id"))?;
    let after = match (row.outcome, &before) {
        (Outcome::Updated, Some(before)) => updated(tx, before).await?,
        (Outcome::Created, _) => {
            let after = customer_now(tx, id).await?;
            tx.audit::<(), _>("customer.created", "customer", after.id, None, Some(&after)).await?;
            after
        }
        _ => customer_now(tx, id).await?,
    };
    Ok((after, row.outcome))
}

/// Creates or changes many customers by their external ids.
///
/// # Errors
/// `forbidden`, and `invalid_input` where it is atomic and an item is refused.
pub(in crate::dossiers) async fn batch(
    tx: &TenantTx,
    system: &str,
    mode: BatchMode,
    items: Items<CustomerUpsert>,
) -> Result<BatchOut> {
    tx.require(Permission::CustomersWrite)?;
    let provenance = Provenance::of(tx.actor());
    let upsert = async |rows: &[CustomerUpsert]| upsert_customers(tx, system, rows, provenance).await;
    take(tx, ("customer.batch_upserted", "customer"), mode, items, upsert).await
}

/// The customer, locked until the transaction ends, for a change.
///
/// # Errors
/// `not_found`, and `conflict` where it was erased.
pub(super) async fn writable(tx: &TenantTx, id: CustomerId) -> Result<CustomerOut> {
    unless_erased(locked(tx, id).await?)
}

/// A customer that was looked for to be changed.
///
/// # Errors
/// `not_found`, and `conflict` where it was erased.
pub(super) fn unless_erased(found: Option<CustomerOut>) -> Result<CustomerOut> {
    let customer = found.ok_or_else(Error::not_found)?;
    if customer.erased_at.is_some() { Err(super::life::erased()) } else { Ok(customer) }
}

/// The customer, or whom it has become one with, locked until the transaction ends.
pub(super) async fn locked(tx: &TenantTx, id: CustomerId) -> Result<Option<CustomerOut>> {
    Ok(customers::lock_by_ids(tx, &[id]).await?.into_iter().next())
}

/// The customer, or whom it has become one with, as it is now.
pub(super) async fn customer_now(tx: &TenantTx, id: CustomerId) -> Result<CustomerOut> {
    customers::by_ids(tx, &[id]).await?.into_iter().next().ok_or_else(Error::not_found)
}

/// The customer as it is now, with an audit entry of its change.
pub(super) async fn updated(tx: &TenantTx, before: &CustomerOut) -> Result<CustomerOut> {
    let after = customer_now(tx, before.id).await?;
    tx.audit("customer.updated", "customer", after.id, Some(before), Some(&after)).await?;
    Ok(after)
}

fn check_external_ids(ids: &[ExternalId], problems: &mut Problems) {
    if ids.len() > MOST_EXTERNAL_IDS {
        let en = format!("At most {MOST_EXTERNAL_IDS} external ids.");
        problems.add("/external_ids", "too_many", en, format!("最多 {MOST_EXTERNAL_IDS} 个外部编号。"));
    }
    for (i, id) in ids.iter().enumerate() {
        check_system(&format!("/external_ids/{i}/system"), &id.system, problems);
        problems.text(&format!("/external_ids/{i}/external_id"), &id.external_id, LONGEST_NAME);
        if ids[..i].contains(id) {
            problems.add(format!("/external_ids/{i}"), "repeated", "Given twice.", "重复。");
        }
    }
}
