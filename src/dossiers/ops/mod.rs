//! Use cases of dossiers: permissions, one customer or many, salespeople, purchase potentials.

pub(super) mod attributes;
mod batch;
pub(super) mod contacts;
pub(super) mod customers;
mod draft;
pub(super) mod erasure;
mod events;
pub(super) mod external_ids;
mod files;
pub(super) mod history;
pub(super) mod life;
pub(super) mod lists;
pub(super) mod merge;
pub(super) mod potentials;
pub(super) mod salespeople;
pub(super) mod tables;
pub(super) mod territories;
mod upsert;

pub use attributes::upsert_attribute_definitions;
pub use contacts::upsert_contacts;
pub use customers::customer;
pub use files::{CustomerFileRow, upsert_customers_of_file};
pub use lists::{check_filter, customers_matching, upkeep_for};
pub use salespeople::salesperson;
pub use upsert::{upsert_customers, upsert_purchase_potentials, upsert_salespeople};

use std::collections::BTreeMap;

use super::facts::CustomerFactsRow;
use super::store;
use super::wire::{CustomerOut, SalespersonOut};
use crate::error::Result;
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, SalespersonId};

/// Keeps customers from becoming one with others until the transaction ends: whoever hangs something on a customer that
/// an external id names calls it before asking who that is.
///
/// # Errors
/// The database's.
pub async fn hold_identities(tx: &TenantTx) -> Result<()> {
    store::merge::hold_identities(tx).await
}

/// Customers by their external ids in a system; those that do not exist are not in it.
///
/// # Errors
/// The database's.
pub async fn customers_by_external_id(
    tx: &TenantTx,
    system: &str,
    external_ids: &[String],
) -> Result<BTreeMap<String, CustomerId>> {
    store::customers::ids_by_external_id(tx, system, external_ids).await
}

/// How files name customers: by an id of the system `default`, else by their own id. Those that do not exist are not in
/// it.
///
/// # Errors
/// The database's.
pub async fn customer_names_in_files(tx: &TenantTx, ids: &[CustomerId]) -> Result<BTreeMap<CustomerId, String>> {
    store::customers::names_in_files(tx, ids).await
}

/// Salespeople by external id; those that do not exist are not in it.
///
/// # Errors
/// The database's.
pub async fn salespeople_by_external_id(
    tx: &TenantTx,
    external_ids: &[String],
) -> Result<BTreeMap<String, SalespersonId>> {
    store::salespeople::ids_by_external_id(tx, external_ids).await
}

/// Names of salespeople by external id; those that do not exist are not in it.
///
/// # Errors
/// The database's.
pub async fn salespeople_names(tx: &TenantTx, external_ids: &[String]) -> Result<BTreeMap<String, String>> {
    store::salespeople::names_by_external_id(tx, external_ids).await
}

/// External ids of salespeople by their names; those that do not exist, or whose name others have too, are not in it.
///
/// # Errors
/// The database's.
pub async fn salespeople_by_name(tx: &TenantTx, names: &[String]) -> Result<BTreeMap<String, String>> {
    store::salespeople::external_ids_by_name(tx, names).await
}

/// Customers by id, for the edges of others; those that do not exist are not in it.
///
/// # Errors
/// The database's.
pub async fn customers_by_id(tx: &TenantTx, ids: &[CustomerId]) -> Result<BTreeMap<CustomerId, CustomerOut>> {
    Ok(store::customers::by_ids(tx, ids).await?.into_iter().map(|customer| (customer.id, customer)).collect())
}

/// Salespeople by id, for the edges of others; those that do not exist are not in it.
///
/// # Errors
/// The database's.
pub async fn salespeople_by_id(
    tx: &TenantTx,
    ids: &[SalespersonId],
) -> Result<BTreeMap<SalespersonId, SalespersonOut>> {
    Ok(store::salespeople::by_ids(tx, ids).await?.into_iter().map(|person| (person.id, person)).collect())
}

/// The dossier fields of all customers that are not archived, or of those of them that are listed, by external id.
///
/// # Errors
/// The database's.
pub async fn facts_for(tx: &TenantTx, customers: Option<&[CustomerId]>) -> Result<Vec<CustomerFactsRow>> {
    store::facts::facts(tx, customers).await
}
