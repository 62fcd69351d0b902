//! `/v1/scale-templates`, `/v1/scales`.

mod documents;
mod judgements;
mod scales;
mod versions;

use utoipa_actix_web::service_config::ServiceConfig;

/// The routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    scales::routes(config);
    documents::routes(config);
    versions::routes(config);
    judgements::routes(config);
}
