//! `/v1/customers/{id}/purchase-potentials`.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{Either, get, put};
use utoipa_actix_web::service_config::ServiceConfig;

use super::customers::AsOfQuery;
use crate::dossiers::ops::potentials;
use crate::dossiers::wire::{PurchasePotentialsIn, PurchasePotentialsOut};
use crate::error::Result;
use crate::rest::{IfMatch, Tagged};
use crate::tenancy::{Actor, TenantDb};
use crate::values::CustomerId;

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(get_purchase_potentials).service(set_purchase_potentials);
}

/// Read what a customer buys a year, by product category, from anyone, as it is or as it was.
#[utoipa::path(tag = "customers", operation_id = "getPurchasePotentials", params(("id" = CustomerId, Path), AsOfQuery), responses((status = 200, body = PurchasePotentialsOut)))]
#[get("/v1/customers/{id}/purchase-potentials")]
async fn get_purchase_potentials(
    db: Data<TenantDb>,
    actor: Actor,
    id: Path<CustomerId>,
    query: Query<AsOfQuery>,
) -> Result<Either<Tagged<PurchasePotentialsOut>, Json<PurchasePotentialsOut>>> {
    Ok(match query.as_of {
        None => Either::Left(tagged(db.read(&actor, async |tx| potentials::read(tx, *id).await).await?)),
        Some(moment) => {
            Either::Right(Json(db.read(&actor, async |tx| potentials::read_as_of(tx, *id, moment).await).await?))
        }
    })
}

/// Replace what a customer buys a year.
#[utoipa::path(tag = "customers", operation_id = "setPurchasePotentials", params(("id" = CustomerId, Path)), request_body = PurchasePotentialsIn, responses((status = 200, body = PurchasePotentialsOut)))]
#[put("/v1/customers/{id}/purchase-potentials")]
async fn set_purchase_potentials(
    db: Data<TenantDb>,
    actor: Actor,
    id: Path<CustomerId>,
    expected: IfMatch,
    new: Json<PurchasePotentialsIn>,
) -> Result<Tagged<PurchasePotentialsOut>> {
    let new = new.into_inner();
    Ok(tagged(db.write(&actor, async |tx| potentials::put(tx, *id, new, expected).await).await?))
}

fn tagged(potentials: PurchasePotentialsOut) -> Tagged<PurchasePotentialsOut> {
    let version = potentials.version;
    Tagged::new(potentials, version)
}
