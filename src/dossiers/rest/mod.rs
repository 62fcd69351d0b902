//! `/v1/customers`, `/v1/salespeople`.

mod customers;
mod potentials;
mod salespeople;
mod timeline;

use utoipa_actix_web::service_config::ServiceConfig;

/// The routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    customers::routes(config);
    potentials::routes(config);
    salespeople::routes(config);
    timeline::routes(config);
}
