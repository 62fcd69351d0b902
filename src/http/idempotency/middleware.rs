//! From a request with a key to its answer, be it new or given before.

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError};

use super::answer::{is_final, put_together, take_apart};
use super::body::Digested;
use super::keyed::{Claimed, Keyed};
use crate::error::{Error, ErrorCode, Result};
use crate::imports::ImportSettings;
use crate::tenancy::{Actor, Answered, Exchange, IdempotencyKey, Permission, RequestId, TenantDb};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Where bodies are larger than what is read into memory.
const UPLOADS: &str = "/v1/imports";

/// Answers a POST with a key as it was answered before, or does it and keeps the answer with what was done.
pub(in crate::http) async fn once_a_key<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> actix_web::Result<ServiceResponse<EitherBody<B>>> {
    if request.method() != Method::POST || !request.headers().contains_key(KEY) {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let asked = format!("{} {}", request.method(), request.uri());
    let most = most(request.request());
    let Admitted { request, keyed, digested } = match admit(request).await {
        Ok(admitted) => admitted,
        Err((request, error)) => return Ok(request.into_response(error.error_response()).map_into_right_body()),
    };
    // Whether GraphQL asks for something to be done is known once it is read; its route claims by itself.
    let is_graphql = request.path() == "/graphql";
    let actor = if is_graphql { None } else { keyed.claim().await };
    if is_graphql || actor.is_some() {
        request.extensions_mut().insert(keyed.clone());
        actor.map(|actor| request.extensions_mut().insert(actor));
        let response = next.call(request).await?;
        return settle(&asked, keyed, digested, response).await;
    }
    let answer = match keyed.claimed() {
        Some(Claimed::Not(known)) => repeat(&asked, known, digested, most).await,
        _ => Err(Keyed::not_done()),
    };
    let answer = answer.unwrap_or_else(|error| error.error_response());
    Ok(request.into_response(answer).map_into_right_body())
}

/// A request whose actor, key and body are known.
struct Admitted {
    request: ServiceRequest,
    keyed: Keyed,
    digested: Digested,
}

async fn admit(mut request: ServiceRequest) -> Result<Admitted, (ServiceRequest, Error)> {
    let (known, spool) = match actor_and_key(request.request()).await {
        Ok((db, actor, key)) => {
            request.extensions_mut().insert(actor.clone());
            // Of others the handler reads no body.
            let uploads = request.path() == UPLOADS && actor.require(Permission::ImportsWrite).is_ok();
            let spool = uploads.then(|| most(request.request()));
            (Keyed::new(db, actor, key), spool)
        }
        Err(error) => return Err((request, error)),
    };
    match Digested::of(request.take_payload(), spool).await {
        Ok((digested, body)) => {
            request.set_payload(body);
            Ok(Admitted { request, keyed: known, digested })
        }
        Err(error) => Err((request, broken(&error))),
    }
}

async fn actor_and_key(request: &HttpRequest) -> Result<(TenantDb, Actor, IdempotencyKey)> {
    let mut values = request.headers().get_all(KEY);
    let key = match (values.next(), values.next()) {
        (Some(value), None) => IdempotencyKey::parse(value.as_bytes())?,
        _ => return Err(Error::bad_request("Give one Idempotency-Key.", "只能给出一个 Idempotency-Key。")),
    };
    let db = request.app_data::<Data<TenantDb>>().ok_or_else(|| Error::internal("no database"))?;
    let actor = Actor::from_request(request, &mut Payload::None).await?;
    Ok((TenantDb::clone(db), actor, key))
}

fn broken(error: &PayloadError) -> Error {
    match error {
        PayloadError::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => {
            Error::new(ErrorCode::RequestTimeout, "The body stood still for too long.", "请求体停顿时间过长。")
        }
        _ => Error::bad_request("The body cannot be read.", "无法读取请求体。"),
    }
}

/// Gives the answer of a request that was done before, or says why there is none.
async fn repeat(asked: &str, known: Result<Answered>, digested: Digested, most: u64) -> Result<HttpResponse> {
    let body = whole(digested, most).await?;
    let mut answer = put_together(known?.for_request(asked, &body)?)?;
    answer.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(answer)
}

/// The digest of a body, of which the handler may have left something unread.
async fn whole(digested: Digested, most: u64) -> Result<[u8; 32]> {
    digested.finish(most).await.ok_or_else(|| {
        Error::new(ErrorCode::PayloadTooLarge, "The body is too large here, or broke off.", "请求体过大或中断。")
    })
}

/// Bytes of the largest body that is read.
fn most(request: &HttpRequest) -> u64 {
    request.app_data::<Data<ImportSettings>>().map(|settings| ***settings).unwrap_or_default().max_upload
}

/// Ends the request's transaction: with its answer, or without a trace.
async fn settle<B: MessageBody + 'static>(
    asked: &str,
    keyed: Keyed,
    digested: Digested,
    response: ServiceResponse<B>,
) -> actix_web::Result<ServiceResponse<EitherBody<B>>> {
    let (request, response) = response.into_parts();
    let answer = match keyed.claimed() {
        None => return Ok(ServiceResponse::new(request, response).map_into_left_body()),
        Some(Claimed::Not(known)) => repeat(asked, known, digested, most(&request)).await,
        // Without a route nobody has looked at it.
        Some(Claimed::Fresh(exchange)) if is_final(&response) && request.match_pattern().is_some() => {
            keep(asked, &exchange, digested, &request, response).await
        }
        Some(Claimed::Fresh(exchange)) => {
            if let Err(error) = exchange.abandon().await {
                tracing::warn!(?error, "a request's transaction was not rolled back in order");
            }
            return Ok(ServiceResponse::new(request, response).map_into_left_body());
        }
    };
    let answer: HttpResponse<BoxBody> = answer.unwrap_or_else(|error| error.error_response());
    Ok(ServiceResponse::new(request, answer).map_into_right_body())
}

async fn keep<B: MessageBody>(
    asked: &str,
    exchange: &Exchange,
    digested: Digested,
    request: &HttpRequest,
    response: HttpResponse<B>,
) -> Result<HttpResponse> {
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let body = whole(digested, most(request)).await?;
    let answer = take_apart(request, &id, response).await?;
    exchange.keep(asked, &body, &answer).await?;
    put_together(answer)
}
