//! Both charts as documents: what they say, and that all of it is on the sheet.

mod bubbles;
mod migration;
mod sheet;

use rust_decimal::Decimal;

use crate::values::{Currency, Month};

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn month() -> Month {
    "2013-11".parse().unwrap()
}

fn euro() -> Currency {
    "EUR".parse().unwrap()
}
