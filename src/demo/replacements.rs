//! Outputs that salespeople expect otherwise than the trend: more, less, and nothing.

use std::collections::BTreeMap;

use chrono::Datelike;
use rust_decimal::Decimal;

use super::DemoData;
use crate::plans::Replacement;
use crate::values::{Currency, Exact, round_money};

/// Of the customers in the base currency that bought most in a year: what is expected instead, in tenths of that year, and
/// why.
const EXPECTED: [(usize, Option<i64>, &str); 4] = [
    (3, Some(19), "A second plant starts in March; the frame contract is signed."),
    (8, Some(4), "The line for which they bought is closing."),
    (14, Some(15), "They move their spare parts to us."),
    (21, None, "They are being taken over; nothing is planned until that is done."),
];

/// By the customers' external ids.
pub(super) fn replacements(data: &DemoData, year: i32) -> BTreeMap<String, Replacement> {
    let base: Option<Currency> = "EUR".parse().ok();
    let mut bought: BTreeMap<&str, Decimal> = BTreeMap::new();
    for line in data.sales_lines.iter().filter(|line| line.order_date.year() == year && line.currency == base) {
        *bought.entry(&line.customer_id).or_default() += line.net_amount;
    }
    let mut ranked: Vec<(&str, Decimal)> = bought.into_iter().collect();
    ranked.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let replacement = |(place, tenths, reason): &(usize, Option<i64>, &str)| {
        let (customer, bought) = ranked.get(*place)?;
        // Whole hundreds.
        let amount =
            |tenths: &i64| Exact(round_money((bought * Decimal::new(*tenths, 3)).round() * Decimal::from(100)));
        let amount = tenths.as_ref().map(amount).map(|Exact(amount)| Exact(amount.round_dp(2)));
        Some(((*customer).to_owned(), Replacement { amount, reason: (*reason).to_owned() }))
    };
    EXPECTED.iter().filter_map(replacement).collect()
}
