//! `/v1/ge-mappings`.

use actix_web::http::header::LOCATION;
use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::error::Result;
use crate::exports::List;
use crate::ge_matrix::Cell;
use crate::ge_matrix::ops::{self, PositionsQuery};
use crate::ge_matrix::wire::{GeMappingIn, GeMappingOut, GePositionOut};
use crate::grading::WithdrawalIn;
use crate::paging::{Page, PageRequest};
use crate::rest::{Json, Path, Query, Routes};
use crate::tenancy::{Actor, TenantDb, TenantTx};
use crate::values::{GeMappingId, GeModelId};

/// The routes.
pub(super) fn routes(config: &mut Routes<'_>) {
    config.service(list_ge_mappings).service(start_ge_mapping).service(get_ge_mapping).service(list_ge_positions);
    config.service(withdraw_ge_mapping);
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

/// Take a complete GE mapping out of force, for good, with a reason: it stays readable, and current cells are again those of
/// the mapping before.
#[utoipa::path(tag = "ge-matrix", operation_id = "withdrawGeMapping", params(("id" = GeMappingId, Path)), request_body = WithdrawalIn, responses((status = 200, body = GeMappingOut)))]
#[post("/v1/ge-mappings/{id}:withdraw")]
async fn withdraw_ge_mapping(
    db: Data<TenantDb>,
    actor: Actor,
    id: Path<GeMappingId>,
    why: Json<WithdrawalIn>,
) -> Result<Json<GeMappingOut>> {
    Ok(Json(db.write(&actor, async |tx| ops::withdraw_mapping(tx, *id, &why).await).await?))
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
