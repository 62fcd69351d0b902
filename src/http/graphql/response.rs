//! An answer, as status, media type and bytes.

use std::collections::BTreeMap;

use async_graphql::{Response, ServerError, Value};
use serde::Serialize;

use super::admission::MediaType;
use super::refusal::{Refusal, coded};
use crate::error::ErrorCode;

/// A finished answer, free of any web framework.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphqlResponse {
    /// The HTTP status.
    pub status: u16,
    /// What it is.
    pub media_type: MediaType,
    /// JSON in UTF-8.
    pub body: Vec<u8>,
}

/// `data` is there where execution began, even if it is null; a refusal has none.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    extensions: &'a BTreeMap<String, Value>,
}

impl GraphqlResponse {
    /// A refusal in this media type.
    pub fn refused(media_type: MediaType, refusal: &Refusal) -> Self {
        let body = Body { errors: refusal.errors(), data: None, extensions: &BTreeMap::new() };
        Self::new(refusal.status(media_type == MediaType::GraphqlResponse), media_type, &body)
    }

    /// What an execution returned. Where it was validation that failed, a refusal of the document.
    pub(super) fn executed(media_type: MediaType, mut response: Response) -> Self {
        if never_began(&response) {
            let code = ErrorCode::BadRequest.slug();
            let errors = std::mem::take(&mut response.errors);
            let errors = errors.into_iter().map(|error| coded(error, code)).collect();
            return Self::refused(media_type, &Refusal::document(errors));
        }
        let body = Body { errors: &response.errors, data: Some(&response.data), extensions: &response.extensions };
        Self::new(200, media_type, &body)
    }

    fn new(status: u16, media_type: MediaType, body: &Body<'_>) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => Self { status, media_type, body },
            Err(error) => {
                tracing::error!(%error, "a GraphQL answer cannot be written as JSON");
                let body = br#"{"errors":[{"message":"A fault of ours.","extensions":{"code":"internal"}}]}"#.to_vec();
                Self { status: ErrorCode::Internal.status(), media_type, body }
            }
        }
    }
}

/// An error of execution has a path; parsing and validation leave none.
fn never_began(response: &Response) -> bool {
    response.data == Value::Null && response.errors.iter().all(|error| error.path.is_empty())
}

#[cfg(test)]
mod tests {
    use async_graphql::{PathSegment, value};
    use serde_json::json;

    use super::*;

    fn read(response: &GraphqlResponse) -> serde_json::Value {
        serde_json::from_slice(&response.body).unwrap()
    }

    #[test]
    fn data_that_became_null_in_execution_is_an_answer() {
        let mut error = ServerError::new("broken", None);
        error.path = vec![PathSegment::Field("a".into())];
        let response = Response::from_errors(vec![error]);
        let answer = GraphqlResponse::executed(MediaType::GraphqlResponse, response);
        assert_eq!(answer.status, 200);
        assert_eq!(read(&answer), json!({"errors": [{"message": "broken", "path": ["a"]}], "data": null}));
    }

    #[test]
    fn partial_data_is_an_answer() {
        let mut response = Response::new(value!({"a": 1, "b": null}));
        response.errors.push(ServerError::new("broken", None));
        assert_eq!(GraphqlResponse::executed(MediaType::GraphqlResponse, response).status, 200);
    }

    #[test]
    fn what_failed_validation_has_no_data_and_a_code() {
        let failed = || Response::from_errors(vec![ServerError::new("Unknown field", None)]);
        let new = GraphqlResponse::executed(MediaType::GraphqlResponse, failed());
        let old = GraphqlResponse::executed(MediaType::Json, failed());
        assert_eq!((new.status, old.status), (400, 200));
        let expected = json!({"errors": [{"message": "Unknown field", "extensions": {"code": "bad_request"}}]});
        assert_eq!(read(&new), expected);
    }
}
