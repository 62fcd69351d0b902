//! Use cases of sales: lists, batches, single products, and questions to the statistics.

mod batches;
mod lists;
mod statistics;
mod tables;

pub(super) use batches::{put_product, take_fx_rates, take_products, take_quotas, take_sales_lines};
pub use lists::product;

pub(super) use lists::{fx_rates, products, quotas, sales_lines};
pub(super) use statistics::{
    SalesClasses, ThreeYears, margin_by_class, monthly_series, quota_attainment, sales_classes, sales_statistics,
    three_years,
};
pub(super) use tables::{FxRateTable, ProductTable, QuotaTable, SalesLineTable};
