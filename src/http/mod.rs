//! The web shell: what turns HTTP into calls of the capabilities' operations, and nothing more.
//!
//! It holds no rules of the trade. What it owns is the protocol: media types, sizes, time limits, and the pages for people.

mod docs;
pub mod graphql;

pub use docs::{OPENAPI_PATH, configure as configure_docs};
