//! A customer's sales added up by month, and what they come to over a span of months.
//!
//! A sum over months is a sum of sums. What is counted distinct is not: an order or a category that is in two months is
//! in their span once. So a month counts the orders that are in it alone, and the others say what they come to in each of
//! their months.
//!
//! **Returns are not orders.** An order is what the customer's lines of one order id come to in the span that is asked
//! for. It counts where that is positive; where it is not, it is a return.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::values::{CustomerId, Month};

/// A customer's sales by month, in the base currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SalesRollup {
    /// The customer.
    pub customer_id: CustomerId,
    /// The day of its first line.
    pub first_day: NaiveDate,
    /// The months with lines, ascending.
    pub months: Vec<SalesMonth>,
    /// Orders with lines in several months, month by month.
    pub spanning_orders: Vec<OrderPart>,
    /// Product categories, month by month.
    pub categories: Vec<CategoryPart>,
}

/// An order over several months in one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderPart {
    /// The order's number among the customer's.
    pub order: i32,
    /// The month.
    pub month: Month,
    /// Net of its lines in the month.
    pub net: Decimal,
    /// The last day in the month on which it has a line with a positive net.
    pub day: Option<NaiveDate>,
}

/// A product category in one month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CategoryPart {
    /// The category's number among the customer's.
    pub category: i32,
    /// The month.
    pub month: Month,
    /// Net of its lines in the month.
    pub net: Decimal,
    /// Whether an order that comes to a positive net in the month has a line of it.
    pub bought: bool,
}

/// What a customer's orders in a span are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrderCounts {
    /// Those with a positive net.
    pub orders: i64,
    /// The others.
    pub returns: i64,
}

/// One month of a customer's sales.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SalesMonth {
    /// The month.
    pub month: Month,
    /// Net of its lines.
    pub net: Decimal,
    /// Cost of those that have one.
    pub cost: Decimal,
    /// Lines.
    pub lines: i64,
    /// Lines without a cost.
    pub lines_without_cost: i64,
    /// Orders with a positive net all of whose lines lie in the month.
    pub orders: i64,
    /// The other orders all of whose lines lie in the month.
    pub returns: i64,
    /// The last day on which one of `orders` has a line with a positive net.
    pub order_day: Option<NaiveDate>,
}

/// What a customer's sales come to over a span of months.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpanSums {
    /// Net.
    pub net: Decimal,
    /// Cost of the lines that have one.
    pub cost: Decimal,
    /// Lines.
    pub lines: i64,
    /// Lines without a cost.
    pub lines_without_cost: i64,
    /// Months with a positive net.
    pub active_months: i64,
}

impl SalesRollup {
    /// The months from `first` to `last`, those without lines left out.
    pub fn span(&self, first: Month, last: Month) -> &[SalesMonth] {
        let from = self.months.partition_point(|month| month.month < first);
        let to = self.months.partition_point(|month| month.month <= last);
        self.months.get(from..to).unwrap_or_default()
    }

    /// The sums over the months from `first` to `last`.
    pub fn sums(&self, first: Month, last: Month) -> SpanSums {
        let mut sums = SpanSums::default();
        for month in self.span(first, last) {
            sums.net += month.net;
            sums.cost += month.cost;
            sums.lines += month.lines;
            sums.lines_without_cost += month.lines_without_cost;
            sums.active_months += i64::from(month.net > Decimal::ZERO);
        }
        sums
    }

    /// The orders with a line in the months from `first` to `last`.
    pub fn orders(&self, first: Month, last: Month) -> OrderCounts {
        let mut counts = OrderCounts::default();
        for month in self.span(first, last) {
            counts.orders += month.orders;
            counts.returns += month.returns;
        }
        for (net, _) in self.spanning(first, last).into_values() {
            counts.orders += i64::from(net > Decimal::ZERO);
            counts.returns += i64::from(net <= Decimal::ZERO);
        }
        counts
    }

    /// Product categories that come to a positive net over the months from `first` to `last`, and were bought in an order.
    pub fn categories(&self, first: Month, last: Month) -> i64 {
        let mut found = BTreeMap::<i32, (Decimal, bool)>::new();
        for part in self.categories.iter().filter(|part| (first..=last).contains(&part.month)) {
            let (net, bought) = found.entry(part.category).or_default();
            *net += part.net;
            *bought |= part.bought;
        }
        found.into_values().filter(|(net, bought)| *bought && *net > Decimal::ZERO).count() as i64
    }

    /// The last day on which an order sold something, up to the end of a month; `None` where there was none yet.
    pub fn last_order_day(&self, month: Month) -> Option<NaiveDate> {
        let known = self.months.partition_point(|entry| entry.month <= month);
        let alone = self.months.get(..known)?.iter().rev().find_map(|entry| entry.order_day);
        let Some(first) = self.months.first() else { return alone };
        let spanning = self.spanning(first.month, month).into_values();
        spanning.filter(|(net, _)| *net > Decimal::ZERO).filter_map(|(_, day)| day).chain(alone).max()
    }

