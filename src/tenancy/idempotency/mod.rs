//! Requests that carry an `Idempotency-Key`: each has its effect once, however often it is sent.
//!
//! The whole request is one transaction ([`Exchange`]): it is begun before the operation, which works within savepoints
//! of it ([`Actor`](super::Actor) carries it), and it commits together with the finished answer. So a crash before the
//! commit leaves nothing, a crash after it leaves the effect and its answer, and a retry of either is right. Requests with
//! the same key follow one another: within a process they queue without holding a connection ([`Turns`]), across
//! processes they wait for a transaction lock.

mod answer;
mod exchange;
mod forget;
mod key;
mod turns;

pub use answer::KeptAnswer;
pub use exchange::{Answered, Claim, Exchange};
pub use key::IdempotencyKey;
pub(super) use turns::Turns;
