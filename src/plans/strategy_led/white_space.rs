//! White space: categories that like customers buy and a customer does not, by expected value.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::Context;
use crate::plans::allocation::whole_units;
use crate::plans::groups::by_type;
use crate::plans::input::{PlanCustomer, PlanStage};
use crate::values::{divide, round_money, round_ratio};

/// One category that one customer does not buy yet.
pub(super) struct Opportunity<'a> {
    pub(super) customer: &'a PlanCustomer,
    pub(super) category: &'a str,
    /// Share of the like customers that buy it x what those buy on average, at most its potential; above 0.
    pub(super) value: Decimal,
    /// Share of the other customers of its type that buy the category, to 6 places.
    pub(super) penetration: Decimal,
    /// What those buy in 12 months on average, to 4 places.
    pub(super) average: Decimal,
}

/// All white space, the largest value first, ties by external id and category.
///
/// Like customers are the others of the same grade and segment with sales in the last 12 months.
pub(super) fn find<'a>(context: &Context<'a>) -> Vec<Opportunity<'a>> {
    let settings = &context.book.settings;
    let buying: Vec<&PlanCustomer> = context.customers.iter().copied().filter(|customer| buys(customer)).collect();
    let mut found = Vec::new();
    for (_, group) in by_type(&buying) {
        let peers = Decimal::from(group.customers.len().saturating_sub(1));
        if peers < Decimal::from(settings.white_space_peers) {
            continue;
        }
        for (category, buyers, sum) in bought(&group.customers) {
            let penetration = divide(Decimal::from(buyers), peers).unwrap_or_default();
            let average = divide(sum, Decimal::from(buyers)).unwrap_or_default();
            if penetration < *settings.white_space_penetration {
                continue;
            }
            for &customer in group.customers.iter().filter(|customer| !buys_in(customer, category)) {
                let potential = customer.potential_by_category.get(category).copied().unwrap_or(Decimal::MAX);
                let value = whole_units((penetration * average).min(potential), context.book.places);
                if value > Decimal::ZERO {
                    let (penetration, average) = (round_ratio(penetration), round_money(average));
                    found.push(Opportunity { customer, category, value, penetration, average });
                }
            }
        }
    }
    found.sort_by_key(|o| (Reverse(o.value), o.customer.external_id.as_str(), o.customer.id, o.category));
    found
}

fn buys(customer: &PlanCustomer) -> bool {
    customer.sales() > Decimal::ZERO && matches!(customer.stage, PlanStage::Active | PlanStage::Dormant)
}

fn buys_in(customer: &PlanCustomer, category: &str) -> bool {
    customer.net_by_category.get(category).is_some_and(|net| *net > Decimal::ZERO)
}

/// Each category with its buyers and their net, by code.
fn bought<'a>(customers: &[&'a PlanCustomer]) -> Vec<(&'a str, usize, Decimal)> {
    let mut sums = BTreeMap::<&str, (usize, Decimal)>::new();
    for customer in customers {
        for (code, net) in customer.net_by_category.iter().filter(|(_, net)| **net > Decimal::ZERO) {
            let (buyers, sum) = sums.entry(code).or_default();
            *buyers += 1;
            *sum += *net;
        }
    }
    sums.into_iter().map(|(code, (buyers, sum))| (code, buyers, sum)).collect()
}
