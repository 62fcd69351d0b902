//! `/v1/payments`.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{CustomizeResponder, HttpResponse, Responder, get, post};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dossiers::DEFAULT_SYSTEM;
use crate::error::Result;
use crate::exports::List;
use crate::finance::ops;
use crate::finance::wire::{PaymentFilter, PaymentOut, PaymentUpsert};
use crate::intake::{BatchItem, BatchOut, SystemBatchQuery, check_size, parse_items};
use crate::paging::{Page, PageRequest};
use crate::rest::{Json, JsonItems, Query, Routes};
use crate::tenancy::{Actor, TenantDb, TenantTx};
use crate::values::{CustomerId, Date};

/// The routes.
pub(super) fn routes(config: &mut Routes<'_>) {
    config.service(list_payments).service(upsert_payments);
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct PaymentQuery {
    /// Items a page, 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// `paid_on` or `-paid_on`; `-paid_on` by default.
    #[param(example = "-paid_on")]
    sort: Option<String>,
    /// Only of this customer.
    customer_id: Option<CustomerId>,
    /// The first day that counts.
    from: Option<Date>,
    /// The first day that no longer counts.
    to: Option<Date>,
    /// What is applied is that at the end of this day; of today where absent.
    #[param(example = "2026-06-30")]
    as_of: Option<Date>,
    /// Only those of which something is not applied then (or, with false, all is).
    unapplied: Option<bool>,
}

/// A payment of a batch.
type PaymentItem = BatchItem<PaymentUpsert>;

/// List payments, latest first by default, with what of them is applied at the end of a day.
#[utoipa::path(tag = "payments", operation_id = "listPayments", params(PaymentQuery), responses((status = 200, body = Page<PaymentOut>)))]
#[get("/v1/payments")]
async fn list_payments(list: List, query: Query<PaymentQuery>) -> Result<HttpResponse> {
    let PaymentQuery { limit, cursor, sort, customer_id, from, to, as_of, unapplied } = query.into_inner();
    let filter = PaymentFilter { customer_id, from, to, as_of, unapplied };
    let read = async move |tx: &TenantTx, page: &PageRequest| ops::payments(tx, &filter, sort.as_deref(), page).await;
    list.in_form((limit, cursor), ops::PaymentTable, read).await
}

/// Create or replace 1 to 1,000 payments by their external ids.
#[utoipa::path(tag = "payments", operation_id = "upsertPayments", params(SystemBatchQuery), request_body = Vec<PaymentItem>, responses((status = 207, body = BatchOut)))]
#[post("/v1/payments:batch")]
async fn upsert_payments(
    db: Data<TenantDb>,
    actor: Actor,
    query: Query<SystemBatchQuery>,
    items: JsonItems,
) -> Result<CustomizeResponder<Json<BatchOut>>> {
    check_size(items.len())?;
    let (rows, mode) = (parse_items(items.into_inner()), query.mode());
    let system = query.system.as_deref().unwrap_or(DEFAULT_SYSTEM);
    let out = db.write(&actor, async |tx| ops::take_payments(tx, system, rows, mode).await).await?;
    Ok(Json(out).customize().with_status(StatusCode::MULTI_STATUS))
}
