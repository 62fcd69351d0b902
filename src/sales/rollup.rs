//! A customer's sales added up by month, and what they come to over a span of months.
//!
//! A sum over months is a sum of sums. What is counted distinct is not: an order or a category that is in two months is
//! in their span once. So a month counts the orders that are in it alone, and the others say in which months they are.

use std::collections::BTreeSet;

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
    /// Orders with lines in several months: a number for each, and a month.
    pub spanning_orders: Vec<(i32, Month)>,
    /// Product categories: a number for each, and a month in which it was bought.
    pub categories: Vec<(i32, Month)>,
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
    /// Orders all of whose lines lie in the month.
    pub orders: i64,
    /// The day of its last line.
    pub last_day: NaiveDate,
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

    /// Distinct orders with a line in the months from `first` to `last`.
    pub fn orders(&self, first: Month, last: Month) -> i64 {
        let alone: i64 = self.span(first, last).iter().map(|month| month.orders).sum();
        alone + distinct_within(&self.spanning_orders, first, last)
    }

    /// Distinct product categories bought in the months from `first` to `last`.
    pub fn categories(&self, first: Month, last: Month) -> i64 {
        distinct_within(&self.categories, first, last)
    }

    /// The day of the last line up to the end of a month; `None` where there was none yet.
    pub fn last_day(&self, month: Month) -> Option<NaiveDate> {
        let known = self.months.partition_point(|entry| entry.month <= month);
        self.months.get(..known)?.last().map(|entry| entry.last_day)
    }

    /// The day of the first line, where it is not after a month.
    pub fn first_day(&self, month: Month) -> Option<NaiveDate> {
        Some(self.first_day).filter(|day| *day <= month.last_day())
    }
}

fn distinct_within(places: &[(i32, Month)], first: Month, last: Month) -> i64 {
    let within = places.iter().filter(|(_, month)| (first..=last).contains(month));
    within.map(|(number, _)| number).collect::<BTreeSet<_>>().len() as i64
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn m(text: &str) -> Month {
        text.parse().unwrap()
    }

    fn month(month: &str, net: i64, orders: i64) -> SalesMonth {
        let last_day = m(month).first_day();
        SalesMonth {
            month: m(month),
            net: net.into(),
            cost: Decimal::ONE,
            lines: 2,
            lines_without_cost: 1,
            orders,
            last_day,
        }
    }

    fn rollup() -> SalesRollup {
        SalesRollup {
            customer_id: CustomerId(Uuid::from_u128(1)),
            first_day: m("2024-01").first_day(),
            months: vec![month("2024-01", 100, 1), month("2024-03", -20, 0), month("2024-06", 50, 2)],
            // Order 1 is in January and March, order 2 in March and June.
            spanning_orders: vec![(1, m("2024-01")), (1, m("2024-03")), (2, m("2024-03")), (2, m("2024-06"))],
            categories: vec![(1, m("2024-01")), (1, m("2024-06")), (2, m("2024-03"))],
        }
    }

    #[test]
    fn a_span_adds_up_its_months_and_counts_what_is_in_two_of_them_once() {
        let all = rollup().sums(m("2023-01"), m("2025-01"));
        assert_eq!((all.net, all.lines, all.lines_without_cost, all.active_months), (130.into(), 6, 3, 2));
        let counts = |from: &str, to: &str| (rollup().orders(m(from), m(to)), rollup().categories(m(from), m(to)));
        assert_eq!(counts("2024-01", "2024-12"), (5, 2));
        assert_eq!(counts("2024-02", "2024-03"), (2, 1));
        assert_eq!(counts("2024-04", "2024-06"), (3, 1));
        assert_eq!(counts("2024-04", "2024-05"), (0, 0));
    }

    #[test]
    fn days_are_those_known_at_the_end_of_a_month() {
        let rollup = rollup();
        assert_eq!(rollup.last_day(m("2024-05")), Some(m("2024-03").first_day()));
        assert_eq!(rollup.last_day(m("2023-12")), None);
        assert_eq!(rollup.first_day(m("2024-01")), Some(rollup.first_day));
        assert_eq!(rollup.first_day(m("2023-12")), None);
    }
}
