//! A request that does not get as far as an answer.

use async_graphql::{ErrorExtensionValues, ServerError, Value};

use super::limits::GraphqlLimitError;
use crate::error::{Error, ErrorCode};

/// Why there is no `data`: errors for the body, and the status they go with.
#[derive(Debug)]
pub struct Refusal {
    status: u16,
    of_document: bool,
    errors: Vec<ServerError>,
}

impl Refusal {
    /// The request cannot be served as it is, whatever document it holds: the same status for every media type.
    pub fn request(code: ErrorCode, en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self::from(Error::new(code, en, zh))
    }

    /// The request is well formed, its document is not: 400, but 200 where the client reads `application/json` only, as
    /// the specification wants for older clients.
    pub fn document(errors: Vec<ServerError>) -> Self {
        Self { status: 400, of_document: true, errors }
    }

    /// The operation did not end in time.
    pub(super) fn timeout(seconds: f64) -> Self {
        let error = ServerError::new(format!("The operation took longer than {seconds} s and was stopped."), None);
        Self { status: ErrorCode::Unavailable.status(), of_document: false, errors: vec![coded(error, "timeout")] }
    }

    /// The status, for a client that reads the new media type (`modern`) or the old one.
    pub fn status(&self, modern: bool) -> u16 {
        if self.of_document && !modern { 200 } else { self.status }
    }

    /// What goes into the body.
    pub fn errors(&self) -> &[ServerError] {
        &self.errors
    }
}

impl From<GraphqlLimitError> for Refusal {
    fn from(error: GraphqlLimitError) -> Self {
        Self::document(vec![error.into()])
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let status = error.code().status();
        let error = async_graphql::Error::from(error);
        let mut out = ServerError::new(error.message, None);
        out.extensions = error.extensions;
        Self { status, of_document: false, errors: vec![out] }
    }
}

/// The error with this `extensions.code`, where it has none yet.
pub(super) fn coded(mut error: ServerError, code: &str) -> ServerError {
    let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
    if extensions.get("code").is_none() {
        extensions.set("code", Value::from(code));
    }
    error
}
