//! Lists of customers, their counts, and how well dossiers are kept.

use std::collections::BTreeMap;

use crate::dossiers::question::Question;
use crate::dossiers::store::{attributes, customer_list, upkeep};
use crate::dossiers::upkeep::{CustomerUpkeep, Requirements};
use crate::dossiers::wire::{AttributeDefinitionOut, CustomerFacetsOut, CustomerFilter, CustomerOut};
use crate::error::{Error, Result};
use crate::paging::{PageRequest, Slice};
use crate::tenancy::{Permission, TenantTx};
use crate::values::{CustomerId, Date};

/// One page of customers; with how many there are in all where `counted`, unless the whole list is read.
///
/// # Errors
/// `forbidden`; `invalid_input` for an unknown order, a foreign cursor, a comparison that does not fit.
pub(in crate::dossiers) async fn list(
    tx: &TenantTx,
    filter: &CustomerFilter,
    sort: Option<&str>,
    page: &PageRequest,
    counted: bool,
) -> Result<Slice<CustomerOut>> {
    tx.require(Permission::CustomersRead)?;
    let question = question(tx, filter).await?;
    let mut slice = customer_list::page(tx, &question, sort, page).await?;
    if counted && !page.is_whole() {
        slice.total_count = Some(customer_list::count(tx, &question).await?);
    }
    Ok(slice)
}

/// How many customers meet a filter.
///
/// # Errors
/// As [`list`].
pub(in crate::dossiers) async fn count(tx: &TenantTx, filter: &CustomerFilter) -> Result<i64> {
    tx.require(Permission::CustomersRead)?;
    customer_list::count(tx, &question(tx, filter).await?).await
}

/// How many customers meet a filter, by what they have in common.
///
/// # Errors
/// As [`list`].
pub(in crate::dossiers) async fn facets(tx: &TenantTx, filter: &CustomerFilter) -> Result<CustomerFacetsOut> {
    tx.require(Permission::CustomersRead)?;
    customer_list::facets(tx, &question(tx, filter).await?).await
}

/// How well a customer's dossier is kept, as of a day; today where none is named.
///
/// # Errors
/// `forbidden`, `not_found`.
pub(in crate::dossiers) async fn customer_upkeep(
    tx: &TenantTx,
    id: CustomerId,
    as_of: Option<Date>,
) -> Result<CustomerUpkeep> {
    // Under the id of a customer that has become one with another, the other is meant.
    let id = super::customers::customer(tx, id).await?.id;
    upkeep_for(tx, as_of, Some(&[id])).await?.remove(&id).ok_or_else(Error::not_found)
}

/// How well the dossiers of all customers, or of those listed, are kept as of a day; today where none is named. Facts
/// are those known now; one seen after the day is fresh.
///
/// # Errors
/// The database's.
pub async fn upkeep_for(
    tx: &TenantTx,
    as_of: Option<Date>,
    customers: Option<&[CustomerId]>,
) -> Result<BTreeMap<CustomerId, CustomerUpkeep>> {
    let requirements = requirements(tx, as_of).await?;
    let all = upkeep::of(tx, &requirements, customers).await?;
    Ok(all.into_iter().map(|upkeep| (upkeep.customer_id, upkeep)).collect())
}

/// Everyone who meets a filter, by external id, for other capabilities. No permission of its own.
///
/// # Errors
/// `invalid_input` for a comparison that does not fit; the database's.
pub async fn customers_matching(tx: &TenantTx, filter: &CustomerFilter) -> Result<Vec<CustomerId>> {
    customer_list::ids(tx, &question(tx, filter).await?).await
}

/// Whether a filter can be asked as attributes are defined now. No permission of its own.
///
/// # Errors
/// `invalid_input` with every problem.
pub async fn check_filter(tx: &TenantTx, filter: &CustomerFilter) -> Result<()> {
    question(tx, filter).await.map(|_| ())
}

async fn question(tx: &TenantTx, filter: &CustomerFilter) -> Result<Question> {
    let defined = attributes::by_codes(tx, filter.attribute_codes()).await?;
    let defined = defined.into_iter().map(|(code, defined)| (code, defined.definition())).collect();
    let requirements = if filter.asks_upkeep() { Some(requirements(tx, None).await?) } else { None };
    Question::new(filter.clone(), &defined, requirements)
}

async fn requirements(tx: &TenantTx, as_of: Option<Date>) -> Result<Requirements> {
    let required = attributes::required(tx).await?;
    let as_of = as_of.unwrap_or_else(|| Date(tx.now().date_naive()));
    Ok(Requirements::new(as_of, required.iter().map(AttributeDefinitionOut::definition)))
}
