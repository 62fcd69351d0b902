//! Rows of endpoints and secrets, the outbox, deliveries, and the queue of what is due.

pub(super) mod deliveries;
pub(super) mod endpoints;
pub(super) mod outbox;
pub(super) mod parcels;
pub(super) mod queue;
pub(super) mod secrets;
