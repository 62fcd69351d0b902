//! Use cases: endpoints and their secrets, publishing, the log and its replays, and the courier that delivers.

pub(super) mod courier;
pub(super) mod deliveries;
pub(super) mod endpoints;
mod gate;
mod publish;

pub use courier::{Courier, CourierSettings};
pub use gate::{Resolver, SystemResolver, WebhookSettings, Webhooks};
pub use publish::{Event, Subscribers, subscribers};
