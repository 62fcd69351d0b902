//! The GE matrix (GE矩阵): every customer's place between market attractiveness and our competitive strength.
//!
//! A model is two axes of the factors that scales know, two cut-offs on each, and nine cells with a strategy. A customer
//! that lacks what an axis needs is unmapped, and the answer says what it lacks; nobody is dropped. Cells are decided on
//! scores before rounding.
//!
//! Models live in versions like scales do: a draft may have problems, publishing refuses it until it has none, and what
//! is published never changes. A mapping applies a published version to all customers as of a month; it is a job, it is
//! kept whole or not at all, and it keeps what explains each place.

mod cell;
mod chart;
mod graphql;
mod model;
mod ops;
mod rest;
mod store;
mod templates;
mod wire;

pub use cell::{AxisScore, GeMapper, Mapped};
pub use chart::{Bubble, Chart};
pub use graphql::{CurrentGeCellLoader, CustomerGeEdges, GeMatrixMutation, GeMatrixQuery};
pub use model::{Cell, CellDefinition, Cutoffs, GeAxis, GeDimension, GeModelDefinition, Level, Stance, validate_model};
pub use ops::{
    GeMappingJob, MatrixQuery, create_model, current_cells, mapping, matrix, model, publish_version, start_mapping,
};
pub use rest::routes;
pub use templates::{GeTemplate, ge_template, ge_templates};
pub use wire::{
    CurrentCell, GeMappingIn, GeMappingOut, GeMatrixCellOut, GeMatrixOut, GeModelIn, GeModelOut, GeModelVersionOut,
};
