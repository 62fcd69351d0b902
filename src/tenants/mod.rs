//! Tenants, their settings, their API keys, their audit log.
//!
//! A tenant's base currency is fixed at its creation, because every stored amount has been converted to it.

mod archived;
mod graphql;
mod ops;
mod rest;
mod store;
mod wire;

pub use archived::{ARCHIVED, ArchivedTable, NOT_ARCHIVED};
pub use graphql::{TenantsMutation, TenantsQuery};
pub use ops::{create, current, list, tenant_by_slug, update};
pub use rest::routes;
pub use wire::{TenantIn, TenantOut, TenantPatch};
