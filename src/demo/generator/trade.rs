//! Orders and their lines.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use rust_decimal::Decimal;

use super::catalogue::Product;
use super::customers::Customer;
use super::dice::{Dice, Stream};
use super::places::CHINA;
use super::rates::{Rate, Rates};
use super::{GeneratorSettings, UNITS, money, seller_id};
use crate::imports::SalesLineRow;

/// An order. Amounts in ten-thousandths of the customer's currency.
pub(super) struct Order {
    pub(super) date: NaiveDate,
    /// By index.
    pub(super) customer: usize,
    /// By index.
    pub(super) seller: usize,
    pub(super) rate: Rate,
    pub(super) lines: Vec<Line>,
}

#[derive(Clone)]
pub(super) struct Line {
    /// By index.
    pub(super) product: usize,
    quantity: i64,
    unit_price: i64,
    discount: i64,
    cost: i64,
}

impl Line {
    pub(super) fn net(&self) -> i64 {
        self.quantity * self.unit_price - self.discount
    }
}

impl Order {
    pub(super) fn net(&self) -> i64 {
        self.lines.iter().map(Line::net).sum()
    }
}

/// Sales by calendar month in thousandths of an average month.
const SEASON: [i64; 12] = [920, 960, 1080, 1040, 1030, 1060, 900, 780, 1080, 1120, 1080, 950];
/// The same in China, where February is quiet.
const SEASON_CHINA: [i64; 12] = [1000, 600, 1100, 1060, 1040, 1040, 1000, 980, 1060, 1000, 1080, 1040];
/// Prices and costs of the years in thousandths of the current list.
const PRICES: [i64; 4] = [920, 945, 970, 1000];

/// All orders and returns by day, then customer.
pub(super) fn orders(
    settings: &GeneratorSettings,
    rates: &Rates,
    products: &[Product],
    customers: &[Customer],
) -> Vec<Order> {
    let mut orders: Vec<Order> = customers
        .iter()
        .enumerate()
        .flat_map(|(index, customer)| {
            let dice = Dice::new(settings.seed, Stream::Trade(index as u32));
            Trader { settings, rates, products, customer, index, dice }.trade()
        })
        .collect();
    // Stable: orders of one customer and day stay as they were made.
    orders.sort_by_key(|order| (order.date, order.customer));
    orders
}

/// The orders as sales lines, numbered in their order.
pub(super) fn sales_lines(orders: &[Order], customers: &[Customer], products: &[Product]) -> Vec<SalesLineRow> {
    let row = |(number, order): (usize, &Order), (position, line): (usize, &Line)| {
        let customer = &customers[order.customer];
        let order_id = format!("SO{:06}", number + 1);
        SalesLineRow {
            external_id: format!("{order_id}-{}", position + 1),
            order_id,
            order_date: order.date,
            customer_id: customer.row.external_id.clone(),
            product_id: products[line.product].row.external_id.clone(),
            salesperson_id: Some(seller_id(order.seller)),
            quantity: Decimal::from(line.quantity),
            unit_price: Some(money(line.unit_price)),
            discount: Some(money(line.discount)),
            net_amount: money(line.net()),
            cost_amount: Some(money(line.cost)),
            currency: customer.unit.currency(),
            observed_at: None,
        }
    };
    let numbered = orders.iter().enumerate();
    numbered.flat_map(|order| order.1.lines.iter().enumerate().map(move |line| row(order, line))).collect()
}

/// Makes the orders of one customer.
struct Trader<'a> {
    settings: &'a GeneratorSettings,
    rates: &'a Rates,
    products: &'a [Product],
    customer: &'a Customer,
    index: usize,
    dice: Dice,
}

