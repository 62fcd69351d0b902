//! A quota.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{Fields, ImportRow, Sign};
use crate::imports::{ImportKind, Record, RowProblem};

/// A salesperson's quota for a period in a file. A period ends where the person's next one begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaRow {
    /// External id of the salesperson.
    pub salesperson_id: String,
    /// The period's first day.
    pub period_start: NaiveDate,
    /// What is to be sold in the period, in the base currency, 0 or more.
    pub quota: Decimal,
}

impl ImportRow for QuotaRow {
    const KIND: ImportKind = ImportKind::Quotas;

    fn parse(record: &Record) -> Result<Self, Vec<RowProblem>> {
        let mut f = Fields::new(record);
        let salesperson_id = f.required("salesperson_id", Fields::id);
        let period_start = f.required("period_start", Fields::day);
        let quota = f.required("quota", |f, column| f.amount(column, Sign::NotNegative));
        let row = (|| Some(Self { salesperson_id: salesperson_id?, period_start: period_start?, quota: quota? }))();
        f.finish(row)
    }
}
