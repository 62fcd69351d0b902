//! External ids of one customer, added and taken away one by one.
//!
//! A customer may lose its last one: it is then named by its own id, as one that was created without any. Whoever loses
//! the one that names it in reports is named by the next one that no other customer is named by.

use super::customers::{MOST_EXTERNAL_IDS, unless_erased, updated};
use super::events;
use super::history::external_ids_changed;
use super::upsert::check_system;
use crate::dossiers::change::LONGEST_NAME;
use crate::dossiers::store::{customers, external_ids};
use crate::dossiers::wire::{CustomerOut, ExternalId};
use crate::error::{Error, Problems, Result};
use crate::rest::Conditional;
use crate::tenancy::{Permission, TenantTx};
use crate::values::CustomerId;

/// Gives a customer an external id; nothing changes where it has it already.
///
/// # Errors
/// `forbidden`, `not_found`, `invalid_input`, `precondition_failed` where the customer is not the expected version, and
/// `conflict` where the id is another customer's.
pub(in crate::dossiers) async fn add(
    tx: &TenantTx,
    customer: CustomerId,
    id: ExternalId,
    expected: impl Conditional,
) -> Result<CustomerOut> {
    tx.require(Permission::CustomersWrite)?;
    customers::lock_creation(tx).await?;
    let before = renamable(tx, customer).await?;
    check(&id, &before).into_result()?;
    expected.check(before.version)?;
    match external_ids::holder(tx, &id).await? {
        Some(holder) if holder == before.id => return Ok(before),
        Some(_) => {
            let en = format!("The external id {} of {} is another customer's.", id.external_id, id.system);
            let zh = format!("{} 中的外部编号 {} 已属于其他客户。", id.system, id.external_id);
            return Err(Error::conflict(en, zh));
        }
        None => external_ids::add(tx, before.id, &id).await?,
    }
    external_ids_changed(tx, before.id, std::slice::from_ref(&id), &[]).await?;
    if before.external_id == before.id.to_string() {
        name_anew(tx, &before, &[id]).await?;
    }
    customers::touch(tx, &[before.id]).await?;
    events::publish_touched(tx, &[before.id]).await?;
    updated(tx, &before).await
}

/// Takes an external id away from a customer.
///
/// # Errors
/// `forbidden`, `not_found` where the customer or the id is not there, and `precondition_failed` where the customer is
/// not the expected version.
pub(in crate::dossiers) async fn remove(
    tx: &TenantTx,
    customer: CustomerId,
    id: &ExternalId,
    expected: impl Conditional,
) -> Result<CustomerOut> {
    tx.require(Permission::CustomersWrite)?;
    customers::lock_creation(tx).await?;
    let before = renamable(tx, customer).await?;
    if !before.external_ids.contains(id) {
        return Err(Error::not_found());
    }
    expected.check(before.version)?;
    external_ids::remove(tx, before.id, id).await?;
    external_ids_changed(tx, before.id, &[], std::slice::from_ref(id)).await?;
    let left: Vec<ExternalId> = before.external_ids.iter().filter(|other| *other != id).cloned().collect();
    if !left.iter().any(|other| other.external_id == before.external_id) {
        name_anew(tx, &before, &left).await?;
    }
    customers::touch(tx, &[before.id]).await?;
    events::publish_touched(tx, &[before.id]).await?;
    updated(tx, &before).await
}

/// Names a customer in reports by the first of its ids that names nobody else, else by its own.
async fn name_anew(tx: &TenantTx, customer: &CustomerOut, ids: &[ExternalId]) -> Result<()> {
    let names: Vec<String> = ids.iter().map(|id| id.external_id.clone()).collect();
    let taken = customers::taken_names(tx, &names).await?;
    let own = customer.id.to_string();
    let name = names.iter().find(|name| !taken.contains(name)).unwrap_or(&own);
    external_ids::rename(tx, customer.id, name).await
}

/// The customer, locked against everyone: losing or getting an id may change its name in reports, which is a key.
async fn renamable(tx: &TenantTx, id: CustomerId) -> Result<CustomerOut> {
    unless_erased(customers::lock_whole(tx, &[id]).await?.pop())
}

fn check(id: &ExternalId, customer: &CustomerOut) -> Problems {
    let mut problems = Problems::new();
    check_system("/system", &id.system, &mut problems);
    problems.text("/external_id", &id.external_id, LONGEST_NAME);
    if customer.external_ids.len() >= MOST_EXTERNAL_IDS && !customer.external_ids.contains(id) {
        let en = format!("At most {MOST_EXTERNAL_IDS} external ids.");
        problems.add("/external_id", "too_many", en, format!("最多 {MOST_EXTERNAL_IDS} 个外部编号。"));
    }
    problems
}
