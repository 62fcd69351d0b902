//! RFC 9457 problem documents.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Error, ErrorCode};
use crate::values::Locale;

/// An RFC 9457 problem: `application/problem+json`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// A stable URI that the documentation explains.
    #[schema(example = "/docs/errors#invalid_input")]
    r#type: String,
    /// The code at the URI's end, for programs.
    #[schema(example = "invalid_input")]
    code: String,
    /// A short title in the reader's language.
    title: String,
    /// The HTTP status.
    #[schema(example = 422)]
    status: u16,
    /// What is wrong here, in the reader's language.
    detail: String,
    /// The request's path.
    instance: String,
    /// The request's id, as in the `X-Request-Id` header and the log.
    request_id: String,
    /// Every place of an invalid input.
    errors: Vec<ProblemPlace>,
}

/// One place of an invalid input.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemPlace {
    /// JSON Pointer (RFC 6901) into the body, or `/name` of a parameter.
    #[schema(example = "/dimensions/0/weight")]
    pointer: String,
    /// The rule that is broken.
    #[schema(example = "weights_sum")]
    code: String,
    /// What is wrong and what is allowed, in the reader's language.
    detail: String,
}

impl Problem {
    /// The problem document of an error, for a reader of `locale`.
    pub fn new(error: &Error, locale: Locale, instance: &str, request_id: &str) -> Self {
        let code = error.code();
        Self {
            r#type: code.uri(),
            code: code.slug().to_owned(),
            title: code.title().text(locale).to_owned(),
            status: code.status(),
            detail: error.detail().text(locale).to_owned(),
            instance: instance.to_owned(),
            request_id: request_id.to_owned(),
            errors: error
                .problems()
                .iter()
                .map(|p| ProblemPlace {
                    pointer: p.pointer.clone(),
                    code: p.code.to_owned(),
                    detail: p.detail.text(locale).to_owned(),
                })
                .collect(),
        }
    }
}

/// The response that carries a problem document.
pub fn problem_response(error: &Error, locale: Locale, instance: &str, request_id: &str) -> HttpResponse {
    let mut response = HttpResponse::build(status(error));
    if matches!(error.code(), ErrorCode::Unavailable | ErrorCode::RequestInProgress) {
        response.insert_header((RETRY_AFTER, "1"));
    }
    if error.code() == ErrorCode::Unauthenticated {
        response.insert_header((WWW_AUTHENTICATE, "Bearer"));
    }
    response
        .insert_header((CONTENT_TYPE, "application/problem+json"))
        .insert_header(("Content-Language", locale.tag()))
        .json(Problem::new(error, locale, instance, request_id))
}

fn status(error: &Error) -> StatusCode {
    StatusCode::from_u16(error.code().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Leaves the error in the response for the request middleware, which knows the language, path and request id and
/// writes the body.
impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        status(self)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(status(self));
        response.extensions_mut().insert(self.clone());
        response
    }
}
