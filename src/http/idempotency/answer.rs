//! Answers taken apart to be kept, and put together again.

use actix_web::body::{MessageBody, to_bytes};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CONTENT_DISPOSITION, CONTENT_LANGUAGE, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, LOCATION, VARY,
};
use actix_web::{HttpRequest, HttpResponse};

use crate::error::{Error, Result, problem_response};
use crate::http::request::locale;
use crate::tenancy::KeptAnswer;

/// The headers that are part of an answer. The others are about one exchange of it.
const KEPT: [HeaderName; 6] = [CONTENT_TYPE, CONTENT_LANGUAGE, CONTENT_DISPOSITION, LOCATION, ETAG, VARY];

/// Whether an answer says what came of the request, so that a retry may get it again.
pub(super) fn is_final<B>(response: &HttpResponse<B>) -> bool {
    match response.extensions().get::<Error>() {
        Some(error) => error.is_final(),
        None => response.status().is_success(),
    }
}

/// Takes an answer apart. A problem is written out for its reader, as the request's own.
///
/// # Errors
/// `internal` where the body breaks.
pub(super) async fn take_apart<B: MessageBody>(
    request: &HttpRequest,
    request_id: &str,
    response: HttpResponse<B>,
) -> Result<KeptAnswer> {
    let problem = response.extensions().get::<Error>().cloned();
    match problem {
        Some(error) => parts(problem_response(&error, locale(request), request.path(), request_id)).await,
        None => parts(response).await,
    }
}

async fn parts<B: MessageBody>(response: HttpResponse<B>) -> Result<KeptAnswer> {
    let (head, body) = response.into_parts();
    let kept = head.headers().iter().filter(|(name, _)| KEPT.contains(name));
    let headers = kept.map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect();
    let body = to_bytes(body).await.map_err(|error| Error::internal(error.into().to_string()))?;
    Ok(KeptAnswer { status: head.status().as_u16(), headers, body: body.to_vec() })
}

/// Puts an answer together.
///
/// # Errors
/// `internal` where it is none.
pub(super) fn put_together(answer: KeptAnswer) -> Result<HttpResponse> {
    let mut response = HttpResponse::build(StatusCode::from_u16(answer.status).map_err(Error::internal)?);
    for (name, value) in &answer.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(Error::internal)?;
        response.append_header((name, HeaderValue::from_bytes(value).map_err(Error::internal)?));
    }
    Ok(response.body(answer.body))
}
