//! ETags (RFC 9110, 8.8.3): the version of a resource, quoted.

use std::future::{Ready, ready};

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{ETAG, IF_MATCH, IF_NONE_MATCH, LOCATION};
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder};
use serde::Serialize;

use crate::error::{Error, Result};

/// A resource with its version: answers with an `ETag`, and with 304 where `If-None-Match` names it.
#[derive(Debug)]
pub struct Tagged<T> {
    body: T,
    version: i32,
    status: StatusCode,
    location: Option<String>,
}

/// The version a write expects, from `If-Match`; none where any will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IfMatch(pub Option<i32>);

/// Whether the actual version is one a write expects.
pub trait Conditional {
    /// Passes where no version or the actual one is expected.
    ///
    /// # Errors
    /// `precondition_failed` where it has changed meanwhile.
    fn check(self, actual: i32) -> Result<()>;
}

impl<T> Tagged<T> {
    /// 200.
    pub fn new(body: T, version: i32) -> Self {
        Self { body, version, status: StatusCode::OK, location: None }
    }

    /// 201 with its address.
    pub fn created(body: T, version: i32, location: String) -> Self {
        Self { body, version, status: StatusCode::CREATED, location: Some(location) }
    }
}

impl<T: Serialize> Responder for Tagged<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let tag = format!("\"{}\"", self.version);
        let asked = request.headers().get(IF_NONE_MATCH).and_then(|h| h.to_str().ok());
        let known = asked.is_some_and(|list| list.split(',').map(weak).any(|t| t == tag || t == "*"));
        if known && self.status == StatusCode::OK && request.method().is_safe() {
            return HttpResponse::NotModified().insert_header((ETAG, tag)).finish();
        }
        let mut response = HttpResponse::build(self.status);
        if let Some(location) = self.location {
            response.insert_header((LOCATION, location));
        }
        response.insert_header((ETAG, tag)).json(self.body)
    }
}

impl FromRequest for IfMatch {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match request.headers().get(IF_MATCH) {
            None => Ok(Self(None)),
            Some(header) => match header.to_str().unwrap_or_default().trim() {
                "*" => Ok(Self(None)),
                tag => tag.trim_matches('"').parse().map(|v| Self(Some(v))).map_err(|_| Error::changed_meanwhile()),
            },
        })
    }
}

impl Conditional for IfMatch {
    fn check(self, actual: i32) -> Result<()> {
        self.0.check(actual)
    }
}

impl Conditional for Option<i32> {
    fn check(self, actual: i32) -> Result<()> {
        if self.is_none_or(|expected| expected == actual) { Ok(()) } else { Err(Error::changed_meanwhile()) }
    }
}

fn weak(tag: &str) -> &str {
    let tag = tag.trim();
    tag.strip_prefix("W/").unwrap_or(tag)
}
