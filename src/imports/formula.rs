//! Cells that a spreadsheet would take for formulas.

use std::borrow::Cow;

const BEGINNINGS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A cell that a spreadsheet takes for text: one that would begin a formula gets an apostrophe in front, and so does
/// one that looks as if it had, so that [`bare`] gives back what was there.
pub(super) fn inert(cell: &str) -> Cow<'_, str> {
    if cell.trim_start_matches('\'').starts_with(BEGINNINGS) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

/// What [`inert`] has made a cell of.
pub(super) fn bare(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.trim_start_matches('\'').starts_with(BEGINNINGS) => rest,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bare_gives_back_what_was_there(cell in "['=+@a-]{0,6}") {
            let made = inert(&cell);
            prop_assert!(!made.starts_with(BEGINNINGS));
            prop_assert_eq!(bare(&made), cell);
        }
    }
}
