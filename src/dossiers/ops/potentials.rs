//! Purchase potentials, of one customer and of many.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde_json::json;

use super::batch::{Items, take};
use super::customers::{customer, customer_as_of, writable};
use super::events;
use super::history::Ledger;
use super::upsert::upsert_purchase_potentials;
use crate::dossiers::change::{LONGEST_NAME, check_amount};
use crate::dossiers::fields::POTENTIAL;
use crate::dossiers::observation::{Fact, Moment};
use crate::dossiers::provenance::Provenance;
use crate::dossiers::store::{as_of, customers, potentials};
use crate::dossiers::wire::{
    CustomerOut, PotentialFilter, PotentialOut, PotentialUpsert, PurchasePotential, PurchasePotentialsIn,
    PurchasePotentialsOut,
};
use crate::error::{Problems, Result};
use crate::intake::{BatchMode, BatchOut, check_observed_at};
use crate::paging::{PageRequest, Slice};
use crate::rest::Conditional;
use crate::tenancy::{Permission, TenantTx};
use crate::values::{AsOf, CustomerId, Exact, round_money};

const MOST_CATEGORIES: usize = 200;

/// What a customer buys a year.
///
/// # Errors
/// `forbidden`, `not_found`.
pub(in crate::dossiers) async fn read(tx: &TenantTx, id: CustomerId) -> Result<PurchasePotentialsOut> {
    let customer = customer(tx, id).await?;
    of(tx, &customer, customer.version).await
}

/// What a customer bought a year, as was known then.
///
/// # Errors
/// `forbidden`; `not_found`, also where nothing was known of the customer by then.
pub(in crate::dossiers) async fn read_as_of(
    tx: &TenantTx,
    id: CustomerId,
    moment: AsOf,
) -> Result<PurchasePotentialsOut> {
    let customer = customer_as_of(tx, id, moment).await?;
    let items = as_of::potentials(tx, customer.id, moment).await?;
    Ok(summed(customer.id, items, customer.version))
}

/// Replaces what a customer buys a year; categories of which something later is known stay as they are.
///
/// # Errors
/// `forbidden`, `not_found`, `invalid_input`, and `precondition_failed` where the customer is not the expected version.
pub(in crate::dossiers) async fn put(
    tx: &TenantTx,
    id: CustomerId,
    new: PurchasePotentialsIn,
    expected: impl Conditional,
) -> Result<PurchasePotentialsOut> {
    tx.require(Permission::CustomersWrite)?;
    let (mut problems, now) = (check(&new.items), tx.now());
    check_observed_at(&mut problems, new.observed_at, now);
    problems.into_result()?;
    let customer = writable(tx, id).await?;
    let id = customer.id;
    expected.check(customer.version)?;
    let before = of(tx, &customer, customer.version).await?;
    let mut ledger = Ledger::open(tx, &[id]).await?;
    let seen = ledger.seen(id, POTENTIAL);
    let items =
        replaced(&before.items, new.items, |fact| ledger.note(id, fact, Moment::new(new.observed_at, now)), seen);
    ledger.write(tx, Provenance::of(tx.actor()), &[], &[]).await?;
    if items == before.items {
        return Ok(before);
    }
    potentials::clear(tx, id).await?;
    potentials::put(tx, &items.into_iter().map(|p| (id, p)).collect::<Vec<_>>()).await?;
    customers::touch(tx, &[id]).await?;
    events::publish_touched(tx, &[id]).await?;
    let after = of(tx, &customer, customer.version + 1).await?;
    tx.audit("customer.potentials_updated", "customer", customer.id, Some(&before), Some(&after)).await?;
    Ok(after)
}

/// Purchase potentials of all customers, by category and customer.
///
/// # Errors
/// `forbidden`, and `invalid_input` for a foreign cursor.
pub(in crate::dossiers) async fn list(
    tx: &TenantTx,
    filter: &PotentialFilter,
    page: &PageRequest,
) -> Result<Slice<PotentialOut>> {
    tx.require(Permission::CustomersRead)?;
    potentials::page(tx, filter, page).await
}

