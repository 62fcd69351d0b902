//! JSON bodies.

use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;

use actix_web::body::EitherBody;
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::BytesMut;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, Responder, web};
use futures::StreamExt;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;

use super::reading::{Input, read_whole, unpaired_as_nul};
use crate::error::{Error, ErrorCode, Result};

/// Largest JSON body.
const MAX_JSON: usize = 8 * 1024 * 1024;

/// A JSON body, coming in or going out. What does not fit is refused, all of it at once, each at its place.
#[derive(Clone, Debug)]
pub struct Json<T>(pub T);

/// A JSON body whose items are read one by one, so that a bad one is one refused item.
#[derive(Clone, Debug)]
pub struct JsonItems(pub Vec<Value>);

impl<T> Json<T> {
    /// The value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl JsonItems {
    /// The items.
    pub fn into_inner(self) -> Vec<Value> {
        self.0
    }
}

impl Deref for JsonItems {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.0
    }
}

impl<T> Deref for Json<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Json<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: Serialize> Responder for Json<T> {
    type Body = EitherBody<String>;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse<Self::Body> {
        web::Json(self.0).respond_to(request)
    }
}

type Reading<T> = Pin<Box<dyn Future<Output = Result<T>>>>;

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Error;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = body(request, payload.take());
        Box::pin(async move { read_json(&body.await?).map(Self) })
    }
}

impl FromRequest for JsonItems {
    type Error = Error;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = body(request, payload.take());
        Box::pin(async move {
            match parse(&body.await?)? {
                Value::Array(items) => Ok(Self(items)),
                _ => Err(Error::bad_request("The body must be a JSON array.", "请求体必须为 JSON 数组。")),
            }
        })
    }
}

/// Reads JSON that came in some other way, such as a file.
///
/// # Errors
/// `bad_request` and `invalid_input`, as for a body.
pub fn read_json<T: DeserializeOwned>(json: &[u8]) -> Result<T> {
    read_whole(parse(json)?, Input::Json)
}

/// The body as it came, within its size.
fn body(request: &HttpRequest, mut payload: Payload) -> impl Future<Output = Result<BytesMut>> + use<> {
    let is_json = request
        .mime_type()
        .ok()
        .flatten()
        .is_some_and(|mime| mime.subtype() == "json" || mime.suffix().is_some_and(|suffix| suffix == "json"));
    let announced =
        request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    async move {
        if !is_json {
            let en = "Send application/json.";
            return Err(Error::new(ErrorCode::UnsupportedMediaType, en, "请发送 application/json。"));
        }
        if announced.is_some_and(|length| length > MAX_JSON) {
            return Err(too_large());
        }
        let mut body = BytesMut::new();
        while let Some(piece) = payload.next().await {
            let piece = piece.map_err(|error| broken(&error))?;
            if body.len() + piece.len() > MAX_JSON {
                return Err(too_large());
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }
}

fn parse(body: &[u8]) -> Result<Value> {
    serde_json::from_slice(body).or_else(|error| {
        let mended = unpaired_as_nul(body).and_then(|mended| serde_json::from_slice(&mended).ok());
        mended.ok_or_else(|| not_json(&error))
    })
}

/// A body that is no JSON: where, and no word of the parser's.
fn not_json(error: &serde_json::Error) -> Error {
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        Category::Eof => {
            Error::bad_request("The body is not JSON: it ends too early.", "请求体不是有效的 JSON：内容不完整。")
        }
        _ => Error::bad_request(
            format!("The body is not JSON: see line {line}, column {column}."),
            format!("请求体不是有效的 JSON：见第 {line} 行第 {column} 列。"),
        ),
    }
}

fn too_large() -> Error {
    let en = format!("At most {MAX_JSON} bytes; use an import for more.");
    Error::new(ErrorCode::PayloadTooLarge, en, format!("最多 {MAX_JSON} 字节；更多数据请使用导入。"))
}

fn broken(error: &PayloadError) -> Error {
    match error {
        PayloadError::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => {
            Error::new(ErrorCode::RequestTimeout, "The body stood still for too long.", "请求体停顿时间过长。")
        }
        _ => Error::bad_request("The body cannot be read.", "无法读取请求体。"),
    }
}
