//! GraphQL subscriptions over WebSocket, by the protocol `graphql-transport-ws`.
//!
//! Invariants: nothing is executed before a valid token was given, by header or with `connection_init`; a connection ends
//! with its token (4403), looked at every second; a document passes the same limits as over HTTP. Only subscriptions are
//! served here: queries and mutations go by POST.

mod conversation;
mod socket;

pub use socket::open;
