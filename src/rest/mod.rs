//! What REST handlers share: content negotiation, ETags, and fields of a merge patch that tell absent from null.

mod accept;
mod etag;
mod patch;

pub use accept::preferred;
pub use etag::{Conditional, IfMatch, Tagged};
pub use patch::apply;
