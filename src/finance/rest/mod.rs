//! `/v1/receivables`, `/v1/payments`, `/v1/costs-to-serve`.

mod costs;
mod payments;
mod receivables;

use utoipa_actix_web::service_config::ServiceConfig;

/// The routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    receivables::routes(config);
    payments::routes(config);
    costs::routes(config);
}
