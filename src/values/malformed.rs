//! Why a text is no value of a type, in both languages.

use std::error::Error;
use std::fmt;

use super::Label;

/// Stands between the two languages where only one text can pass; no message has it.
const BETWEEN: char = '\u{1f}';

/// Why a text is no value of a type: what is expected, and what may have been meant.
///
/// Readers of JSON hand on errors as one text. `{}` is the English alone; `{:#}` is both languages in one text, of which
/// [`Malformed::told`] makes a label again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed(Label);

impl Malformed {
    /// From both texts, each a sentence.
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self(Label::new(en, zh))
    }

    /// The two texts.
    pub fn label(&self) -> &Label {
        &self.0
    }

    /// The two texts of one that was written with `{:#}`; `None` for any other text.
    pub fn told(text: &str) -> Option<Label> {
        text.split_once(BETWEEN).map(|(en, zh)| Label::new(en, zh))
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.en)?;
        if f.alternate() { write!(f, "{BETWEEN}{}", self.0.zh) } else { Ok(()) }
    }
}

impl Error for Malformed {}

impl From<Malformed> for Label {
    fn from(malformed: Malformed) -> Self {
        malformed.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_pass_through_one_text() {
        let malformed = Malformed::new("Expected a day.", "应为日期。");
        assert_eq!(malformed.to_string(), "Expected a day.");
        assert_eq!(Malformed::told(&format!("{malformed:#}")), Some(Label::new("Expected a day.", "应为日期。")));
        assert_eq!(Malformed::told("expected a day"), None);
    }
}
