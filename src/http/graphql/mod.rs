//! GraphQL over HTTP, for whatever schema: the protocol, the limits and the persisted queries.
//!
//! Invariants: an operation arrives as a `POST` with `application/json` and nothing else; no document reaches validation
//! before its size, its nesting and its cost are known to be within the limits, because validation itself walks every
//! fragment at every spread; every error carries `extensions.code`. What runs the operation, and in which transaction, is
//! the caller's closure. There is no page with a query editor: the known ones load their code from elsewhere.

mod admission;
mod endpoint;
mod limits;
mod nesting;
mod operation;
mod params;
mod persisted;
mod refusal;
mod response;
mod shape;
mod texts;
mod weigh;

#[cfg(test)]
mod attack_tests;
#[cfg(test)]
mod audit_tests;
#[cfg(test)]
mod test_schema;

pub use admission::{Incoming, MediaType, admit};
pub use endpoint::{Endpoint, answer, guarded, prepare_subscription, serve};
pub use limits::{GraphqlLimitError, Limits, Measure, Measured, measure};
pub use persisted::PersistedQueries;
pub use refusal::Refusal;
pub use response::GraphqlResponse;
