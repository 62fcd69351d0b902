//! Every list as a file: CSV, NDJSON or XLSX beside the pages of JSON, by content negotiation, in constant memory.
//!
//! A handler asks for [`List`] and answers with it; which form is sent, how the columns are named ([`columns_of`]), how a
//! cell is written so that it is no formula ([`guard`]) and how a slow reader is kept from holding a transaction (a
//! temporary file between the two) is decided here, once for all lists. A list is read in one transaction that sees one
//! state of the data. Which columns the kinds have that can be imported is theirs to say ([`TableForm`]).

mod archive;
mod cell;
mod columns;
mod download;
mod form;
mod item;
mod list;
mod spool;
mod write;
mod xlsx;

pub use archive::{Archive, ArchiveSource};
pub use cell::{Cell, guard, join, split, unguard};
pub use columns::{Column, columns_of, columns_of_schema};
pub use form::ListForm;
pub use item::Row;
pub use list::{List, TableForm};
