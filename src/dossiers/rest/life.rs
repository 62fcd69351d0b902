//! `/v1/customers/{id}:archive`, `:restore`, `:merge`, `:erase`.

use actix_web::post;
use actix_web::web::Data;

use crate::dossiers::ops::{erasure, life, merge};
use crate::dossiers::wire::{CustomerOut, ErasureIn, MergeIn};
use crate::error::Result;
use crate::rest::{IfMatch, Json, Path, Routes, Tagged};
use crate::tenancy::{Actor, TenantDb};
use crate::values::CustomerId;

/// The routes.
pub(super) fn routes(config: &mut Routes<'_>) {
    config.service(archive_customer).service(restore_customer).service(merge_customer).service(erase_customer);
}

/// Archive a customer: it leaves lists and the selections of new grading runs, mappings and plans; its sales stay in
/// statistics. What is pushed to it later is taken and does not restore it.
#[utoipa::path(tag = "customers", operation_id = "archiveCustomer", params(("id" = CustomerId, Path)), responses((status = 200, body = CustomerOut)))]
#[post("/v1/customers/{id}:archive")]
async fn archive_customer(
    db: Data<TenantDb>,
    actor: Actor,
    id: Path<CustomerId>,
    expected: IfMatch,
) -> Result<Tagged<CustomerOut>> {
    Ok(tagged(db.write(&actor, async |tx| life::archive(tx, *id, true, expected).await).await?))
}

/// Take a customer out of the archive.
#[utoipa::path(tag = "customers", operation_id = "restoreCustomer", params(("id" = CustomerId, Path)), responses((status = 200, body = CustomerOut)))]
#[post("/v1/customers/{id}:restore")]
async fn restore_customer(
    db: Data<TenantDb>,
    actor: Actor,
    id: Path<CustomerId>,
    expected: IfMatch,
) -> Result<Tagged<CustomerOut>> {
    Ok(tagged(db.write(&actor, async |tx| life::archive(tx, *id, false, expected).await).await?))
}

/// Have a customer become one with another: everything that hangs on it moves, its id and external ids lead to the
/// survivor from then on. The survivor's values stay, its blanks are filled. Cannot be undone. Answers the survivor.
#[utoipa::path(tag = "customers", operation_id = "mergeCustomer", params(("id" = CustomerId, Path)), request_body = MergeIn, responses((status = 200, body = CustomerOut)))]
#[post("/v1/customers/{id}:merge")]
async fn merge_customer(
    db: Data<TenantDb>,
    actor: Actor,
    id: Path<CustomerId>,
    expected: IfMatch,
    input: Json<MergeIn>,
) -> Result<Tagged<CustomerOut>> {
    Ok(tagged(db.write(&actor, async |tx| merge::merge(tx, *id, input.into, expected).await).await?))
}

/// Erase what is personal of a customer: contacts, texts, external ids, attributes, notes, and what the audit log says
/// of them. What is counted stays, under a customer without a name. Cannot be undone.
#[utoipa::path(tag = "customers", operation_id = "eraseCustomer", params(("id" = CustomerId, Path)), request_body = ErasureIn, responses((status = 200, body = CustomerOut)))]
#[post("/v1/customers/{id}:erase")]
async fn erase_customer(
    db: Data<TenantDb>,
    actor: Actor,
    id: Path<CustomerId>,
    expected: IfMatch,
    input: Json<ErasureIn>,
) -> Result<Tagged<CustomerOut>> {
    Ok(tagged(db.write(&actor, async |tx| erasure::erase(tx, *id, &input, expected).await).await?))
}

fn tagged(customer: CustomerOut) -> Tagged<CustomerOut> {
    let version = customer.version;
    Tagged::new(customer, version)
}
