//! Figures and completeness from the database: one set-based statement each, ratios and roots in exact decimals.

mod completeness;
mod figures;
mod finances;
mod sql;

pub use completeness::{Completeness, DossierField, FilledFields, completeness_for};
pub use figures::{Absence, CustomerFigures, Figure, FigureSums, figures, figures_for};
pub use finances::finances_for;
