//! What it costs to serve the customers beyond the cost of goods.

use std::collections::BTreeMap;

use super::customers::Customer;
use super::dice::{Dice, Stream};
use super::trade::Order;
use super::{GeneratorSettings, MONTHS, UNITS, money};
use crate::imports::CostToServeRow;
use crate::values::Month;

/// Months of which costs are booked.
const BOOKED_MONTHS: i64 = 24;
/// What is done for customers, and what it usually costs in thousandths of their net.
const ACTIVITIES: [(&str, i64, i64); 3] = [("visits", 8, 30), ("technical support", 5, 22), ("expediting", 2, 14)];

/// Booked at the end of each quarter, in whole cents of the base currency.
pub(super) fn costs(settings: &GeneratorSettings, orders: &[Order], customers: &[Customer]) -> Vec<CostToServeRow> {
    let since = settings.month(MONTHS - BOOKED_MONTHS);
    let mut sold: BTreeMap<(usize, i64), i64> = BTreeMap::new();
    for order in orders.iter().filter(|order| order.date >= since.first_day()) {
        let quarter = Month::of(order.date).since(since) / 3;
        *sold.entry((order.customer, i64::from(quarter))).or_default() += order.rate.euro(order.net());
    }
    let mut rows = Vec::new();
    for ((index, quarter), net) in sold {
        let customer = &customers[index];
        let mut dice = Dice::new(settings.seed, Stream::Service((index as u32) << 8 | quarter as u32));
        for (at, (activity, least, most)) in ACTIVITIES.iter().enumerate() {
            let share = dice.between(*least, *most) * if is_demanding(customer) { 14 } else { 1 };
            let amount = (net.max(0) / 1_000 * share).max(20 * UNITS) / 100 * 100;
            rows.push(CostToServeRow {
                external_id: format!("{}-{quarter}-{}", customer.row.external_id, at + 1),
                customer_id: customer.row.external_id.clone(),
                day: since.plus(quarter as i32 * 3 + 2).last_day(),
                activity: (*activity).to_owned(),
                amount: money(amount),
                currency: None,
                observed_at: None,
            });
        }
    }
    rows
}

/// Small customers that are visited, supported and hurried for like big ones.
fn is_demanding(customer: &Customer) -> bool {
    customer.rank >= 60 && customer.rank % 9 == 2
}
