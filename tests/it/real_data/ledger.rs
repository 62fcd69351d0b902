//! The AdventureWorks lines as the tests themselves convert and add them up, without a line of the product's code.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::support::Pack;

/// A sales line in US dollars.
pub struct Line {
    pub day: NaiveDate,
    pub order: String,
    pub customer: String,
    pub category: String,
    pub net: Decimal,
    pub cost: Decimal,
}

pub struct Ledger(pub Vec<Line>);

/// What a customer's lines say in a span of days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    pub lines: usize,
    pub net: Decimal,
    pub cost: Decimal,
    pub orders: BTreeSet<String>,
    pub categories: BTreeSet<String>,
    pub by_month: BTreeMap<String, Decimal>,
}

/// Half away from zero.
pub fn round(value: Decimal, places: u32) -> Decimal {
    let mut rounded = value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(places);
    rounded
}

pub fn decimal(text: &str) -> Decimal {
    text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

impl Ledger {
    /// Converts each line by the average rate of its own day, rounded to 4 places. Every day has its rate.
    pub fn of(pack: &Pack) -> Self {
        let rates: BTreeMap<(String, String), Decimal> = pack
            .rows("fx_rates.csv")
            .into_iter()
            .map(|row| ((row["currency"].clone(), row["date"].clone()), decimal(&row["usd_per_unit_average"])))
            .collect();
        let categories: BTreeMap<String, String> = pack
            .rows("products.csv")
            .into_iter()
            .map(|row| (row["external_id"].clone(), row["category"].clone()))
            .collect();
        let line = |row: BTreeMap<String, String>| {
            let rate = match row["currency"].as_str() {
                "USD" => Decimal::ONE,
                other => rates[&(other.to_owned(), row["order_date"].clone())],
            };
            Line {
                day: day(&row["order_date"]),
                order: row["external_id"].rsplit_once('-').unwrap().0.to_owned(),
                customer: row["customer_id"].clone(),
                category: categories[&row["product_id"]].clone(),
                net: round(decimal(&row["net_amount"]) * rate, 4),
                cost: round(decimal(&row["cost_amount"]) * rate, 4),
            }
        };
        Self(pack.rows("sales.csv.gz").into_iter().map(line).collect())
    }

    /// Every customer with lines from `first` to `last`, both included.
    pub fn by_customer(&self, first: &str, last: &str) -> BTreeMap<String, Sums> {
        let span = day(first)..=day(last);
        let mut sums = BTreeMap::<String, Sums>::new();
        for line in self.0.iter().filter(|line| span.contains(&line.day)) {
            let sum = sums.entry(line.customer.clone()).or_default();
            sum.lines += 1;
            sum.net += line.net;
            sum.cost += line.cost;
            sum.orders.insert(line.order.clone());
            sum.categories.insert(line.category.clone());
            *sum.by_month.entry(line.day.format("%Y-%m").to_string()).or_default() += line.net;
        }
        sums
    }

    /// The days of each customer's first and last line.
    pub fn days(&self) -> BTreeMap<&str, (NaiveDate, NaiveDate)> {
        let mut days = BTreeMap::new();
        for line in &self.0 {
            let (first, last) = days.entry(line.customer.as_str()).or_insert((line.day, line.day));
            (*first, *last) = ((*first).min(line.day), (*last).max(line.day));
        }
        days
    }

    /// Net and cost by calendar year.
    pub fn by_year(&self) -> BTreeMap<String, (Decimal, Decimal)> {
        let mut years = BTreeMap::<String, (Decimal, Decimal)>::new();
        for line in &self.0 {
            let (net, cost) = years.entry(line.day.format("%Y").to_string()).or_default();
            *net += line.net;
            *cost += line.cost;
        }
        years
    }
}
