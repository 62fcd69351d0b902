//! What the tests stand on: a server with a database of its own, clients, and the shared data packs.

mod app;
mod client;
mod database;
mod packs;

pub use app::{TestApp, TestClock, spawn_app};
pub use client::{Answer, Client};
pub use database::TestDatabase;
pub use packs::{Pack, pack};
