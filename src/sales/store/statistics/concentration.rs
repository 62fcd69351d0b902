//! How few customers make how much: the Pareto curve, the smallest set making a share, and the sales classes A, B, C.
//!
//! Customers are ranked by net descending, then external id ascending. Those whose net is not positive (more returned
//! than bought) therefore lie at the end: the curve climbs above 1 before them and falls back to 1 with them. They are
//! never in a smallest set, and always class C, whatever the limits. A customer without lines is not ranked and has no
//! class. One that only sent goods back in the span has lines and no order: it is ranked, for its net is in the total,
//! and has no class. Where the total is not positive there are amounts, but no shares, no set and no classes.

use std::cmp::Reverse;

use async_graphql::{Enum, SimpleObject};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use utoipa::ToSchema;

use super::row::share_of;
use crate::values::{CustomerId, Exact, round_money};

/// The share of net a smallest set makes unless told otherwise: 0.8.
pub const DEFAULT_SHARE: Decimal = Decimal::from_parts(8, 0, 0, false, 1);

/// A customer's net in a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerNet {
    /// The customer.
    pub customer_id: CustomerId,
    /// Breaks ties.
    pub external_id: String,
    /// Its name.
    pub name: String,
    /// Sum of net, of a customer with at least one line.
    pub net: Decimal,
    /// Whether an order of the span comes to a positive net.
    pub bought: bool,
}

/// The class by share of sales. It is not the grade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
pub enum SalesClass {
    /// The largest, up to the first limit.
    A,
    /// Up to the second limit.
    B,
    /// All others with sales.
    C,
}

/// Where the customer goes who crosses a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum ClassEdge {
    /// Into the upper class: the share before the customer counts.
    #[default]
    Crossing,
    /// Into the lower class: the share with the customer counts.
    Strict,
}

/// The cumulative shares at which class A and class B end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassLimits {
    a: Decimal,
    b: Decimal,
}

/// Limits that are not 0 < A <= B <= 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the class limits must be 0 < A <= B <= 1")]
pub struct ClassLimitsError;

impl ClassLimits {
    /// Class A ends at the share `a`, class B at `b`.
    ///
    /// # Errors
    /// Unless 0 < a <= b <= 1.
    pub fn new(a: Decimal, b: Decimal) -> Result<Self, ClassLimitsError> {
        if Decimal::ZERO < a && a <= b && b <= Decimal::ONE { Ok(Self { a, b }) } else { Err(ClassLimitsError) }
    }
}

impl Default for ClassLimits {
    /// 0.80 and 0.95.
    fn default() -> Self {
        Self { a: Decimal::new(80, 2), b: Decimal::new(95, 2) }
    }
}

/// A customer on the Pareto curve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
pub struct ConcentrationRow {
    /// 1 for the largest net.
    pub rank: i64,
    /// The customer.
    pub customer_id: CustomerId,
    /// Its external id.
    pub external_id: String,
    /// Its name.
    pub name: String,
    /// Sum of net.
    pub net: Exact,
    /// Net / total, 6 places; null where the total is not positive.
    pub share: Option<Exact>,
    /// Net of this customer and all before.
    pub cumulative_net: Exact,
    /// Cumulative net / total, 6 places; above 1 where customers with negative net follow.
    pub cumulative_share: Option<Exact>,
    /// Null where the total is not positive, and of a customer that only sent goods back.
    pub sales_class: Option<SalesClass>,
}

/// The fewest customers whose net reaches a share of the total.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
pub struct SmallestSet {
    /// The share asked for.
    pub target_share: Exact,
    /// How many customers it takes: the first so many by rank.
    pub customers: i64,
    /// Their net.
    pub net: Exact,
    /// Their net / total, 6 places.
    pub share_of_net: Option<Exact>,
    /// They / all customers with an order, 6 places.
    pub share_of_customers: Option<Exact>,
}

/// A sales class in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
#[graphql(name = "SalesClassCount")]
#[schema(as = SalesClassCount)]
pub struct ClassCount {
    /// The class.
    pub sales_class: SalesClass,
    /// Customers in it.
    pub customers: i64,
    /// Their net.
    pub net: Exact,
    /// Their net / total, 6 places.
    pub share: Option<Exact>,
}

/// Customers that only sent goods back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
#[graphql(name = "CustomersWithoutOrders")]
#[schema(as = CustomersWithoutOrders)]
pub struct WithoutOrders {
    /// How many.
    pub customers: i64,
    /// Their net, 0 or less. With the nets of the classes it makes the total.
    pub net: Exact,
}

/// How concentrated sales are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
pub struct Concentration {
    /// Customers with an order of a positive net.
    pub customers: i64,
    /// Net of all lines.
    pub total_net: Exact,
    /// Customers with lines and without such an order.
    pub without_orders: WithoutOrders,
    /// Null where the total is not positive.
    pub smallest_set: Option<SmallestSet>,
    /// A, B and C, each of them also when empty; no classes where the total is not positive.
    pub classes: Vec<ClassCount>,
    /// The customers by rank.
    pub rows: Vec<ConcentrationRow>,
}

