//! From a request to its actor.

use std::future::{Future, ready};
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use super::{Actor, Authenticator};
use crate::error::{Error, ErrorCode};

/// The request's id, taken or made by the request middleware.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

impl FromRequest for Actor {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        // Whoever looked before has left it.
        if let Some(actor) = request.extensions().get::<Self>().cloned() {
            return Box::pin(ready(Ok(actor)));
        }
        let token = bearer(request);
        let request_id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
        let authenticator = request.app_data::<Data<Authenticator>>().cloned();
        Box::pin(async move {
            let authenticator = authenticator.ok_or_else(|| Error::internal("no authenticator"))?;
            authenticator.actor(&token?, &request_id).await
        })
    }
}

/// The token that a request sends.
///
/// # Errors
/// `unauthenticated` where it sends none.
pub fn bearer(request: &HttpRequest) -> Result<String, Error> {
    let header = request.headers().get(AUTHORIZATION).and_then(|h| h.to_str().ok());
    let token = header.and_then(|h| h.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    token.map(|(_, token)| token.trim().to_owned()).ok_or_else(|| {
        let en = "Send Authorization: Bearer with a JWT or an API key.";
        Error::new(ErrorCode::Unauthenticated, en, "请在 Authorization: Bearer 中提供 JWT 或 API 密钥。")
    })
}
