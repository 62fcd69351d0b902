//! A cost to serve.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::{Fields, ImportRow, Sign};
use crate::imports::kind::ACTIVITY;
use crate::imports::{ImportKind, Record, RowProblem};
use crate::values::Currency;

/// What was spent to serve a customer, in a file; what was paid back is negative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CostToServeRow {
    /// Its id in the source system.
    pub external_id: String,
    /// External id of the customer.
    pub customer_id: String,
    /// The day it was spent.
    pub day: NaiveDate,
    /// What was done.
    pub activity: String,
    /// What it cost, in `currency`.
    pub amount: Decimal,
    /// The currency; the tenant's base currency where `None`.
    pub currency: Option<Currency>,
    /// When this was observed; the moment of receipt where `None`.
    pub observed_at: Option<DateTime<Utc>>,
}

impl ImportRow for CostToServeRow {
    const KIND: ImportKind = ImportKind::CostsToServe;

    fn parse(record: &Record) -> Result<Self, Vec<RowProblem>> {
        let mut f = Fields::new(record);
        let external_id = f.required("external_id", Fields::id);
        let customer_id = f.required("customer_id", Fields::id);
        let day = f.required("day", Fields::day);
        let activity = f.required("activity", |f, column| f.text(column, ACTIVITY));
        let amount = f.required("amount", |f, column| f.amount(column, Sign::Any));
        let currency = f.currency("currency");
        let observed_at = f.time("observed_at");
        let row = (|| {
            Some(Self {
                external_id: external_id?,
                customer_id: customer_id?,
                day: day?,
                activity: activity?,
                amount: amount?,
                currency,
                observed_at,
            })
        })();
        f.finish(row)
    }
}
