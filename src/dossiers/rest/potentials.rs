//! `/v1/customers/{id}/purchase-potentials`, `/v1/purchase-potentials`.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{CustomizeResponder, Either, HttpResponse, Responder, get, post, put};
use serde::Deserialize;
use utoipa::IntoParams;

use super::customers::AsOfQuery;
use crate::dossiers::ops::potentials;
use crate::dossiers::ops::tables::PotentialTable;
use crate::dossiers::wire::{
    DEFAULT_SYSTEM, PotentialFilter, PotentialOut, PotentialUpsert, PurchasePotentialsIn, PurchasePotentialsOut,
};
use crate::error::Result;
use crate::exports::List;
use crate::intake::{BatchItem, BatchOut, SystemBatchQuery, parse_items};
use crate::paging::{Page, PageRequest};
use crate::rest::{IfMatch, Json, JsonItems, Path, Query, Routes, Tagged};
use crate::tenancy::{Actor, TenantDb, TenantTx};
use crate::values::CustomerId;

/// The routes.
pub(super) fn routes(config: &mut Routes<'_>) {
    config.service(get_purchase_potentials).service(set_purchase_potentials);
    config.service(list_purchase_potentials).service(upsert_purchase_potentials);
}

/// Which purchase potentials.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct PotentialQuery {
    /// Items a page, 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Only of this customer.
    customer_id: Option<CustomerId>,
    /// Only of this category.
    #[param(example = "pumps")]
    category: Option<String>,
}

/// A potential of a batch.
type PotentialItem = BatchItem<PotentialUpsert>;

/// List what customers buy a year, by category and customer.
#[utoipa::path(tag = "customers", operation_id = "listPurchasePotentials", params(PotentialQuery), responses((status = 200, body = Page<PotentialOut>)))]
#[get("/v1/purchase-potentials")]
async fn list_purchase_potentials(list: List, query: Query<PotentialQuery>) -> Result<HttpResponse> {
    let PotentialQuery { limit, cursor, customer_id, category } = query.into_inner();
    let filter = PotentialFilter { customer_id, category };
    let read = async move |tx: &TenantTx, page: &PageRequest| potentials::list(tx, &filter, page).await;
    list.in_form((limit, cursor), PotentialTable, read).await
}

/// Set up to 1,000 potentials by customers' external ids and categories, each on its own; other categories stay. The id
/// in an outcome is the customer's.
#[utoipa::path(tag = "customers", operation_id = "upsertPurchasePotentials", params(SystemBatchQuery), request_body = Vec<PotentialItem>, responses((status = 207, body = BatchOut)))]
#[post("/v1/purchase-potentials:batch")]
async fn upsert_purchase_potentials(
    db: Data<TenantDb>,
    actor: Actor,
    query: Query<SystemBatchQuery>,
    items: JsonItems,
) -> Result<CustomizeResponder<Json<BatchOut>>> {
    let items = parse_items(items.into_inner());
    let system = query.system.as_deref().unwrap_or(DEFAULT_SYSTEM);
    let batch = db.write(&actor, async |tx| potentials::batch(tx, system, query.mode(), items).await).await?;
    Ok(Json(batch).customize().with_status(StatusCode::MULTI_STATUS))
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
