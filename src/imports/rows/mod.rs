//! Typed rows: what a record says, checked field by field. All problems of a row are found at once.
//!
//! Ids are those of the source system; whether what they name exists is for the capability that stores the row.

mod cost_to_serve;
mod customer;
mod fields;
mod fx_rate;
mod judgement;
mod payment;
mod product;
mod purchase_potential;
mod quota;
mod receivable;
mod sales_line;
mod salesperson;

pub use self::cost_to_serve::CostToServeRow;
pub use self::customer::{CustomerRow, CustomerStage};
use self::fields::{Fields, Sign};
pub use self::fx_rate::FxRateRow;
pub use self::judgement::JudgementRow;
pub use self::payment::{PaymentIds, PaymentRow};
pub use self::product::ProductRow;
pub use self::purchase_potential::PurchasePotentialRow;
pub use self::quota::QuotaRow;
pub use self::receivable::ReceivableRow;
pub use self::sales_line::SalesLineRow;
pub use self::salesperson::SalespersonRow;
use super::{ImportKind, Record, RowProblem};

/// A row of one kind of file.
pub trait ImportRow: Sized + Send + 'static {
    /// The kind of file it comes from.
    const KIND: ImportKind;

    /// Reads a record; otherwise everything that is wrong with it.
    fn parse(record: &Record) -> Result<Self, Vec<RowProblem>>;
}

#[cfg(test)]
mod tests;
