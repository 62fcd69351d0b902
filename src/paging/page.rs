//! Asking for a page, and what comes back.

use std::sync::Arc;

use async_graphql::connection::{Connection, Edge};
use async_graphql::{ObjectType, OutputType};
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row};
use utoipa::{IntoParams, ToSchema};

use super::whole::Whole;
use super::{Cursor, Order};
use crate::error::{Error, Problems, Result};

/// Items a page has when nothing is asked.
pub const DEFAULT_LIMIT: u32 = 50;
/// Items a page can have at most.
pub const MAX_LIMIT: u32 = 500;

/// The paging parameters of every list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// Items a page, 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl From<PageQuery> for (Option<u32>, Option<String>) {
    fn from(query: PageQuery) -> Self {
        (query.limit, query.cursor)
    }
}

/// Which items of a list.
#[derive(Clone, Debug, Default)]
pub struct PageRequest {
    /// At most so many, 1 to 500.
    limit: u32,
    /// Strictly behind this place, or before it where `backward`.
    cursor: Option<Cursor>,
    backward: bool,
    /// The whole list instead, piece by piece.
    whole: Option<Arc<Whole>>,
}

/// One page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The items in the list's order.
    pub items: Vec<T>,
    /// Where to go on; null on the last page.
    pub next_cursor: Option<String>,
    /// How many items the whole list has: of the lists that take `count`, where it is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_count: Option<i64>,
}

/// One page with a cursor an item, before a face is chosen.
#[derive(Clone, Debug)]
pub struct Slice<T> {
    /// The items, each with its place, in the list's order.
    pub items: Vec<(Cursor, T)>,
    /// Whether items stand before.
    pub has_previous: bool,
    /// Whether items stand behind.
    pub has_next: bool,
    /// How many items the whole list has, where it was counted.
    pub total_count: Option<i64>,
}

impl PageRequest {
    /// From REST's parameters.
    ///
    /// # Errors
    /// `invalid_input` for a limit outside 1 to 500 or a foreign cursor.
    pub fn rest(limit: Option<u32>, cursor: Option<&str>) -> Result<Self> {
        let limit = limit.unwrap_or(DEFAULT_LIMIT);
        check_limit("/limit", limit.into())?;
        Ok(Self { limit, cursor: cursor.map(Cursor::decode).transpose()?, ..Self::default() })
    }

    /// From Relay's arguments.
    ///
    /// # Errors
    /// `invalid_input` for a size outside 1 to 500, a foreign cursor, or both directions at once.
    pub fn relay(first: Option<i32>, after: Option<String>, last: Option<i32>, before: Option<String>) -> Result<Self> {
        if (first.is_some() || after.is_some()) && (last.is_some() || before.is_some()) {
            let en = "Use first and after, or last and before.";
            return Err(Error::invalid_at("/first", "direction", en, "请使用 first 与 after，或 last 与 before。"));
        }
        let backward = last.is_some() || before.is_some();
        let size = i64::from(first.or(last).unwrap_or(DEFAULT_LIMIT as i32));
        check_limit(if backward { "/last" } else { "/first" }, size)?;
        let cursor = after.or(before).map(|c| Cursor::decode(&c)).transpose()?;
        Ok(Self { limit: u32::try_from(size).unwrap_or(DEFAULT_LIMIT), cursor, backward, whole: None })
    }

    /// The whole list. The same request, made again and again in one transaction, answers piece after piece until
    /// [`Slice::has_next`] is false; a piece may be empty. Its items have no cursors.
    pub fn whole() -> Self {
        Self { whole: Some(Arc::new(Whole::new())), ..Self::default() }
    }

    /// Whether it is the whole list.
    pub fn is_whole(&self) -> bool {
        self.whole.is_some()
    }

    /// Pushes the keys to select as `page_keys`.
    pub fn push_keys(&self, order: &Order, sql: &mut QueryBuilder<Postgres>) {
        match self.whole {
            None => order.push_keys(sql),
            Some(_) => {
                sql.push("null::text[] as page_keys");
            }
        }
    }

    /// Ends a statement whose `where` is open: seek, order, limit.
    ///
    /// # Errors
    /// `invalid_input` where the cursor is of another order.
    pub fn push_tail(&self, order: &Order, sql: &mut QueryBuilder<Postgres>) -> Result<()> {
        if let Some(cursor) = &self.cursor {
            order.push_seek(sql, cursor, self.backward)?;
        }
        order.push_order(sql, self.backward);
        if let Some(whole) = &self.whole {
            return whole.turn(sql);
        }
        sql.push(" limit ").push_bind(i64::from(self.limit) + 1);
        Ok(())
    }

    /// Makes a slice of the rows that came back, one more than asked for where there is more.
    ///
    /// # Errors
    /// `internal` where a row lacks its keys, and whatever `item` returns.
    pub fn slice<T>(
        &self,
        order: &Order,
        mut rows: Vec<PgRow>,
        item: impl Fn(&PgRow) -> Result<T>,
    ) -> Result<Slice<T>> {
        if let Some(whole) = &self.whole {
            let has_next = whole.has_more(rows.len());
            let items = rows.iter().map(|row| Ok((Cursor::none(), item(row)?))).collect::<Result<_>>()?;
            return Ok(Slice { items, has_previous: false, has_next, total_count: None });
        }
        let more = rows.len() > self.limit as usize;
        rows.truncate(self.limit as usize);
        if self.backward {
            rows.reverse();
        }
        let items = rows
            .iter()
            .map(|row| Ok((Cursor { order: order.text().to_owned(), keys: row.try_get("page_keys")? }, item(row)?)))
            .collect::<Result<_>>()?;
        let beyond = self.cursor.is_some();
        let (has_previous, has_next) = if self.backward { (more, beyond) } else { (beyond, more) };
        Ok(Slice { items, has_previous, has_next, total_count: None })
    }

