//! Currencies by ISO 4217.

mod codes;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::Malformed;
use codes::{CURRENT, MEANT, WITHDRAWN};

/// Characters of a wrong code that a message repeats.
const SHOWN: usize = 20;

/// A currency by its ISO 4217 code: one that is in force, or one that was withdrawn, in which old amounts are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The three letters.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Decimal places of its minor unit by ISO 4217: 2 for most.
    pub fn minor_unit_places(&self) -> u32 {
        let known = CURRENT.binary_search_by(|(code, _)| (*code).cmp(self.as_str()));
        known.map_or(2, |place| CURRENT[place].1)
    }

    /// The currency that took its place, where it was withdrawn; `None` where it is in force.
    pub fn successor(&self) -> Option<&'static str> {
        let place = WITHDRAWN.binary_search_by(|(code, _)| (*code).cmp(self.as_str())).ok()?;
        Some(WITHDRAWN[place].1)
    }

    /// A code as it was stored: what was taken once stays readable, also where today's list does not have it.
    ///
    /// # Errors
    /// What is not three capital letters.
    pub fn stored(code: &str) -> Result<Self, Malformed> {
        match code.as_bytes() {
            [a, b, c] if code.bytes().all(|b| b.is_ascii_uppercase()) => Ok(Self([*a, *b, *c])),
            _ => Err(unknown(code)),
        }
    }
}

/// Whether a code is on one of ISO's lists.
fn is_known(code: &str) -> bool {
    CURRENT.binary_search_by(|(known, _)| (*known).cmp(code)).is_ok()
        || WITHDRAWN.binary_search_by(|(known, _)| (*known).cmp(code)).is_ok()
}

/// The code that is meant by a text that is none: a common word or sign, or a code in small letters.
fn meant(text: &str) -> Option<String> {
    let upper = text.trim().to_uppercase();
    if is_known(&upper) {
        return Some(upper);
    }
    MEANT.iter().find(|(word, _)| *word == upper).map(|(_, code)| (*code).to_owned())
}

fn unknown(text: &str) -> Malformed {
    let shown: String = text.chars().filter(|c| !c.is_control()).take(SHOWN).collect();
    match meant(text) {
        Some(code) => Malformed::new(
            format!("\"{shown}\" is not an ISO 4217 currency code; did you mean {code}?"),
            format!("“{shown}”不是 ISO 4217 货币代码，是否应为 {code}？"),
        ),
        None => Malformed::new(
            format!("\"{shown}\" is not an ISO 4217 currency code; use one such as EUR or CNY."),
            format!("“{shown}”不是 ISO 4217 货币代码，请使用 EUR、CNY 等代码。"),
        ),
    }
}

impl FromStr for Currency {
    type Err = Malformed;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        if is_known(s) { Self::stored(s) } else { Err(unknown(s)) }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// An ISO 4217 currency code.
#[Scalar(name = "Currency")]
impl ScalarType for Currency {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(s) => s.parse().map_err(InputValueError::custom),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.to_string())
    }
}

impl PartialSchema for Currency {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[A-Z]{3}$"))
            .description(Some("An ISO 4217 currency code."))
            .examples(["EUR"])
            .into()
    }
}

impl ToSchema for Currency {
    fn name() -> Cow<'static, str> {
        "Currency".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        text.parse::<Currency>().map_or_else(|error| error.to_string(), |code| code.to_string())
    }

    #[test]
    fn the_lists_are_in_order_and_apart() {
        assert!(CURRENT.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(WITHDRAWN.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(CURRENT.iter().all(|(code, places)| Currency::stored(code).is_ok() && *places <= 4));
        let is_current = |code: &str| CURRENT.iter().any(|(known, _)| *known == code);
        assert!(WITHDRAWN.iter().all(|(code, next)| code.len() == 3 && !is_current(code) && is_current(next)));
        assert!(MEANT.iter().all(|(word, code)| is_current(code) && !is_known(word) && word.to_uppercase() == *word));
    }

    #[test]
    fn codes_of_iso_are_taken() {
        for code in ["EUR", "CNY", "JPY", "KWD", "XCG", "ZWG", "DEM", "VEB"] {
            assert_eq!(said(code), code);
        }
    }

    #[test]
    fn what_is_no_code_is_refused_with_what_is_meant() {
        for (text, code) in [
            ("RMB", "CNY"),
            ("CNH", "CNY"),
            ("人民币", "CNY"),
            ("UKP", "GBP"),
            ("NTD", "TWD"),
            ("NIS", "ILS"),
            ("EURO", "EUR"),
            ("euros", "EUR"),
            ("€", "EUR"),
            ("$", "USD"),
            ("¥", "CNY"),
            ("￥", "CNY"),
            ("eur", "EUR"),
            (" USD", "USD"),
            ("dem", "DEM"),
        ] {
            assert!(said(text).ends_with(&format!("did you mean {code}?")), "{text}: {}", said(text));
        }
        for text in ["ZZZ", "XXX", "XAU", "EU", "EURX", "", "\u{1f}"] {
            assert!(said(text).contains("such as EUR"), "{text}");
        }
    }

    #[test]
    fn minor_units_and_successors_are_those_of_iso() {
        let places = |code: &str| code.parse::<Currency>().unwrap().minor_unit_places();
        assert_eq!(["EUR", "JPY", "KWD", "CLF", "ITL"].map(places), [2, 0, 3, 4, 2]);
        let next = |code: &str| code.parse::<Currency>().unwrap().successor();
        assert_eq!(["DEM", "HRK", "VEB", "EUR"].map(next), [Some("EUR"), Some("EUR"), Some("VES"), None]);
    }

    #[test]
    fn what_was_stored_stays_readable() {
        assert_eq!(Currency::stored("RMB").unwrap().as_str(), "RMB");
        assert!(Currency::stored("rmb").is_err());
    }
}
