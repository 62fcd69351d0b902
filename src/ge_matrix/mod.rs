//! The GE matrix (GE矩阵): every customer's place between market attractiveness and our competitive strength.
//!
//! A model is two axes of the factors that scales know, two cut-offs on each, and nine cells with a strategy. A customer
//! that lacks what an axis needs is unmapped, and the answer says what it lacks; nobody is dropped. Cells are decided on
//! scores before rounding. All here is pure; storing and serving is for others.

mod cell;
mod chart;
mod model;
mod templates;

pub use cell::{AxisScore, GeMapper, Mapped};
pub use chart::{Bubble, Chart};
pub use model::{Cell, CellDefinition, Cutoffs, GeAxis, GeDimension, GeModelDefinition, Level, Stance, validate_model};
pub use templates::{GeTemplate, ge_template, ge_templates};
