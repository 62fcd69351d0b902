//! What follows from the sales: quotas and purchase potentials.

use std::collections::BTreeMap;

use super::catalogue::{CATEGORIES, Product};
use super::customers::Customer;
use super::dice::{Dice, Stream};
use super::places::TERRITORIES;
use super::trade::Order;
use super::{GeneratorSettings, MONTHS, PurchasePotential, UNITS, money, seller_id};
use crate::imports::{QuotaRow, SalespersonRow};
use crate::values::Month;

/// Who sells; the yearly quota is the sum of the last four.
pub(super) fn salespeople(quotas: &[QuotaRow]) -> Vec<SalespersonRow> {
    let sellers = TERRITORIES.iter().flat_map(|territory| territory.sellers.map(|name| (territory.name, name)));
    sellers
        .enumerate()
        .map(|(index, (region, name))| {
            let id = seller_id(index);
            let quota = quotas.iter().rev().filter(|q| q.salesperson_id == id).take(4).map(|q| q.quota).sum();
            SalespersonRow {
                external_id: id,
                name: name.to_owned(),
                region: Some(region.to_owned()),
                quota: Some(quota),
            }
        })
        .collect()
}

/// A quota for each salesperson and calendar quarter: what was sold, missed by -15 % to +14 %, in whole thousands.
pub(super) fn quotas(settings: &GeneratorSettings, orders: &[Order]) -> Vec<QuotaRow> {
    let mut sold: BTreeMap<(Month, usize), i64> = BTreeMap::new();
    for order in orders {
        *sold.entry((quarter(Month::of(order.date)), order.seller)).or_default() += order.rate.euro(order.net());
    }
    let mut months: BTreeMap<Month, i64> = BTreeMap::new();
    for month in 0..MONTHS {
        *months.entry(quarter(settings.month(month))).or_default() += 1;
    }
    let mut dice = Dice::new(settings.seed, Stream::Quotas);
    let mut rows = Vec::new();
    for (start, known) in months {
        for seller in 0..TERRITORIES.len() * 2 {
            let sold = sold.get(&(start, seller)).copied().unwrap_or(0);
            // A quarter that the first or last month cuts is filled up to three months.
            let aim = sold * 3 / known * dice.between(880, 1_180) / 1_000;
            let quota = money((aim / (1_000 * UNITS)).max(10) * 1_000 * UNITS);
            rows.push(QuotaRow { salesperson_id: seller_id(seller), period_start: start.first_day(), quota });
        }
    }
    rows
}

fn quarter(month: Month) -> Month {
    month.plus(-((month.number() as i32 - 1) % 3))
}

/// What six customers of ten buy a year from anyone, by category, in whole hundreds.
pub(super) fn potentials(
    settings: &GeneratorSettings,
    orders: &[Order],
    customers: &[Customer],
    products: &[Product],
) -> Vec<PurchasePotential> {
    let since = settings.month(MONTHS - 12).first_day();
    let mut bought: BTreeMap<(usize, usize), i64> = BTreeMap::new();
    for order in orders.iter().filter(|order| order.date >= since) {
        for line in &order.lines {
            let category = products[line.product].category;
            *bought.entry((order.customer, category)).or_default() += order.rate.euro(line.net());
        }
    }
    let mut rows = Vec::new();
    for (index, customer) in customers.iter().enumerate() {
        let mut dice = Dice::new(settings.seed, Stream::Potential(index as u32));
        if !dice.chance(600) {
            continue;
        }
        for (category, name) in CATEGORIES.iter().enumerate() {
            let ours = bought.get(&(index, category)).copied().unwrap_or(0);
            let usual = customer.categories.contains(&category);
            let amount = match (ours > 0, usual) {
                (true, _) => ours * dice.between(1_150, 4_000) / 1_000,
                (false, true) => customer.annual * dice.between(300, 900) / 1_000,
                (false, false) if dice.chance(350) => customer.annual * dice.between(50, 300) / 1_000,
                (false, false) => continue,
            };
            rows.push(PurchasePotential {
                customer_id: customer.row.external_id.clone(),
                category: (*name).to_owned(),
                amount: money((amount / (100 * UNITS)).max(5) * 100 * UNITS),
            });
        }
    }
    rows
}
