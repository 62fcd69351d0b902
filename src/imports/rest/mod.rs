//! `/v1/imports`.

mod mappings;

use std::time::Duration;

use actix_web::error::PayloadError;
use actix_web::http::header::{ACCEPT, ACCEPT_LANGUAGE, CONTENT_TYPE, HeaderName, LOCATION};
use actix_web::web::{Bytes, Data, Payload};
use actix_web::{HttpRequest, HttpResponse, get, post};
use futures::stream::{self, Stream, StreamExt};

use super::wire::{ErrorsQuery, ReportRows};
use super::{FileFormat, ImportErrorOut, ImportOut, ImportSettings, NewImport, ops, report};
use crate::error::{Error, ErrorCode, Result};
use crate::exports::{List, ListForm};
use crate::paging::{Page, PageQuery, PageRequest};
use crate::rest::{Json, Path, Query, Routes};
use crate::tenancy::{Actor, Permission, TenantDb, TenantTx};
use crate::values::{ImportId, Locale};

/// What a file may come as. Whether it is gzip is seen from its first bytes.
const MEDIA_TYPES: [&str; 11] = [
    "text/csv",
    "text/tab-separated-values",
    "text/plain",
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    // What systems that have Excel call any table, CSV too.
    "application/vnd.ms-excel",
    "application/gzip",
    "application/x-gzip",
    "application/octet-stream",
];

/// The routes.
pub fn routes(config: &mut Routes<'_>) {
    config.service(list_imports).service(create_import).service(get_import).service(list_import_errors);
    mappings::routes(config);
}

/// List imports, newest first.
#[utoipa::path(tag = "imports", operation_id = "listImports", params(PageQuery), responses((status = 200, body = Page<ImportOut>)))]
#[get("/v1/imports")]
async fn list_imports(list: List, query: Query<PageQuery>) -> Result<HttpResponse> {
    let read = async |tx: &TenantTx, page: &PageRequest| ops::list(tx, page).await;
    list.of(query.into_inner().into(), read).await
}

/// Import a file of any size: CSV with a header row, NDJSON, or a sheet of a workbook (XLSX); plain or gzip; UTF-8,
/// UTF-16 with its mark, GB18030, or what `charset` or `encoding` says. A job loads it.
///
/// The header is found below blank lines and titles, or stands where `header_row` says. Columns without a name and
/// without a value are none. A file that is no table, such as an HTML page that is called `.xls`, is refused by name.
///
/// Rows are matched by their external ids, so that importing a file again changes nothing. A column that is not there
/// leaves what is stored, and so does a blank field, unless `blanks=empty` says that it empties it. A row that cannot be loaded is reported beside the others, which
/// are in; a file that cannot be read leaves nothing.
#[utoipa::path(
    tag = "imports",
    operation_id = "createImport",
    params(NewImport),
    request_body(content(
        (String = "text/csv"),
        (String = "application/x-ndjson"),
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (String = "application/gzip"),
        (String = "application/octet-stream")
    )),
    responses((status = 202, body = ImportOut, headers(("Location" = String, description = "The job."))))
)]
#[post("/v1/imports")]
async fn create_import(
    db: Data<TenantDb>,
    settings: Option<Data<ImportSettings>>,
    actor: Actor,
    new: Query<NewImport>,
    request: HttpRequest,
    body: Payload,
) -> Result<HttpResponse> {
    actor.require(Permission::ImportsWrite)?;
    let mut new = new.into_inner();
    declare(&mut new, &request)?;
    let settings = settings.map(|settings| **settings).unwrap_or_default();
    let id = ops::start_import(&db, &actor, &new, settings, patient(body, settings.patience)).await?;
    let import = db.read(&actor, async |tx| ops::import(tx, id).await).await?;
    let job = format!("/v1/jobs/{}", import.job.id);
    Ok(HttpResponse::Accepted().insert_header((LOCATION, job)).json(import))
}

/// Read an import: its job and its counts so far.
#[utoipa::path(tag = "imports", operation_id = "getImport", params(("id" = ImportId, Path)), responses((status = 200, body = ImportOut)))]
#[get("/v1/imports/{id}")]
async fn get_import(db: Data<TenantDb>, actor: Actor, id: Path<ImportId>) -> Result<Json<ImportOut>> {
    Ok(Json(db.read(&actor, async |tx| ops::import(tx, *id).await).await?))
}

/// List why rows of an import are not in, and what to look at in those that are, in the order of the file; with `Accept: text/csv` the whole report as CSV;
/// with `rows=original` the refused rows themselves, to be mended and sent again.
#[utoipa::path(
    tag = "imports",
    operation_id = "listImportErrors",
    params(("id" = ImportId, Path), ErrorsQuery),
    responses((status = 200, content((Page<ImportErrorOut> = "application/json"), (String = "text/csv"), (String = "application/x-ndjson"))))
)]
#[get("/v1/imports/{id}/errors")]
async fn list_import_errors(
    db: Data<TenantDb>,
    actor: Actor,
    id: Path<ImportId>,
    query: Query<ErrorsQuery>,
    request: HttpRequest,
    list: List,
) -> Result<HttpResponse> {
    if query.rows == Some(ReportRows::Original) {
        return original_rows(&db, actor, *id, Locale::negotiate(header(&request, &ACCEPT_LANGUAGE))).await;
    }
    if ListForm::negotiate(request.headers().get(&ACCEPT).and_then(|value| value.to_str().ok())).ok()
        == Some(ListForm::Csv)
    {
        return errors_as_csv(&db, actor, *id, Locale::negotiate(header(&request, &ACCEPT_LANGUAGE))).await;
    }
    let read = async move |tx: &TenantTx, page: &PageRequest| ops::import_errors(tx, *id, page).await;
    list.of((query.limit, query.cursor.clone()), read).await
}

