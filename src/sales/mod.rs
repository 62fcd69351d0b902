//! Products, sales lines, exchange rates and quotas, and what they add up to.

mod loading;
mod store;
mod wire;

pub use loading::reference;
pub use store::{
    customers_by_external_id, statistics, upsert_fx_rates, upsert_products, upsert_quotas, upsert_sales_lines,
};
pub use wire::{FxRateUpsert, ProductUpsert, QuotaUpsert, SalesLineUpsert, amount};
