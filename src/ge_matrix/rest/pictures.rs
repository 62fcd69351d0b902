//! What can be had as data and as a picture.

use actix_web::http::header::{ACCEPT, ACCEPT_LANGUAGE, CONTENT_LANGUAGE, HeaderName, VARY};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use crate::error::{Error, ErrorCode, Result};
use crate::rest::preferred;
use crate::values::Locale;

/// What a reader asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// JSON.
    Data,
    /// An SVG document in a language.
    Picture(Locale),
}

impl Form {
    /// By `Accept` and `Accept-Language`.
    ///
    /// # Errors
    /// `not_acceptable` where neither is taken.
    pub(super) fn of(request: &HttpRequest) -> Result<Self> {
        let header = |name: HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
        match preferred(header(ACCEPT), &["application/json", "image/svg+xml"]) {
            Some(0) => Ok(Self::Data),
            Some(_) => Ok(Self::Picture(Locale::negotiate(header(ACCEPT_LANGUAGE).unwrap_or_default()))),
            None => {
                let en = "This is offered as application/json and as image/svg+xml.";
                Err(Error::new(ErrorCode::NotAcceptable, en, "可提供 application/json 和 image/svg+xml。"))
            }
        }
    }
}

/// The data as an answer.
pub(super) fn data(body: impl Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header((VARY, "Accept")).json(body)
}

/// The picture as an answer.
pub(super) fn picture(svg: String, locale: Locale) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("image/svg+xml")
        .insert_header((VARY, "Accept, Accept-Language"))
        .insert_header((CONTENT_LANGUAGE, locale.tag()))
        .body(svg)
}
