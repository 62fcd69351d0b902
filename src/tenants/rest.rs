//! `/v1/tenants`, `/v1/tenant`, `/v1/api-keys`, `/v1/auth/token`, `/v1/audit-entries`.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{CustomizeResponder, HttpResponse, Responder, delete, get, patch, post};

use super::ops;
use super::wire::{AccessTokenOut, ApiKeyIn, ApiKeyOut, AuditEntryOut, NewApiKeyOut, TenantIn, TenantOut, TenantPatch};
use crate::error::Result;
use crate::exports::List;
use crate::paging::{Page, PageQuery, PageRequest};
use crate::rest::{IfMatch, Json, Path, Query, Routes, Tagged};
use crate::tenancy::{Actor, Authenticator, PlatformTx, TenantDb, TenantTx};
use crate::values::ApiKeyId;

/// The routes.
pub fn routes(config: &mut Routes<'_>) {
    config.service(list_tenants).service(create_tenant).service(get_tenant).service(update_tenant);
    config.service(list_api_keys).service(create_api_key).service(revoke_api_key).service(create_access_token);
    config.service(list_audit_entries).service(export_tenant);
}

/// List tenants by slug. Platform operators only.
#[utoipa::path(tag = "tenants", operation_id = "listTenants", params(PageQuery), responses((status = 200, body = Page<TenantOut>)))]
#[get("/v1/tenants")]
async fn list_tenants(list: List, query: Query<PageQuery>) -> Result<HttpResponse> {
    let read = async |tx: &PlatformTx, page: &PageRequest| ops::list(tx, page).await;
    list.of_platform(query.into_inner().into(), read).await
}

/// Create a tenant. Platform operators only.
#[utoipa::path(tag = "tenants", operation_id = "createTenant", request_body = TenantIn, responses((status = 201, body = TenantOut)))]
#[post("/v1/tenants")]
async fn create_tenant(db: Data<TenantDb>, actor: Actor, new: Json<TenantIn>) -> Result<Tagged<TenantOut>> {
    let tenant = db.platform(&actor, async |tx| ops::create(tx, &new).await).await?;
    let version = tenant.version;
    Ok(Tagged::created(tenant, version, "/v1/tenant".into()))
}

/// Read the token's own tenant and its settings.
#[utoipa::path(tag = "tenants", operation_id = "getTenant", responses((status = 200, body = TenantOut)))]
#[get("/v1/tenant")]
async fn get_tenant(db: Data<TenantDb>, actor: Actor) -> Result<Tagged<TenantOut>> {
    let tenant = db.read(&actor, async |tx| ops::read(tx).await).await?;
    let version = tenant.version;
    Ok(Tagged::new(tenant, version))
}

/// Take out everything the tenant has, in one file: gzip, a JSON object a line, all of one state of the data.
///
/// The first line is `{"head": …}` with the schema's version, the time and the rows of each table. Then comes a line a
/// row, `{"table": …, "row": …}`, with decimals as strings; the last is `{"foot": {"rows": …, "sha256": …}}`, of all that
/// stands before it. A file without its foot was cut off. Secrets stay here: the hashes of API keys.
#[utoipa::path(
    tag = "tenants",
    operation_id = "exportTenant",
    responses((status = 200, content((String = "application/gzip"))))
)]
#[get("/v1/tenant/export")]
async fn export_tenant(db: Data<TenantDb>, actor: Actor) -> Result<HttpResponse> {
    let (archive, rows) = ops::export(&db, &actor).await?;
    archive.send(rows).await
}

/// Change the tenant's settings.
#[utoipa::path(tag = "tenants", operation_id = "updateTenant", request_body = TenantPatch, responses((status = 200, body = TenantOut)))]
#[patch("/v1/tenant")]
async fn update_tenant(
    db: Data<TenantDb>,
    actor: Actor,
    expected: IfMatch,
    patch: Json<TenantPatch>,
) -> Result<Tagged<TenantOut>> {
    let tenant = db.write(&actor, async |tx| ops::update(tx, patch.into_inner(), expected).await).await?;
    let version = tenant.version;
    Ok(Tagged::new(tenant, version))
}

/// List API keys, without their secrets.
#[utoipa::path(tag = "api-keys", operation_id = "listApiKeys", params(PageQuery), responses((status = 200, body = Page<ApiKeyOut>)))]
#[get("/v1/api-keys")]
async fn list_api_keys(list: List, query: Query<PageQuery>) -> Result<HttpResponse> {
    let read = async |tx: &TenantTx, page: &PageRequest| ops::list_keys(tx, page).await;
    list.of(query.into_inner().into(), read).await
}

/// Create an API key. Its secret is in this answer and nowhere else.
#[utoipa::path(tag = "api-keys", operation_id = "createApiKey", request_body = ApiKeyIn, responses((status = 201, body = NewApiKeyOut)))]
#[post("/v1/api-keys")]
async fn create_api_key(
    db: Data<TenantDb>,
    actor: Actor,
    new: Json<ApiKeyIn>,
) -> Result<CustomizeResponder<Json<NewApiKeyOut>>> {
    let key = db.write(&actor, async |tx| ops::create_key(tx, new.into_inner(), rand::random()).await).await?;
    Ok(Json(key).customize().with_status(StatusCode::CREATED))
}

/// Revoke an API key at once.
#[utoipa::path(tag = "api-keys", operation_id = "revokeApiKey", params(("id" = ApiKeyId, Path)), responses((status = 200, body = ApiKeyOut)))]
#[delete("/v1/api-keys/{id}")]
async fn revoke_api_key(db: Data<TenantDb>, actor: Actor, id: Path<ApiKeyId>) -> Result<Json<ApiKeyOut>> {
    Ok(Json(db.write(&actor, async |tx| ops::revoke_key(tx, *id).await).await?))
}

/// Change an API key into a JWT that is valid for 15 minutes.
#[utoipa::path(tag = "api-keys", operation_id = "createAccessToken", responses((status = 200, body = AccessTokenOut)))]
#[post("/v1/auth/token")]
async fn create_access_token(authenticator: Data<Authenticator>, actor: Actor) -> Result<Json<AccessTokenOut>> {
    Ok(Json(ops::exchange(&authenticator, &actor)?))
}

/// List the audit log, newest first.
#[utoipa::path(tag = "audit", operation_id = "listAuditEntries", params(PageQuery), responses((status = 200, body = Page<AuditEntryOut>)))]
#[get("/v1/audit-entries")]
async fn list_audit_entries(list: List, query: Query<PageQuery>) -> Result<HttpResponse> {
    let read = async |tx: &TenantTx, page: &PageRequest| ops::list_audit(tx, page).await;
    list.of(query.into_inner().into(), read).await
}
