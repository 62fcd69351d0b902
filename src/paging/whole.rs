//! A list read to its end, piece by piece, by a cursor of the database.
//!
//! Seeking page after page would sort the rest of the list anew for each page where no index has its order; a cursor
//! sorts once. It lives as long as the transaction.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use sqlx::{Execute, Postgres, QueryBuilder};

use crate::error::{Error, Result};

/// Rows that are fetched at a time.
pub(super) const PIECE: usize = 1_000;

/// Every cursor has a name of its own: a connection remembers the shape of an answer by the statement's text.
static NAMES: AtomicU64 = AtomicU64::new(0);

const NEW: u8 = 0;
const OPENED: u8 = 1;
const FETCHING: u8 = 2;

/// Where the reading of a whole list stands.
#[derive(Debug)]
pub(super) struct Whole {
    cursor: String,
    state: AtomicU8,
}

impl Whole {
    pub(super) fn new() -> Self {
        let number = NAMES.fetch_add(1, Ordering::Relaxed);
        Self { cursor: format!("whole_list_{number}"), state: AtomicU8::new(NEW) }
    }

    /// Makes of a list's statement one that opens the cursor, the first time, and one that fetches from it afterwards.
    pub(super) fn turn(&self, sql: &mut QueryBuilder<Postgres>) -> Result<()> {
        let cursor = &self.cursor;
        if self.state.load(Ordering::Relaxed) == NEW {
            let arguments = sql.build().take_arguments().map_err(Error::internal)?.unwrap_or_default();
            let text = format!("declare {cursor} no scroll cursor for {}", sql.sql().as_str());
            *sql = QueryBuilder::with_arguments(text, arguments);
            self.state.store(OPENED, Ordering::Relaxed);
        } else {
            *sql = QueryBuilder::new(format!("fetch forward {PIECE} from {cursor}"));
            self.state.store(FETCHING, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Whether rows may follow after the statement that was made last has answered so many.
    pub(super) fn has_more(&self, rows: usize) -> bool {
        self.state.load(Ordering::Relaxed) == OPENED || rows == PIECE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statement_opens_a_cursor_and_then_fetches() {
        let whole = Whole::new();
        let name = whole.cursor.clone();
        let mut sql = QueryBuilder::<Postgres>::new("select name from things where size > ");
        sql.push_bind(3);
        whole.turn(&mut sql).unwrap();
        let opened = format!("declare {name} no scroll cursor for select name from things where size > $1");
        assert_eq!(sql.sql().as_str(), opened);
        assert!(sql.build().take_arguments().unwrap().is_some());
        assert!(whole.has_more(0));
        for _ in 0..2 {
            let mut sql = QueryBuilder::<Postgres>::new("select name from things");
            whole.turn(&mut sql).unwrap();
            assert_eq!(sql.sql().as_str(), format!("fetch forward 1000 from {name}"));
            assert!(whole.has_more(1_000) && !whole.has_more(999));
        }
        assert_ne!(Whole::new().cursor, name);
    }
}
