//! `/v1/scale-templates`, `/v1/scales`.

use crate::rest::Routes;
mod documents;
mod judgements;
mod scales;
mod versions;

/// The routes.
pub fn routes(config: &mut Routes<'_>) {
    scales::routes(config);
    documents::routes(config);
    versions::routes(config);
    judgements::routes(config);
}
