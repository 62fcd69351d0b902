//! Sales in the database: lists, bulk upserts, what their external ids refer to, and the statistics.

mod lists;
mod references;
pub mod statistics;
mod upserts;

pub(super) use lists::{fx_rates, lines, product_by_id, product_for_update, products, quotas};
pub use references::customers as customers_by_external_id;
pub(super) use references::product_names;
pub use upserts::{upsert_fx_rates, upsert_products, upsert_quotas, upsert_sales_lines};
