//! Products, sales lines, rates, quotas and statistics as both faces carry them.

mod upserts;

pub use upserts::{FxRateUpsert, ProductIn, ProductUpsert, QuotaUpsert, SalesLineUpsert, amount};