/// The customers of the smallest set making `share` of the total, by rank; none where the total is not positive. A share
/// of 1 or more takes every customer with positive net that it needs.
pub fn smallest_set(nets: Vec<CustomerNet>, share: Decimal) -> Vec<CustomerNet> {
    let mut ranked = ranked(nets);
    let size = set_size(&ranked, share).unwrap_or(0);
    ranked.truncate(size);
    ranked
}

/// The Pareto curve, the smallest set making `share` (0 to 1) of the total, and the sales classes.
pub fn concentration(nets: Vec<CustomerNet>, share: Decimal, limits: ClassLimits, edge: ClassEdge) -> Concentration {
    let ranked = ranked(nets);
    let total: Decimal = ranked.iter().map(|c| c.net).sum();
    let customers = ranked.iter().filter(|customer| customer.bought).count();
    let without_orders = WithoutOrders {
        customers: count(ranked.len() - customers),
        net: Exact(round_money(ranked.iter().filter(|customer| !customer.bought).map(|customer| customer.net).sum())),
    };
    let smallest_set = set_size(&ranked, share).map(|size| set_of(&ranked[..size], customers, total, share));
    let mut cumulative = Decimal::ZERO;
    let rows: Vec<_> = (1..)
        .zip(ranked)
        .map(|(rank, customer)| {
            let before = cumulative;
            cumulative += customer.net;
            ConcentrationRow {
                rank,
                customer_id: customer.customer_id,
                external_id: customer.external_id,
                name: customer.name,
                net: Exact(round_money(customer.net)),
                share: share_of(customer.net, total),
                cumulative_net: Exact(round_money(cumulative)),
                cumulative_share: share_of(cumulative, total),
                sales_class: class(before, cumulative, total, limits, edge).filter(|_| customer.bought),
            }
        })
        .collect();
    Concentration {
        customers: count(customers),
        total_net: Exact(round_money(total)),
        without_orders,
        smallest_set,
        classes: if total > Decimal::ZERO { class_counts(&rows, total) } else { Vec::new() },
        rows,
    }
}

/// By net descending, then external id.
fn ranked(mut nets: Vec<CustomerNet>) -> Vec<CustomerNet> {
    nets.sort_by(|a, b| (Reverse(a.net), &a.external_id).cmp(&(Reverse(b.net), &b.external_id)));
    nets
}

/// How many of the ranked customers reach the share; `None` where the total is not positive.
fn set_size(ranked: &[CustomerNet], share: Decimal) -> Option<usize> {
    let total: Decimal = ranked.iter().map(|c| c.net).sum();
    if total <= Decimal::ZERO {
        return None;
    }
    let target = share * total;
    let mut reached = Decimal::ZERO;
    let short = |customer: &&CustomerNet| {
        let goes_on = reached < target && customer.net > Decimal::ZERO;
        reached += customer.net;
        goes_on
    };
    Some(ranked.iter().take_while(short).count())
}

fn set_of(set: &[CustomerNet], customers: usize, total: Decimal, share: Decimal) -> SmallestSet {
    let net: Decimal = set.iter().map(|c| c.net).sum();
    SmallestSet {
        target_share: Exact(share),
        customers: count(set.len()),
        net: Exact(round_money(net)),
        share_of_net: share_of(net, total),
        share_of_customers: share_of(Decimal::from(set.len()), Decimal::from(customers)),
    }
}

/// The class of the customer who takes the cumulative net from `before` to `after`.
fn class(before: Decimal, after: Decimal, total: Decimal, limits: ClassLimits, edge: ClassEdge) -> Option<SalesClass> {
    if total <= Decimal::ZERO {
        return None;
    }
    if after <= before {
        return Some(SalesClass::C);
    }
    let within = |limit: Decimal| match edge {
        ClassEdge::Crossing => before < limit * total,
        ClassEdge::Strict => after <= limit * total,
    };
    Some(if within(limits.a) {
        SalesClass::A
    } else if within(limits.b) {
        SalesClass::B
    } else {
        SalesClass::C
    })
}