    /// What each order over several months comes to in those from `first` to `last`, and the last day it sold something.
    fn spanning(&self, first: Month, last: Month) -> BTreeMap<i32, (Decimal, Option<NaiveDate>)> {
        let mut found = BTreeMap::<i32, (Decimal, Option<NaiveDate>)>::new();
        for part in self.spanning_orders.iter().filter(|part| (first..=last).contains(&part.month)) {
            let (net, day) = found.entry(part.order).or_default();
            *net += part.net;
            *day = (*day).max(part.day);
        }
        found
    }

    /// The day of the first line, where it is not after a month.
    pub fn first_day(&self, month: Month) -> Option<NaiveDate> {
        Some(self.first_day).filter(|day| *day <= month.last_day())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn m(text: &str) -> Month {
        text.parse().unwrap()
    }

    fn month(month: &str, net: i64, orders: i64, returns: i64) -> SalesMonth {
        SalesMonth {
            month: m(month),
            net: net.into(),
            cost: Decimal::ONE,
            lines: 2,
            lines_without_cost: 1,
            orders,
            returns,
            order_day: (orders > 0).then(|| m(month).first_day()),
        }
    }

    fn part(order: i32, month: &str, net: i64) -> OrderPart {
        OrderPart { order, month: m(month), net: net.into(), day: (net > 0).then(|| m(month).last_day()) }
    }

    fn category(category: i32, month: &str, net: i64, bought: bool) -> CategoryPart {
        CategoryPart { category, month: m(month), net: net.into(), bought }
    }

    fn rollup() -> SalesRollup {
        SalesRollup {
            customer_id: CustomerId(Uuid::from_u128(1)),
            first_day: m("2024-01").first_day(),
            months: vec![month("2024-01", 100, 1, 0), month("2024-03", -20, 0, 1), month("2024-06", 50, 2, 0)],
            // Order 1 sells in January and takes part of it back in March; order 2 takes back in March what it sells in June.
            spanning_orders: vec![
                part(1, "2024-01", 60),
                part(1, "2024-03", -10),
                part(2, "2024-03", -30),
                part(2, "2024-06", 30),
            ],
            // Category 2 was only sent back; category 3 in an order that came to nothing.
            categories: vec![
                category(1, "2024-01", 100, true),
                category(1, "2024-06", 50, true),
                category(2, "2024-03", -25, false),
                category(3, "2024-03", 5, false),
                category(4, "2024-01", 10, true),
                category(4, "2024-03", -10, false),
            ],
        }
    }

    #[test]
    fn a_span_adds_up_its_months_and_counts_what_is_in_two_of_them_once() {
        let all = rollup().sums(m("2023-01"), m("2025-01"));
        assert_eq!((all.net, all.lines, all.lines_without_cost, all.active_months), (130.into(), 6, 3, 2));
        let counts = |from: &str, to: &str| {
            let OrderCounts { orders, returns } = rollup().orders(m(from), m(to));
            (orders, returns, rollup().categories(m(from), m(to)))
        };
        // 3 in one month and order 1; the return of March and order 2, which comes to 0; categories 1 alone.
        assert_eq!(counts("2024-01", "2024-12"), (4, 2, 1));
        assert_eq!(counts("2024-01", "2024-02"), (2, 0, 2));
        // What is taken back in March is a return of each order.
        assert_eq!(counts("2024-02", "2024-03"), (0, 3, 0));
        assert_eq!(counts("2024-04", "2024-06"), (3, 0, 1));
        assert_eq!(counts("2024-04", "2024-05"), (0, 0, 0));
    }

    #[test]
    fn the_last_order_is_one_that_sold_something() {
        let rollup = rollup();
        // Order 1 sold last on 31 January; what came back in March is no order.
        assert_eq!(rollup.last_order_day(m("2024-05")), Some(m("2024-01").last_day()));
        assert_eq!(rollup.last_order_day(m("2024-06")), Some(m("2024-06").first_day()));
        assert_eq!(rollup.last_order_day(m("2023-12")), None);
        assert_eq!(rollup.first_day(m("2024-01")), Some(rollup.first_day));
        assert_eq!(rollup.first_day(m("2023-12")), None);
        let only_returns = SalesRollup {
            months: vec![month("2024-03", -20, 0, 1)],
            spanning_orders: vec![part(1, "2024-03", -30), part(1, "2024-04", 10)],
            ..rollup
        };
        assert_eq!(only_returns.last_order_day(m("2024-12")), None);
    }
}
