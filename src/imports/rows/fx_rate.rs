//! An exchange rate.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{Fields, ImportRow};
use crate::imports::{ImportKind, Record, RowProblem};
use crate::values::Currency;

/// A dated exchange rate in a file: what one unit of a currency was worth on a day.
///
/// The columns `usd_per_unit_average` and `usd_per_unit_close` are in US dollars, `rate` in `base_currency`. Where
/// several are filled, the day's average is taken before its close, and `rate` before both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FxRateRow {
    /// The day.
    pub date: NaiveDate,
    /// The currency of which one unit is priced.
    pub currency: Currency,
    /// What the unit is priced in; the tenant's base currency where `None`.
    pub base_currency: Option<Currency>,
    /// Units of the base currency for one unit of `currency`, above 0, at most 12 places.
    pub rate: Decimal,
    /// The rate at the end of the day, where the file has it.
    pub close: Option<Decimal>,
}

impl ImportRow for FxRateRow {
    const KIND: ImportKind = ImportKind::FxRates;

    fn parse(record: &Record) -> Result<Self, Vec<RowProblem>> {
        let mut f = Fields::new(record);
        let date = f.required("date", Fields::day);
        let currency = f.required("currency", Fields::currency);
        let given_base = f.currency("base_currency");
        let own = f.rate("rate");
        let average = f.rate("usd_per_unit_average");
        let close = f.rate("usd_per_unit_close");
        let columns = ["rate", "usd_per_unit_average", "usd_per_unit_close"];
        if columns.iter().all(|column| record.get(column).is_none()) {
            let named = columns.into_iter().find(|column| record.header().has(column)).unwrap_or("rate");
            f.blank(named);
        }
        let usd = "USD".parse().ok();
        let priced = match own {
            Some(rate) => Some((rate, given_base, None)),
            None => average.or(close).map(|rate| (rate, usd, close)),
        };
        let row = (|| {
            let (rate, base_currency, close) = priced?;
            Some(Self { date: date?, currency: currency?, base_currency, rate, close })
        })();
        f.finish(row)
    }
}
