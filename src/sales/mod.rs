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
pub use rollup::{CategoryPart, OrderCounts, OrderPart, SalesMonth, SalesRollup, SpanSums};
pub use store::{
    KeptRollups, StagedRows, StaleRollups, customers_by_external_id, first_day_of_sales, kept_nets, kept_rollups,
    names_of_products, rates_on, refresh_rollups, return_lines, rollup_bounds, rollups_from_lines, small_orders,
    stage_sales_lines, stale_rollups, statistics, upsert_fx_rates, upsert_products, upsert_quotas, upsert_sales_lines,
};
pub use wire::{FxRateUpsert, LineKeeps, ProductOut, ProductUpsert, QuotaUpsert, SalesLineUpsert, amount};
