//! `/v1/customers`, `/v1/salespeople`, `/v1/attribute-definitions`.

mod attributes;
mod customers;
mod lists;
mod potentials;
mod salespeople;
mod timeline;

use utoipa_actix_web::service_config::ServiceConfig;

/// The routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    attributes::routes(config);
    lists::routes(config);
    customers::routes(config);
    potentials::routes(config);
    salespeople::routes(config);
    timeline::routes(config);
}
