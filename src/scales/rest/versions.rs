//! `/v1/scales/{id}/versions`.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post, put};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::error::Result;
use crate::exports::List;
use crate::paging::{Page, PageQuery, PageRequest};
use crate::rest::{IfMatch, Json, Path, Query, Routes, Tagged};
use crate::scales::wire::{
    ScaleCloneIn, ScaleComparisonOut, ScaleValidationIn, ScaleValidationOut, ScaleVersionOut, ScaleVersionSummary,
};
use crate::scales::{ScaleDefinition, ops};
use crate::tenancy::{Actor, TenantDb, TenantTx};
use crate::values::ScaleId;

pub(super) fn routes(config: &mut Routes<'_>) {
    config.service(validate_scale_version).service(publish_scale_version).service(retire_scale_version);
    config.service(clone_scale_version).service(compare_scale_versions).service(list_scale_versions);
    config.service(create_scale_version).service(get_scale_version).service(update_scale_version);
}

/// List the versions of a scale, the newest first.
#[utoipa::path(tag = "scales", operation_id = "listScaleVersions", params(("id" = ScaleId, Path), PageQuery), responses((status = 200, body = Page<ScaleVersionSummary>)))]
#[get("/v1/scales/{id}/versions")]
async fn list_scale_versions(list: List, id: Path<ScaleId>, query: Query<PageQuery>) -> Result<HttpResponse> {
    let read = async move |tx: &TenantTx, page: &PageRequest| ops::versions(tx, *id, page).await;
    list.of(query.into_inner().into(), read).await
}

/// Begin a new draft with the content of the latest version.
#[utoipa::path(tag = "scales", operation_id = "createScaleVersion", params(("id" = ScaleId, Path)), responses((status = 201, body = ScaleVersionOut)))]
#[post("/v1/scales/{id}/versions")]
async fn create_scale_version(db: Data<TenantDb>, actor: Actor, id: Path<ScaleId>) -> Result<Tagged<ScaleVersionOut>> {
    let version = db.write(&actor, async |tx| ops::create_version(tx, *id).await).await?;
    let location = format!("/v1/scales/{}/versions/{}", version.scale_id, version.number);
    let revision = version.revision;
    Ok(Tagged::created(version, revision, location))
}

/// Read a version of a scale.
#[utoipa::path(tag = "scales", operation_id = "getScaleVersion", params(("id" = ScaleId, Path), ("n" = i32, Path, description = "The version's number, from 1.")), responses((status = 200, body = ScaleVersionOut)))]
#[get("/v1/scales/{id}/versions/{n}")]
async fn get_scale_version(
    db: Data<TenantDb>,
    actor: Actor,
    path: Path<(ScaleId, i32)>,
) -> Result<Tagged<ScaleVersionOut>> {
    let (id, number) = path.into_inner();
    let version = db.read(&actor, async |tx| ops::version(tx, id, number).await).await?;
    let revision = version.revision;
    Ok(Tagged::new(version, revision))
}

/// Replace a draft's definition as a whole. It must be readable; it may have problems until it is published.
#[utoipa::path(tag = "scales", operation_id = "updateScaleVersion", params(("id" = ScaleId, Path), ("n" = i32, Path, description = "The version's number, from 1.")), request_body = ScaleDefinition, responses((status = 200, body = ScaleVersionOut)))]
#[put("/v1/scales/{id}/versions/{n}")]
async fn update_scale_version(
    db: Data<TenantDb>,
    actor: Actor,
    path: Path<(ScaleId, i32)>,
    expected: IfMatch,
    definition: Json<ScaleDefinition>,
) -> Result<Tagged<ScaleVersionOut>> {
    let (id, number) = path.into_inner();
    let version = db.write(&actor, async |tx| ops::update_version(tx, id, number, &definition, expected).await).await?;
    let revision = version.revision;
    Ok(Tagged::new(version, revision))
}

