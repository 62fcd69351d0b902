//! Rows of plans, the book they are generated from, their steps and lines.

mod book;
mod history;
mod lines;
mod plan;
mod replacements;
mod standing;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{Error, Result};

pub(super) use book::{book, see_one_state};
pub(super) use lines::{customer_plans, keep, lines, steps};
pub(super) use plan::{PlanRow, by_id, insert, page, unknown_customers};
pub(super) use replacements::{Target, end_replacement, known_customers, pending, replace, target};

/// The word for a value of an enum, as in JSON.
fn word(value: impl Serialize) -> Result<String> {
    match serde_json::to_value(value)? {
        Value::String(word) => Ok(word),
        other => Err(Error::internal(format!("not a word: {other}"))),
    }
}

/// The value for its word.
fn from_word<T: DeserializeOwned>(word: String) -> Result<T> {
    Ok(serde_json::from_value(Value::String(word))?)
}
