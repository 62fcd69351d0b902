//! Sales in the database.

mod references;
pub mod statistics;
mod upserts;

pub use references::customers as customers_by_external_id;
pub use upserts::{upsert_fx_rates, upsert_products, upsert_quotas, upsert_sales_lines};
