//! What a blank field of a file says: nothing, unless whoever sends the file says otherwise.

use async_graphql::{Enum, MaybeUndefined};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Header, Record};

/// What is done where a field of a file is blank.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum Blanks {
    /// What is stored stays: a blank is no observation.
    #[default]
    Keep,
    /// What is stored is emptied.
    Empty,
}

impl std::str::FromStr for Blanks {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        match s {
            "keep" => Ok(Self::Keep),
            "empty" => Ok(Self::Empty),
            _ => Err("expected keep or empty".to_owned()),
        }
    }
}

/// A row as the capabilities must hear it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said<'a> {
    record: &'a Record,
    blanks: Blanks,
}

impl<'a> Said<'a> {
    /// What a record says where blanks mean this.
    pub(super) fn new(record: &'a Record, blanks: Blanks) -> Self {
        Self { record, blanks }
    }

    /// The header of the file.
    pub(super) fn header(self) -> &'a Header {
        self.record.header()
    }

    /// The record itself.
    pub(super) fn record(self) -> &'a Record {
        self.record
    }

    /// Whether a column says that there is no value: null in JSON, a blank where blanks empty.
    pub(super) fn empties(self, column: &str) -> bool {
        let is_blank = self.header().has(column) && self.record.text(column).is_none();
        is_blank && (self.blanks == Blanks::Empty || self.record.is_null(column))
    }

    /// What the row says of a field whose column has this value: nothing where the file lacks the column or leaves it
    /// blank.
    pub(super) fn value<T>(self, column: &str, value: Option<T>) -> MaybeUndefined<T> {
        match value {
            Some(value) => MaybeUndefined::Value(value),
            None if self.empties(column) => MaybeUndefined::Null,
            None => MaybeUndefined::Undefined,
        }
    }

    /// Whether the row says nothing of a field whose column has this value.
    pub(super) fn keeps<T>(self, column: &str, value: Option<&T>) -> bool {
        value.is_none() && !self.empties(column)
    }
}
