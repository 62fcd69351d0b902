//! `/v1/salespeople`.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{CustomizeResponder, HttpResponse, Responder, get, post, put};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dossiers::ops::salespeople;
use crate::dossiers::ops::tables::SalespersonTable;
use crate::dossiers::wire::{SalespersonIn, SalespersonOut, SalespersonUpsert};
use crate::error::Result;
use crate::exports::List;
use crate::intake::{BatchItem, BatchOut, BatchQuery, Outcome, parse_items};
use crate::paging::{Page, PageRequest};
use crate::rest::{IfMatch, Json, JsonItems, Path, Query, Routes, Tagged};
use crate::tenancy::{Actor, TenantDb, TenantTx};
use crate::values::SalespersonId;

/// The routes.
pub(super) fn routes(config: &mut Routes<'_>) {
    config.service(list_salespeople).service(upsert_salespeople).service(upsert_salesperson).service(get_salesperson);
}

/// Salespeople in which order.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct SalespersonQuery {
    /// `name`, `external_id`, separated by commas; `-` in front for descending.
    #[param(default = "name", example = "-external_id")]
    sort: Option<String>,
    /// Items a page, 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A salesperson of a batch.
type SalespersonItem = BatchItem<SalespersonUpsert>;

/// List salespeople.
#[utoipa::path(tag = "salespeople", operation_id = "listSalespeople", params(SalespersonQuery), responses((status = 200, body = Page<SalespersonOut>)))]
#[get("/v1/salespeople")]
async fn list_salespeople(list: List, query: Query<SalespersonQuery>) -> Result<HttpResponse> {
    let SalespersonQuery { sort, limit, cursor } = query.into_inner();
    let read = async move |tx: &TenantTx, page: &PageRequest| salespeople::list(tx, sort.as_deref(), page).await;
    list.in_form((limit, cursor), SalespersonTable, read).await
}

/// Create or change up to 1,000 salespeople by external id, each on its own.
#[utoipa::path(
    tag = "salespeople",
    operation_id = "upsertSalespeople",
    params(BatchQuery),
    request_body = Vec<SalespersonItem>,
    responses((status = 207, body = BatchOut))
)]
#[post("/v1/salespeople:batch")]
async fn upsert_salespeople(
    db: Data<TenantDb>,
    actor: Actor,
    query: Query<BatchQuery>,
    items: JsonItems,
) -> Result<CustomizeResponder<Json<BatchOut>>> {
    let items = parse_items(items.into_inner());
    let batch = db.write(&actor, async |tx| salespeople::batch(tx, query.mode(), items).await).await?;
    Ok(Json(batch).customize().with_status(StatusCode::MULTI_STATUS))
}

/// Create a salesperson by external id, or change the one who has it. An absent territory stays, null empties it.
#[utoipa::path(
    tag = "salespeople",
    operation_id = "upsertSalesperson",
    params(("external_id" = String, Path, description = "The id in the source system, 1 to 200 characters.", example = "SP-7")),
    request_body = SalespersonIn,
    responses((status = 200, body = SalespersonOut), (status = 201, body = SalespersonOut))
)]
#[put("/v1/salespeople/by-external-id/{external_id}")]
async fn upsert_salesperson(
    db: Data<TenantDb>,
    actor: Actor,
    external_id: Path<String>,
    expected: IfMatch,
    new: Json<SalespersonIn>,
) -> Result<Tagged<SalespersonOut>> {
    let row = new.into_inner().for_external_id(external_id.into_inner());
    let (person, outcome) = db.write(&actor, async |tx| salespeople::put(tx, row, expected.0).await).await?;
    let (version, location) = (person.version, format!("/v1/salespeople/{}", person.id));
    Ok(if outcome == Outcome::Created {
        Tagged::created(person, version, location)
    } else {
        Tagged::new(person, version)
    })
}

/// Read a salesperson.
#[utoipa::path(tag = "salespeople", operation_id = "getSalesperson", params(("id" = SalespersonId, Path)), responses((status = 200, body = SalespersonOut)))]
#[get("/v1/salespeople/{id}")]
async fn get_salesperson(db: Data<TenantDb>, actor: Actor, id: Path<SalespersonId>) -> Result<Tagged<SalespersonOut>> {
    let person = db.read(&actor, async |tx| salespeople::salesperson(tx, *id).await).await?;
    let version = person.version;
    Ok(Tagged::new(person, version))
}