fn class_counts(rows: &[ConcentrationRow], total: Decimal) -> Vec<ClassCount> {
    [SalesClass::A, SalesClass::B, SalesClass::C]
        .into_iter()
        .map(|class| {
            let members = || rows.iter().filter(move |r| r.sales_class == Some(class));
            let net: Decimal = members().map(|r| r.net.0).sum();
            ClassCount {
                sales_class: class,
                customers: count(members().count()),
                net: Exact(round_money(net)),
                share: share_of(net, total),
            }
        })
        .collect()
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn nets(amounts: &[i64]) -> Vec<CustomerNet> {
        (0..)
            .zip(amounts)
            .map(|(i, net)| CustomerNet {
                customer_id: CustomerId(Uuid::from_u128(i)),
                external_id: format!("C{i:03}"),
                name: String::new(),
                net: Decimal::from(*net),
                bought: true,
            })
            .collect()
    }

    fn classes(amounts: &[i64], edge: ClassEdge) -> String {
        let result = concentration(nets(amounts), DEFAULT_SHARE, ClassLimits::default(), edge);
        result.rows.iter().map(|r| r.sales_class.map_or("-".into(), |c| format!("{c:?}"))).collect()
    }

    #[test]
    fn who_crosses_a_limit_is_in_the_upper_class_or_strictly_in_the_lower() {
        // Cumulative 50, 85, 94, 98, 100.
        let amounts = [50, 35, 9, 4, 2];
        assert_eq!(classes(&amounts, ClassEdge::Crossing), "AABBC");
        assert_eq!(classes(&amounts, ClassEdge::Strict), "ABBCC");
        // A limit reached exactly: the customer who reaches it is above it, the next is not.
        assert_eq!(classes(&[80, 15, 5], ClassEdge::Crossing), "ABC");
        assert_eq!(classes(&[80, 15, 5], ClassEdge::Strict), "ABC");
    }

    #[test]
    fn ties_go_by_external_id() {
        let result = concentration(nets(&[5, 9, 5]), DEFAULT_SHARE, ClassLimits::default(), ClassEdge::Crossing);
        let ids: Vec<_> = result.rows.iter().map(|r| r.external_id.as_str()).collect();
        assert_eq!(ids, ["C001", "C000", "C002"]);
    }

    #[test]
    fn returns_lie_at_the_end_in_class_c() {
        let limits = ClassLimits::new(Decimal::ONE, Decimal::ONE).unwrap();
        let result = concentration(nets(&[60, 50, -10]), Decimal::ONE, limits, ClassEdge::Strict);
        let shares: Vec<_> = result.rows.iter().map(|r| r.cumulative_share.unwrap().to_string()).collect();
        assert_eq!(shares, ["0.600000", "1.100000", "1.000000"]);
        assert_eq!(result.rows[2].sales_class, Some(SalesClass::C));
        assert_eq!(result.smallest_set.unwrap().customers, 2);
    }

    #[test]
    fn who_only_sent_goods_back_is_in_the_total_and_no_customer() {
        let mut all = nets(&[60, 40, -10, -20]);
        all[3].bought = false;
        let result = concentration(all, DEFAULT_SHARE, ClassLimits::default(), ClassEdge::Crossing);
        assert_eq!((result.customers, result.total_net.0), (3, Decimal::from(70)));
        assert_eq!(result.without_orders, WithoutOrders { customers: 1, net: Exact(round_money(Decimal::from(-20))) });
        let classes: Vec<_> = result.rows.iter().map(|row| row.sales_class).collect();
        assert_eq!(classes, [Some(SalesClass::A), Some(SalesClass::B), Some(SalesClass::C), None]);
        // One customer makes more than 80 % of 70: of three, not of four.
        assert_eq!(result.smallest_set.unwrap().share_of_customers.unwrap().to_string(), "0.333333");
        let in_classes: Decimal = result.classes.iter().map(|class| class.net.0).sum();
        assert_eq!(in_classes + result.without_orders.net.0, result.total_net.0);
    }

    #[test]
    fn a_total_that_is_not_positive_gives_amounts_and_no_ratios() {
        for amounts in [&[5, -5][..], &[-1], &[]] {
            let result = concentration(nets(amounts), DEFAULT_SHARE, ClassLimits::default(), ClassEdge::Crossing);
            assert_eq!((result.smallest_set, result.classes), (None, vec![]));
            assert!(result.rows.iter().all(|r| r.share.is_none() && r.sales_class.is_none()));
        }
    }

    #[test]
    fn limits_are_checked() {
        let d = Decimal::from;
        assert_eq!(ClassLimits::new(d(0), d(1)), Err(ClassLimitsError));
        assert_eq!(ClassLimits::new(d(1), Decimal::new(9, 1)), Err(ClassLimitsError));
    }

    proptest! {
        #[test]
        fn the_set_is_the_smallest_and_classes_never_climb(
            amounts in proptest::collection::vec(-50_i64..1000, 0..40),
            percent in 1_i64..=100,
        ) {
            let share = Decimal::new(percent, 2);
            let total: i64 = amounts.iter().sum();
            let set = smallest_set(nets(&amounts), share);
            let sum: Decimal = set.iter().map(|c| c.net).sum();
            if total > 0 {
                prop_assert!(sum >= share * Decimal::from(total));
                prop_assert!(sum - set[set.len() - 1].net < share * Decimal::from(total));
            } else {
                prop_assert!(set.is_empty());
            }
            for edge in [ClassEdge::Crossing, ClassEdge::Strict] {
                let letters = classes(&amounts, edge);
                prop_assert!(letters.as_bytes().is_sorted());
            }
        }

        #[test]
        fn class_nets_add_up_to_the_total(amounts in proptest::collection::vec(-50_i64..1000, 1..40)) {
            let result = concentration(nets(&amounts), DEFAULT_SHARE, ClassLimits::default(), ClassEdge::Strict);
            let sum: Decimal = result.classes.iter().map(|c| c.net.0).sum();
            prop_assert!(result.classes.is_empty() || sum == result.total_net.0);
        }
    }
}
