//! Sales statistics: totals by any dimension, concentration and sales classes, three-year figures, quota attainment and
//! monthly series.
//!
//! Sums and distinct counts are made in Postgres, one statement for a question; shares, ratios and classes are pure
//! functions of those sums. Every function takes the connection of an open tenant transaction and names its tenant in
//! the statement as well.
//!
//! Amounts add up all lines wherever they fall: what is taken back is a line with a negative net. **Counts are of orders
//! that sold something**: an order is what a customer's lines of one order id come to in the period asked for, and where
//! that is not positive it is a return, which is counted apart. Where no period is given, the data say it (`period.rs`).

mod buckets;
mod class_margin;
mod comparing;
mod concentration;
mod growth;
mod monthly;
mod net_by_customer;
mod period;
mod query;
mod quota_attainment;
mod resolve;
mod row;
mod run;
mod sql;
mod three_year;

pub use class_margin::{ClassMargin, MarginByClass, margin_by_class};
pub use comparing::{Before, Comparison, GrowthMissing};
pub use concentration::{
    ClassCount, ClassEdge, ClassLimits, ClassLimitsError, Concentration, ConcentrationRow, CustomerNet, DEFAULT_SHARE,
    SalesClass, SmallestSet, WithoutOrders, concentration, smallest_set,
};
pub use growth::{cagr_two_intervals, sqrt_of_ratio, sqrt_of_scaled_square};
pub use monthly::{MonthSales, MonthSum, MonthlySales, fill_months, monthly_sales};
pub use net_by_customer::net_by_customer;
pub use period::{Coverage, PeriodChoice, Reach, days_of};
pub use query::{Amounts, Span, StatisticsDimension, StatisticsProblem, StatisticsQuery};
pub use quota_attainment::{QuotaAttainment, QuotaQuery, attainment, quota_attainments};
pub use resolve::{Asked, Resolved};
pub use row::{GroupKey, Measures, Statistics, StatisticsRow};
pub use run::{StatisticsError, sales_statistics};
pub use three_year::{
    ThreeYearCount, ThreeYearFigures, ThreeYearNets, customer_count, three_year_counts, three_year_figures,
    three_year_nets,
};
