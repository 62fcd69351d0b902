//! The way to Postgres.

mod copy;

pub use copy::{CopyBuffer, CopyError, copy_in};
