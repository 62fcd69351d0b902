//! The GE matrix (GE矩阵): every customer's place between market attractiveness and our competitive strength.
//!
//! A model is two axes of the factors that scales know, two cut-offs on each, and nine cells with a strategy. A customer
//! of whom an axis knows less than the model asks for (`min_coverage`) is unmapped, and the answer says what it lacks; nobody
//! is dropped. Cells are decided on scores before rounding.
//!
//! Models live in versions like scales do: a draft may have problems, publishing refuses it until it has none, and what
//! is published never changes. A mapping applies a published version to all customers as of a month; it is a job, it is
//! kept whole or not at all, and it keeps what explains each place. Two mappings of a model are compared by what they keep:
//! everyone in either of them makes one move (`movement.rs`), so that the moves add up to both matrices.

mod cell;
mod chart;
mod graphql;
mod model;
mod movement;
mod ops;
mod rest;
mod store;
mod templates;
mod wire;

pub use cell::{AxisScore, GeMapper, Mapped};
pub use chart::{Bubble, BubbleSize, Chart, ChartTheme, MigrationChart};
pub use graphql::GeWithdrawalMutation;
pub use graphql::{CurrentGeCellLoader, CustomerGeEdges, GeComparisonQuery, GeMatrixMutation, GeMatrixQuery};
pub use model::{Cell, CellDefinition, Cutoffs, GeAxis, GeDimension, GeModelDefinition, Level, Stance, validate_model};
pub use movement::{Flow, Movement, Place, PlaceState, steps};
pub use ops::{
    GeMappingJob, MatrixQuery, cells_as_of, compare_mappings, create_model, current_cells, mapping, matrix, model,
    publish_version, start_mapping,
};
pub use rest::routes;
pub use templates::{GeTemplate, ge_template, ge_templates};
pub use wire::{
    CurrentCell, GeComparisonIn, GeComparisonOut, GeMappingIn, GeMappingOut, GeMatrixCellOut, GeMatrixOut,
    GeMigrationCell, GeModelIn, GeModelOut, GeModelVersionOut, GeMovementOut, GeMover, GeMoverFilter,
};
