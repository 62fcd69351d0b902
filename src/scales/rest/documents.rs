//! Scales as files.

use std::time::Duration;

use actix_web::http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE, VARY};
use actix_web::web::{BytesMut, Data, Payload};
use actix_web::{HttpRequest, HttpResponse, get, post};
use futures::StreamExt;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::error::{Error, ErrorCode, Result};
use crate::rest::{IfMatch, Path, Query, Routes, Tagged, preferred, read_json};
use crate::scales::ops::{self, ImportTerms, Incoming};
use crate::scales::wire::{ScaleDocument, ScaleImportOut};
use crate::scales::workbook::LARGEST;
use crate::scales::{ScaleScope, write_workbook};
use crate::tenancy::{Actor, TenantDb};
use crate::values::ScaleId;

const JSON: &str = "application/json";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// How long a file may take to come.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) fn routes(config: &mut Routes<'_>) {
    config.service(export_scale_version).service(import_scale).service(import_scale_version);
}

/// Take a version out on its own: as JSON, or with `Accept` of XLSX as a workbook to fill in.
#[utoipa::path(
    tag = "scales",
    operation_id = "exportScaleVersion",
    params(("id" = ScaleId, Path), ("n" = i32, Path, description = "The version's number, from 1.")),
    responses((status = 200, content((ScaleDocument = "application/json"), (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))))
)]
#[get("/v1/scales/{id}/versions/{n}/document")]
async fn export_scale_version(
    db: Data<TenantDb>,
    actor: Actor,
    path: Path<(ScaleId, i32)>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    let form = preferred(accept, &[JSON, XLSX]).ok_or_else(|| {
        let en = format!("A scale is offered as {JSON} and as {XLSX}.");
        Error::new(ErrorCode::NotAcceptable, en, format!("量表可提供 {JSON} 和 {XLSX}。"))
    })?;
    let (id, number) = path.into_inner();
    let document = db.read(&actor, async |tx| ops::document(tx, id, number).await).await?;
    let file = |extension: &str| format!("attachment; filename=\"scale-{}-v{number}.{extension}\"", document.code);
    let mut answer = HttpResponse::Ok();
    answer.insert_header((VARY, "Accept"));
    if form == 0 {
        return Ok(answer.insert_header((CONTENT_DISPOSITION, file("json"))).json(document));
    }
    answer.insert_header((CONTENT_TYPE, XLSX)).insert_header((CONTENT_DISPOSITION, file("xlsx")));
    let bytes = tokio::task::spawn_blocking(move || write_workbook(&document)).await.map_err(Error::internal)??;
    Ok(answer.body(bytes))
}

/// How a file is taken.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ImportScaleQuery {
    /// Whose the scale is; the company's where absent.
    #[param(inline)]
    scope: Option<ScaleScope>,
    /// Take a scale that could not be published as it is, as a draft to be mended; the answer names its problems.
    #[param(default = false)]
    allow_problems: Option<bool>,
    /// Try it: everything is checked and answered as if it were taken, and nothing is stored.
    #[param(default = false)]
    dry_run: Option<bool>,
}

/// How a file is taken into a scale.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ImportVersionQuery {
    /// Take a content that could not be published as it is, as a draft to be mended; the answer names its problems.
    #[param(default = false)]
    allow_problems: Option<bool>,
    /// Try it: everything is checked and answered as if it were taken, and nothing is stored.
    #[param(default = false)]
    dry_run: Option<bool>,
}

/// Make a new scale of a file: JSON or an XLSX workbook, as an export gives them, of at most 2 MiB. Its version 1 is a
/// draft. Everything that is wrong is told at once; in a workbook by sheet and cell, such as `Factors!C7`.
#[utoipa::path(
    tag = "scales",
    operation_id = "importScale",
    params(ImportScaleQuery),
    request_body(content((ScaleDocument = "application/json"), (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
    responses((status = 201, body = ScaleImportOut))
)]
#[post("/v1/scales:import")]
async fn import_scale(
    db: Data<TenantDb>,
    actor: Actor,
    query: Query<ImportScaleQuery>,
    request: HttpRequest,
    body: Payload,
) -> Result<Tagged<ScaleImportOut>> {
    let incoming = incoming(&request, body).await?;
    let ImportScaleQuery { scope, allow_problems, dry_run } = query.into_inner();
    let terms = terms(allow_problems, dry_run);
    let scope = scope.unwrap_or_default();
    let taken = db.write(&actor, async |tx| ops::import_scale(tx, incoming, scope, terms).await).await?;
    Ok(created(taken))
}

/// Put a file into the draft of a scale, or begin a draft with it. Code, name and purpose stay the scale's.
#[utoipa::path(
    tag = "scales",
    operation_id = "importScaleVersion",
    params(("id" = ScaleId, Path), ImportVersionQuery),
    request_body(content((ScaleDocument = "application/json"), (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
    responses((status = 201, body = ScaleImportOut))
)]
#[post("/v1/scales/{id}/versions:import")]
async fn import_scale_version(
    db: Data<TenantDb>,
    actor: Actor,
    id: Path<ScaleId>,
    query: Query<ImportVersionQuery>,
    expected: IfMatch,
    request: HttpRequest,
    body: Payload,
) -> Result<Tagged<ScaleImportOut>> {
    let incoming = incoming(&request, body).await?;
    let terms = terms(query.allow_problems, query.dry_run);
    let taken = db.write(&actor, async |tx| ops::import_version(tx, *id, incoming, terms, expected).await).await?;
    Ok(created(taken))
}

fn terms(allow_problems: Option<bool>, dry_run: Option<bool>) -> ImportTerms {
    ImportTerms { allow_problems: allow_problems.unwrap_or_default(), dry_run: dry_run.unwrap_or_default() }
}

fn created(taken: ScaleImportOut) -> Tagged<ScaleImportOut> {
    let version = &taken.scale_version;
    let (location, revision) =
        (format!("/v1/scales/{}/versions/{}", version.scale_id, version.number), version.revision);
    Tagged::created(taken, revision, location)
}

/// The body by its media type, within size and time.
async fn incoming(request: &HttpRequest, body: Payload) -> Result<Incoming> {
    let media_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if ![JSON, XLSX, "application/octet-stream"].contains(&media_type.as_str()) {
        let en = format!("A scale is taken as {JSON} or {XLSX}.");
        return Err(Error::new(ErrorCode::UnsupportedMediaType, en, format!("量表只接受 {JSON} 或 {XLSX}。")));
    }
    let bytes = tokio::time::timeout(PATIENCE, whole(body)).await.map_err(|_| {
        Error::new(ErrorCode::RequestTimeout, "The body stood still for too long.", "请求体传输停滞过久。")
    })??;
    if media_type != JSON {
        return Ok(Incoming::Workbook(bytes));
    }
    Ok(Incoming::Document(Box::new(read_json(&bytes)?)))
}

async fn whole(mut body: Payload) -> Result<Vec<u8>> {
    let mut bytes = BytesMut::new();
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|error| {
            Error::bad_request(format!("The body broke off: {error}."), format!("请求体中断：{error}。"))
        })?;
        if bytes.len() + piece.len() > LARGEST {
            let en = format!("At most {LARGEST} bytes.");
            return Err(Error::new(ErrorCode::PayloadTooLarge, en, format!("最多 {LARGEST} 字节。")));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes.to_vec())
}
