//! Products, sales lines, exchange rates and quotas, and what they add up to.
//!
//! Lines are converted into the tenant's base currency when they are loaded, with the rate of their day. Payments are
//! `finance`; metrics made of sales are `metrics`.

mod graphql;
mod loading;
mod ops;
mod rest;
mod rollup;
mod store;
mod wire;

pub use graphql::{
    CustomerSalesEdges, MonthlySalesKey, MonthlySalesLoader, SalesMutation, SalesQuery, StatisticsQueries,
};
pub use loading::{Rates, in_base, rate, reference};
pub use ops::product;
pub use rest::routes;
pub use rollup::{SalesMonth, SalesRollup, SpanSums};
pub use store::{
    KeptRollups, StagedRows, StaleRollups, customers_by_external_id, kept_nets, kept_rollups, rates_on,
    refresh_rollups, rollups_from_lines, stage_sales_lines, stale_rollups, statistics, upsert_fx_rates,
    upsert_products, upsert_quotas, upsert_sales_lines,
};
pub use wire::{FxRateUpsert, ProductOut, ProductUpsert, QuotaUpsert, SalesLineUpsert, amount};