/// Check a version, or another definition in its place. Nothing is stored.
#[utoipa::path(tag = "scales", operation_id = "validateScaleVersion", params(("id" = ScaleId, Path), ("n" = i32, Path, description = "The version's number, from 1.")), request_body = ScaleValidationIn, responses((status = 200, body = ScaleValidationOut)))]
#[post("/v1/scales/{id}/versions/{n}:validate")]
async fn validate_scale_version(
    db: Data<TenantDb>,
    actor: Actor,
    path: Path<(ScaleId, i32)>,
    input: Json<ScaleValidationIn>,
) -> Result<Json<ScaleValidationOut>> {
    let (id, number) = path.into_inner();
    let instead = input.definition.as_ref();
    Ok(Json(db.read(&actor, async |tx| ops::validate_version(tx, id, number, instead).await).await?))
}

/// Publish a draft; the version in force before is retired. All that is wrong with the draft is a 422.
#[utoipa::path(tag = "scales", operation_id = "publishScaleVersion", params(("id" = ScaleId, Path), ("n" = i32, Path, description = "The version's number, from 1.")), responses((status = 200, body = ScaleVersionOut)))]
#[post("/v1/scales/{id}/versions/{n}:publish")]
async fn publish_scale_version(
    db: Data<TenantDb>,
    actor: Actor,
    path: Path<(ScaleId, i32)>,
    expected: IfMatch,
) -> Result<Tagged<ScaleVersionOut>> {
    let (id, number) = path.into_inner();
    let version = db.write(&actor, async |tx| ops::publish_version(tx, id, number, expected).await).await?;
    let revision = version.revision;
    Ok(Tagged::new(version, revision))
}

/// Take the version in force out of force. The scale has none until another is published; what was graded stays.
#[utoipa::path(tag = "scales", operation_id = "retireScaleVersion", params(("id" = ScaleId, Path), ("n" = i32, Path, description = "The version's number, from 1.")), responses((status = 200, body = ScaleVersionOut)))]
#[post("/v1/scales/{id}/versions/{n}:retire")]
async fn retire_scale_version(
    db: Data<TenantDb>,
    actor: Actor,
    path: Path<(ScaleId, i32)>,
    expected: IfMatch,
) -> Result<Tagged<ScaleVersionOut>> {
    let (id, number) = path.into_inner();
    let version = db.write(&actor, async |tx| ops::retire_version(tx, id, number, expected).await).await?;
    let revision = version.revision;
    Ok(Tagged::new(version, revision))
}

/// Copy a version: into a new draft of its scale, or, with a code, into a new scale.
#[utoipa::path(tag = "scales", operation_id = "cloneScaleVersion", params(("id" = ScaleId, Path), ("n" = i32, Path, description = "The version's number, from 1.")), request_body = ScaleCloneIn, responses((status = 201, body = ScaleVersionOut)))]
#[post("/v1/scales/{id}/versions/{n}:clone")]
async fn clone_scale_version(
    db: Data<TenantDb>,
    actor: Actor,
    path: Path<(ScaleId, i32)>,
    new: Json<ScaleCloneIn>,
) -> Result<Tagged<ScaleVersionOut>> {
    let ((id, number), new) = (path.into_inner(), new.into_inner());
    let version = db.write(&actor, async |tx| ops::clone_version(tx, id, number, new).await).await?;
    let location = format!("/v1/scales/{}/versions/{}", version.scale_id, version.number);
    let revision = version.revision;
    Ok(Tagged::created(version, revision, location))
}

/// With which version to compare.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ComparisonQuery {
    /// The scale; the same one where absent.
    with_scale: Option<ScaleId>,
    /// Its version's number.
    #[param(example = 2)]
    with_version: i32,
}

/// Tell how a version differs from another, field by field: what came, what went, what became another.
#[utoipa::path(tag = "scales", operation_id = "compareScaleVersions", params(("id" = ScaleId, Path), ("n" = i32, Path, description = "The number of the version to begin with, from 1."), ComparisonQuery), responses((status = 200, body = ScaleComparisonOut)))]
#[get("/v1/scales/{id}/versions/{n}/comparison")]
async fn compare_scale_versions(
    db: Data<TenantDb>,
    actor: Actor,
    path: Path<(ScaleId, i32)>,
    query: Query<ComparisonQuery>,
) -> Result<Json<ScaleComparisonOut>> {
    let old = path.into_inner();
    let new = (query.with_scale.unwrap_or(old.0), query.with_version);
    Ok(Json(db.read(&actor, async |tx| ops::compare_versions(tx, old, new).await).await?))
}
