//! Sales in the database: lists, bulk upserts, what their external ids refer to, and the statistics.

mod handling;
mod lists;
mod reach;
mod references;
mod rollups;
pub mod statistics;
mod upserts;

pub use handling::{return_lines, small_orders};
pub(super) use lists::{fx_rates, lines, product_by_id, product_for_update, products, quotas};
pub use reach::{first_day_of_sales, last_year, reach};
pub(super) use references::product_names;
pub use references::{customers as customers_by_external_id, names_of_products, rates as rates_on};
pub use rollups::{
    KeptRollups, StaleRollups, kept_nets, kept_rollups, refresh_rollups, rollup_bounds, rollups_from_lines,
    stale_rollups,
};
pub use upserts::{StagedRows, stage_sales_lines, upsert_fx_rates, upsert_products, upsert_quotas, upsert_sales_lines};
