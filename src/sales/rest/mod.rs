//! `/v1/products`, `/v1/sales-lines`, `/v1/fx-rates`, `/v1/quotas`, `/v1/statistics`.

mod batches;
mod lists;
mod statistics;

use utoipa_actix_web::service_config::ServiceConfig;

/// The routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    lists::routes(config);
    batches::routes(config);
    statistics::routes(config);
}
