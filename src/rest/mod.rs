//! What REST handlers share: where their routes are listed, content negotiation, ETags, fields of a merge patch that tell absent from null, and parameters
//! that may stand several times.

mod accept;
mod etag;
mod patch;
mod query;
mod routes;

pub use accept::preferred;
pub use etag::{Conditional, IfMatch, Tagged};
pub use patch::apply;
pub use query::Repeated;
pub use routes::Routes;
