//! Receivables, payments and costs to serve as both faces carry them.

mod balance;
mod cost_to_serve;
mod payment;
mod receivable;

pub use balance::{AgeingAmounts, AgeingBy, AgeingFilter, AgeingOut, BalanceFilter, BalanceOut, PaidLate};
pub use cost_to_serve::{CostToServeFilter, CostToServeOut, CostToServeUpsert};
pub use payment::{PaymentFilter, PaymentOut, PaymentUpsert, PaymentUse};
pub use receivable::{OpenItem, ReceivableFilter, ReceivableOut, ReceivableUpsert};
