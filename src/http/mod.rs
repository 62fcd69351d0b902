//! The two faces put together: routes, OpenAPI, GraphQL schema and limits, health, docs page.
//!
//! Nothing here holds logic of the product. The GraphQL type `Customer` is assembled here, because its edges come from
//! every capability.

mod app;
mod docs;
pub mod graphql;
mod health;
mod idempotency;
mod lists;
mod openapi;
mod request;
mod schema;
mod subscriptions;

pub use app::{App, AppState, Faces};
pub use docs::{OPENAPI_PATH, configure as configure_docs};
pub use openapi::{openapi, openapi_json};
pub use schema::sdl;
