//! Errors as part of the product: one type, one table of codes, one envelope for each face.
//!
//! [`Error`] knows nothing of HTTP. [`problem`](Problem) makes RFC 9457 documents of it, `graphql` makes GraphQL errors.
//! What a client may read is in the code and the two-language detail; the cause is for the log alone.

mod codes;
mod failure;
mod graphql;
mod problem;

pub use codes::ErrorCode;
pub use failure::{Error, FieldProblem, Problems, Result};
pub use graphql::{UserError, or_null, user_errors};
pub use problem::{Problem, problem_response};
