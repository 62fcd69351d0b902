//! What REST handlers share: where their routes are listed, how they read bodies, paths and parameters, content
//! negotiation, ETags, and fields of a merge patch that tell absent from null.

mod accept;
mod etag;
mod json;
mod patch;
mod path;
mod query;
mod reading;
mod routes;

pub use accept::preferred;
pub use etag::{Conditional, IfMatch, Tagged};
pub use json::{Json, JsonItems, read_json};
pub use patch::apply;
pub use path::Path;
pub use query::Query;
pub use reading::{Input, beside, forbidden_at, read, unpaired_as_nul};
pub use routes::Routes;
