//! Reads what clients send (bodies, query strings, paths, items of batches) into values, and says of everything that is
//! wrong where it stands, what is allowed there, and in both languages.
//!
//! Serde stops at the first fault. So a place at fault is filled with something that fits, and the rest is read on
//! ([`mend`]): a client sees all faults of its input at once. What no text may hold is looked for before anything is read
//! ([`texts`]): Postgres takes no U+0000, and whoever adds an operation need not think of it.

mod fault;
mod mend;
mod place;
mod reader;
mod texts;
mod words;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{Error, FieldProblem, Result};
pub use texts::{forbidden_at, unpaired_as_nul};

/// What an input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input<'a> {
    /// A JSON value, whose types are its own.
    Json,
    /// The parameters of a query string: an object of texts, or of lists of texts where one stands several times.
    Query,
    /// The parts of a path: an object of texts, in the order of these names.
    Path(&'a [String]),
}

/// Reads a value.
///
/// # Errors
/// Everything that is wrong with it, in the order in which it was found: where it stands, a code, and what is expected.
pub fn read<T: DeserializeOwned>(value: Value, input: Input<'_>) -> Result<T, Vec<FieldProblem>> {
    mend::read(value, input)
}

/// Reads a whole input: a body, or the parameters of a request.
///
/// # Errors
/// `invalid_input` where a text holds what no text may; `bad_request` where a part cannot be read at all. Either names
/// every place of both kinds.
pub fn read_whole<T: DeserializeOwned>(value: Value, input: Input<'_>) -> Result<T> {
    let forbidden = forbidden_at(&value);
    match read(value, input) {
        Ok(read) if forbidden.is_empty() => Ok(read),
        Ok(_) => Err(Error::invalid(forbidden)),
        Err(others) => {
            let others = beside(&forbidden, others);
            let is_readable = others.is_empty();
            let problems = forbidden.into_iter().chain(others).collect();
            Err(if is_readable { Error::invalid(problems) } else { Error::unreadable(problems) })
        }
    }
}

/// The problems that are not those of a place with a forbidden text, or of what it is a part of: such a place is told of
/// once.
pub fn beside(forbidden: &[FieldProblem], problems: Vec<FieldProblem>) -> Vec<FieldProblem> {
    let is_own =
        |problem: &FieldProblem| forbidden.iter().any(|known| place::is_within(&known.pointer, &problem.pointer));
    problems.into_iter().filter(|problem| !is_own(problem)).collect()
}
