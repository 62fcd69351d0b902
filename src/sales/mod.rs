//! Products, sales lines, exchange rates and quotas, and what they add up to.
//!
//! Lines are converted into the tenant's base currency when they are loaded, with the rate of their day. Payments are
//! `finance`; metrics made of sales are `metrics`.

mod graphql;
mod loading;
mod ops;
mod rest;
mod store;
mod wire;

pub use graphql::{
    CustomerSalesEdges, MonthlySalesKey, MonthlySalesLoader, SalesMutation, SalesQuery, StatisticsQueries,
};
pub use loading::reference;
pub use ops::product;
pub use rest::routes;
pub use store::{
    customers_by_external_id, statistics, upsert_fx_rates, upsert_products, upsert_quotas, upsert_sales_lines,
};
pub use wire::{FxRateUpsert, ProductOut, ProductUpsert, QuotaUpsert, SalesLineUpsert, amount};
