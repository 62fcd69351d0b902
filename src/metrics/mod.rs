//! Customer metrics, defined once, for scales, segments, GE models, statistics and plans alike.

mod completeness;
mod figures;
mod sql;

pub use completeness::{Completeness, DossierField, FilledFields, completeness_for};
pub use figures::{Absence, CustomerFigures, Figure, FigureSums, figures, figures_for};
