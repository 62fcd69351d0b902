//! What is known of a customer on one point, or why it is not known.

use std::fmt;

use async_graphql::{Enum, Object, OneofObject};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::values::{Exact, Label};

/// A value that is known, or the reason why it is not.
pub type Fact = Result<FactValue, Missing>;

/// One known value of a metric, an attribute or a judgement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, OneofObject)]
#[graphql(input_name = "FactValueInput")]
#[serde(rename_all = "snake_case")]
pub enum FactValue {
    /// A number, in the unit of its metric or attribute.
    Number(Exact),
    /// A text: a chosen value, or the code of a level.
    Text(String),
    /// Yes or no.
    Flag(bool),
}

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum FactValueKind {
    /// A number.
    Number,
    /// A text.
    Text,
    /// Yes or no.
    Flag,
}

impl FactValue {
    /// A number.
    pub fn number(value: Decimal) -> Self {
        Self::Number(Exact(value))
    }

    /// A text.
    pub fn text(value: impl Into<String>) -> Self {
        Self::Text(value.into())
    }

    /// The value's type.
    pub fn kind(&self) -> FactValueKind {
        match self {
            Self::Number(_) => FactValueKind::Number,
            Self::Text(_) => FactValueKind::Text,
            Self::Flag(_) => FactValueKind::Flag,
        }
    }

    /// The number, where it is one.
    pub fn as_number(&self) -> Option<Decimal> {
        match self {
            Self::Number(number) => Some(number.0),
            Self::Text(_) | Self::Flag(_) => None,
        }
    }
}

impl fmt::Display for FactValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.normalize().fmt(f),
            Self::Text(text) => f.write_str(text),
            Self::Flag(flag) => flag.fmt(f),
        }
    }
}

/// One known value: exactly one of the fields is set.
#[Object]
impl FactValue {
    /// The value, where it is a number.
    #[graphql(name = "number")]
    async fn gql_number(&self) -> Option<Exact> {
        self.as_number().map(Exact)
    }

    /// The value, where it is a text.
    #[graphql(name = "text")]
    async fn gql_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(_) | Self::Flag(_) => None,
        }
    }

    /// The value, where it is yes or no.
    #[graphql(name = "flag")]
    async fn gql_flag(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            Self::Number(_) | Self::Text(_) => None,
        }
    }
}

/// Why a value is not known. A missing value is never read as 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[schema(as = MissingReason)]
#[graphql(name = "MissingReason")]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// Nothing has been recorded.
    NoData,
    /// There are data, but the formula has no value for them, such as growth on a base that is negative.
    Undefined,
    /// The history is shorter than the formula needs.
    TooShort,
    /// This installation does not keep the data that the figure needs.
    NotAvailable,
    /// No member has given a rating yet.
    NotJudged,
    /// The value has another type than the rule reads.
    WrongType,
    /// The value is none of those that the rule names.
    UnknownValue,
    /// The growth starts from less than the factor's smallest base.
    SmallBase,
    /// What the figure would be divided by is known, and is 0.
    ZeroBase,
}

impl Missing {
    /// Under which number it is kept; it never changes.
    pub fn number(self) -> i16 {
        match self {
            Self::NoData => 1,
            Self::Undefined => 2,
            Self::TooShort => 3,
            Self::NotAvailable => 4,
            Self::NotJudged => 5,
            Self::WrongType => 6,
            Self::UnknownValue => 7,
            Self::SmallBase => 9,
            Self::ZeroBase => 8,
        }
    }

    /// The reason that is kept under a number; `None` where there is no such.
    pub fn numbered(number: i16) -> Option<Self> {
        let all = [
            Self::NoData,
            Self::Undefined,
            Self::TooShort,
            Self::NotAvailable,
            Self::NotJudged,
            Self::WrongType,
            Self::UnknownValue,
            Self::SmallBase,
            Self::ZeroBase,
        ];
        all.into_iter().find(|reason| reason.number() == number)
    }

    /// What a reader is told.
    pub fn label(self) -> Label {
        match self {
            Self::NoData => Label::new("no data", "无数据"),
            Self::Undefined => Label::new("not defined for these data", "数据不满足公式条件"),
            Self::TooShort => Label::new("history too short", "历史数据不足"),
            Self::NotAvailable => Label::new("not available", "暂不可用"),
            Self::NotJudged => Label::new("not judged yet", "尚未评定"),
            Self::WrongType => Label::new("value of another type", "数据类型不符"),
            Self::UnknownValue => Label::new("value not named by the rule", "取值不在规则内"),
            Self::SmallBase => Label::new("base too small", "基数过小"),
            Self::ZeroBase => Label::new("the base is 0", "基数为零"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_names_its_type_in_json() {
        let json = |v: &FactValue| serde_json::to_string(v).unwrap();
        assert_eq!(json(&FactValue::number(Decimal::new(125, 1))), r#"{"number":"12.5"}"#);
        assert_eq!(json(&FactValue::text("A")), r#"{"text":"A"}"#);
        assert_eq!(serde_json::from_str::<FactValue>(r#"{"flag":true}"#).unwrap(), FactValue::Flag(true));
    }

    #[test]
    fn a_reason_is_found_again_under_its_number() {
        for number in 1..=8 {
            assert_eq!(Missing::numbered(number).map(Missing::number), Some(number));
        }
        assert_eq!(Missing::ZeroBase.number(), 8);
    }
}
