//! What stands in a cell, and how a text is written so that a spreadsheet takes it for one and an import reads it back
//! unchanged.

use std::borrow::Cow;

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A text.
    Text(String),
    /// An exact decimal.
    Decimal(String),
    /// A whole number.
    Whole(i64),
    /// A day, `YYYY-MM-DD`.
    Day(String),
    /// Yes or no.
    Flag(bool),
    /// Texts in an order.
    List(Vec<String>),
}

impl Cell {
    /// A text, or nothing.
    pub fn text(value: Option<impl Into<String>>) -> Self {
        value.map_or(Self::Empty, |value| Self::Text(value.into()))
    }

    /// A decimal, or nothing.
    pub fn decimal(value: Option<impl ToString>) -> Self {
        value.map_or(Self::Empty, |value| Self::Decimal(value.to_string()))
    }

    /// A day, or nothing.
    pub fn day(value: Option<impl ToString>) -> Self {
        value.map_or(Self::Empty, |value| Self::Day(value.to_string()))
    }

    /// As it is written into a cell of a table.
    pub fn written(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Text(text) => guard(text),
            Self::Decimal(text) | Self::Day(text) => Cow::Borrowed(text),
            Self::Whole(number) => Cow::Owned(number.to_string()),
            Self::Flag(true) => Cow::Borrowed("true"),
            Self::Flag(false) => Cow::Borrowed("false"),
            Self::List(texts) if texts.is_empty() => Cow::Borrowed(""),
            Self::List(texts) => Cow::Owned(guard(&join(texts)).into_owned()),
        }
    }
}

/// A text as it is written into a cell: an apostrophe is put in front of one that would begin a formula, of one whose
/// blanks at the ends would be lost, of an empty one, which would be taken for nothing, and of one that would be taken
/// for so guarded. [`unguard`] takes it off again, and off nothing else.
pub fn guard(text: &str) -> Cow<'_, str> {
    if needs_guard(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// The text that a cell holds; `None` where it holds nothing. Blanks around a text that is not guarded are dropped.
pub fn unguard(cell: &str) -> Option<&str> {
    match cell.strip_prefix('\'') {
        Some(text) if needs_guard(text) => Some(text),
        _ => Some(cell.trim()).filter(|text| !text.is_empty()),
    }
}

fn needs_guard(text: &str) -> bool {
    let bare = text.trim_start_matches('\'');
    bare.is_empty() || bare.starts_with(['=', '+', '-', '@']) || bare.len() != bare.trim_end().len() || {
        // A tab or a carriage return in front is such a blank.
        bare.starts_with(char::is_whitespace)
    }
}

/// Texts as one: separated by `;`, with `\` before a `;` or `\` of their own and before a blank at an end of one.
pub fn join(texts: &[String]) -> String {
    let mut joined = String::new();
    for (i, text) in texts.iter().enumerate() {
        if i > 0 {
            joined.push(';');
        }
        let last = text.chars().count().saturating_sub(1);
        for (place, c) in text.chars().enumerate() {
            let at_an_end = place == 0 || place == last;
            if matches!(c, ';' | '\\') || at_an_end && c.is_whitespace() {
                joined.push('\\');
            }
            joined.push(c);
        }
    }
    joined
}

/// The texts that were joined. Blanks around a text are dropped where no `\` keeps them, and empty texts are left out.
/// A `\` before anything but `;`, `\` and a blank stands for itself.
pub fn split(joined: &str) -> Vec<String> {
    let (mut texts, mut text, mut kept) = (Vec::new(), String::new(), 0);
    let mut chars = joined.chars().peekable();
    while let Some(c) = chars.next() {
        if c == ';' {
            text.truncate(kept);
            texts.push(std::mem::take(&mut text));
            kept = 0;
            continue;
        }
        let escaped = if c == '\\' { chars.next_if(|c| matches!(c, ';' | '\\') || c.is_whitespace()) } else { None };
        let is_blank = escaped.is_none() && c.is_whitespace();
        if is_blank && text.is_empty() {
            continue;
        }
        text.push(escaped.unwrap_or(c));
        if !is_blank {
            kept = text.len();
        }
    }
    text.truncate(kept);
    texts.push(text);
    texts.retain(|text| !text.is_empty());
    texts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_would_be_a_formula_or_be_lost_is_guarded() {
        for text in
            ["=1+1", "+49 421", "-", "@x", "\tx", "\rx", " x", "x ", "", "'", "'=x", "''-1", "' x", "'x\u{3000}"]
        {
            assert_eq!(guard(text), format!("'{text}"), "{text:?}");
        }
        for text in ["x", "a=b", "'x", "O'Neill", "''", "宁波泵业", "5 - 1", "'quoted' text"] {
            let guarded = guard(text);
            assert_eq!(guarded == text, text != "''", "{text:?}");
        }
    }

    #[test]
    fn cells_that_nobody_guarded_are_read_as_before() {
        assert_eq!(unguard("  Ann "), Some("Ann"));
        assert_eq!(unguard("'Ann"), Some("'Ann"));
        assert_eq!(unguard(" "), None);
        assert_eq!(unguard("=1"), Some("=1"));
    }

    #[test]
    fn a_separator_within_a_text_is_told_from_one_between_two() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        assert_eq!(join(&texts(&["a;b", r"c\d", "e"])), r"a\;b;c\\d;e");
        assert_eq!(split(r"a\;b;c\\d;e"), texts(&["a;b", r"c\d", "e"]));
        assert_eq!(split(r" pumps ; ;x\y"), texts(&["pumps", r"x\y"]));
    }

    proptest! {
        #[test]
        fn a_guarded_text_is_read_back(text in "['=+@\\- \t\ra中]{0,6}|.{0,20}") {
            let guarded = guard(&text);
            prop_assert_eq!(unguard(&guarded), Some(text.as_str()));
        }

        #[test]
        fn joined_texts_are_split_again(texts in prop::collection::vec(r"[;\\ a中]{1,6}", 0..5)) {
            prop_assert_eq!(split(&join(&texts)), texts);
        }
    }
}
