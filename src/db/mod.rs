//! The database below tenancy: connections, roles and migrations, an embedded server, COPY and
//! bulk upserts.
//!
//! Nothing above reaches a connection from here but through `tenancy`.

mod connect;
mod copy;
mod embedded;
mod forget_tenant;
mod migrate;
mod upsert;

pub use connect::{AppPool, connect, refuse_unfit, refuse_unsafe_role};
pub use copy::{CopyBuffer, CopyError, copy_bytes, copy_in};
pub use embedded::{EmbeddedError, EmbeddedOptions, EmbeddedPostgres};
pub use forget_tenant::forget_tenant;
pub use migrate::{APP_ROLE, OWNER_ROLE, migrate, prepare_roles, refuse_old_schema, schema_version};
pub use upsert::{Staged, UpsertRow, UpsertTable, Upserted, stage, upsert};
