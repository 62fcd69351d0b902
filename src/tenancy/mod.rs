//! Who acts, for which tenant, with which permissions, and the only door to data.
//!
//! A request's token becomes an [`Actor`]; an actor opens a [`TenantTx`]; whatever reads or writes takes that. A
//! `TenantTx` sets the tenant for row level security in the statement that begins it, so that no code in between could
//! forget it. Permissions are checked by the operations (`tx.require(…)`), so that neither face can forget them.

mod actor;
mod api_key;
mod audit;
mod entities;
mod extract;
mod idempotency;
mod key_set;
mod permission;
mod session;
mod token;
mod tx;

pub use actor::Actor;
pub use api_key::{ApiKeySecret, hash_secret};
pub use audit::Audited;
pub use extract::{RequestId, bearer};
pub use idempotency::{Answered, Claim, Exchange, IdempotencyKey, KeptAnswer};
pub use key_set::{IdentityProvider, KeySource};
pub use permission::{Permission, Role};
pub use session::Session;
pub use token::{Authenticator, Claims, TokenSettings};
pub use tx::{PlatformTx, TenantDb, TenantTx};
