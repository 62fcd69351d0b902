//! `/v1/costs-to-serve`.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{CustomizeResponder, HttpResponse, Responder, get, post};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dossiers::DEFAULT_SYSTEM;
use crate::error::Result;
use crate::exports::List;
use crate::finance::ops;
use crate::finance::wire::{CostToServeFilter, CostToServeOut, CostToServeUpsert};
use crate::intake::{BatchItem, BatchOut, SystemBatchQuery, check_size, parse_items};
use crate::paging::{Page, PageRequest};
use crate::rest::{Json, JsonItems, Query, Routes};
use crate::tenancy::{Actor, TenantDb, TenantTx};
use crate::values::{CustomerId, Date};

/// The routes.
pub(super) fn routes(config: &mut Routes<'_>) {
    config.service(list_costs_to_serve).service(upsert_costs_to_serve);
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct CostToServeQuery {
    /// Items a page, 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// `day` or `-day`; `-day` by default.
    #[param(example = "-day")]
    sort: Option<String>,
    /// Only of this customer.
    customer_id: Option<CustomerId>,
    /// Only of this activity.
    #[param(example = "visits")]
    activity: Option<String>,
    /// The first day that counts.
    from: Option<Date>,
    /// The first day that no longer counts.
    to: Option<Date>,
}

/// One of a batch.
type CostToServeItem = BatchItem<CostToServeUpsert>;

/// List costs to serve, latest first by default.
#[utoipa::path(tag = "costs to serve", operation_id = "listCostsToServe", params(CostToServeQuery), responses((status = 200, body = Page<CostToServeOut>)))]
#[get("/v1/costs-to-serve")]
async fn list_costs_to_serve(list: List, query: Query<CostToServeQuery>) -> Result<HttpResponse> {
    let CostToServeQuery { limit, cursor, sort, customer_id, activity, from, to } = query.into_inner();
    let filter = CostToServeFilter { customer_id, activity, from, to };
    let read =
        async move |tx: &TenantTx, page: &PageRequest| ops::costs_to_serve(tx, &filter, sort.as_deref(), page).await;
    list.in_form((limit, cursor), ops::CostTable, read).await
}

/// Create or replace 1 to 1,000 costs to serve by their external ids.
#[utoipa::path(tag = "costs to serve", operation_id = "upsertCostsToServe", params(SystemBatchQuery), request_body = Vec<CostToServeItem>, responses((status = 207, body = BatchOut)))]
#[post("/v1/costs-to-serve:batch")]
async fn upsert_costs_to_serve(
    db: Data<TenantDb>,
    actor: Actor,
    query: Query<SystemBatchQuery>,
    items: JsonItems,
) -> Result<CustomizeResponder<Json<BatchOut>>> {
    check_size(items.len())?;
    let (rows, mode) = (parse_items(items.into_inner()), query.mode());
    let system = query.system.as_deref().unwrap_or(DEFAULT_SYSTEM);
    let out = db.write(&actor, async |tx| ops::take_costs_to_serve(tx, system, rows, mode).await).await?;
    Ok(Json(out).customize().with_status(StatusCode::MULTI_STATUS))
}
