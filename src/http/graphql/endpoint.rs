//! The endpoint itself: body in, answer out, with the caller's closure in the middle.

use std::num::NonZeroUsize;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, ALLOW, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, VARY};
use actix_web::{HttpRequest, HttpResponse, web};
use async_graphql::parser::parse_query;
use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response, SchemaBuilder, ServerError, value};
use futures::StreamExt;

use super::admission::{Incoming, MediaType, admit};
use super::limits::{GraphqlLimitError, Limits, Measure, Measured, measure};
use super::operation::Transport;
use super::params::Params;
use super::persisted::PersistedQueries;
use super::refusal::Refusal;
use super::response::GraphqlResponse;
use super::shape::Shape;
use super::{nesting, operation, texts};
use crate::error::{ErrorCode, Result as Outcome};

/// What the endpoint allows and remembers; one for the whole process.
#[derive(Debug)]
pub struct Endpoint {
    /// What a document may cost.
    pub limits: Limits,
    /// The largest body, in bytes.
    pub body_bytes: usize,
    /// How long a body may take to arrive.
    pub body_timeout: Duration,
    /// How long an operation may run.
    pub timeout: Duration,
    /// The queries that are known by their hash.
    pub persisted: PersistedQueries,
}

impl Default for Endpoint {
    /// 256 KiB, ten seconds each, a thousand persisted queries in 8 MiB.
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            body_bytes: 256 * 1024,
            body_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(10),
            persisted: PersistedQueries::new(NonZeroUsize::MIN.saturating_add(999), 8 * 1024 * 1024),
        }
    }
}

/// A schema that also answers for itself what the endpoint checks: without introspection, no error names a field that the
/// client did not.
pub fn guarded<Q, M, S>(builder: SchemaBuilder<Q, M, S>, limits: &Limits) -> SchemaBuilder<Q, M, S> {
    if limits.introspection { builder } else { builder.disable_introspection().disable_suggestions() }
}

/// Answers a request over actix-web.
///
/// `run` receives the request, its document parsed and within the limits, and what kind of operation it is. It adds the
/// actor and the loaders, executes, and ends the transaction before it returns; it is dropped when the time is over. Its
/// error is a refusal with the error's status.
pub async fn serve(
    endpoint: &Endpoint,
    request: &HttpRequest,
    payload: web::Payload,
    run: impl AsyncFnOnce(Request, OperationType) -> Outcome<Response>,
) -> HttpResponse {
    let accept: Vec<&str> = request.headers().get_all(ACCEPT).filter_map(|value| value.to_str().ok()).collect();
    let accept = (!accept.is_empty()).then(|| accept.join(","));
    let incoming = Incoming {
        method: request.method(),
        accept: accept.as_deref(),
        content_type: header(request, &CONTENT_TYPE),
        content_encoding: header(request, &CONTENT_ENCODING),
    };
    let media = match admit(incoming) {
        Ok(media) => media,
        Err(refused) => return over_http(refused),
    };
    over_http(match read(endpoint, request, payload).await {
        Ok(body) => answer(endpoint, media, &body, run).await,
        Err(refusal) => GraphqlResponse::refused(media, &refusal),
    })
}

/// Answers a body that was admitted; see [`serve`]. A cost is in `extensions.cost`.
pub async fn answer(
    endpoint: &Endpoint,
    media: MediaType,
    body: &[u8],
    run: impl AsyncFnOnce(Request, OperationType) -> Outcome<Response>,
) -> GraphqlResponse {
    let Prepared { request, kind, measured, shape } = match prepare(endpoint, body, Transport::Http) {
        Ok(prepared) => prepared,
        Err(refusal) => return GraphqlResponse::refused(media, &refusal),
    };
    match tokio::time::timeout(endpoint.timeout, run(request, kind)).await {
        Ok(Ok(mut response)) => {
            shape.complete(&mut response.data, &response.errors);
            let cost = value!({"requested": measured.cost, "limit": endpoint.limits.cost});
            GraphqlResponse::executed(media, response.extension("cost", cost))
        }
        Ok(Err(error)) => GraphqlResponse::refused(media, &Refusal::from(error)),
        Err(_) => GraphqlResponse::refused(media, &Refusal::timeout(endpoint.timeout.as_secs_f64())),
    }
}

