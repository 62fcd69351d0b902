//! `/v1/import-mappings`.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, delete, get, post, put};

use super::declare;
use crate::error::{Error, ErrorCode, Result};
use crate::exports::List;
use crate::imports::mapping::BuiltInMapping;
use crate::imports::ops::mappings as ops;
use crate::imports::preview::ImportPreviewOut;
use crate::imports::wire::{ImportMappingOut, PreviewQuery};
use crate::imports::{ImportMapping, NewImport};
use crate::intake::Outcome;
use crate::paging::{Page, PageQuery, PageRequest};
use crate::rest::{IfMatch, Json, Path, Query, Routes, Tagged};
use crate::tenancy::{Actor, TenantDb, TenantTx};
use crate::values::Code;

/// Bytes of the beginning of a file that a preview takes.
const PREVIEW: usize = 4 * 1024 * 1024;

pub(super) fn routes(config: &mut Routes<'_>) {
    config
        .service(list_built_in_import_mappings)
        .service(list_import_mappings)
        .service(get_import_mapping)
        .service(upsert_import_mapping)
        .service(delete_import_mapping)
        .service(preview_import_mapping);
}

/// List the mappings that are there from the start: exports of Salesforce, HubSpot, Odoo and ERPNext.
#[utoipa::path(tag = "imports", operation_id = "listBuiltInImportMappings", responses((status = 200, body = Vec<BuiltInMapping>)))]
#[get("/v1/built-in-import-mappings")]
async fn list_built_in_import_mappings(db: Data<TenantDb>, actor: Actor) -> Result<Json<Vec<BuiltInMapping>>> {
    Ok(Json(db.read(&actor, async |tx| ops::list_built_in(tx)).await?))
}

/// List saved mappings by code.
#[utoipa::path(tag = "imports", operation_id = "listImportMappings", params(PageQuery), responses((status = 200, body = Page<ImportMappingOut>)))]
#[get("/v1/import-mappings")]
async fn list_import_mappings(list: List, query: Query<PageQuery>) -> Result<HttpResponse> {
    let read = async |tx: &TenantTx, page: &PageRequest| ops::list(tx, page).await;
    list.of(query.into_inner().into(), read).await
}

/// Read a mapping: a saved one, or one that is there from the start.
#[utoipa::path(tag = "imports", operation_id = "getImportMapping", params(("code" = Code, Path)), responses((status = 200, body = ImportMappingOut)))]
#[get("/v1/import-mappings/{code}")]
async fn get_import_mapping(db: Data<TenantDb>, actor: Actor, code: Path<Code>) -> Result<Tagged<ImportMappingOut>> {
    let mapping = db.read(&actor, async |tx| ops::get(tx, code.as_str()).await).await?;
    let version = mapping.version;
    Ok(Tagged::new(mapping, version))
}

/// Save a mapping under a code; one that is there from the start is overlaid.
#[utoipa::path(tag = "imports", operation_id = "upsertImportMapping", params(("code" = Code, Path)), request_body = ImportMapping, responses((status = 200, body = ImportMappingOut), (status = 201, body = ImportMappingOut)))]
#[put("/v1/import-mappings/{code}")]
async fn upsert_import_mapping(
    db: Data<TenantDb>,
    actor: Actor,
    code: Path<Code>,
    expected: IfMatch,
    definition: Json<ImportMapping>,
) -> Result<Tagged<ImportMappingOut>> {
    let (mapping, outcome) = db.write(&actor, async |tx| ops::put(tx, &code, &definition, expected.0).await).await?;
    let version = mapping.version;
    Ok(match outcome {
        Outcome::Created => Tagged::created(mapping, version, format!("/v1/import-mappings/{}", *code)),
        _ => Tagged::new(mapping, version),
    })
}

/// Forget a saved mapping. Imports that were sent with it keep what it said.
#[utoipa::path(tag = "imports", operation_id = "deleteImportMapping", params(("code" = Code, Path)), responses((status = 200, body = ImportMappingOut)))]
#[delete("/v1/import-mappings/{code}")]
async fn delete_import_mapping(
    db: Data<TenantDb>,
    actor: Actor,
    code: Path<Code>,
    expected: IfMatch,
) -> Result<Json<ImportMappingOut>> {
    Ok(Json(db.write(&actor, async |tx| ops::delete(tx, code.as_str(), expected.0).await).await?))
}

/// Read the beginning of a file, at most 4 MiB, as a mapping reads it. Nothing is stored.
#[utoipa::path(
    tag = "imports",
    operation_id = "previewImportMapping",
    params(("code" = Code, Path), PreviewQuery),
    request_body(content((String = "text/csv"), (String = "application/x-ndjson"), (String = "application/octet-stream"))),
    responses((status = 200, body = ImportPreviewOut))
)]
#[post("/v1/import-mappings/{code}:preview")]
async fn preview_import_mapping(
    db: Data<TenantDb>,
    actor: Actor,
    code: Path<Code>,
    query: Query<PreviewQuery>,
    request: HttpRequest,
    body: actix_web::web::Payload,
) -> Result<Json<ImportPreviewOut>> {
    let PreviewQuery { file_name, format, encoding, delimiter, sheet, header_row } = query.into_inner();
    let kind = crate::imports::ImportKind::Customers;
    let mut new = NewImport { file_name, format, encoding, delimiter, sheet, header_row, ..NewImport::of_kind(kind) };
    declare(&mut new, &request)?;
    let content: Bytes =
        body.to_bytes_limited(PREVIEW).await.map_err(|_| too_large())?.map_err(|e| super::broken_body(&e))?;
    Ok(Json(db.read(&actor, async |tx| ops::preview(tx, code.as_str(), new.form(), content).await).await?))
}

fn too_large() -> Error {
    let en = format!("At most {PREVIEW} bytes: send the first lines.");
    Error::new(ErrorCode::PayloadTooLarge, en, format!("最多 {PREVIEW} 字节，请只发送前几行。"))
}
