//! `/v1/customers/{id}/external-ids/{system}/{external_id}`.

use actix_web::web::Data;
use actix_web::{delete, put};

use crate::dossiers::ops::external_ids;
use crate::dossiers::wire::{CustomerOut, ExternalId};
use crate::error::Result;
use crate::rest::{IfMatch, Path, Routes, Tagged};
use crate::tenancy::{Actor, TenantDb};
use crate::values::CustomerId;

/// The routes.
pub(super) fn routes(config: &mut Routes<'_>) {
    config.service(add_external_id).service(remove_external_id);
}

/// Give a customer an external id. Nothing changes where it has it already; 409 where it is another customer's.
#[utoipa::path(
    tag = "customers",
    operation_id = "addExternalId",
    params(
        ("id" = CustomerId, Path),
        ("system" = String, Path, description = "The source system, 1 to 63 characters.", example = "erp"),
        ("external_id" = String, Path, description = "The id there, 1 to 200 characters.", example = "D-77001")
    ),
    responses((status = 200, body = CustomerOut))
)]
#[put("/v1/customers/{id}/external-ids/{system}/{external_id}")]
async fn add_external_id(
    db: Data<TenantDb>,
    actor: Actor,
    path: Path<(CustomerId, String, String)>,
    expected: IfMatch,
) -> Result<Tagged<CustomerOut>> {
    let (customer, system, external_id) = path.into_inner();
    let id = ExternalId { system, external_id };
    let customer = db.write(&actor, async |tx| external_ids::add(tx, customer, id, expected).await).await?;
    Ok(tagged(customer))
}

/// Take an external id away from a customer. Who loses the one that names it in reports is named by another of its ids,
/// who loses the last by its own.
#[utoipa::path(
    tag = "customers",
    operation_id = "removeExternalId",
    params(
        ("id" = CustomerId, Path),
        ("system" = String, Path, description = "The source system, 1 to 63 characters.", example = "erp"),
        ("external_id" = String, Path, description = "The id there, 1 to 200 characters.", example = "D-77001")
    ),
    responses((status = 200, body = CustomerOut))
)]
#[delete("/v1/customers/{id}/external-ids/{system}/{external_id}")]
async fn remove_external_id(
    db: Data<TenantDb>,
    actor: Actor,
    path: Path<(CustomerId, String, String)>,
    expected: IfMatch,
) -> Result<Tagged<CustomerOut>> {
    let (customer, system, external_id) = path.into_inner();
    let id = ExternalId { system, external_id };
    let customer = db.write(&actor, async |tx| external_ids::remove(tx, customer, &id, expected).await).await?;
    Ok(tagged(customer))
}

fn tagged(customer: CustomerOut) -> Tagged<CustomerOut> {
    let version = customer.version;
    Tagged::new(customer, version)
}
