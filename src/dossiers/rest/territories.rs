//! `/v1/territories`.

use actix_web::web::Data;
use actix_web::{HttpResponse, delete, get, put};

use crate::dossiers::ops::territories;
use crate::dossiers::wire::{TerritoryIn, TerritoryOut};
use crate::error::Result;
use crate::exports::List;
use crate::paging::{Page, PageQuery, PageRequest};
use crate::rest::{IfMatch, Json, Path, Query, Routes, Tagged};
use crate::tenancy::{Actor, TenantDb, TenantTx};

/// The routes.
pub(super) fn routes(config: &mut Routes<'_>) {
    config.service(list_territories).service(get_territory).service(put_territory).service(delete_territory);
}

/// List territories by name: those that are defined, and those that customers or salespeople merely name.
#[utoipa::path(tag = "territories", operation_id = "listTerritories", params(PageQuery), responses((status = 200, body = Page<TerritoryOut>)))]
#[get("/v1/territories")]
async fn list_territories(list: List, query: Query<PageQuery>) -> Result<HttpResponse> {
    let read = async |tx: &TenantTx, page: &PageRequest| territories::list(tx, page).await;
    list.of(query.into_inner().into(), read).await
}

/// Read a territory.
#[utoipa::path(
    tag = "territories",
    operation_id = "getTerritory",
    params(("name" = String, Path, description = "Its name.", example = "North")),
    responses((status = 200, body = TerritoryOut))
)]
#[get("/v1/territories/{name}")]
async fn get_territory(db: Data<TenantDb>, actor: Actor, name: Path<String>) -> Result<Json<TerritoryOut>> {
    Ok(Json(db.read(&actor, async |tx| territories::territory(tx, &name).await).await?))
}

/// Define a territory, or change what it is.
#[utoipa::path(
    tag = "territories",
    operation_id = "putTerritory",
    params(("name" = String, Path, description = "The name by which customers name it, 1 to 200 characters.", example = "North")),
    request_body = TerritoryIn,
    responses((status = 200, body = TerritoryOut), (status = 201, body = TerritoryOut))
)]
#[put("/v1/territories/{name}")]
async fn put_territory(
    db: Data<TenantDb>,
    actor: Actor,
    name: Path<String>,
    expected: IfMatch,
    new: Json<TerritoryIn>,
) -> Result<Tagged<TerritoryOut>> {
    let put = async |tx: &_| territories::put(tx, &name, &new, expected.0).await;
    let (territory, is_new) = db.write(&actor, put).await?;
    let version = territory.version.unwrap_or_default();
    Ok(if is_new {
        Tagged::created(territory, version, format!("/v1/territories/{name}"))
    } else {
        Tagged::new(territory, version)
    })
}

/// Take out the definition of a territory in which no other lies; customers go on naming it.
#[utoipa::path(
    tag = "territories",
    operation_id = "deleteTerritory",
    params(("name" = String, Path, description = "Its name.", example = "North")),
    responses((status = 204))
)]
#[delete("/v1/territories/{name}")]
async fn delete_territory(
    db: Data<TenantDb>,
    actor: Actor,
    name: Path<String>,
    expected: IfMatch,
) -> Result<HttpResponse> {
    db.write(&actor, async |tx| territories::delete(tx, &name, expected.0).await).await?;
    Ok(HttpResponse::NoContent().finish())
}
