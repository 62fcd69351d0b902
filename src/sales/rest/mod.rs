//! `/v1/products`, `/v1/sales-lines`, `/v1/fx-rates`, `/v1/quotas`, `/v1/statistics`.

use crate::rest::Routes;
mod batches;
mod lists;
mod statistics;

/// The routes.
pub fn routes(config: &mut Routes<'_>) {
    lists::routes(config);
    batches::routes(config);
    statistics::routes(config);
}
