//! `/v1/receivables`, `/v1/payments`, `/v1/costs-to-serve`.

mod costs;
mod payments;
mod receivables;

use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

/// The routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    receivables::routes(config);
    payments::routes(config);
    costs::routes(config);
}

/// How a batch is taken.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct FinanceBatchQuery {
    /// All or nothing: where one item is refused, none is taken and the answer is 422.
    #[param(default = false)]
    atomic: Option<bool>,
    /// The system whose external ids name the customers; `default` by default.
    #[param(example = "default")]
    system: Option<String>,
}
