//! What customers owe and pay, and what it costs to serve them.
//!
//! Receivables are invoices and credit notes, payments money that came in; nobody books one against the other here.
//! What is open on a day follows from both ([`OpenItem`]): a payment that names an item settles it, the others settle
//! what the customer owes in their currency, oldest due first. So any past day can be asked for, and a payment that
//! comes late changes the days from its own on. What is left of credits and of money stays visible: open amounts of credit
//! notes are negative, payments say what is not applied, and a balance a customer and currency adds up both. Costs to serve are booked by customer and day.

mod graphql;
mod loading;
mod ops;
mod rest;
mod store;
mod wire;

pub use graphql::{FinanceMutation, FinanceQuery};
pub use rest::routes;
pub use store::{
    CustomerBalance, Ledgers, balances, cost_to_serve_by_customer, ledgers, upsert_costs_to_serve, upsert_payments,
    upsert_receivables,
};
pub use wire::{
    AgeingOut, BalanceOut, CostToServeOut, CostToServeUpsert, OpenItem, PaymentOut, PaymentUpsert, PaymentUse,
    ReceivableOut, ReceivableUpsert,
};
