//! How the program reaches Postgres: the cluster it runs itself when no server is given.
//!
//! Nothing here knows a tenant; `tenancy` builds the only connection that capabilities see on top of this folder.

mod embedded;

pub use embedded::{EmbeddedError, EmbeddedOptions, EmbeddedPostgres};
