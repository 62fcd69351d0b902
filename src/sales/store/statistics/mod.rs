//! Sales statistics: totals by any dimension, concentration and sales classes, three-year figures, quota attainment and
//! monthly series.
//!
//! Sums and distinct counts are made in Postgres, one statement for a question; shares, ratios and classes are pure
//! functions of those sums. Every function takes the connection of an open tenant transaction and names its tenant in
//! the statement as well. A line counts in full wherever it falls: a return is a line like another, with a negative net.

mod class_margin;
mod concentration;
mod growth;
mod monthly;
mod net_by_customer;
mod query;
mod quota_attainment;
mod row;
mod run;
mod sql;
mod three_year;

pub use class_margin::{ClassMargin, margin_by_class};
pub use concentration::{
    ClassCount, ClassEdge, ClassLimits, ClassLimitsError, Concentration, ConcentrationRow, CustomerNet, DEFAULT_SHARE,
    SalesClass, SmallestSet, concentration, smallest_set,
};
pub use growth::{cagr_two_intervals, sqrt_of_ratio, sqrt_of_scaled_square};
pub use monthly::{MonthSales, MonthSum, MonthlySales, fill_months, monthly_sales};
pub use net_by_customer::net_by_customer;
pub use query::{Amounts, Span, StatisticsDimension, StatisticsProblem, StatisticsQuery};
pub use quota_attainment::{QuotaAttainment, QuotaQuery, attainment, quota_attainments};
pub use row::{GroupKey, Measures, Statistics, StatisticsRow};
pub use run::{StatisticsError, sales_statistics};
pub use three_year::{
    ThreeYearCount, ThreeYearFigures, ThreeYearNets, customer_count, three_year_counts, three_year_figures,
    three_year_nets,
};
