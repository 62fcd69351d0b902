//! What REST handlers share: content negotiation, ETags, fields of a merge patch that tell absent from null, and parameters
//! that may stand several times.

mod accept;
mod etag;
mod patch;
mod query;

pub use accept::preferred;
pub use etag::{Conditional, IfMatch, Tagged};
pub use patch::apply;
pub use query::Repeated;
