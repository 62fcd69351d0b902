//! Payments received from customers.

mod loading;
mod store;
mod wire;

pub use store::upsert_payments;
pub use wire::PaymentUpsert;
