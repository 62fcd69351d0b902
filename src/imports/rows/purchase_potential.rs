//! A purchase potential.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::{Fields, ImportRow, Sign};
use crate::imports::kind::NAME;
use crate::imports::{ImportKind, Record, RowProblem};

/// What a customer buys a year of a category, from anyone, in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurchasePotentialRow {
    /// External id of the customer.
    pub customer_id: String,
    /// The product category.
    pub category: String,
    /// In the base currency, 0 or more.
    pub yearly_amount: Decimal,
    /// When this was observed; the moment of receipt where `None`.
    pub observed_at: Option<DateTime<Utc>>,
}

impl ImportRow for PurchasePotentialRow {
    const KIND: ImportKind = ImportKind::PurchasePotentials;

    fn parse(record: &Record) -> Result<Self, Vec<RowProblem>> {
        let mut f = Fields::new(record);
        let customer_id = f.required("customer_id", Fields::id);
        let category = f.required("category", |f, column| f.text(column, NAME));
        let yearly_amount = f.required("yearly_amount", |f, column| f.amount(column, Sign::NotNegative));
        let observed_at = f.time("observed_at");
        let row = (|| {
            Some(Self { customer_id: customer_id?, category: category?, yearly_amount: yearly_amount?, observed_at })
        })();
        f.finish(row)
    }
}
