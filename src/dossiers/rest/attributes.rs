//! `/v1/attribute-definitions`.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{CustomizeResponder, HttpResponse, Responder, delete, get, post, put};

use crate::dossiers::AttributeDefinition;
use crate::dossiers::ops::attributes;
use crate::dossiers::wire::{AttributeDefinitionIn, AttributeDefinitionOut};
use crate::error::Result;
use crate::exports::List;
use crate::intake::{BatchItem, BatchOut, BatchQuery, Outcome, parse_items};
use crate::paging::{Page, PageQuery, PageRequest};
use crate::rest::{IfMatch, Json, JsonItems, Path, Query, Routes, Tagged};
use crate::tenancy::{Actor, TenantDb, TenantTx};
use crate::values::Code;

/// The routes.
pub(super) fn routes(config: &mut Routes<'_>) {
    config.service(list_attribute_definitions).service(create_attribute_definition);
    config.service(upsert_attribute_definitions).service(get_attribute_definition);
    config.service(upsert_attribute_definition).service(delete_attribute_definition);
}

/// An attribute of a batch.
type AttributeDefinitionItem = BatchItem<AttributeDefinition>;

/// List the attributes that customers can have, by code.
#[utoipa::path(tag = "attributes", operation_id = "listAttributeDefinitions", params(PageQuery), responses((status = 200, body = Page<AttributeDefinitionOut>)))]
#[get("/v1/attribute-definitions")]
async fn list_attribute_definitions(list: List, query: Query<PageQuery>) -> Result<HttpResponse> {
    let read = async |tx: &TenantTx, page: &PageRequest| attributes::list(tx, page).await;
    list.of(query.into_inner().into(), read).await
}

/// Define an attribute that customers can have.
#[utoipa::path(tag = "attributes", operation_id = "createAttributeDefinition", request_body = AttributeDefinition, responses((status = 201, body = AttributeDefinitionOut)))]
#[post("/v1/attribute-definitions")]
async fn create_attribute_definition(
    db: Data<TenantDb>,
    actor: Actor,
    new: Json<AttributeDefinition>,
) -> Result<Tagged<AttributeDefinitionOut>> {
    Ok(created(db.write(&actor, async |tx| attributes::create(tx, new.into_inner()).await).await?))
}

/// Define or change up to 1,000 attributes by code, each on its own.
#[utoipa::path(
    tag = "attributes",
    operation_id = "upsertAttributeDefinitions",
    params(BatchQuery),
    request_body = Vec<AttributeDefinitionItem>,
    responses((status = 207, body = BatchOut))
)]
#[post("/v1/attribute-definitions:batch")]
async fn upsert_attribute_definitions(
    db: Data<TenantDb>,
    actor: Actor,
    query: Query<BatchQuery>,
    items: JsonItems,
) -> Result<CustomizeResponder<Json<BatchOut>>> {
    let items = parse_items(items.into_inner());
    let batch = db.write(&actor, async |tx| attributes::batch(tx, query.mode(), items).await).await?;
    Ok(Json(batch).customize().with_status(StatusCode::MULTI_STATUS))
}

/// Read an attribute's definition.
#[utoipa::path(tag = "attributes", operation_id = "getAttributeDefinition", params(("code" = Code, Path)), responses((status = 200, body = AttributeDefinitionOut)))]
#[get("/v1/attribute-definitions/{code}")]
async fn get_attribute_definition(
    db: Data<TenantDb>,
    actor: Actor,
    code: Path<String>,
) -> Result<Tagged<AttributeDefinitionOut>> {
    Ok(tagged(db.read(&actor, async |tx| attributes::definition(tx, &code).await).await?))
}

/// Define an attribute, or change its definition as a whole. Type, currency and choices that customers carry stay.
#[utoipa::path(
    tag = "attributes",
    operation_id = "upsertAttributeDefinition",
    params(("code" = Code, Path)),
    request_body = AttributeDefinitionIn,
    responses((status = 200, body = AttributeDefinitionOut), (status = 201, body = AttributeDefinitionOut))
)]
#[put("/v1/attribute-definitions/{code}")]
async fn upsert_attribute_definition(
    db: Data<TenantDb>,
    actor: Actor,
    code: Path<Code>,
    expected: IfMatch,
    next: Json<AttributeDefinitionIn>,
) -> Result<Tagged<AttributeDefinitionOut>> {
    let next = next.into_inner().with_code(code.into_inner());
    let (after, outcome) = db.write(&actor, async |tx| attributes::put(tx, next, expected.0).await).await?;
    Ok(if outcome == Outcome::Created { created(after) } else { tagged(after) })
}

/// Take an attribute's definition away; refused while customers carry it, or a published scale or GE model reads it.
#[utoipa::path(tag = "attributes", operation_id = "deleteAttributeDefinition", params(("code" = Code, Path)), responses((status = 204)))]
#[delete("/v1/attribute-definitions/{code}")]
async fn delete_attribute_definition(
    db: Data<TenantDb>,
    actor: Actor,
    code: Path<String>,
    expected: IfMatch,
) -> Result<HttpResponse> {
    db.write(&actor, async |tx| attributes::delete(tx, &code, expected).await).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn tagged(definition: AttributeDefinitionOut) -> Tagged<AttributeDefinitionOut> {
    let version = definition.version;
    Tagged::new(definition, version)
}

fn created(definition: AttributeDefinitionOut) -> Tagged<AttributeDefinitionOut> {
    let (version, location) = (definition.version, format!("/v1/attribute-definitions/{}", definition.code));
    Tagged::created(definition, version, location)
}
