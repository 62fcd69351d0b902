//! Daily exchange rates into euro.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::GeneratorSettings;
use super::dice::{Dice, Stream};
use crate::imports::FxRateRow;
use crate::values::Currency;

/// A currency that customers are invoiced in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unit {
    Eur,
    Usd,
    Cny,
}

/// What one unit of a currency is worth, in millionths of a euro.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate(i64);

impl Unit {
    pub(super) fn currency(self) -> Option<Currency> {
        let code = match self {
            Self::Eur => "EUR",
            Self::Usd => "USD",
            Self::Cny => "CNY",
        };
        code.parse().ok()
    }
}

impl Rate {
    const ONE: Self = Self(1_000_000);

    /// An amount of euro in the currency, half up.
    pub(super) fn foreign(self, amount: i64) -> i64 {
        scaled(amount, 1_000_000, self.0)
    }

    /// An amount of the currency in euro, half up.
    pub(super) fn euro(self, amount: i64) -> i64 {
        scaled(amount, self.0, 1_000_000)
    }
}

fn scaled(amount: i64, by: i64, over: i64) -> i64 {
    let (amount, by, over) = (i128::from(amount), i128::from(by), i128::from(over));
    let rounded = (amount * by + over / 2).div_euclid(over);
    i64::try_from(rounded).unwrap_or(i64::MAX)
}

/// All rates of the three years.
pub(super) struct Rates(BTreeMap<(Unit, NaiveDate), Rate>);

impl Rates {
    /// A walk of small daily steps within 8 % of a centre.
    pub(super) fn new(settings: &GeneratorSettings) -> Self {
        let mut dice = Dice::new(settings.seed, Stream::Rates);
        let (first, last) = (settings.month(0).first_day(), settings.as_of.last_day());
        let mut rates = BTreeMap::new();
        for (unit, centre) in [(Unit::Usd, 920_000), (Unit::Cny, 128_000)] {
            let mut rate: i64 = centre;
            for day in first.iter_days().take_while(|day| *day <= last) {
                rate = (rate + centre * dice.between(-40, 40) / 10_000).clamp(centre * 92 / 100, centre * 108 / 100);
                rates.insert((unit, day), Rate(rate));
            }
        }
        Self(rates)
    }

    /// The rate of a day.
    pub(super) fn on(&self, unit: Unit, day: NaiveDate) -> Rate {
        self.0.range((unit, NaiveDate::MIN)..=(unit, day)).next_back().map_or(Rate::ONE, |(_, rate)| *rate)
    }

    /// The latest rate.
    pub(super) fn last(&self, unit: Unit) -> Rate {
        self.on(unit, NaiveDate::MAX)
    }

    /// One row for each currency and day.
    pub(super) fn rows(&self) -> Vec<FxRateRow> {
        let row = |((unit, date), rate): (&(Unit, NaiveDate), &Rate)| {
            let (currency, base_currency) = (unit.currency()?, Unit::Eur.currency());
            Some(FxRateRow { date: *date, currency, base_currency, rate: Decimal::new(rate.0, 6), close: None })
        };
        self.0.iter().filter_map(row).collect()
    }
}
