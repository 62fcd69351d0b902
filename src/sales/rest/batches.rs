//! Batches of products, sales lines, rates and quotas.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Query};
use actix_web::{CustomizeResponder, Responder, post};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::dossiers::DEFAULT_SYSTEM;
use crate::error::Result;
use crate::intake::{BatchOut, BatchQuery, check_size, parse_items};
use crate::sales::ops;
use crate::sales::wire::{FxRateUpsert, ProductUpsert, QuotaUpsert, SalesLineUpsert};
use crate::tenancy::{Actor, TenantDb};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(upsert_products).service(upsert_sales_lines).service(upsert_fx_rates).service(upsert_quotas);
}

/// An answer that holds an outcome an item.
type Outcomes = Result<CustomizeResponder<Json<BatchOut>>>;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct SalesLineBatchQuery {
    /// All or nothing: where one item is refused, none is taken and the answer is 422.
    #[param(default = false)]
    atomic: Option<bool>,
    /// The system whose external ids name the customers; `default` by default.
    #[param(example = "default")]
    system: Option<String>,
}

/// Create or change 1 to 1,000 products by their external ids.
#[utoipa::path(tag = "products", operation_id = "upsertProducts", params(BatchQuery), request_body = Vec<ProductUpsert>, responses((status = 207, body = BatchOut)))]
#[post("/v1/products:batch")]
async fn upsert_products(
    db: Data<TenantDb>,
    actor: Actor,
    query: Query<BatchQuery>,
    items: Json<Vec<Value>>,
) -> Outcomes {
    check_size(items.len())?;
    let (rows, atomic) = (parse_items(items.into_inner()), query.atomic.unwrap_or(false));
    answer(db.write(&actor, async |tx| ops::take_products(tx, rows, atomic).await).await)
}

/// Create or replace 1 to 1,000 sales lines by their external ids.
#[utoipa::path(tag = "sales-lines", operation_id = "upsertSalesLines", params(SalesLineBatchQuery), request_body = Vec<SalesLineUpsert>, responses((status = 207, body = BatchOut)))]
#[post("/v1/sales-lines:batch")]
async fn upsert_sales_lines(
    db: Data<TenantDb>,
    actor: Actor,
    query: Query<SalesLineBatchQuery>,
    items: Json<Vec<Value>>,
) -> Outcomes {
    check_size(items.len())?;
    let (rows, atomic) = (parse_items(items.into_inner()), query.atomic.unwrap_or(false));
    let system = query.system.as_deref().unwrap_or(DEFAULT_SYSTEM);
    answer(db.write(&actor, async |tx| ops::take_sales_lines(tx, system, rows, atomic).await).await)
}

/// Create or replace 1 to 1,000 exchange rates by currency and day. Lines that are in keep theirs.
#[utoipa::path(tag = "fx-rates", operation_id = "upsertFxRates", params(BatchQuery), request_body = Vec<FxRateUpsert>, responses((status = 207, body = BatchOut)))]
#[post("/v1/fx-rates:batch")]
async fn upsert_fx_rates(
    db: Data<TenantDb>,
    actor: Actor,
    query: Query<BatchQuery>,
    items: Json<Vec<Value>>,
) -> Outcomes {
    check_size(items.len())?;
    let (rows, atomic) = (parse_items(items.into_inner()), query.atomic.unwrap_or(false));
    answer(db.write(&actor, async |tx| ops::take_fx_rates(tx, rows, atomic).await).await)
}

/// Create or replace 1 to 1,000 quotas by salesperson and first day.
#[utoipa::path(tag = "quotas", operation_id = "upsertQuotas", params(BatchQuery), request_body = Vec<QuotaUpsert>, responses((status = 207, body = BatchOut)))]
#[post("/v1/quotas:batch")]
async fn upsert_quotas(
    db: Data<TenantDb>,
    actor: Actor,
    query: Query<BatchQuery>,
    items: Json<Vec<Value>>,
) -> Outcomes {
    check_size(items.len())?;
    let (rows, atomic) = (parse_items(items.into_inner()), query.atomic.unwrap_or(false));
    answer(db.write(&actor, async |tx| ops::take_quotas(tx, rows, atomic).await).await)
}

fn answer(out: Result<BatchOut>) -> Outcomes {
    Ok(Json(out?).customize().with_status(StatusCode::MULTI_STATUS))
}
