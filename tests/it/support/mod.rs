//! What the tests stand on: a server with a database of its own, clients, and the shared data packs.

mod app;
mod book;
mod client;
mod database;
mod packs;
mod resolver;
mod sink;

pub use app::{TestApp, spawn_app, spawn_app_at, spawn_app_with_identity, spawn_app_without_worker};
pub use book::{Sale, label, sell};
pub use client::{Answer, Client, plain, problems};
pub use database::TestDatabase;
pub use packs::{Pack, case, pack};
pub use sink::{Received, Sink};
