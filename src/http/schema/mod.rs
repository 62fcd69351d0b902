//! The GraphQL schema: roots merged from the capabilities, the type `Customer` with its edges, and the route.

mod customer;
mod loaders;
mod node;
mod root;
mod route;

pub use root::{FenjiSchema, schema, sdl};
pub(super) use route::settle_errors;
pub use route::{GraphqlFace, configure};