    /// A slice of a list that is whole in memory and computed afresh for each page; a cursor is a place in it. `order`
    /// names the list, so that no other list's cursor fits.
    ///
    /// # Errors
    /// `invalid_input` for another list's cursor.
    pub fn slice_whole<T>(&self, order: &str, rows: Vec<T>) -> Result<Slice<T>> {
        if self.whole.is_some() {
            return Ok(Slice::complete(rows));
        }
        let place = |cursor: &Cursor| match cursor.keys.as_slice() {
            [place] if cursor.order == order => place.parse::<usize>().map_err(|_| Cursor::refused()),
            _ => Err(Cursor::refused()),
        };
        let cursor = self.cursor.as_ref().map(place).transpose()?;
        let (total, limit) = (rows.len(), self.limit as usize);
        let (start, end) = match (self.backward, cursor) {
            (false, cursor) => {
                let start = cursor.unwrap_or(0).min(total);
                (start, total.min(start + limit))
            }
            (true, cursor) => {
                let end = cursor.map_or(total, |place| place.saturating_sub(1).min(total));
                (end.saturating_sub(limit), end)
            }
        };
        let keyed = |(place, row): (usize, T)| (Cursor { order: order.to_owned(), keys: vec![place.to_string()] }, row);
        let items = (1..).zip(rows).skip(start).take(end - start).map(keyed).collect();
        Ok(Slice { items, has_previous: start > 0, has_next: end < total, total_count: None })
    }
}

impl<T> Slice<T> {
    /// A list that is here in one piece.
    pub fn complete(items: Vec<T>) -> Self {
        let items = items.into_iter().map(|item| (Cursor::none(), item)).collect();
        Self { items, has_previous: false, has_next: false, total_count: None }
    }

    /// The page of REST.
    pub fn into_page(self) -> Page<T> {
        let next_cursor = self.items.last().filter(|_| self.has_next).map(|(cursor, _)| cursor.encode());
        let items = self.items.into_iter().map(|(_, item)| item).collect();
        Page { items, next_cursor, total_count: self.total_count }
    }

    /// The same slice of other items.
    pub fn map<U>(self, f: impl Fn(T) -> U) -> Slice<U> {
        let items = self.items.into_iter().map(|(cursor, item)| (cursor, f(item))).collect();
        Slice { items, has_previous: self.has_previous, has_next: self.has_next, total_count: self.total_count }
    }
}

impl<T: OutputType> Slice<T> {
    /// The connection of GraphQL.
    pub fn into_connection(self) -> Connection<String, T> {
        let mut connection = Connection::new(self.has_previous, self.has_next);
        connection.edges.extend(self.items.into_iter().map(|(cursor, item)| Edge::new(cursor.encode(), item)));
        connection
    }

    /// The connection of GraphQL with further fields.
    pub fn into_connection_with<F: ObjectType>(self, fields: F) -> Connection<String, T, F> {
        let mut connection = Connection::with_additional_fields(self.has_previous, self.has_next, fields);
        connection.edges.extend(self.items.into_iter().map(|(cursor, item)| Edge::new(cursor.encode(), item)));
        connection
    }
}

fn check_limit(pointer: &str, limit: i64) -> Result<()> {
    let mut problems = Problems::new();
    if !(1..=i64::from(MAX_LIMIT)).contains(&limit) {
        problems.add(pointer, "range", format!("1 to {MAX_LIMIT}."), format!("1 至 {MAX_LIMIT}。"));
    }
    problems.into_result()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(request: &PageRequest) -> (Vec<i32>, bool, bool) {
        let slice = request.slice_whole("rank", (1..=5).collect()).unwrap();
        (slice.items.iter().map(|(_, n)| *n).collect(), slice.has_previous, slice.has_next)
    }

    #[test]
    fn a_whole_list_is_cut_either_way() {
        let at = |place: &str| Some(Cursor { order: "rank".into(), keys: vec![place.into()] }.encode());
        let forward = |cursor: Option<String>| PageRequest::rest(Some(2), cursor.as_deref()).unwrap();
        assert_eq!(page(&forward(None)), (vec![1, 2], false, true));
        assert_eq!(page(&forward(at("4"))), (vec![5], true, false));
        assert_eq!(page(&forward(at("99"))), (vec![], true, false));
        let backward = |before| PageRequest::relay(None, None, Some(2), before).unwrap();
        assert_eq!(page(&backward(None)), (vec![4, 5], true, false));
        assert_eq!(page(&backward(at("2"))), (vec![1], false, true));
        assert!(forward(at("x")).slice_whole("rank", vec![1]).is_err());
        assert!(forward(at("1")).slice_whole("name", vec![1]).is_err());
    }
}