/// Sets many potentials by the customers' external ids in a system.
///
/// # Errors
/// `forbidden`, and `invalid_input` where it is atomic and an item is refused.
pub(in crate::dossiers) async fn batch(
    tx: &TenantTx,
    system: &str,
    mode: BatchMode,
    items: Items<PotentialUpsert>,
) -> Result<BatchOut> {
    tx.require(Permission::CustomersWrite)?;
    let provenance = Provenance::of(tx.actor());
    let upsert = async |rows: &[PotentialUpsert]| upsert_purchase_potentials(tx, system, rows, provenance).await;
    take(tx, ("customer.potentials_batch_upserted", "customer"), mode, items, upsert).await
}

/// What stands once `said` replaces `before`, by category; of a category that is not said there is none from then on, if
/// it was ever `seen`. `note` takes note of each fact and answers whether it is news.
fn replaced(
    before: &[PurchasePotential],
    said: Vec<PurchasePotential>,
    mut note: impl FnMut(Fact) -> bool,
    seen: BTreeSet<String>,
) -> Vec<PurchasePotential> {
    let amounts = |items: &[PurchasePotential]| -> BTreeMap<String, Exact> {
        items.iter().map(|p| (p.category.clone(), Exact(round_money(p.yearly_amount.0)))).collect()
    };
    let (mut standing, said) = (amounts(before), amounts(&said));
    let categories: BTreeSet<String> = said.keys().chain(standing.keys()).cloned().chain(seen).collect();
    for category in categories {
        let amount = said.get(&category).copied();
        let field = format!("{POTENTIAL}{category}");
        if !note(Fact { field, said: json!(amount), stands: json!(standing.get(&category)) }) {
            continue;
        }
        match amount {
            Some(amount) => standing.insert(category, amount),
            None => standing.remove(&category),
        };
    }
    standing.into_iter().map(|(category, yearly_amount)| PurchasePotential { category, yearly_amount }).collect()
}

async fn of(tx: &TenantTx, customer: &CustomerOut, version: i32) -> Result<PurchasePotentialsOut> {
    let rows = potentials::of_customers(tx, &[customer.id]).await?;
    Ok(summed(customer.id, rows.into_iter().map(|(_, potential)| potential).collect(), version))
}

fn summed(customer_id: CustomerId, items: Vec<PurchasePotential>, version: i32) -> PurchasePotentialsOut {
    let sum = || Exact(items.iter().map(|p| p.yearly_amount.0).sum::<Decimal>());
    let total = (!items.is_empty()).then(sum);
    PurchasePotentialsOut { customer_id, items, total, version }
}

fn check(items: &[PurchasePotential]) -> Problems {
    let mut problems = Problems::new();
    if items.len() > MOST_CATEGORIES {
        let en = format!("At most {MOST_CATEGORIES} categories.");
        problems.add("/items", "too_many", en, format!("最多 {MOST_CATEGORIES} 个品类。"));
    }
    let mut seen = BTreeSet::new();
    for (i, item) in items.iter().enumerate() {
        problems.text(&format!("/items/{i}/category"), &item.category, LONGEST_NAME);
        check_amount(&format!("/items/{i}/yearly_amount"), item.yearly_amount.0, &mut problems);
        if !seen.insert(&item.category) {
            problems.add(format!("/items/{i}/category"), "repeated", "Given twice.", "重复。");
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_of_every_item_is_found() {
        let item = |category: &str, amount: &str| PurchasePotential {
            category: category.into(),
            yearly_amount: amount.parse().unwrap(),
        };
        let items = [item("pumps", "1.5"), item("", "-1"), item("pumps", "0.00001")];
        let error = check(&items).into_result().unwrap_err();
        let found: Vec<_> = error.problems().iter().map(|p| (p.pointer.as_str(), p.code)).collect();
        assert_eq!(
            found,
            [
                ("/items/1/category", "required"),
                ("/items/1/yearly_amount", "range"),
                ("/items/2/yearly_amount", "too_many_places"),
                ("/items/2/category", "repeated"),
            ]
        );
    }
}
