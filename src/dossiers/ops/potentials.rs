//! Purchase potentials of one customer.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::customers::{customer, writable};
use crate::dossiers::change::{LONGEST_NAME, check_amount};
use crate::dossiers::store::{customers, potentials};
use crate::dossiers::wire::{CustomerOut, PurchasePotential, PurchasePotentialsIn, PurchasePotentialsOut};
use crate::error::{Problems, Result};
use crate::rest::Conditional;
use crate::tenancy::{Permission, TenantTx};
use crate::values::{CustomerId, Exact, round_money};

const MOST_CATEGORIES: usize = 200;

/// What a customer buys a year.
///
/// # Errors
/// `forbidden`, `not_found`.
pub(in crate::dossiers) async fn read(tx: &TenantTx, id: CustomerId) -> Result<PurchasePotentialsOut> {
    let customer = customer(tx, id).await?;
    of(tx, &customer, customer.version).await
}

/// Replaces what a customer buys a year.
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
    check(&new.items).into_result()?;
    let customer = writable(tx, id).await?;
    expected.check(customer.version)?;
    let before = of(tx, &customer, customer.version).await?;
    let rounded =
        |p: PurchasePotential| PurchasePotential { yearly_amount: Exact(round_money(p.yearly_amount.0)), ..p };
    let mut items: Vec<PurchasePotential> = new.items.into_iter().map(rounded).collect();
    items.sort_by(|a, b| a.category.cmp(&b.category));
    if items == before.items {
        return Ok(before);
    }
    potentials::clear(tx, customer.id).await?;
    potentials::put(tx, &items.into_iter().map(|p| (customer.id, p)).collect::<Vec<_>>()).await?;
    customers::touch(tx, &[customer.id]).await?;
    let after = of(tx, &customer, customer.version + 1).await?;
    tx.audit("customer.potentials_updated", "customer", customer.id, Some(&before), Some(&after)).await?;
    Ok(after)
}

async fn of(tx: &TenantTx, customer: &CustomerOut, version: i32) -> Result<PurchasePotentialsOut> {
    let rows = potentials::of_customers(tx, &[customer.id]).await?;
    let items: Vec<PurchasePotential> = rows.into_iter().map(|(_, potential)| potential).collect();
    let sum = || Exact(items.iter().map(|p| p.yearly_amount.0).sum::<Decimal>());
    let total = (!items.is_empty()).then(sum);
    Ok(PurchasePotentialsOut { customer_id: customer.id, items, total, version })
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
