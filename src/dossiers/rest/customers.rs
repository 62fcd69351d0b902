//! `/v1/customers`.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{CustomizeResponder, Either, Responder, get, patch, post, put};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dossiers::ops::customers;
use crate::dossiers::wire::{CustomerIn, CustomerOut, CustomerPatch, CustomerUpsert, DEFAULT_SYSTEM};
use crate::error::Result;
use crate::intake::{BatchItem, BatchOut, DryRunQuery, Outcome, SystemBatchQuery, parse_items};
use crate::rest::{IfMatch, Json, JsonItems, Path, Query, Routes, Tagged};
use crate::tenancy::{Actor, TenantDb, TenantTx};
use crate::values::{AsOf, CustomerId};

/// The routes.
pub(super) fn routes(config: &mut Routes<'_>) {
    config.service(create_customer).service(upsert_customers);
    config.service(upsert_customer).service(get_customer).service(update_customer);
}

/// As of when.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct AsOfQuery {
    /// As it was then, as far as it was known; now where absent. Such an answer has no `ETag`: it cannot be changed.
    pub(super) as_of: Option<AsOf>,
}

/// A customer of a batch.
type CustomerItem = BatchItem<CustomerUpsert>;

/// Create a customer.
#[utoipa::path(tag = "customers", operation_id = "createCustomer", params(DryRunQuery), request_body = CustomerIn, responses((status = 201, body = CustomerOut)))]
#[post("/v1/customers")]
async fn create_customer(
    db: Data<TenantDb>,
    actor: Actor,
    query: Query<DryRunQuery>,
    new: Json<CustomerIn>,
) -> Result<Tagged<CustomerOut>> {
    let create = async |tx: &TenantTx| {
        tx.discard_if(query.dry_run());
        customers::create(tx, new.into_inner()).await
    };
    Ok(created(db.write(&actor, create).await?))
}

/// Create or change up to 1,000 customers by their external ids, each on its own.
#[utoipa::path(
    tag = "customers",
    operation_id = "upsertCustomers",
    params(SystemBatchQuery),
    request_body = Vec<CustomerItem>,
    responses((status = 207, body = BatchOut))
)]
#[post("/v1/customers:batch")]
async fn upsert_customers(
    db: Data<TenantDb>,
    actor: Actor,
    query: Query<SystemBatchQuery>,
    items: JsonItems,
) -> Result<CustomizeResponder<Json<BatchOut>>> {
    let items = parse_items(items.into_inner());
    let system = query.system.as_deref().unwrap_or(DEFAULT_SYSTEM);
    let batch = db.write(&actor, async |tx| customers::batch(tx, system, query.mode(), items).await).await?;
    Ok(Json(batch).customize().with_status(StatusCode::MULTI_STATUS))
}

/// Create a customer by its external id, or change the one that has it. What is absent stays, null empties.
#[utoipa::path(
    tag = "customers",
    operation_id = "upsertCustomer",
    params(
        ("system" = String, Path, description = "The source system, 1 to 63 characters.", example = "crm"),
        ("external_id" = String, Path, description = "The id there, 1 to 200 characters.", example = "C-10042"),
        DryRunQuery
    ),
    request_body = CustomerPatch,
    responses((status = 200, body = CustomerOut), (status = 201, body = CustomerOut))
)]
#[put("/v1/customers/by-external-id/{system}/{external_id}")]
async fn upsert_customer(
    db: Data<TenantDb>,
    actor: Actor,
    path: Path<(String, String)>,
    query: Query<DryRunQuery>,
    expected: IfMatch,
    changes: Json<CustomerPatch>,
) -> Result<Tagged<CustomerOut>> {
    let (system, external_id) = path.into_inner();
    let row = changes.into_inner().for_external_id(external_id);
    let put = async |tx: &TenantTx| {
        tx.discard_if(query.dry_run());
        customers::put(tx, &system, row, expected.0).await
    };
    let (customer, outcome) = db.write(&actor, put).await?;
    Ok(if outcome == Outcome::Created { created(customer) } else { tagged(customer) })
}

/// Read a customer, as it is or as it was.
#[utoipa::path(tag = "customers", operation_id = "getCustomer", params(("id" = CustomerId, Path), AsOfQuery), responses((status = 200, body = CustomerOut)))]
#[get("/v1/customers/{id}")]
async fn get_customer(
    db: Data<TenantDb>,
    actor: Actor,
    id: Path<CustomerId>,
    query: Query<AsOfQuery>,
) -> Result<Either<Tagged<CustomerOut>, Json<CustomerOut>>> {
    Ok(match query.as_of {
        None => Either::Left(tagged(db.read(&actor, async |tx| customers::customer(tx, *id).await).await?)),
        Some(moment) => {
            Either::Right(Json(db.read(&actor, async |tx| customers::customer_as_of(tx, *id, moment).await).await?))
        }
    })
}

/// Change a customer: a JSON Merge Patch.
#[utoipa::path(tag = "customers", operation_id = "updateCustomer", params(("id" = CustomerId, Path), DryRunQuery), request_body = CustomerPatch, responses((status = 200, body = CustomerOut)))]
#[patch("/v1/customers/{id}")]
async fn update_customer(
    db: Data<TenantDb>,
    actor: Actor,
    id: Path<CustomerId>,
    query: Query<DryRunQuery>,
    expected: IfMatch,
    changes: Json<CustomerPatch>,
) -> Result<Tagged<CustomerOut>> {
    let update = async |tx: &TenantTx| {
        tx.discard_if(query.dry_run());
        customers::update(tx, *id, &changes, expected).await
    };
    Ok(tagged(db.write(&actor, update).await?))
}

fn tagged(customer: CustomerOut) -> Tagged<CustomerOut> {
    let version = customer.version;
    Tagged::new(customer, version)
}

fn created(customer: CustomerOut) -> Tagged<CustomerOut> {
    let (version, location) = (customer.version, format!("/v1/customers/{}", customer.id));
    Tagged::created(customer, version, location)
}
