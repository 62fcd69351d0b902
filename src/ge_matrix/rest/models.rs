//! `/v1/ge-model-templates`, `/v1/ge-models`.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post, put};

use crate::error::Result;
use crate::exports::List;
use crate::ge_matrix::wire::{GeModelIn, GeModelOut, GeModelValidationIn, GeModelValidationOut, GeModelVersionOut};
use crate::ge_matrix::{GeModelDefinition, GeTemplate, ops};
use crate::paging::{Page, PageQuery, PageRequest, Slice};
use crate::rest::{IfMatch, Json, Path, Query, Routes, Tagged};
use crate::tenancy::{Actor, TenantDb, TenantTx};
use crate::values::GeModelId;

/// The routes.
pub(super) fn routes(config: &mut Routes<'_>) {
    config.service(list_ge_model_templates).service(list_ge_models).service(create_ge_model).service(get_ge_model);
    config.service(create_ge_model_version).service(get_ge_model_version).service(update_ge_model_version);
    config.service(validate_ge_model_version).service(publish_ge_model_version);
}

/// List the built-in GE models to start from. There are few; they come on one page.
#[utoipa::path(tag = "ge-models", operation_id = "listGeModelTemplates", responses((status = 200, body = Page<GeTemplate>)))]
#[get("/v1/ge-model-templates")]
async fn list_ge_model_templates(list: List) -> Result<HttpResponse> {
    let read = async |tx: &TenantTx, _: &PageRequest| ops::list_templates(tx).map(Slice::complete);
    list.of((None, None), read).await
}

/// List GE models by code.
#[utoipa::path(tag = "ge-models", operation_id = "listGeModels", params(PageQuery), responses((status = 200, body = Page<GeModelOut>)))]
#[get("/v1/ge-models")]
async fn list_ge_models(list: List, query: Query<PageQuery>) -> Result<HttpResponse> {
    let read = async |tx: &TenantTx, page: &PageRequest| ops::list_models(tx, page).await;
    list.of(query.into_inner().into(), read).await
}

/// Create a GE model from a template or a definition; its version 1 is a draft.
#[utoipa::path(tag = "ge-models", operation_id = "createGeModel", request_body = GeModelIn, responses((status = 201, body = GeModelOut)))]
#[post("/v1/ge-models")]
async fn create_ge_model(db: Data<TenantDb>, actor: Actor, new: Json<GeModelIn>) -> Result<Tagged<GeModelOut>> {
    let model = db.write(&actor, async |tx| ops::create_model(tx, &new).await).await?;
    let (revision, location) = (model.revision, format!("/v1/ge-models/{}", model.id));
    Ok(Tagged::created(model, revision, location))
}

/// Read a GE model and which versions it has.
#[utoipa::path(tag = "ge-models", operation_id = "getGeModel", params(("id" = GeModelId, Path)), responses((status = 200, body = GeModelOut)))]
#[get("/v1/ge-models/{id}")]
async fn get_ge_model(db: Data<TenantDb>, actor: Actor, id: Path<GeModelId>) -> Result<Tagged<GeModelOut>> {
    let model = db.read(&actor, async |tx| ops::model(tx, *id).await).await?;
    let revision = model.revision;
    Ok(Tagged::new(model, revision))
}

/// Begin a new draft with the content of the latest version.
#[utoipa::path(tag = "ge-models", operation_id = "createGeModelVersion", params(("id" = GeModelId, Path)), responses((status = 201, body = GeModelVersionOut)))]
#[post("/v1/ge-models/{id}/versions")]
async fn create_ge_model_version(
    db: Data<TenantDb>,
    actor: Actor,
    id: Path<GeModelId>,
) -> Result<Tagged<GeModelVersionOut>> {
    let version = db.write(&actor, async |tx| ops::create_version(tx, *id).await).await?;
    let location = format!("/v1/ge-models/{}/versions/{}", version.model_id, version.number);
    let revision = version.revision;
    Ok(Tagged::created(version, revision, location))
}

/// Read a version of a GE model.
#[utoipa::path(tag = "ge-models", operation_id = "getGeModelVersion", params(("id" = GeModelId, Path), ("n" = i32, Path, description = "The version's number, from 1.")), responses((status = 200, body = GeModelVersionOut)))]
#[get("/v1/ge-models/{id}/versions/{n}")]
async fn get_ge_model_version(
    db: Data<TenantDb>,
    actor: Actor,
    path: Path<(GeModelId, i32)>,
) -> Result<Tagged<GeModelVersionOut>> {
    let (id, number) = path.into_inner();
    let version = db.read(&actor, async |tx| ops::version(tx, id, number).await).await?;
    let revision = version.revision;
    Ok(Tagged::new(version, revision))
}

/// Replace a draft's definition as a whole. It must be readable; it may have problems until it is published.
#[utoipa::path(tag = "ge-models", operation_id = "updateGeModelVersion", params(("id" = GeModelId, Path), ("n" = i32, Path, description = "The version's number, from 1.")), request_body = GeModelDefinition, responses((status = 200, body = GeModelVersionOut)))]
#[put("/v1/ge-models/{id}/versions/{n}")]
async fn update_ge_model_version(
    db: Data<TenantDb>,
    actor: Actor,
    path: Path<(GeModelId, i32)>,
    expected: IfMatch,
    definition: Json<GeModelDefinition>,
) -> Result<Tagged<GeModelVersionOut>> {
    let (id, number) = path.into_inner();
    let version = db.write(&actor, async |tx| ops::update_version(tx, id, number, &definition, expected).await).await?;
    let revision = version.revision;
    Ok(Tagged::new(version, revision))
}

/// Check a version, or another definition in its place. Nothing is stored.
#[utoipa::path(tag = "ge-models", operation_id = "validateGeModelVersion", params(("id" = GeModelId, Path), ("n" = i32, Path, description = "The version's number, from 1.")), request_body = GeModelValidationIn, responses((status = 200, body = GeModelValidationOut)))]
#[post("/v1/ge-models/{id}/versions/{n}:validate")]
async fn validate_ge_model_version(
    db: Data<TenantDb>,
    actor: Actor,
    path: Path<(GeModelId, i32)>,
    input: Json<GeModelValidationIn>,
) -> Result<Json<GeModelValidationOut>> {
    let (id, number) = path.into_inner();
    let instead = input.definition.as_ref();
    Ok(Json(db.read(&actor, async |tx| ops::validate_version(tx, id, number, instead).await).await?))
}

/// Publish a draft; the version in force before is retired. All that is wrong with the draft is a 422.
#[utoipa::path(tag = "ge-models", operation_id = "publishGeModelVersion", params(("id" = GeModelId, Path), ("n" = i32, Path, description = "The version's number, from 1.")), responses((status = 200, body = GeModelVersionOut)))]
#[post("/v1/ge-models/{id}/versions/{n}:publish")]
async fn publish_ge_model_version(
    db: Data<TenantDb>,
    actor: Actor,
    path: Path<(GeModelId, i32)>,
    expected: IfMatch,
) -> Result<Tagged<GeModelVersionOut>> {
    let (id, number) = path.into_inner();
    let version = db.write(&actor, async |tx| ops::publish_version(tx, id, number, expected).await).await?;
    let revision = version.revision;
    Ok(Tagged::new(version, revision))
}
