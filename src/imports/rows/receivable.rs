//! A receivable.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::{Fields, ImportRow, Sign};
use crate::imports::{ImportKind, Record, RowProblem};
use crate::values::Currency;

/// An invoice in a file; credit notes are negative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivableRow {
    /// Its id in the source system.
    pub external_id: String,
    /// External id of the customer.
    pub customer_id: String,
    /// The day of the invoice.
    pub invoiced_on: NaiveDate,
    /// The day it is to be paid.
    pub due_on: NaiveDate,
    /// What is owed, in `currency`.
    pub amount: Decimal,
    /// The currency; the tenant's base currency where `None`.
    pub currency: Option<Currency>,
    /// When this was observed; the moment of receipt where `None`.
    pub observed_at: Option<DateTime<Utc>>,
}

impl ImportRow for ReceivableRow {
    const KIND: ImportKind = ImportKind::Receivables;

    fn parse(record: &Record) -> Result<Self, Vec<RowProblem>> {
        let mut f = Fields::new(record);
        let external_id = f.required("external_id", Fields::id);
        let customer_id = f.required("customer_id", Fields::id);
        let invoiced_on = f.required("invoiced_on", Fields::day);
        let due_on = f.required("due_on", Fields::day);
        let amount = f.required("amount", |f, column| f.amount(column, Sign::Any));
        let currency = f.currency("currency");
        let observed_at = f.time("observed_at");
        let row = (|| {
            Some(Self {
                external_id: external_id?,
                customer_id: customer_id?,
                invoiced_on: invoiced_on?,
                due_on: due_on?,
                amount: amount?,
                currency,
                observed_at,
            })
        })();
        f.finish(row)
    }
}
