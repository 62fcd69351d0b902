//! Comparing attributes with values, by the type that their definitions give them.

use std::collections::BTreeMap;
use std::str::FromStr;

use async_graphql::{Enum, InputObject};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::attribute::{AttributeDefinition, AttributeType};
use crate::error::{Error, Problems};
use crate::values::Code;

/// Comparisons of one list.
const MOST_COMPARISONS: usize = 20;
/// Values of one comparison.
const MOST_VALUES: usize = 100;

/// How an attribute is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum AttributeOperator {
    /// Has this value.
    Eq,
    /// Has another value; not where it has none.
    Ne,
    /// Less, or an earlier day.
    Lt,
    /// Less or the same.
    Lte,
    /// More, or a later day.
    Gt,
    /// More or the same.
    Gte,
    /// Has one of these values.
    In,
    /// Has no value; with the value `false`: has any.
    Missing,
}

/// What an attribute must be: compared as numbers, days or texts, as its definition says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(deny_unknown_fields)]
pub struct AttributeComparison {
    /// The attribute's code.
    pub code: Code,
    /// How it is compared.
    pub op: AttributeOperator,
    /// With what: one value, or up to 100 for `in`; none, `true` or `false` for `missing`.
    #[serde(default)]
    #[graphql(default)]
    pub values: Vec<String>,
}

/// A comparison that fits its definition, with values in the form in which they are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TypedComparison {
    pub(super) code: Code,
    pub(super) attribute_type: AttributeType,
    pub(super) test: Test,
}

/// What is asked of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Test {
    /// It is one of these.
    AnyOf(Vec<String>),
    /// It is there and not this.
    Not(String),
    /// It stands so to this, numbers and days alone.
    Than(&'static str, String),
    /// It is there, or it is not.
    Present(bool),
}

impl AttributeOperator {
    const WORDS: [(&str, Self); 8] = [
        ("eq", Self::Eq),
        ("ne", Self::Ne),
        ("lt", Self::Lt),
        ("lte", Self::Lte),
        ("gt", Self::Gt),
        ("gte", Self::Gte),
        ("in", Self::In),
        ("missing", Self::Missing),
    ];

    /// The SQL of an order, where it is one.
    fn order(self) -> Option<&'static str> {
        match self {
            Self::Lt => Some("<"),
            Self::Lte => Some("<="),
            Self::Gt => Some(">"),
            Self::Gte => Some(">="),
            Self::Eq | Self::Ne | Self::In | Self::Missing => None,
        }
    }
}

/// Reads `code:op:value`; `in` takes values with commas between, `missing` none.
impl FromStr for AttributeComparison {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || {
            let en = "Expected code:op:value, op being eq, ne, lt, lte, gt, gte, in (values with commas between) or missing.";
            let zh = "应为 code:op:value，op 为 eq、ne、lt、lte、gt、gte、in（多个值以逗号分隔）或 missing。";
            Error::invalid_at("", "comparison", en, zh)
        };
        let mut parts = text.splitn(3, ':');
        let code = parts.next().unwrap_or_default().parse().map_err(|_| wrong())?;
        let word = parts.next().ok_or_else(wrong)?;
        let op = AttributeOperator::WORDS.iter().find(|(known, _)| *known == word).ok_or_else(wrong)?.1;
        let values = match (op, parts.next()) {
            (AttributeOperator::In, Some(list)) => list.split(',').map(str::to_owned).collect(),
            (AttributeOperator::Missing, None) => Vec::new(),
            (_, Some(value)) => vec![value.to_owned()],
            (_, None) => return Err(wrong()),
        };
        Ok(Self { code, op, values })
    }
}

/// Comparisons by the definitions of their attributes; everything that is wrong is added under `/attribute/N`.
pub(super) fn typed(
    comparisons: &[AttributeComparison],
    defined: &BTreeMap<String, AttributeDefinition>,
    problems: &mut Problems,
) -> Vec<TypedComparison> {
    if comparisons.len() > MOST_COMPARISONS {
        let en = format!("At most {MOST_COMPARISONS} comparisons.");
        problems.add("/attribute", "too_many", en, format!("最多 {MOST_COMPARISONS} 个比较条件。"));
    }
    let one = |(i, comparison): (usize, &AttributeComparison)| {
        let pointer = format!("/attribute/{i}");
        let Some(definition) = defined.get(comparison.code.as_str()) else {
            let en = format!("No attribute {:?} is defined.", comparison.code.as_str());
            problems.add(pointer, "unknown_attribute", en, format!("未定义属性“{}”。", comparison.code));
            return None;
        };
        let test = comparison.test(definition, &pointer, problems)?;
        Some(TypedComparison { code: definition.code.clone(), attribute_type: definition.attribute_type, test })
    };
    comparisons.iter().enumerate().filter_map(one).collect()
}

