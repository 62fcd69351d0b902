//! `/v1/receivables`, `/v1/payments`, `/v1/costs-to-serve`.

use crate::rest::Routes;
mod balances;
mod costs;
mod payments;
mod receivables;

/// The routes.
pub fn routes(config: &mut Routes<'_>) {
    balances::routes(config);
    receivables::routes(config);
    payments::routes(config);
    costs::routes(config);
}
