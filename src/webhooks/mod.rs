//! Webhooks: the program tells other systems what has happened, as Standard Webhooks describes it.
//!
//! Whoever changes something asks [`subscribers`] and publishes events into the outbox, in the transaction of the change:
//! an event is sent where and only where its change is kept. A [`Courier`] delivers at least once, in no promised order,
//! with back-off over a day; what is then still not taken is a dead letter that can be replayed, with the same id.
//!
//! An event carries ids and what changed, not the thing itself: it is small, it is never stale, and nothing personal
//! leaves with it or stays behind in the log. The receiver reads the present state by the id.
//!
//! Secrets lie sealed ([`Vault`]) and are shown once. Where a webhook may go is decided in `address.rs` and `target.rs`,
//! at the endpoint's creation and at each delivery; the connection goes to the very address that was checked.

mod address;
mod backoff;
mod event;
mod graphql;
mod ops;
mod rest;
mod signature;
mod store;
mod target;
mod vault;
mod wire;

pub use address::Network;
pub use event::EventType;
pub use graphql::{WebhooksMutation, WebhooksQuery};
pub use ops::{
    Courier, CourierSettings, Event, Resolver, Subscribers, SystemResolver, WebhookSettings, Webhooks, subscribers,
};
pub use rest::routes;
pub use vault::{Vault, VaultError};
pub use wire::WebhookEndpointOut;
