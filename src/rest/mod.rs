//! What REST handlers share: ETags, and fields of a merge patch that tell absent from null.

mod etag;
mod patch;

pub use etag::{Conditional, IfMatch, Tagged};
pub use patch::apply;
