//! `/v1/customers`, `/v1/contacts`, `/v1/territories`, `/v1/salespeople`, `/v1/attribute-definitions`.

use crate::rest::Routes;
mod attributes;
mod contacts;
mod customers;
mod external_ids;
mod life;
mod lists;
mod potentials;
mod salespeople;
mod territories;
mod timeline;

/// The routes.
pub fn routes(config: &mut Routes<'_>) {
    attributes::routes(config);
    lists::routes(config);
    customers::routes(config);
    potentials::routes(config);
    salespeople::routes(config);
    timeline::routes(config);
    contacts::routes(config);
    external_ids::routes(config);
    life::routes(config);
    territories::routes(config);
}
