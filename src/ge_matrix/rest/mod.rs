//! `/v1/ge-model-templates`, `/v1/ge-models`, `/v1/ge-mappings`, `/v1/ge-matrix`.

mod comparing;
mod mappings;
mod matrix;
mod models;
mod pictures;

use crate::rest::Routes;

/// The routes.
pub fn routes(config: &mut Routes<'_>) {
    models::routes(config);
    mappings::routes(config);
    matrix::routes(config);
    comparing::routes(config);
}
