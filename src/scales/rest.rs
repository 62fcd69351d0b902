//! `/v1/scale-templates`, `/v1/scales`.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{CustomizeResponder, HttpResponse, Responder, get, post, put};
use serde_json::Value;
use utoipa_actix_web::service_config::ServiceConfig;

use super::wire::{
    JudgementIn, JudgementOut, ScaleIn, ScaleOut, ScaleValidationIn, ScaleValidationOut, ScaleVersionOut,
};
use super::{ScaleDefinition, ScaleTemplate, ops};
use crate::error::Result;
use crate::exports::List;
use crate::intake::{BatchOut, BatchQuery, check_size, parse_items};
use crate::paging::{Page, PageQuery, PageRequest, Slice};
use crate::rest::{IfMatch, Tagged};
use crate::tenancy::{Actor, TenantDb, TenantTx};
use crate::values::ScaleId;

/// The routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_scale_templates).service(list_scales).service(create_scale).service(get_scale);
    config.service(validate_scale_version).service(publish_scale_version);
    config.service(create_scale_version).service(get_scale_version).service(update_scale_version);
    config.service(judge_customers).service(list_judgements);
}

/// List the built-in scales to start from. There are few; they come on one page.
#[utoipa::path(tag = "scales", operation_id = "listScaleTemplates", responses((status = 200, body = Page<ScaleTemplate>)))]
#[get("/v1/scale-templates")]
async fn list_scale_templates(list: List) -> Result<HttpResponse> {
    let read = async |tx: &TenantTx, _: &PageRequest| ops::list_templates(tx).map(Slice::complete);
    list.of((None, None), read).await
}

/// List scales by code.
#[utoipa::path(tag = "scales", operation_id = "listScales", params(PageQuery), responses((status = 200, body = Page<ScaleOut>)))]
#[get("/v1/scales")]
async fn list_scales(list: List, query: Query<PageQuery>) -> Result<HttpResponse> {
    let read = async |tx: &TenantTx, page: &PageRequest| ops::list(tx, page).await;
    list.of(query.into_inner().into(), read).await
}

/// Create a scale from a template or a definition; its version 1 is a draft.
#[utoipa::path(tag = "scales", operation_id = "createScale", request_body = ScaleIn, responses((status = 201, body = ScaleOut)))]
#[post("/v1/scales")]
async fn create_scale(db: Data<TenantDb>, actor: Actor, new: Json<ScaleIn>) -> Result<Tagged<ScaleOut>> {
    let scale = db.write(&actor, async |tx| ops::create(tx, new.into_inner()).await).await?;
    let location = format!("/v1/scales/{}", scale.id);
    let revision = scale.revision();
    Ok(Tagged::created(scale, revision, location))
}

/// Read a scale.
#[utoipa::path(tag = "scales", operation_id = "getScale", params(("id" = ScaleId, Path)), responses((status = 200, body = ScaleOut)))]
#[get("/v1/scales/{id}")]
async fn get_scale(db: Data<TenantDb>, actor: Actor, id: Path<ScaleId>) -> Result<Tagged<ScaleOut>> {
    let scale = db.read(&actor, async |tx| ops::get(tx, *id).await).await?;
    let revision = scale.revision();
    Ok(Tagged::new(scale, revision))
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

/// Rate customers, up to 1,000 ratings; a newer rating takes the older one's place.
#[utoipa::path(tag = "scales", operation_id = "judgeCustomers", params(("id" = ScaleId, Path), BatchQuery), request_body = Vec<JudgementIn>, responses((status = 207, body = BatchOut)))]
#[post("/v1/scales/{id}/judgements:batch")]
async fn judge_customers(
    db: Data<TenantDb>,
    actor: Actor,
    id: Path<ScaleId>,
    query: Query<BatchQuery>,
    items: Json<Vec<Value>>,
) -> Result<CustomizeResponder<Json<BatchOut>>> {
    check_size(items.len())?;
    let (rows, atomic) = (parse_items(items.into_inner()), query.atomic.unwrap_or(false));
    let batch = db.write(&actor, async |tx| ops::judge(tx, *id, rows, atomic).await).await?;
    Ok(Json(batch).customize().with_status(StatusCode::MULTI_STATUS))
}

/// List the ratings of a scale, by customer and factor.
#[utoipa::path(tag = "scales", operation_id = "listJudgements", params(("id" = ScaleId, Path), PageQuery), responses((status = 200, body = Page<JudgementOut>)))]
#[get("/v1/scales/{id}/judgements")]
async fn list_judgements(list: List, id: Path<ScaleId>, query: Query<PageQuery>) -> Result<HttpResponse> {
    let read = async move |tx: &TenantTx, page: &PageRequest| ops::judgements(tx, *id, page).await;
    list.of(query.into_inner().into(), read).await
}
