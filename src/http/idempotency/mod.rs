//! Requests with an `Idempotency-Key` over HTTP: the same key and request get the same answer, and one effect.
//!
//! The transaction and the kept answers are `tenancy`'s; here a request is told from another ([`body`]), and its answer
//! is taken apart and put together again ([`answer`]). What is kept are final answers: what came of the request, or why
//! the data do not allow it. A fault of ours, a missing permission or a request that cannot be read is no answer to keep:
//! nothing was done, and the same key may try again.

mod answer;
mod body;
mod keyed;
mod middleware;

pub(super) use keyed::Keyed;
pub(super) use middleware::once_a_key;
