//! Figures from the database: sums a batch of customers at a time, ratios and roots in exact decimals.

mod efforts;
mod figures;
mod finances;
mod source;

pub use efforts::efforts_for;
pub use figures::{Absence, CustomerFigures, Figure, FigureSums, figures};
pub use finances::finances_for;
pub use source::{FigureRows, FigureSource, figures_for};
