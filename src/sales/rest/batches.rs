//! Batches of products, sales lines, rates and quotas.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{CustomizeResponder, Responder, post};

use crate::dossiers::DEFAULT_SYSTEM;
use crate::error::Result;
use crate::intake::{BatchItem, BatchOut, BatchQuery, SystemBatchQuery, check_size, parse_items};
use crate::rest::{Json, JsonItems, Query, Routes};
use crate::sales::ops;
use crate::sales::wire::{FxRateUpsert, ProductUpsert, QuotaUpsert, SalesLineUpsert};
use crate::tenancy::{Actor, TenantDb};

pub(super) fn routes(config: &mut Routes<'_>) {
    config.service(upsert_products).service(upsert_sales_lines).service(upsert_fx_rates).service(upsert_quotas);
}

/// An answer that holds an outcome an item.
type Outcomes = Result<CustomizeResponder<Json<BatchOut>>>;

/// A product of a batch.
type ProductItem = BatchItem<ProductUpsert>;
/// A sales line of a batch.
type SalesLineItem = BatchItem<SalesLineUpsert>;
/// An exchange rate of a batch.
type FxRateItem = BatchItem<FxRateUpsert>;
/// A quota of a batch.
type QuotaItem = BatchItem<QuotaUpsert>;

/// Create or change 1 to 1,000 products by their external ids.
#[utoipa::path(tag = "products", operation_id = "upsertProducts", params(BatchQuery), request_body = Vec<ProductItem>, responses((status = 207, body = BatchOut)))]
#[post("/v1/products:batch")]
async fn upsert_products(db: Data<TenantDb>, actor: Actor, query: Query<BatchQuery>, items: JsonItems) -> Outcomes {
    check_size(items.len())?;
    let (rows, mode) = (parse_items(items.into_inner()), query.mode());
    answer(db.write(&actor, async |tx| ops::take_products(tx, rows, mode).await).await)
}

/// Create or replace 1 to 1,000 sales lines by their external ids.
#[utoipa::path(tag = "sales-lines", operation_id = "upsertSalesLines", params(SystemBatchQuery), request_body = Vec<SalesLineItem>, responses((status = 207, body = BatchOut)))]
#[post("/v1/sales-lines:batch")]
async fn upsert_sales_lines(
    db: Data<TenantDb>,
    actor: Actor,
    query: Query<SystemBatchQuery>,
    items: JsonItems,
) -> Outcomes {
    check_size(items.len())?;
    let (rows, mode) = (parse_items(items.into_inner()), query.mode());
    let system = query.system.as_deref().unwrap_or(DEFAULT_SYSTEM);
    answer(db.write(&actor, async |tx| ops::take_sales_lines(tx, system, rows, mode).await).await)
}

/// Create or replace 1 to 1,000 exchange rates by currency and day. Lines that are in keep theirs.
#[utoipa::path(tag = "fx-rates", operation_id = "upsertFxRates", params(BatchQuery), request_body = Vec<FxRateItem>, responses((status = 207, body = BatchOut)))]
#[post("/v1/fx-rates:batch")]
async fn upsert_fx_rates(db: Data<TenantDb>, actor: Actor, query: Query<BatchQuery>, items: JsonItems) -> Outcomes {
    check_size(items.len())?;
    let (rows, mode) = (parse_items(items.into_inner()), query.mode());
    answer(db.write(&actor, async |tx| ops::take_fx_rates(tx, rows, mode).await).await)
}

/// Create or replace 1 to 1,000 quotas by salesperson and first day.
#[utoipa::path(tag = "quotas", operation_id = "upsertQuotas", params(BatchQuery), request_body = Vec<QuotaItem>, responses((status = 207, body = BatchOut)))]
#[post("/v1/quotas:batch")]
async fn upsert_quotas(db: Data<TenantDb>, actor: Actor, query: Query<BatchQuery>, items: JsonItems) -> Outcomes {
    check_size(items.len())?;
    let (rows, mode) = (parse_items(items.into_inner()), query.mode());
    answer(db.write(&actor, async |tx| ops::take_quotas(tx, rows, mode).await).await)
}

fn answer(out: Result<BatchOut>) -> Outcomes {
    Ok(Json(out?).customize().with_status(StatusCode::MULTI_STATUS))
}
