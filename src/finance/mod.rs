//! Payments received from customers.

mod graphql;
mod loading;
mod ops;
mod rest;
mod store;
mod wire;

pub use graphql::{FinanceMutation, FinanceQuery};
pub use rest::routes;
pub use store::upsert_payments;
pub use wire::{PaymentOut, PaymentUpsert};
