//! One cursor pagination for both faces: keyset seeks on the sort keys and then the id, so that pages neither skip nor
//! repeat a row when others are inserted, and a page costs the same wherever it lies.
//!
//! A list that is wanted whole, as for an export, is read piece by piece from one cursor of the database ([`PageRequest::whole`]).
//!
//! A cursor is opaque to clients: the row's sort keys as text, its id, and the order they belong to. The keys' SQL comes
//! from constant tables; only values are bound.

mod cursor;
mod order;
mod page;
mod whole;

pub use cursor::Cursor;
pub use order::{Direction, Order, SortKey};
pub use page::{DEFAULT_LIMIT, MAX_LIMIT, Page, PageQuery, PageRequest, Slice};
