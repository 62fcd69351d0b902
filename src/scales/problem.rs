//! What can be wrong with a definition, and how it is told.

use std::collections::BTreeSet;

use async_graphql::{Enum, SimpleObject};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::values::Label;

/// One thing that is wrong with a definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
#[schema(as = DefinitionProblem)]
#[graphql(name = "DefinitionProblem")]
pub struct Problem {
    /// Where, as a JSON pointer (RFC 6901) into the definition.
    #[schema(example = "/dimensions/0/weight")]
    pub pointer: String,
    /// What kind of problem it is.
    pub code: ProblemCode,
    /// What is wrong, for a reader.
    pub detail: Label,
}

/// The kinds of problems of a definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[schema(as = DefinitionProblemCode)]
#[graphql(name = "DefinitionProblemCode")]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// The weights do not sum to exactly 1.
    WeightsSum,
    /// The shares do not leave a place for every grade.
    SharesSum,
    /// The same code or value stands twice.
    Duplicate,
    /// A number is outside its range, or has too many decimals.
    OutOfRange,
    /// Thresholds do not follow one another.
    OutOfOrder,
    /// A text or a list is empty.
    Empty,
    /// A list or a text is too long.
    TooLong,
    /// A name that stands nowhere in the definition.
    Unknown,
    /// The rule or the comparison cannot read what its source gives.
    WrongSource,
    /// Something that must be there is not.
    Lacking,
}

impl ProblemCode {
    /// Its name in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::WeightsSum => "weights_sum",
            Self::SharesSum => "shares_sum",
            Self::Duplicate => "duplicate",
            Self::OutOfRange => "out_of_range",
            Self::OutOfOrder => "out_of_order",
            Self::Empty => "empty",
            Self::TooLong => "too_long",
            Self::Unknown => "unknown",
            Self::WrongSource => "wrong_source",
            Self::Lacking => "lacking",
        }
    }
}

/// Collects problems.
#[derive(Debug, Default)]
pub struct Checker {
    problems: Vec<Problem>,
}

impl Checker {
    /// Adds a problem.
    pub fn push(&mut self, pointer: &str, code: ProblemCode, en: impl Into<String>, zh: impl Into<String>) {
        self.problems.push(Problem { pointer: pointer.to_owned(), code, detail: Label::new(en, zh) });
    }

    /// What was found, in the order of the definition.
    pub fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// A text in both languages, 1 to 200 characters each.
    pub fn label(&mut self, pointer: &str, label: &Label) {
        self.label_up_to(pointer, label, 200);
    }

    /// A text in both languages, 1 to `max` characters each.
    pub fn label_up_to(&mut self, pointer: &str, label: &Label, max: usize) {
        for (name, text) in [("en", &label.en), ("zh", &label.zh)] {
            let at = format!("{pointer}/{name}");
            if text.trim().is_empty() {
                self.push(&at, ProblemCode::Empty, "a text is needed", "文字不能为空");
            } else if text.chars().count() > max {
                let (en, zh) = (format!("at most {max} characters"), format!("最多{max}个字符"));
                self.push(&at, ProblemCode::TooLong, en, zh);
            }
        }
    }

    /// A number from `min` to `max` with at most `places` decimals.
    pub fn number(&mut self, pointer: &str, value: Decimal, min: Decimal, max: Decimal, places: u32) {
        if value < min || value > max {
            let (en, zh) = (format!("{value} is not between {min} and {max}"), format!("{value}不在{min}至{max}之间"));
            self.push(pointer, ProblemCode::OutOfRange, en, zh);
        } else if value.normalize().scale() > places {
            let (en, zh) = (format!("{value} has more than {places} decimals"), format!("{value}的小数超过{places}位"));
            self.push(pointer, ProblemCode::OutOfRange, en, zh);
        }
    }

    pub(super) fn above_zero(&mut self, pointer: &str) {
        self.push(pointer, ProblemCode::OutOfRange, "it must be above 0", "必须大于0");
    }

    pub(super) fn length(&mut self, pointer: &str, length: usize, min: usize, max: usize) {
        if length < min {
            self.push(pointer, ProblemCode::Empty, format!("at least {min} is needed"), format!("至少需要{min}项"));
        } else if length > max {
            let (en, zh) = (format!("{length} are more than {max}"), format!("{length}项超过上限{max}项"));
            self.push(pointer, ProblemCode::TooLong, en, zh);
        }
    }

    pub(super) fn unique<'a>(&mut self, pointer: &str, seen: &mut BTreeSet<&'a str>, code: &'a str) {
        if !seen.insert(code) {
            let (en, zh) = (format!("{code:?} stands twice"), format!("“{code}”重复"));
            self.push(pointer, ProblemCode::Duplicate, en, zh);
        }
    }
}
