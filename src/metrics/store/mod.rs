//! Figures from the database: one set-based statement, ratios and roots in exact decimals.

mod figures;
mod sql;

pub use figures::{Absence, CustomerFigures, Figure, FigureSums, figures, figures_for};
