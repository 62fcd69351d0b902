//! Figures from the database: one set-based statement, ratios and roots in exact decimals.

mod figures;
mod finances;
mod sql;

pub use figures::{Absence, CustomerFigures, Figure, FigureSums, figures, figures_for};
pub use finances::finances_for;
