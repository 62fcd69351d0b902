//! `/v1/ge-model-templates`, `/v1/ge-models`, `/v1/ge-mappings`, `/v1/ge-matrix`.

use actix_web::http::header::{ACCEPT, ACCEPT_LANGUAGE, CONTENT_LANGUAGE, LOCATION, VARY};
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post, put};
use serde::Deserialize;
use utoipa::IntoParams;

use super::ops::{self, MatrixQuery, PositionsQuery};
use super::wire::{
    GeMappingIn, GeMappingOut, GeMatrixOut, GeModelIn, GeModelOut, GeModelValidationIn, GeModelValidationOut,
    GeModelVersionOut, GePositionOut,
};
use super::{Cell, GeModelDefinition, GeTemplate};
use crate::error::{Error, ErrorCode, Result};
use crate::exports::List;
use crate::paging::{Page, PageQuery, PageRequest, Slice};
use crate::rest::{IfMatch, Routes, Tagged, preferred};
use crate::tenancy::{Actor, TenantDb, TenantTx};
use crate::values::{GeMappingId, GeModelId, Locale, Month};

/// The routes.
pub fn routes(config: &mut Routes<'_>) {
    config.service(list_ge_model_templates).service(list_ge_models).service(create_ge_model).service(get_ge_model);
    config.service(create_ge_model_version).service(get_ge_model_version).service(update_ge_model_version);
    config.service(validate_ge_model_version).service(publish_ge_model_version);
    config.service(list_ge_mappings).service(start_ge_mapping).service(get_ge_mapping).service(list_ge_positions);
    config.service(get_ge_matrix);
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

/// Which mappings.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct GeMappingsQuery {
    /// Of this model alone.
    model_id: Option<GeModelId>,
    /// Items a page, 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List GE mappings, newest first.
#[utoipa::path(tag = "ge-matrix", operation_id = "listGeMappings", params(GeMappingsQuery), responses((status = 200, body = Page<GeMappingOut>)))]
#[get("/v1/ge-mappings")]
async fn list_ge_mappings(list: List, query: Query<GeMappingsQuery>) -> Result<HttpResponse> {
    let GeMappingsQuery { model_id, limit, cursor } = query.into_inner();
    let read = async move |tx: &TenantTx, page: &PageRequest| ops::list_mappings(tx, model_id, page).await;
    list.of((limit, cursor), read).await
}

/// Start a mapping of all customers into a model's cells, as a job.
#[utoipa::path(tag = "ge-matrix", operation_id = "startGeMapping", request_body = GeMappingIn, responses((status = 202, body = GeMappingOut, headers(("Location" = String, description = "The job.")))))]
#[post("/v1/ge-mappings")]
async fn start_ge_mapping(db: Data<TenantDb>, actor: Actor, new: Json<GeMappingIn>) -> Result<HttpResponse> {
    let mapping = db.write(&actor, async |tx| ops::start_mapping(tx, &new).await).await?;
    let location = format!("/v1/jobs/{}", mapping.job.id);
    Ok(HttpResponse::Accepted().insert_header((LOCATION, location)).json(mapping))
}

/// Read a GE mapping and its job.
#[utoipa::path(tag = "ge-matrix", operation_id = "getGeMapping", params(("id" = GeMappingId, Path)), responses((status = 200, body = GeMappingOut)))]
#[get("/v1/ge-mappings/{id}")]
async fn get_ge_mapping(db: Data<TenantDb>, actor: Actor, id: Path<GeMappingId>) -> Result<Json<GeMappingOut>> {
    Ok(Json(db.read(&actor, async |tx| ops::mapping(tx, *id).await).await?))
}

/// Which positions.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct GePositionsQuery {
    /// In this cell alone.
    #[param(inline)]
    cell: Option<Cell>,
    /// `true`: those without a cell alone; `false`: those with one alone.
    unmapped: Option<bool>,
    /// By `external_id`, `name`, `revenue_l12`, `potential`, `attractiveness`, `strength`; `-` in front for descending.
    #[param(default = "-revenue_l12,external_id", example = "-strength,external_id")]
    sort: Option<String>,
    /// Items a page, 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List where the customers lie in a mapping, why, and what the unmapped ones lack.
#[utoipa::path(tag = "ge-matrix", operation_id = "listGePositions", params(("id" = GeMappingId, Path), GePositionsQuery), responses((status = 200, body = Page<GePositionOut>)))]
#[get("/v1/ge-mappings/{id}/positions")]
async fn list_ge_positions(list: List, id: Path<GeMappingId>, query: Query<GePositionsQuery>) -> Result<HttpResponse> {
    let GePositionsQuery { cell, unmapped, sort, limit, cursor } = query.into_inner();
    let read = async move |tx: &TenantTx, page: &PageRequest| {
        ops::positions(tx, *id, PositionsQuery { cell, unmapped, sort: sort.as_deref() }, page).await
    };
    list.of((limit, cursor), read).await
}

/// Which matrix.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct GeMatrixParams {
    /// This mapping; then neither of the others.
    mapping_id: Option<GeMappingId>,
    /// The model; the one published last where absent.
    model_id: Option<GeModelId>,
    /// The month; the latest that was mapped with the published version where absent.
    #[param(example = "2013-11")]
    as_of: Option<Month>,
}

/// Read the GE matrix: nine cells with customers and revenue; with `Accept: image/svg+xml` as a chart.
#[utoipa::path(tag = "ge-matrix", operation_id = "getGeMatrix", params(GeMatrixParams), responses((status = 200, content((GeMatrixOut = "application/json"), (String = "image/svg+xml")))))]
#[get("/v1/ge-matrix")]
async fn get_ge_matrix(
    db: Data<TenantDb>,
    actor: Actor,
    request: HttpRequest,
    query: Query<GeMatrixParams>,
) -> Result<HttpResponse> {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let form = preferred(header(ACCEPT), &["application/json", "image/svg+xml"]).ok_or_else(|| {
        let en = "This is offered as application/json and as image/svg+xml.";
        Error::new(ErrorCode::NotAcceptable, en, "可提供 application/json 和 image/svg+xml。")
    })?;
    let asked = MatrixQuery { mapping_id: query.mapping_id, model_id: query.model_id, as_of: query.as_of };
    match form {
        0 => {
            let matrix = db.read(&actor, async |tx| ops::matrix(tx, asked).await).await?;
            Ok(HttpResponse::Ok().insert_header((VARY, "Accept")).json(matrix))
        }
        _ => {
            let locale = Locale::negotiate(header(ACCEPT_LANGUAGE).unwrap_or_default());
            let chart = db.read(&actor, async |tx| ops::chart(tx, asked, locale).await).await?;
            Ok(HttpResponse::Ok()
                .content_type("image/svg+xml")
                .insert_header((VARY, "Accept, Accept-Language"))
                .insert_header((CONTENT_LANGUAGE, locale.tag()))
                .body(chart))
        }
    }
}
