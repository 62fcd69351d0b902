//! The seeded company: customers, products, salespeople, and sales lines in the order of their days.

use chrono::{Days, NaiveDate};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// How many customers, products and salespeople there are.
pub const CUSTOMERS: u64 = 100_000;
pub const PRODUCTS: u64 = 500;
pub const SALESPEOPLE: u64 = 100;
/// Everything is the same in every run.
const SEED: u64 = 20_261_124;
/// The lines' days are spread over three years.
const DAYS: u64 = 1_096;
const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(2023, 1, 1).unwrap();

/// A line. Amounts are hundredths of the base currency.
#[derive(Debug)]
pub struct Line {
    pub order: u64,
    pub number: u64,
    pub day: NaiveDate,
    pub customer: u64,
    pub product: u64,
    pub salesperson: u64,
    pub quantity: u64,
    pub unit_price: u64,
    pub discount: u64,
    pub cost: u64,
}

impl Line {
    /// Unit price x quantity - discount.
    pub fn net(&self) -> u64 {
        self.unit_price * self.quantity - self.discount
    }
}

/// The names things have in the source system.
pub fn customer(n: u64) -> String {
    format!("C-{n:06}")
}

pub fn product(n: u64) -> String {
    format!("P-{n:04}")
}

pub fn salesperson(n: u64) -> String {
    format!("S-{n:03}")
}

/// An amount with its two places.
pub fn money(hundredths: u64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// `count` lines of that many customers, in orders of one to five; few customers buy much, many little.
pub fn lines(customers: u64, count: u64) -> impl Iterator<Item = Line> {
    let mut dice = ChaCha8Rng::seed_from_u64(SEED);
    let mut order = Order::default();
    (0..count).map(move |at| {
        if order.left == 0 {
            order = Order::next(order.id, at * DAYS / count.max(1), customers, &mut dice);
        }
        order.line(&mut dice)
    })
}

#[derive(Debug, Default)]
struct Order {
    id: u64,
    left: u64,
    number: u64,
    day: NaiveDate,
    customer: u64,
}

impl Order {
    fn next(before: u64, day: u64, customers: u64, dice: &mut impl Rng) -> Self {
        let share: f64 = dice.random();
        // The square draws towards the first customers; the index stays below the number of customers.
        let customer = (share * share * customers as f64) as u64;
        Self { id: before + 1, left: dice.random_range(1..=5), number: 0, day: FIRST_DAY + Days::new(day), customer }
    }

    fn line(&mut self, dice: &mut impl Rng) -> Line {
        self.left -= 1;
        self.number += 1;
        let product = dice.random_range(0..PRODUCTS);
        let quantity = dice.random_range(1..=40);
        let unit_price = 500 + product * 73;
        let gross = unit_price * quantity;
        Line {
            order: self.id,
            number: self.number,
            day: self.day,
            customer: self.customer,
            product,
            salesperson: self.customer % SALESPEOPLE,
            quantity,
            unit_price,
            discount: gross * dice.random_range(0..=15) / 100,
            cost: gross * dice.random_range(50..=80) / 100,
        }
    }
}
