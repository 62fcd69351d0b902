//! Errors in GraphQL: business errors travel in payloads, the rest in `errors` with `extensions.code`.

use async_graphql::{ErrorExtensionValues, SimpleObject};

use super::{Error, ErrorCode, Result};
use crate::values::Label;

/// One thing the user can mend, in a mutation's payload.
#[derive(Clone, Debug, SimpleObject)]
pub struct UserError {
    /// Where in the input, as a JSON Pointer; empty for the whole of it.
    pub pointer: String,
    /// The rule that is broken, such as `not_found`, `conflict`, `weights_sum`.
    pub code: String,
    /// What is wrong and what is allowed, in both languages.
    pub message: Label,
}

/// A code alone in the error: a raw database error in a resolver does not compile, because nothing converts it.
impl From<Error> for async_graphql::Error {
    fn from(error: Error) -> Self {
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", error.code().slug());
        extensions.set("detail_zh", error.detail().zh.clone());
        if !error.problems().is_empty() {
            let places: Vec<_> = error
                .problems()
                .iter()
                .map(|p| async_graphql::value!({"pointer": p.pointer.clone(), "code": p.code, "detail": p.detail.en.clone(), "detail_zh": p.detail.zh.clone()}))
                .collect();
            extensions.set("errors", async_graphql::Value::List(places));
        }
        let mut out = Self::new(error.detail().en.clone());
        out.source = Some(std::sync::Arc::new(error));
        out.extensions = Some(extensions);
        out
    }
}

/// Splits an outcome into the payload's object and its user errors; what the user cannot mend stays an error.
///
/// # Errors
/// Whatever is not the user's to mend.
pub fn user_errors<T>(outcome: Result<T>) -> Result<(Option<T>, Vec<UserError>)> {
    let error = match outcome {
        Ok(value) => return Ok((Some(value), Vec::new())),
        Err(error) if error.is_final() => error,
        Err(error) => return Err(error),
    };
    if error.problems().is_empty() {
        let code = error.code().slug().to_owned();
        return Ok((None, vec![UserError { pointer: String::new(), code, message: error.detail().clone() }]));
    }
    let errors = error
        .problems()
        .iter()
        .map(|p| UserError { pointer: p.pointer.clone(), code: p.code.to_owned(), message: p.detail.clone() })
        .collect();
    Ok((None, errors))
}

/// Null for what is not there, as a GraphQL query answers.
///
/// # Errors
/// Every error but `not_found`.
pub fn or_null<T>(outcome: Result<T>) -> Result<Option<T>> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
