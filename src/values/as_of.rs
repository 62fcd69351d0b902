//! A moment to look back from.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::Malformed;

/// As of when something is asked: a day, `2026-01-31`, which is its end in UTC, or an RFC 3339 time. What was observed
/// at this very moment counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AsOf(pub DateTime<Utc>);

impl AsOf {
    /// The end of a day: its last microsecond in UTC.
    fn end_of(day: NaiveDate) -> Option<Self> {
        let next = day.checked_add_days(Days::new(1))?.and_time(NaiveTime::MIN).and_utc();
        Some(Self(next - chrono::Duration::microseconds(1)))
    }
}

impl FromStr for AsOf {
    type Err = Malformed;

    /// Takes years from 1900 to 9999.
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let is_day = s.len() == 10
            && s.bytes().enumerate().all(|(i, b)| if matches!(i, 4 | 7) { b == b'-' } else { b.is_ascii_digit() });
        let day = if is_day { s.parse().ok().and_then(Self::end_of) } else { None };
        let time = || DateTime::parse_from_rfc3339(s).ok().map(|time| Self(time.to_utc()));
        let as_of = day.or_else(time).filter(|as_of| (1900..=9999).contains(&as_of.0.year()));
        as_of.ok_or_else(|| {
            Malformed::new(
                "Expected a day such as 2026-01-31, or a time such as 2026-01-31T12:00:00Z, from 1900 on.",
                "应为日期（例如 2026-01-31）或时间（例如 2026-01-31T12:00:00Z），不早于 1900 年。",
            )
        })
    }
}

impl fmt::Display for AsOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

/// As a time.
impl Serialize for AsOf {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

impl<'de> Deserialize<'de> for AsOf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// As of when: a day, `2026-01-31`, which is its end in UTC, or an RFC 3339 time.
#[Scalar(name = "AsOf")]
impl ScalarType for AsOf {
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

impl PartialSchema for AsOf {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("A day, which is its end in UTC, or an RFC 3339 time."))
            .examples(["2026-01-31", "2026-01-31T12:00:00Z"])
            .into()
    }
}

impl ToSchema for AsOf {
    fn name() -> Cow<'static, str> {
        "AsOf".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_its_end_in_utc() {
        let as_of = |text: &str| text.parse::<AsOf>().map(|as_of| as_of.to_string());
        assert_eq!(as_of("2026-01-31"), Ok("2026-01-31T23:59:59.999999Z".into()));
        assert_eq!(as_of("2026-01-31T12:00:00+08:00"), Ok("2026-01-31T04:00:00Z".into()));
        for text in ["", "2026-1-31", "2026-02-30", "+2026-01-3", "2026-01-31T12:00", "1899-12-31", "yesterday"] {
            assert!(as_of(text).is_err(), "{text}");
        }
    }
}
