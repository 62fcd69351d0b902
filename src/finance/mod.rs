//! Payments received from customers, each in its own currency; money paid back is negative.
//!
//! They are kept as they came: what customers still owe, and metrics made of it, are not computed from them yet.

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
