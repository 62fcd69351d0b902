//! Use cases: GE models and their versions, mappings, the matrix, two mappings compared.

mod comparing;
mod mapping_job;
mod mappings;
mod matrix;
mod models;
mod withdrawing;

pub use comparing::compare_mappings;
pub use mapping_job::GeMappingJob;
pub use mappings::{mapping, start_mapping};
pub use matrix::{MatrixQuery, cells_as_of, current_cells, matrix};
pub use models::{create_model, model, publish_version};
pub use withdrawing::withdraw_mapping;

pub(super) use comparing::{migration_chart, movers};
pub(super) use mappings::{PositionsQuery, list_mappings, positions};
pub(super) use matrix::chart;
pub(super) use models::{create_version, list_models, list_templates, update_version, validate_version, version};
