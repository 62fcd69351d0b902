//! Mappings: which columns of a source's files are which of ours, saved once and named by every import.

mod apply;
mod built_in;
mod check;
mod definition;

pub(super) use apply::{made, matched, missing};
pub use built_in::{BuiltInMapping, built_in, built_in_mappings};
pub use definition::{ImportMapping, MappedColumn, UnknownOwner, Unmapped, ValueReplacement};
