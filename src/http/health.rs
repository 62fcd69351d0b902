//! Health: `/livez` says that the program runs, `/readyz` that it can serve.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use serde_json::{Value, json};

use crate::error::Result;
use crate::rest::{Json, Routes};
use crate::tenancy::TenantDb;

/// The routes.
pub(super) fn routes(config: &mut Routes<'_>) {
    config.service(livez).service(readyz);
}

/// Whether the program runs.
#[utoipa::path(tag = "health", operation_id = "getLiveness", security(()), responses((status = 200, description = "It runs.", body = Value)))]
#[get("/livez")]
async fn livez() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

/// Whether the program can serve: the database answers.
#[utoipa::path(tag = "health", operation_id = "getReadiness", security(()), responses((status = 200, description = "It can serve.", body = Value)))]
#[get("/readyz")]
async fn readyz(db: Data<TenantDb>) -> Result<HttpResponse> {
    db.ping().await?;
    Ok(HttpResponse::Ok().json(json!({"status": "ok"})))
}
