//! What every request goes through: an id, a log line, security headers, and problems in one form.

use std::time::Duration;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Payload, ResourceDef, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::{ACCEPT_LANGUAGE, ALLOW, CONTENT_ENCODING, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError};
use futures::StreamExt;
use utoipa::openapi::{OpenApi, PathItem};
use uuid::Uuid;

use crate::error::{Error, ErrorCode, problem_response};
use crate::tenancy::{RequestId, TenantDb};
use crate::values::Locale;

/// How long a body may stand still.
const PATIENCE: Duration = Duration::from_secs(30);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Takes or makes the request's id, and turns errors left in the response into problem documents.
pub(super) async fn with_request_id<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> actix_web::Result<ServiceResponse<EitherBody<EitherBody<B>>>> {
    let id = request_id(request.request());
    request.extensions_mut().insert(RequestId(id.clone()));
    let started = clock(request.request());
    let answer = match refuse_encoding(&request) {
        Some(error) => request.into_response(error.error_response()).map_into_right_body(),
        None => next.call(watched(request)).await?.map_into_left_body(),
    };
    let mut response = as_problem(answer, &id);
    log(&response, &id, started);
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    Ok(response)
}

/// JSON bodies come as they are: a few kilobytes of gzip can hold a million times as much. Imports inflate under a cap of
/// their own, from the file's first bytes rather than from this header.
fn refuse_encoding(request: &ServiceRequest) -> Option<Error> {
    let encoded = request.headers().get(CONTENT_ENCODING).is_some_and(|e| e.as_bytes() != b"identity");
    (encoded && !request.path().starts_with("/v1/imports")).then(|| {
        let en = "Send the body without Content-Encoding.";
        Error::new(ErrorCode::UnsupportedMediaType, en, "请勿使用 Content-Encoding 发送请求体。")
    })
}

/// Ends a body that stands still: each piece has so long to come.
fn watched(mut request: ServiceRequest) -> ServiceRequest {
    let mut body = request.take_payload();
    let stream = async_stream::stream! {
        loop {
            match tokio::time::timeout(PATIENCE, body.next()).await {
                Ok(Some(piece)) => yield piece,
                Ok(None) => break,
                Err(_) => {
                    yield Err(PayloadError::Io(std::io::ErrorKind::TimedOut.into()));
                    break;
                }
            }
        }
    };
    request.set_payload(Payload::Stream { payload: Box::pin(stream) });
    request
}

/// Our errors carry themselves in the response; actix's own (404 of no route, 405) carry a status alone.
fn as_problem<B: MessageBody + 'static>(
    response: ServiceResponse<B>,
    id: &str,
) -> ServiceResponse<EitherBody<B, BoxBody>> {
    let ours = response.response().extensions().get::<Error>().cloned();
    let error = ours.or_else(|| bare_error(&response));
    let Some(error) = error else {
        return response.map_into_left_body();
    };
    if error.code() == ErrorCode::Internal || error.code() == ErrorCode::Unavailable {
        tracing::error!(request_id = id, ?error, "request failed");
    }
    let allow = response.headers().get(ALLOW).cloned();
    let request = response.request().clone();
    let mut problem: HttpResponse = problem_response(&error, locale(&request), request.path(), id);
    if let Some(allow) = allow {
        problem.headers_mut().insert(ALLOW, allow);
    }
    ServiceResponse::new(request, problem).map_into_right_body()
}

/// An error for a bare status of the framework; none where the response has a body of its own.
fn bare_error<B: MessageBody + 'static>(response: &ServiceResponse<B>) -> Option<Error> {
    let has_type = response.headers().contains_key(actix_web::http::header::CONTENT_TYPE);
    match response.status().as_u16() {
        _ if has_type => None,
        404 => Some(no_route()),
        405 => Some(wrong_method()),
        408 => Some(Error::new(ErrorCode::RequestTimeout, "The request came too slowly.", "请求发送过慢。")),
        413 => Some(Error::new(ErrorCode::PayloadTooLarge, "The body is too large here.", "请求体过大。")),
        _ => None,
    }
}

/// Every address of the REST face with its methods.
#[derive(Debug)]
pub(super) struct Addresses(Vec<(ResourceDef, String)>);

impl Addresses {
    pub(super) fn of(api: &OpenApi) -> Self {
        let methods = |item: &PathItem| {
            let known = [
                ("GET", &item.get),
                ("POST", &item.post),
                ("PUT", &item.put),
                ("PATCH", &item.patch),
                ("DELETE", &item.delete),
            ];
            let taken: Vec<_> = known.iter().filter(|(_, o)| o.is_some()).map(|(m, _)| *m).collect();
            taken.join(", ")
        };
        Self(api.paths.paths.iter().map(|(path, item)| (ResourceDef::new(path.as_str()), methods(item))).collect())
    }
}

/// The answer where no route takes the request: 405 with what is allowed where the address is one of ours, else 404.
pub(super) async fn unrouted(request: HttpRequest, addresses: Data<Addresses>) -> HttpResponse {
    let found = addresses.0.iter().find(|(address, _)| address.is_match(request.path()));
    let mut response = match found {
        Some(_) => wrong_method().error_response(),
        None => no_route().error_response(),
    };
    if let Some(allow) = found.and_then(|(_, methods)| HeaderValue::from_str(methods).ok()) {
        response.headers_mut().insert(ALLOW, allow);
    }
    response
}

fn no_route() -> Error {
    Error::new(ErrorCode::NotFound, "There is no such address; see /docs.", "没有此地址，请参阅 /docs。")
}

fn wrong_method() -> Error {
    Error::new(ErrorCode::MethodNotAllowed, "This address does not take that method.", "此地址不支持该方法。")
}

/// The reader's language.
pub(super) fn locale(request: &HttpRequest) -> Locale {
    let header = request.headers().get(ACCEPT_LANGUAGE).and_then(|h| h.to_str().ok());
    header.map_or(Locale::En, Locale::negotiate)
}

/// The client's id where it is short and printable, else a new one.
fn request_id(request: &HttpRequest) -> String {
    let given = request.headers().get(REQUEST_ID).and_then(|h| h.to_str().ok());
    let fits = |id: &&str| !id.is_empty() && id.len() <= 128 && id.bytes().all(|b| b.is_ascii_graphic());
    given.filter(fits).map(str::to_owned).unwrap_or_else(|| {
        let ids = request.app_data::<Data<TenantDb>>();
        ids.map_or_else(Uuid::nil, |db| db.ids().next()).to_string()
    })
}

fn clock(request: &HttpRequest) -> Option<chrono::DateTime<chrono::Utc>> {
    request.app_data::<Data<TenantDb>>().map(|db| db.clock().now())
}

/// One line a request: no query string, no body, no token.
fn log<B: MessageBody + 'static>(
    response: &ServiceResponse<B>,
    id: &str,
    started: Option<chrono::DateTime<chrono::Utc>>,
) {
    let request = response.request();
    let took = started.zip(clock(request)).map(|(from, to)| (to - from).num_milliseconds());
    tracing::info!(
        request_id = id,
        method = %request.method(),
        route = request.match_pattern().unwrap_or_else(|| "-".into()),
        status = response.status().as_u16(),
        ms = took,
        "request"
    );
}
