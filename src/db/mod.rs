//! The database below tenancy: connections, roles and migrations, an embedded server, COPY.
//!
//! Nothing above reaches a connection from here but through `tenancy`.

mod connect;
mod migrate;

pub use connect::{AppPool, connect, refuse_unsafe_role};
pub use migrate::{APP_ROLE, OWNER_ROLE, migrate, prepare_roles};
