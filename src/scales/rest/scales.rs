//! `/v1/scale-templates`, `/v1/scales`.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};

use crate::error::Result;
use crate::exports::List;
use crate::paging::{Page, PageQuery, PageRequest, Slice};
use crate::rest::{Json, Path, Query, Routes, Tagged};
use crate::scales::wire::{MergeScalesIn, MergedScaleOut, ScaleIn, ScaleOut};
use crate::scales::{ScaleTemplate, ops};
use crate::tenancy::{Actor, TenantDb, TenantTx};
use crate::values::ScaleId;

pub(super) fn routes(config: &mut Routes<'_>) {
    config.service(list_scale_templates).service(list_scales).service(create_scale).service(get_scale);
    config.service(merge_scales);
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
    let revision = scale.revision;
    Ok(Tagged::created(scale, revision, location))
}

/// Read a scale.
#[utoipa::path(tag = "scales", operation_id = "getScale", params(("id" = ScaleId, Path)), responses((status = 200, body = ScaleOut)))]
#[get("/v1/scales/{id}")]
async fn get_scale(db: Data<TenantDb>, actor: Actor, id: Path<ScaleId>) -> Result<Tagged<ScaleOut>> {
    let scale = db.read(&actor, async |tx| ops::get(tx, *id).await).await?;
    let revision = scale.revision;
    Ok(Tagged::new(scale, revision))
}

/// Propose one scale from several: a draft with the medians of their weights, scaled to sum to exactly 100 %, and of
/// points and thresholds.
#[utoipa::path(tag = "scales", operation_id = "mergeScales", request_body = MergeScalesIn, responses((status = 201, body = MergedScaleOut)))]
#[post("/v1/scales:merge")]
async fn merge_scales(db: Data<TenantDb>, actor: Actor, new: Json<MergeScalesIn>) -> Result<Tagged<MergedScaleOut>> {
    let merged = db.write(&actor, async |tx| ops::merge_scales(tx, new.into_inner()).await).await?;
    let version = &merged.scale_version;
    let (location, revision) =
        (format!("/v1/scales/{}/versions/{}", version.scale_id, version.number), version.revision);
    Ok(Tagged::created(merged, revision, location))
}
