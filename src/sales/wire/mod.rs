//! Products, sales lines, rates, quotas and statistics as both faces carry them.

mod questions;
mod resources;
mod upserts;

pub use questions::{
    SalesClassRow, SalesClassesPage, SalesClassesQuestion, ThreeYearsPage, ThreeYearsQuestion, WholeList,
};
pub use resources::{
    FxRateFilter, FxRateOut, ProductFilter, ProductOut, QuotaFilter, QuotaOut, SalesLineFilter, SalesLineOut,
};
pub use upserts::{FxRateUpsert, LineKeeps, ProductIn, ProductUpsert, QuotaUpsert, SalesLineUpsert, amount};
