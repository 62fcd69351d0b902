//! Customer metrics: one set of named figures, defined once and used by scales, GE models, statistics and plans alike.
//!
//! A metric is computed as of the end of a month. A figure that cannot be known is missing with a reason, never 0.

mod effort;
mod fact;
mod finances;
mod metric;
mod store;

pub use effort::{
    BookEffort, EffortBasis, EffortRules, Efforts, HIGHEST_EFFORT_RATIO, Handling, HandlingWeights, cost_to_serve,
    net_profit, profit,
};
pub use fact::{Fact, FactValue, FactValueKind, Missing};
pub use finances::{CustomerFinances, Finances};
pub use metric::{Metric, MetricBasis, MetricUnit, UnknownMetric};
pub use store::{
    Absence, CustomerFigures, Figure, FigureRows, FigureSource, FigureSums, efforts_for, figures, figures_for,
    finances_for,
};
