//! `/v1/contacts`, `/v1/customers/{id}/contacts`.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{CustomizeResponder, HttpResponse, Responder, delete, get, patch, post};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dossiers::ops::contacts;
use crate::dossiers::wire::{ContactFilter, ContactIn, ContactOut, ContactPatch, ContactUpsert, DEFAULT_SYSTEM};
use crate::error::Result;
use crate::exports::List;
use crate::intake::{BatchItem, BatchOut, SystemBatchQuery, parse_items};
use crate::paging::{Page, PageRequest};
use crate::rest::{IfMatch, Json, JsonItems, Path, Query, Routes, Tagged};
use crate::tenancy::{Actor, TenantDb, TenantTx};
use crate::values::{ContactId, CustomerId};

/// The routes.
pub(super) fn routes(config: &mut Routes<'_>) {
    config.service(list_contacts).service(upsert_contacts).service(get_contact).service(update_contact);
    config.service(delete_contact).service(list_customer_contacts).service(create_contact);
}

/// Which contacts, in which order.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ContactQuery {
    /// Of this customer.
    customer_id: Option<CustomerId>,
    /// With this email address, in any case.
    email: Option<String>,
    /// With this text in their names, in any case.
    q: Option<String>,
    /// With this external id, in any system.
    external_id: Option<String>,
    /// `name`, `created_at`, `updated_at`, separated by commas; `-` in front for descending.
    #[param(default = "name", example = "-updated_at")]
    sort: Option<String>,
    /// Items a page, 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Contacts of one customer in which order.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct CustomerContactQuery {
    /// `name`, `created_at`, `updated_at`, separated by commas; `-` in front for descending.
    #[param(default = "name", example = "-updated_at")]
    sort: Option<String>,
    /// Items a page, 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A contact of a batch.
type ContactItem = BatchItem<ContactUpsert>;

/// List contacts of all customers.
#[utoipa::path(tag = "contacts", operation_id = "listContacts", params(ContactQuery), responses((status = 200, body = Page<ContactOut>)))]
#[get("/v1/contacts")]
async fn list_contacts(list: List, query: Query<ContactQuery>) -> Result<HttpResponse> {
    let ContactQuery { customer_id, email, q, external_id, sort, limit, cursor } = query.into_inner();
    let filter = ContactFilter { customer_id, email, q, external_id };
    let read = async move |tx: &TenantTx, page: &PageRequest| contacts::list(tx, &filter, sort.as_deref(), page).await;
    list.of((limit, cursor), read).await
}

/// List a customer's contacts.
#[utoipa::path(
    tag = "contacts",
    operation_id = "listCustomerContacts",
    params(("id" = CustomerId, Path), CustomerContactQuery),
    responses((status = 200, body = Page<ContactOut>))
)]
#[get("/v1/customers/{id}/contacts")]
async fn list_customer_contacts(
    list: List,
    id: Path<CustomerId>,
    query: Query<CustomerContactQuery>,
) -> Result<HttpResponse> {
    let CustomerContactQuery { sort, limit, cursor } = query.into_inner();
    let read =
        async move |tx: &TenantTx, page: &PageRequest| contacts::of_customer(tx, *id, sort.as_deref(), page).await;
    list.of((limit, cursor), read).await
}

/// Create a contact of a customer.
#[utoipa::path(
    tag = "contacts",
    operation_id = "createContact",
    params(("id" = CustomerId, Path)),
    request_body = ContactIn,
    responses((status = 201, body = ContactOut))
)]
#[post("/v1/customers/{id}/contacts")]
async fn create_contact(
    db: Data<TenantDb>,
    actor: Actor,
    id: Path<CustomerId>,
    new: Json<ContactIn>,
) -> Result<Tagged<ContactOut>> {
    let contact = db.write(&actor, async |tx| contacts::create(tx, *id, &new).await).await?;
    let (version, location) = (contact.version, format!("/v1/contacts/{}", contact.id));
    Ok(Tagged::created(contact, version, location))
}

/// Create or change up to 1,000 contacts by their external ids, each on its own.
#[utoipa::path(
    tag = "contacts",
    operation_id = "upsertContacts",
    params(SystemBatchQuery),
    request_body = Vec<ContactItem>,
    responses((status = 207, body = BatchOut))
)]
#[post("/v1/contacts:batch")]
async fn upsert_contacts(
    db: Data<TenantDb>,
    actor: Actor,
    query: Query<SystemBatchQuery>,
    items: JsonItems,
) -> Result<CustomizeResponder<Json<BatchOut>>> {
    let items = parse_items(items.into_inner());
    let system = query.system.as_deref().unwrap_or(DEFAULT_SYSTEM);
    let batch = db.write(&actor, async |tx| contacts::batch(tx, system, query.mode(), items).await).await?;
    Ok(Json(batch).customize().with_status(StatusCode::MULTI_STATUS))
}

/// Read a contact.
#[utoipa::path(tag = "contacts", operation_id = "getContact", params(("id" = ContactId, Path)), responses((status = 200, body = ContactOut)))]
#[get("/v1/contacts/{id}")]
async fn get_contact(db: Data<TenantDb>, actor: Actor, id: Path<ContactId>) -> Result<Tagged<ContactOut>> {
    Ok(tagged(db.read(&actor, async |tx| contacts::contact(tx, *id).await).await?))
}

/// Change a contact: a JSON Merge Patch.
#[utoipa::path(tag = "contacts", operation_id = "updateContact", params(("id" = ContactId, Path)), request_body = ContactPatch, responses((status = 200, body = ContactOut)))]
#[patch("/v1/contacts/{id}")]
async fn update_contact(
    db: Data<TenantDb>,
    actor: Actor,
    id: Path<ContactId>,
    expected: IfMatch,
    changes: Json<ContactPatch>,
) -> Result<Tagged<ContactOut>> {
    Ok(tagged(db.write(&actor, async |tx| contacts::update(tx, *id, &changes, expected).await).await?))
}

/// Delete a contact.
#[utoipa::path(tag = "contacts", operation_id = "deleteContact", params(("id" = ContactId, Path)), responses((status = 204)))]
#[delete("/v1/contacts/{id}")]
async fn delete_contact(
    db: Data<TenantDb>,
    actor: Actor,
    id: Path<ContactId>,
    expected: IfMatch,
) -> Result<HttpResponse> {
    db.write(&actor, async |tx| contacts::delete(tx, *id, expected).await).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn tagged(contact: ContactOut) -> Tagged<ContactOut> {
    let version = contact.version;
    Tagged::new(contact, version)
}
