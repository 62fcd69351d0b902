//! Short texts with a form of their own.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::Malformed;

/// The code of something a tenant names itself (a scale, a factor, a grade): a lower- or upper-case letter or digit,
/// then up to 62 more, `_` or `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Code(String);

impl Code {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Code {
    type Err = Malformed;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let ok = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        let first = s.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
        if first && s.len() <= 63 && s.bytes().all(ok) {
            Ok(Self(s.to_owned()))
        } else {
            Err(Malformed::new(
                "Expected a code of 1 to 63 letters, digits, '_' and '-', starting with a letter or digit.",
                "应为 1 至 63 个字母、数字、“_”或“-”组成的代码，以字母或数字开头。",
            ))
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// A short code: letters, digits, `_` and `-`.
#[Scalar(name = "Code")]
impl ScalarType for Code {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(s) => s.parse().map_err(InputValueError::custom),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

impl PartialSchema for Code {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$"))
            .description(Some("A short code: letters, digits, '_' and '-'."))
            .examples(["distributor"])
            .into()
    }
}

impl ToSchema for Code {
    fn name() -> Cow<'static, str> {
        "Code".into()
    }
}