impl Trader<'_> {
    fn trade(mut self) -> Vec<Order> {
        let Some((first, last)) = self.customer.course.active() else { return Vec::new() };
        let assortment = self.assortment();
        // Big customers order more often, and more at a time.
        let a_year = ((self.customer.annual / UNITS).isqrt() * 25).clamp(2_000, 48_000);
        let usual = self.customer.annual / a_year * 1_000;
        let mut orders = Vec::new();
        for month in first..=last {
            let expected = a_year * self.customer.course.level(month) / 1_000 * self.season(month) / 12_000;
            let count = expected / 1_000 + i64::from(self.dice.chance(expected % 1_000));
            for _ in 0..count {
                let value = usual * self.dice.between(600, 1_400) / 1_000;
                let order = self.order(month, value, &assortment);
                orders.extend(self.returned(&order));
                orders.push(order);
            }
        }
        if orders.is_empty() {
            // A small customer whom chance has passed over has still bought once.
            orders.push(self.order((first + last) / 2, usual, &assortment));
        }
        orders
    }

    fn season(&self, month: i64) -> i64 {
        let season = if self.customer.territory == CHINA { &SEASON_CHINA } else { &SEASON };
        season[self.settings.month(month).number() as usize - 1]
    }

    /// The products it buys: two to four of each of its categories.
    fn assortment(&mut self) -> Vec<usize> {
        let mut assortment = Vec::new();
        for category in &self.customer.categories {
            let mut of_it: Vec<usize> =
                (0..self.products.len()).filter(|i| self.products[*i].category == *category).collect();
            self.dice.shuffle(&mut of_it);
            of_it.truncate(self.dice.between(2, 4) as usize);
            assortment.extend(of_it);
        }
        assortment
    }

    fn order(&mut self, month: i64, value: i64, assortment: &[usize]) -> Order {
        let date = self.day(month);
        let rate = self.rates.on(self.customer.unit, date);
        let count = *self.dice.pick(&[1, 1, 2, 2, 3, 3, 4, 5, 6]);
        let weights: Vec<i64> = (0..count).map(|_| self.dice.between(1, 10)).collect();
        let total: i64 = weights.iter().sum();
        let drift = PRICES[(month / 12) as usize];
        let lines = weights
            .into_iter()
            .map(|weight| {
                let product = *self.dice.pick(assortment);
                self.line(product, value * weight / total, drift, rate)
            })
            .collect();
        // Now and then the colleague in the territory sells.
        let owner = self.customer.owner;
        let seller = if self.dice.chance(120) { owner ^ 1 } else { owner };
        Order { date, customer: self.index, seller, rate, lines }
    }

    fn line(&mut self, product: usize, value: i64, drift: i64, rate: Rate) -> Line {
        let Product { list, cost, .. } = self.products[product];
        let price = list * self.customer.price_level / 1_000 * drift / 1_000;
        let quantity = (value / price.max(1)).max(1);
        let unit_price = rate.foreign(price);
        let off = if self.dice.chance(300) { self.dice.between(10, 60) } else { 0 };
        // Discounts are whole cents.
        let discount = quantity * unit_price / 1_000 * off / 100 * 100;
        let cost = quantity * rate.foreign(cost * drift / 1_000);
        Line { product, quantity, unit_price, discount, cost }
    }

    /// Some of a line comes back at the price it was sold for, up to the last month.
    fn returned(&mut self, order: &Order) -> Option<Order> {
        if !self.dice.chance(25) {
            return None;
        }
        let days = self.dice.between(5, 25).unsigned_abs();
        let date = weekday(order.date.checked_add_days(Days::new(days))?);
        let line = self.dice.pick(&order.lines).clone();
        let quantity = self.dice.between(1, (line.quantity / 3).max(1));
        let back = Line {
            quantity: -quantity,
            // The share of the discount, in whole cents.
            discount: -(line.discount / line.quantity * quantity / 100 * 100),
            cost: -(line.cost / line.quantity * quantity),
            ..line
        };
        (date <= self.settings.as_of.last_day()).then(|| Order { date, lines: vec![back], ..*order })
    }

    fn day(&mut self, month: i64) -> NaiveDate {
        let first = self.settings.month(month).first_day();
        // From the 3rd to the 26th, so that stepping off a weekend stays in the month.
        let day = first.checked_add_days(Days::new(self.dice.between(2, 25).unsigned_abs()));
        weekday(day.unwrap_or(first))
    }
}

/// The Friday before a Saturday, the Monday after a Sunday.
fn weekday(day: NaiveDate) -> NaiveDate {
    let moved = match day.weekday() {
        Weekday::Sat => day.pred_opt(),
        Weekday::Sun => day.succ_opt(),
        _ => None,
    };
    moved.unwrap_or(day)
}
