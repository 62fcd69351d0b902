//! Exact decimals on the wire, and the roundings the product defines.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// An exact decimal as both faces carry it: a string in JSON and GraphQL, so that no client rounds it.
///
/// Accepts a string or a whole JSON number; a JSON number with a fraction is refused, because the client has
/// already put it through a binary float. At most 28 significant digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exact(pub Decimal);

const EXPECTED: &str = "a decimal as a string, such as \"1234.5000\"";

impl Deref for Exact {
    type Target = Decimal;

    fn deref(&self) -> &Decimal {
        &self.0
    }
}

impl From<Decimal> for Exact {
    fn from(value: Decimal) -> Self {
        Self(value)
    }
}

impl From<Exact> for Decimal {
    fn from(value: Exact) -> Self {
        value.0
    }
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Exact {
    type Err = rust_decimal::Error;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Decimal::from_str_exact(s.trim()).map(Self)
    }
}

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Exact;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }

            fn visit_str<E: de::Error>(self, v: &str) -> Result<Exact, E> {
                v.parse().map_err(|_| E::invalid_value(de::Unexpected::Str(v), &self))
            }

            fn visit_i64<E: de::Error>(self, v: i64) -> Result<Exact, E> {
                Ok(Exact(v.into()))
            }

            fn visit_u64<E: de::Error>(self, v: u64) -> Result<Exact, E> {
                Ok(Exact(v.into()))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// An exact decimal, as a string.
#[Scalar(name = "Decimal")]
impl ScalarType for Exact {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(s) => s.parse().map_err(|_| InputValueError::custom(format!("expected {EXPECTED}"))),
            Value::Number(n) if n.is_i64() || n.is_u64() => {
                n.to_string().parse().map_err(|_| InputValueError::custom(format!("expected {EXPECTED}")))
            }
            _ => Err(InputValueError::custom(format!("expected {EXPECTED}"))),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

impl PartialSchema for Exact {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::Custom("decimal".into())))
            .pattern(Some(r"^-?\d+(\.\d+)?$"))
            .description(Some("An exact decimal as a string."))
            .examples(["1234.5000"])
            .into()
    }
}

impl ToSchema for Exact {
    fn name() -> Cow<'static, str> {
        "Decimal".into()
    }
}

/// Money: half away from zero to 4 places, the precision in which amounts are kept.
pub fn round_money(value: Decimal) -> Decimal {
    rounded(value, 4)
}

/// Ratios and growth rates: half away from zero to 6 places.
pub fn round_ratio(value: Decimal) -> Decimal {
    rounded(value, 6)
}

/// Scores: half away from zero to 4 places, only at the end of a computation.
pub fn round_score(value: Decimal) -> Decimal {
    rounded(value, 4)
}

/// `numerator / denominator`, or `None` where the denominator is zero or the quotient does not fit.
pub fn divide(numerator: Decimal, denominator: Decimal) -> Option<Decimal> {
    numerator.checked_div(denominator)
}

/// [`divide`], rounded to 6 places.
pub fn ratio(numerator: Decimal, denominator: Decimal) -> Option<Decimal> {
    divide(numerator, denominator).map(round_ratio)
}

/// Rounds and pads, so that equal values print alike whatever path they came by.
fn rounded(value: Decimal, places: u32) -> Decimal {
    let mut rounded = value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(places);
    rounded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_half_away_from_zero_and_pads() {
        let d = |s: &str| s.parse::<Decimal>().unwrap();
        assert_eq!(round_ratio(d("0.0000005")).to_string(), "0.000001");
        assert_eq!(round_ratio(d("-0.0000005")).to_string(), "-0.000001");
        assert_eq!(round_score(d("82")).to_string(), "82.0000");
    }

    #[test]
    fn a_float_in_json_is_refused_and_a_string_kept_to_the_digit() {
        assert!(serde_json::from_str::<Exact>("1.5").is_err());
        assert_eq!(serde_json::from_str::<Exact>("\"1.50\"").unwrap().to_string(), "1.50");
        assert_eq!(serde_json::from_str::<Exact>("7").unwrap().to_string(), "7");
    }

    #[test]
    fn dividing_by_zero_is_no_number() {
        assert_eq!(divide(Decimal::ONE, Decimal::ZERO), None);
    }
}
