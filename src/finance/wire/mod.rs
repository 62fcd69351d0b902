//! Receivables, payments and costs to serve as both faces carry them.

mod cost_to_serve;
mod payment;
mod receivable;

pub use cost_to_serve::{CostToServeFilter, CostToServeOut, CostToServeUpsert};
pub use payment::{PaymentFilter, PaymentOut, PaymentUpsert};
pub use receivable::{OpenItem, ReceivableFilter, ReceivableOut, ReceivableUpsert};
