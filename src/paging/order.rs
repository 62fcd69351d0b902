//! Sort orders from allow-lists.

use sqlx::{Postgres, QueryBuilder};

use super::Cursor;
use crate::error::{Error, Result};

/// One key a list can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// Its name in `sort=`.
    pub name: &'static str,
    /// Its SQL, never null.
    pub sql: &'static str,
    /// Its SQL type, for reading it back from a cursor.
    pub sql_type: &'static str,
}

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first, `-` in `sort=`.
    Descending,
}

/// A full order: the asked keys, then the tie-breaker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    keys: Vec<(SortKey, Direction)>,
    text: String,
}

impl Order {
    /// Reads `sort=` (`-net,name`) against a list's keys. `tie` makes the order total and ends every order.
    ///
    /// # Errors
    /// `invalid_input` that lists the allowed names.
    pub fn parse(sort: Option<&str>, default: &str, allowed: &[SortKey], tie: SortKey) -> Result<Self> {
        let text = sort.unwrap_or(default);
        let mut keys = Vec::new();
        for part in text.split(',').filter(|p| !p.is_empty()) {
            let (name, direction) = match part.strip_prefix('-') {
                Some(name) => (name, Direction::Descending),
                None => (part, Direction::Ascending),
            };
            let known = allowed.iter().find(|k| k.name == name);
            let fresh = !keys.iter().any(|(k, _): &(SortKey, Direction)| k.name == name);
            match known {
                Some(key) if fresh => keys.push((*key, direction)),
                _ => {
                    let names: Vec<_> = allowed.iter().map(|k| k.name).collect();
                    let names = names.join(", ");
                    let en = format!("Sort by each of these at most once, '-' in front for descending: {names}.");
                    return Err(Error::invalid_at(
                        "/sort",
                        "sort",
                        en,
                        format!("可排序字段（各至多一次，降序加“-”）：{names}。"),
                    ));
                }
            }
        }
        let direction = keys.last().map_or(Direction::Ascending, |(_, d)| *d);
        keys.push((tie, direction));
        Ok(Self { keys, text: text.to_owned() })
    }

    /// As written in `sort=`; part of every cursor.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Pushes the keys as a text array, to be selected as `page_keys`.
    pub(super) fn push_keys(&self, sql: &mut QueryBuilder<Postgres>) {
        sql.push("array[");
        for (i, (key, _)) in self.keys.iter().enumerate() {
            sql.push(if i > 0 { ", (" } else { "(" }).push(key.sql).push(")::text");
        }
        sql.push("] as page_keys");
    }

    /// Pushes `and (…)`: strictly behind the cursor, or before it where `backward`.
    pub(super) fn push_seek(&self, sql: &mut QueryBuilder<Postgres>, cursor: &Cursor, backward: bool) -> Result<()> {
        if cursor.order != self.text || cursor.keys.len() != self.keys.len() {
            return Err(Cursor::refused());
        }
        sql.push(" and (");
        for last in 0..self.keys.len() {
            sql.push(if last > 0 { " or (" } else { "(" });
            for (i, value) in cursor.keys.iter().enumerate().take(last + 1) {
                let (key, direction) = self.keys[i];
                let operator = match (i < last, (direction == Direction::Descending) != backward) {
                    (true, _) => " = ",
                    (false, true) => " < ",
                    (false, false) => " > ",
                };
                sql.push(if i > 0 { " and " } else { "" }).push(key.sql).push(operator).push("(");
                sql.push_bind(value.clone()).push(")::text::").push(key.sql_type);
            }
            sql.push(")");
        }
        sql.push(")");
        Ok(())
    }

    /// Pushes `order by …`.
    pub(super) fn push_order(&self, sql: &mut QueryBuilder<Postgres>, backward: bool) {
        sql.push(" order by ");
        for (i, (key, direction)) in self.keys.iter().enumerate() {
            let descending = (*direction == Direction::Descending) != backward;
            sql.push(if i > 0 { ", " } else { "" }).push(key.sql).push(if descending { " desc" } else { " asc" });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: SortKey = SortKey { name: "name", sql: "c.name", sql_type: "text" };
    const ID: SortKey = SortKey { name: "id", sql: "c.id", sql_type: "uuid" };

    #[test]
    fn an_unknown_key_is_refused_with_the_allowed_ones() {
        let error = Order::parse(Some("nmae"), "name", &[NAME], ID).unwrap_err();
        assert!(error.problems()[0].detail.en.contains("name"));
        assert!(Order::parse(Some("name,-name"), "name", &[NAME], ID).is_err());
    }

    #[test]
    fn seeks_strictly_behind_the_cursor_in_every_direction() {
        let order = Order::parse(Some("-name"), "name", &[NAME], ID).unwrap();
        let cursor = Cursor { order: "-name".into(), keys: vec!["B".into(), "x".into()] };
        let mut sql = QueryBuilder::new("");
        order.push_seek(&mut sql, &cursor, false).unwrap();
        order.push_order(&mut sql, false);
        assert_eq!(
            sql.sql().as_str(),
            " and ((c.name < ($1)::text::text) or (c.name = ($2)::text::text and c.id < ($3)::text::uuid)) \
             order by c.name desc, c.id desc"
        );
    }
}
