//! `/v1/receivables`.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{CustomizeResponder, HttpResponse, Responder, get, post};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dossiers::DEFAULT_SYSTEM;
use crate::error::Result;
use crate::exports::List;
use crate::finance::ops;
use crate::finance::wire::{ReceivableFilter, ReceivableOut, ReceivableUpsert};
use crate::intake::{BatchItem, BatchOut, SystemBatchQuery, check_size, parse_items};
use crate::paging::{Page, PageRequest};
use crate::rest::{Json, JsonItems, Query, Routes};
use crate::tenancy::{Actor, TenantDb, TenantTx};
use crate::values::{CustomerId, Date};

/// The routes.
pub(super) fn routes(config: &mut Routes<'_>) {
    config.service(list_receivables).service(upsert_receivables);
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ReceivableQuery {
    /// Items a page, 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// `due_on` or `invoiced_on`, `-` in front for descending; `due_on` by default.
    #[param(example = "-due_on")]
    sort: Option<String>,
    /// Only of this customer.
    customer_id: Option<CustomerId>,
    /// Open amounts are those at the end of this day; of today where absent.
    #[param(example = "2026-06-30")]
    as_of: Option<Date>,
    /// Only those that are open then, credit notes too (or, with false, that are not).
    open: Option<bool>,
    /// Only those that are overdue then (or, with false, that are not).
    overdue: Option<bool>,
}

/// One of a batch.
type ReceivableItem = BatchItem<ReceivableUpsert>;

/// List receivables, those that fall due first by default, with what of them is open at the end of a day.
#[utoipa::path(tag = "receivables", operation_id = "listReceivables", params(ReceivableQuery), responses((status = 200, body = Page<ReceivableOut>)))]
#[get("/v1/receivables")]
async fn list_receivables(list: List, query: Query<ReceivableQuery>) -> Result<HttpResponse> {
    let ReceivableQuery { limit, cursor, sort, customer_id, as_of, open, overdue } = query.into_inner();
    let filter = ReceivableFilter { customer_id, as_of, open, overdue };
    let read =
        async move |tx: &TenantTx, page: &PageRequest| ops::receivables(tx, &filter, sort.as_deref(), page).await;
    list.in_form((limit, cursor), ops::ReceivableTable, read).await
}

/// Create or replace 1 to 1,000 receivables by their external ids.
#[utoipa::path(tag = "receivables", operation_id = "upsertReceivables", params(SystemBatchQuery), request_body = Vec<ReceivableItem>, responses((status = 207, body = BatchOut)))]
#[post("/v1/receivables:batch")]
async fn upsert_receivables(
    db: Data<TenantDb>,
    actor: Actor,
    query: Query<SystemBatchQuery>,
    items: JsonItems,
) -> Result<CustomizeResponder<Json<BatchOut>>> {
    check_size(items.len())?;
    let (rows, mode) = (parse_items(items.into_inner()), query.mode());
    let system = query.system.as_deref().unwrap_or(DEFAULT_SYSTEM);
    let out = db.write(&actor, async |tx| ops::take_receivables(tx, system, rows, mode).await).await?;
    Ok(Json(out).customize().with_status(StatusCode::MULTI_STATUS))
}