/// A subscription that came over a WebSocket, its document parsed and within the limits.
///
/// # Errors
/// Why it may not run, as for an operation by POST; queries and mutations are not taken.
pub fn prepare_subscription(endpoint: &Endpoint, body: &[u8]) -> Result<Request, Vec<ServerError>> {
    match prepare(endpoint, body, Transport::Socket) {
        Ok(prepared) => Ok(prepared.request),
        Err(refusal) => Err(refusal.errors().to_vec()),
    }
}

/// A request that may run.
struct Prepared {
    request: Request,
    kind: OperationType,
    measured: Measured,
    shape: Shape,
}

/// Everything that comes before execution, in the order of what it costs us.
fn prepare(endpoint: &Endpoint, body: &[u8], over: Transport) -> Result<Prepared, Refusal> {
    let params = Params::parse(body)?;
    let limits = &endpoint.limits;
    let resolved = endpoint.persisted.resolve(params.query, &params.extensions)?;
    let text = &resolved.text;
    GraphqlLimitError::check(Measure::QueryBytes, limits.query_bytes as u64, text.len() as u64)?;
    GraphqlLimitError::check(Measure::Nesting, limits.nesting, nesting::deepest(text))?;
    let document = parse_query(text).map_err(operation::unreadable)?;
    let measured = measure(&document, &params.variables, limits)?;
    texts::check(&document, &params.variables)?;
    let chosen = operation::choose(&document, params.operation_name.as_deref(), &params.variables, over)?;
    let (kind, shape) = (chosen.ty, Shape::of(&document, &chosen.selection_set.node));
    let mut request = Request::new(&**text).variables(params.variables);
    request.operation_name = params.operation_name;
    request.set_parsed_query(document);
    if let Some(hash) = resolved.keep_as {
        endpoint.persisted.keep(hash, resolved.text);
    }
    let request = if limits.introspection { request } else { request.disable_introspection() };
    Ok(Prepared { request, kind, measured, shape })
}

/// Reads a body as it stands on the wire, within its size and its time.
async fn read(endpoint: &Endpoint, request: &HttpRequest, payload: web::Payload) -> Result<Vec<u8>, Refusal> {
    let announced = header(request, &CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    if announced.is_some_and(|length| length > endpoint.body_bytes as u64) {
        return Err(too_large(endpoint));
    }
    match tokio::time::timeout(endpoint.body_timeout, collect(endpoint, payload)).await {
        Ok(body) => body,
        Err(_) => {
            let (en, zh) = ("The body did not arrive in time.", "请求体未能按时到达。");
            Err(Refusal::request(ErrorCode::RequestTimeout, en, zh))
        }
    }
}

async fn collect(endpoint: &Endpoint, mut payload: web::Payload) -> Result<Vec<u8>, Refusal> {
    let mut body = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk
            .map_err(|_| Refusal::request(ErrorCode::BadRequest, "The body broke off.", "请求体在传输中断开。"))?;
        if body.len() + chunk.len() > endpoint.body_bytes {
            return Err(too_large(endpoint));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn too_large(endpoint: &Endpoint) -> Refusal {
    let most = endpoint.body_bytes;
    let (en, zh) = (format!("The body has more than {most} bytes."), format!("请求体超过 {most} 字节。"));
    Refusal::request(ErrorCode::PayloadTooLarge, en, zh)
}

fn header<'a>(request: &'a HttpRequest, name: &HeaderName) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

fn over_http(response: GraphqlResponse) -> HttpResponse {
    let status = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut builder = HttpResponse::build(status);
    builder.insert_header((CONTENT_TYPE, response.media_type.content_type())).insert_header((VARY, "accept"));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        builder.insert_header((ALLOW, "POST"));
    }
    builder.body(response.body)
}
