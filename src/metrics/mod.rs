//! Customer metrics: one set of named figures, defined once and used by scales, GE models, statistics and plans alike.
//!
//! A metric is computed as of the end of a month. A figure that cannot be known is missing with a reason, never 0.

mod fact;
mod finances;
mod metric;
mod store;

pub use fact::{Fact, FactValue, FactValueKind, Missing};
pub use finances::{CustomerFinances, Finances};
pub use metric::{Metric, MetricBasis, MetricUnit, UnknownMetric};
pub use store::{
    Absence, CustomerFigures, Figure, FigureRows, FigureSource, FigureSums, figures, figures_for, finances_for,
};