/// The first part is read before the answer begins, so that its errors are told by the status.
async fn errors_as_csv(db: &TenantDb, actor: Actor, id: ImportId, locale: Locale) -> Result<HttpResponse> {
    let mut start = report::header()?;
    let first = ops::report_part(db, &actor, id, 0).await?;
    if let Some((_, errors)) = &first {
        start.extend(report::rows(errors, locale)?);
    }
    let start = stream::iter([Ok(Bytes::from(start))]);
    let place = first.map(|(last, _)| last);
    let db = db.clone();
    let rest = stream::try_unfold((db, actor, place), move |(db, actor, place)| async move {
        let Some(after) = place else { return Ok(None) };
        let Some((last, errors)) = ops::report_part(&db, &actor, id, after).await? else { return Ok(None) };
        let part = Bytes::from(report::rows(&errors, locale)?);
        Ok::<_, Error>(Some((part, (db, actor, Some(last)))))
    });
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8; header=present"))
        .insert_header(("Content-Language", locale.tag()))
        .insert_header(("Content-Disposition", format!("attachment; filename=\"import-errors-{id}.csv\"")))
        .streaming(start.chain(rest)))
}

/// The refused rows as they stand in the file, part by part.
async fn original_rows(db: &TenantDb, actor: Actor, id: ImportId, locale: Locale) -> Result<HttpResponse> {
    let (columns, ndjson) = ops::refused_columns(db, &actor, id).await?;
    let start = if ndjson { Vec::new() } else { report::original_header(&columns)? };
    let start = stream::iter([Ok::<_, Error>(Bytes::from(start))]);
    let db = db.clone();
    let rest = stream::try_unfold((db, actor, columns, 0), move |(db, actor, columns, after)| async move {
        let rows = ops::refused_part(&db, &actor, id, after).await?;
        let Some(last) = rows.last().map(|row| row.line) else { return Ok(None) };
        let part = match ndjson {
            true => report::original_lines(&rows, locale)?,
            false => report::original_rows(&columns, &rows, locale)?,
        };
        Ok::<_, Error>(Some((Bytes::from(part), (db, actor, columns, last))))
    });
    let (media_type, ending) =
        if ndjson { ("application/x-ndjson", "ndjson") } else { ("text/csv; charset=utf-8; header=present", "csv") };
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, media_type))
        .insert_header(("Content-Language", locale.tag()))
        .insert_header(("Content-Disposition", format!("attachment; filename=\"refused-rows-{id}.{ending}\"")))
        .streaming(start.chain(rest)))
}

/// What the media type and its `charset` say, where the query does not.
fn declare(new: &mut NewImport, request: &HttpRequest) -> Result<()> {
    let media_type = header(request, &CONTENT_TYPE);
    let mut parts = media_type.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    if !MEDIA_TYPES.iter().any(|known| known.eq_ignore_ascii_case(essence)) {
        let known = MEDIA_TYPES.join(", ");
        let en = format!("Send the file as one of {known}.");
        return Err(Error::new(
            ErrorCode::UnsupportedMediaType,
            en,
            format!("请以下列媒体类型之一发送文件：{known}。"),
        ));
    }
    new.expected = FileFormat::of_media_type(essence);
    let parameter = |part: &str| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"').to_owned())
    };
    new.encoding = new.encoding.take().or_else(|| parts.find_map(parameter));
    Ok(())
}

fn header<'a>(request: &'a HttpRequest, name: &HeaderName) -> &'a str {
    request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The body, as long as it does not stand still.
fn patient(body: Payload, patience: Duration) -> impl Stream<Item = Result<Bytes>> {
    stream::try_unfold(body, move |mut body| async move {
        match tokio::time::timeout(patience, body.next()).await {
            Ok(None) => Ok(None),
            Ok(Some(Ok(bytes))) => Ok(Some((bytes, body))),
            Ok(Some(Err(error))) => Err(broken(&error)),
            Err(_) => {
                let seconds = patience.as_secs();
                let en = format!("Nothing of the body came for {seconds} seconds.");
                Err(Error::new(ErrorCode::RequestTimeout, en, format!("请求体已有 {seconds} 秒没有数据。")))
            }
        }
    })
}

fn broken_body(error: &actix_web::Error) -> Error {
    broken_because(error)
}

fn broken(error: &PayloadError) -> Error {
    broken_because(error)
}

fn broken_because(error: &impl std::fmt::Display) -> Error {
    Error::bad_request(
        format!("The body broke off, so nothing of it is taken: {error}."),
        format!("请求体中断，未接收任何内容：{error}。"),
    )
}
