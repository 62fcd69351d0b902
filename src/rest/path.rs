//! The parts of a path that name things.

use std::fmt;
use std::future::{Ready, ready};
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::reading::{Input, forbidden_at, read};
use crate::error::{Error, Result};

/// The parts of a path, in their order. One that cannot be an id is unknown like any other: `not_found`, which names the
/// part.
#[derive(Clone, Debug)]
pub struct Path<T>(pub T);

impl<T> Path<T> {
    /// The parts.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Path<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: fmt::Display> fmt::Display for Path<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Path<T> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request).map(Self))
    }
}

fn parse<T: DeserializeOwned>(request: &HttpRequest) -> Result<T> {
    let names: Vec<String> = request.match_info().iter().map(|(name, _)| name.to_owned()).collect();
    // actix takes the escapes out of each part.
    let parts = web::Path::<Vec<String>>::extract(request)
        .into_inner()
        .map_err(|_| Error::bad_request("The address cannot be read.", "无法读取地址。"))?
        .into_inner();
    let parts = names.iter().cloned().zip(parts.into_iter().map(Value::String)).collect();
    let parts = Value::Object(parts);
    let forbidden = forbidden_at(&parts);
    if !forbidden.is_empty() {
        return Err(Error::invalid(forbidden));
    }
    read(parts, Input::Path(&names)).map_err(Error::not_found_at)
}
