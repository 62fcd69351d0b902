//! A Postgres cluster of our own, in a folder of the user's choice, for machines where no server is set up.
//!
//! Invariants: only the Postgres programs of the machine are used, nothing is installed or registered as a service;
//! a folder is used by one program at a time (a lock held for life); the cluster listens on 127.0.0.1 only, with a
//! random password; after a crash of the program the next start takes the cluster over or recovers it. What is inside
//! the cluster (roles, databases, schema) is left to the rest of `db`.

mod account;
mod binaries;
mod cluster;
mod error;
mod launch;
mod layout;
mod options;
mod pidfile;
mod process;

pub use cluster::EmbeddedPostgres;
pub use error::EmbeddedError;
pub use options::EmbeddedOptions;