impl AttributeComparison {
    fn test(&self, definition: &AttributeDefinition, pointer: &str, problems: &mut Problems) -> Option<Test> {
        if self.op == AttributeOperator::Missing {
            return match self.values.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                [] | ["true"] => Some(Test::Present(false)),
                ["false"] => Some(Test::Present(true)),
                _ => {
                    problems.add(
                        pointer,
                        "comparison",
                        "missing takes true or false.",
                        "missing 只能取 true 或 false。",
                    );
                    None
                }
            };
        }
        let most = if self.op == AttributeOperator::In { MOST_VALUES } else { 1 };
        if !(1..=most).contains(&self.values.len()) {
            let (en, zh) = (format!("1 to {most} value(s) to compare with."), format!("须有 1 至 {most} 个比较值。"));
            problems.add(pointer, "comparison", en, zh);
            return None;
        }
        let ordered =
            matches!(definition.attribute_type, AttributeType::Number | AttributeType::Money | AttributeType::Date);
        if self.op.order().is_some() && !ordered {
            let en = "Only numbers, money and dates are less or more.";
            problems.add(pointer, "comparison", en, "只有数字、金额和日期可以比较大小。");
            return None;
        }
        let mut values = Vec::with_capacity(self.values.len());
        for value in &self.values {
            match definition.canonical(&Value::String(value.clone())) {
                Ok(Value::Bool(flag)) => values.push(flag.to_string()),
                Ok(Value::String(text)) => values.push(text),
                Ok(_) => {}
                Err(fault) => problems.add(pointer, fault.code, fault.detail.en, fault.detail.zh),
            }
        }
        let first = values.first()?.clone();
        Some(match (self.op, self.op.order()) {
            (AttributeOperator::Ne, _) => Test::Not(first),
            (_, Some(order)) => Test::Than(order, first),
            _ => Test::AnyOf(values),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Label;

    fn defined() -> BTreeMap<String, AttributeDefinition> {
        let definition = |(code, attribute_type): (&str, AttributeType)| {
            let definition = AttributeDefinition {
                code: code.parse().unwrap(),
                label: Label::new("x", "x"),
                attribute_type,
                unit: None,
                choices: Vec::new(),
                freshness_days: None,
                required: false,
            };
            (code.to_owned(), definition)
        };
        [
            ("n", AttributeType::Number),
            ("t", AttributeType::Text),
            ("f", AttributeType::YesNo),
            ("d", AttributeType::Date),
        ]
        .map(definition)
        .into()
    }

    fn read(texts: &[&str]) -> Result<Vec<Test>, Vec<(String, &'static str)>> {
        let comparisons: Vec<AttributeComparison> = texts.iter().map(|text| text.parse().unwrap()).collect();
        let mut problems = Problems::new();
        let typed = typed(&comparisons, &defined(), &mut problems);
        match problems.into_result() {
            Ok(()) => Ok(typed.into_iter().map(|typed| typed.test).collect()),
            Err(error) => Err(error.problems().iter().map(|p| (p.pointer.clone(), p.code)).collect()),
        }
    }

    #[test]
    fn values_are_compared_in_the_form_in_which_they_are_kept() {
        let tests = read(&[
            "n:gte:010.0",
            "t:eq: a:b ",
            "f:ne:yes",
            "d:lt:2024-01-31",
            "n:in:1,2.50",
            "t:missing",
            "t:missing:false",
        ]);
        let expected = vec![
            Test::Than(">=", "10".into()),
            Test::AnyOf(vec!["a:b".into()]),
            Test::Not("true".into()),
            Test::Than("<", "2024-01-31".into()),
            Test::AnyOf(vec!["1".into(), "2.5".into()]),
            Test::Present(false),
            Test::Present(true),
        ];
        assert_eq!(tests, Ok(expected));
    }

    #[test]
    fn what_does_not_fit_the_type_is_named_at_its_place() {
        let found =
            read(&["n:eq:x", "colour:eq:red", "t:lt:a", "f:gt:true", "d:in:2024-01-01,soon", "t:missing:maybe"]);
        let expected = [
            ("/attribute/0", "type"),
            ("/attribute/1", "unknown_attribute"),
            ("/attribute/2", "comparison"),
            ("/attribute/3", "comparison"),
            ("/attribute/4", "type"),
            ("/attribute/5", "comparison"),
        ];
        assert_eq!(found, Err(expected.map(|(pointer, code)| (pointer.to_owned(), code)).to_vec()));
        for text in ["n", "n:eq", "n:like:x", ":eq:x", "n eq 1", ""] {
            assert!(text.parse::<AttributeComparison>().is_err(), "{text}");
        }
    }
}
