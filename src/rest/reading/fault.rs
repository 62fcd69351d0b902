//! What serde finds wrong, kept in parts instead of in one English sentence.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use super::place::Place;

/// The first fault of an input.
#[derive(Debug)]
pub(super) struct Fault {
    /// The deepest place that is known, as a JSON Pointer.
    pub(super) at: Option<String>,
    pub(super) wrong: Wrong,
}

/// What is wrong.
#[derive(Debug)]
pub(super) enum Wrong {
    /// A type's own reason.
    Said(String),
    /// Another type or form than expected; `given` is the text, where it is one.
    Form { given: Option<String>, expected: String },
    /// A word that is none of those that are allowed.
    Word { given: String, allowed: &'static [&'static str] },
    /// A name that is none of those that are known; none are listed where serde does not tell them.
    Name { given: String, known: &'static [&'static str] },
    /// A member that must be given is not.
    Missing(&'static str),
    /// What may be given once is given several times.
    Repeated,
}

impl Fault {
    pub(super) fn new(wrong: Wrong) -> Self {
        Self { at: None, wrong }
    }

    /// The fault, here where no deeper place is known.
    pub(super) fn at(mut self, place: &Place<'_>) -> Self {
        self.at.get_or_insert_with(|| place.to_string());
        self
    }

    fn form(given: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let given = match given {
            Unexpected::Str(text) => Some(text.to_owned()),
            _ => None,
        };
        Self::new(Wrong::Form { given, expected: expected.to_string() })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.wrong)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    /// With `{:#}`, so that a reason in both languages keeps both.
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Self::new(Wrong::Said(format!("{reason:#}")))
    }

    fn invalid_type(given: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::form(given, expected)
    }

    fn invalid_value(given: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::form(given, expected)
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::new(Wrong::Form { given: None, expected: expected.to_string() })
    }

    fn unknown_variant(given: &str, allowed: &'static [&'static str]) -> Self {
        Self::new(Wrong::Word { given: given.to_owned(), allowed })
    }

    fn unknown_field(given: &str, known: &'static [&'static str]) -> Self {
        Self::new(Wrong::Name { given: given.to_owned(), known })
    }

    fn missing_field(name: &'static str) -> Self {
        Self::new(Wrong::Missing(name))
    }

    fn duplicate_field(_: &'static str) -> Self {
        Self::new(Wrong::Repeated)
    }
}
