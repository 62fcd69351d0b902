//! Ids that a source writes in two ways.

use std::borrow::Cow;

use async_graphql::Enum;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// In which ways a source writes one id, so that all of them meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum IdForm {
    /// Ids of Salesforce: 15 characters whose case counts, or the same with three more that say their case. Both become
    /// the form of 18; one whose last three do not fit is refused. Other texts, such as names, stay as they are.
    Salesforce,
    /// Whole numbers, which a program may have written with places: `1001.0` becomes `1001`. Other texts stay as they
    /// are.
    WholeNumber,
}

/// Where the last characters of an id of Salesforce come from: five bits each, one a character of the id.
const SUFFIX: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

impl IdForm {
    /// The id in the one form in which it is kept; `None` where it is damaged.
    pub(in crate::imports) fn read(self, text: &str) -> Option<Cow<'_, str>> {
        match self {
            Self::Salesforce => salesforce(text),
            Self::WholeNumber => Some(Cow::Borrowed(whole_number(text))),
        }
    }
}

fn salesforce(text: &str) -> Option<Cow<'_, str>> {
    let is_id = matches!(text.len(), 15 | 18)
        && text.bytes().all(|b| b.is_ascii_alphanumeric())
        && text.bytes().any(|b| b.is_ascii_digit());
    if !is_id {
        return Some(Cow::Borrowed(text));
    }
    let (id, given) = text.split_at(15);
    let suffix: String = id.as_bytes().chunks(5).map(suffix_of).collect();
    if !given.is_empty() && given != suffix {
        return None;
    }
    Some(Cow::Owned(format!("{id}{suffix}")))
}

/// The character that says which of five are capital letters.
fn suffix_of(five: &[u8]) -> char {
    let bits = five.iter().enumerate().filter(|(_, b)| b.is_ascii_uppercase()).map(|(at, _)| 1 << at).sum::<usize>();
    char::from(SUFFIX[bits % SUFFIX.len()])
}

fn whole_number(text: &str) -> &str {
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    match text.split_once('.') {
        Some((whole, places)) if is_digits(whole) && !places.is_empty() && places.bytes().all(|b| b == b'0') => whole,
        _ => text,
    }
}

/// Whether a text is a long number as a spreadsheet shows it when it saves it as CSV: `1.23457E+14`. Its last digits are
/// gone, so that several ids become one.
pub(in crate::imports) fn is_rounded_by_a_spreadsheet(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once("E+") else { return false };
    let (first, places) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    first.len() == 1 && is_digits(first) && is_digits(places) && exponent.len() >= 2 && is_digits(exponent)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ids_of_salesforce_meet_in_eighteen_characters() {
        // Worked by hand: in 001D0 the D is the fourth of five, 8, I; in 00000 there is none, A; in 0IRFM all but the
        // first, 30, 4.
        let id = |text| IdForm::Salesforce.read(text).map(Cow::into_owned);
        assert_eq!(id("001D0000000IRFM").as_deref(), Some("001D0000000IRFMIA4"));
        assert_eq!(id("001D0000000IRFMIA4").as_deref(), Some("001D0000000IRFMIA4"));
        // Case says which of two customers it is.
        assert_eq!(id("001d0000000irfm").as_deref(), Some("001d0000000irfmAAA"));
        for damaged in ["001D0000000IRFMIA5", "001d0000000irfmIA4", "001D0000000IRFMia4", "001D0000000IRFNIA2"] {
            assert_eq!(id(damaged), None, "{damaged}");
        }
        for other in ["001A", "Li Na", "Christopherwill", "001D0000000IRFMI", "001D0000000IRF-", ""] {
            assert_eq!(id(other).as_deref(), Some(other));
        }
    }

    #[test]
    fn whole_numbers_lose_their_places() {
        let id = |text| IdForm::WholeNumber.read(text).map(Cow::into_owned);
        for (text, expected) in [
            ("9876543210.0", "9876543210"),
            ("9876543210", "9876543210"),
            ("12.00", "12"),
            ("12.5", "12.5"),
            ("12.", "12."),
            ("v1.0", "v1.0"),
            ("Iris Ltd", "Iris Ltd"),
        ] {
            assert_eq!(id(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_a_spreadsheet_has_rounded_is_seen() {
        for text in ["1.23457E+14", "1E+15", "9.87654E+09", "1,23457E+14"] {
            assert!(is_rounded_by_a_spreadsheet(text), "{text}");
        }
        for text in ["1E5", "5E10", "12E+14", "1.2E+5", "1.2e+14", "E+14", "1.E+14", "A1.2E+14", "1.23457E+14X"] {
            assert!(!is_rounded_by_a_spreadsheet(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn both_spellings_meet_and_no_two_ids_do(a in "[0-9]{3}[0-9A-Za-z]{12}", b in "[0-9]{3}[0-9A-Za-z]{12}") {
            let id = |text: &str| IdForm::Salesforce.read(text).map(Cow::into_owned);
            let long = id(&a).unwrap();
            prop_assert_eq!(long.len(), 18);
            prop_assert_eq!(id(&long), Some(long.clone()));
            prop_assert_eq!(long == id(&b).unwrap(), a == b);
            // Case alone tells them apart, also where case is lost.
            let flipped: String = a.chars().map(|c| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }).collect();
            let other = id(&flipped).unwrap();
            prop_assert_eq!(other.eq_ignore_ascii_case(&long), a == flipped);
        }
    }
}
