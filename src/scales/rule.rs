//! How a factor's value becomes points.

use async_graphql::{Enum, InputObject, Object, OneofObject, SimpleObject};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ranking::Ranking;
use crate::metrics::{FactValue, Missing};
use crate::values::{Code, Exact, Label};

/// How a factor's value becomes points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, OneofObject)]
#[graphql(input_name = "ScoringRuleInput")]
#[serde(rename_all = "snake_case")]
pub enum ScoringRule {
    /// A judgement, or a text attribute, whose value is the code of a level; 1 to 50 levels.
    Levels(Vec<ScoreLevel>),
    /// A number, by ascending thresholds; 1 to 50 bands. A number below the lowest threshold gives no points.
    Bands(Vec<ScoreBand>),
    /// A text, number or yes/no (`true`, `false`), by its value.
    Choices(ScoreChoices),
    /// A number, on a straight line.
    Linear(LinearRule),
    /// A number, by its place among all who are scored together.
    Percentile(PercentileRule),
}

/// A level of the classic paper form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "ScoreLevelInput")]
#[serde(deny_unknown_fields)]
pub struct ScoreLevel {
    /// The level's code, unique in the rule.
    pub code: Code,
    /// What a customer of this level is like.
    pub label: Label,
    /// What it gives, 0 to the factor's maximum.
    pub points: Exact,
}

/// A band from its threshold to the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "ScoreBandInput")]
#[serde(deny_unknown_fields)]
pub struct ScoreBand {
    /// The smallest number in the band; null in the first band means: every number below the second.
    pub from: Option<Exact>,
    /// What it gives, 0 to the factor's maximum.
    pub points: Exact,
}

/// Points by value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "ScoreChoicesInput")]
#[serde(deny_unknown_fields)]
pub struct ScoreChoices {
    /// 1 to 50 values, each once.
    #[schema(min_items = 1, max_items = 50)]
    pub choices: Vec<ScoreChoice>,
    /// What any other value gives; where null, another value counts as missing.
    pub otherwise: Option<Exact>,
}

/// The points of one value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "ScoreChoiceInput")]
#[serde(deny_unknown_fields)]
pub struct ScoreChoice {
    /// The value, letter by letter; `true` and `false` for yes/no; a number without needless zeros.
    #[schema(min_length = 1, max_length = 200)]
    pub value: String,
    /// What it gives, 0 to the factor's maximum.
    pub points: Exact,
}

/// A straight line from no points at `from` to the maximum at `to`, level beyond both. `from` above `to` means that less is better.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "LinearRuleInput")]
#[serde(deny_unknown_fields)]
pub struct LinearRule {
    /// The number that gives no points.
    pub from: Exact,
    /// The number that gives the maximum.
    pub to: Exact,
}

/// Points by place: the maximum for the best of all who are scored together and have the number, none for the worst, and
/// for anyone else the share of the others who are worse, of equals half. Whoever stands alone gets half.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "PercentileRuleInput")]
#[serde(deny_unknown_fields)]
pub struct PercentileRule {
    /// Which end is the best.
    pub better: Better,
}

/// Which end of an order is the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[schema(as = BetterEnd)]
#[graphql(name = "BetterEnd")]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// The largest number.
    Higher,
    /// The smallest number, as of days overdue.
    Lower,
}

/// What a rule gives for a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Marked {
    pub(super) points: Decimal,
    /// Which of the rule's levels, bands or choices (counted from 0) the points come from.
    pub(super) matched: Option<u32>,
    /// The place among all, 0 to 1.
    pub(super) percentile: Option<Decimal>,
}

impl ScoringRule {
    /// The points for a value; an error where the rule cannot read it, or has nobody to rank it among.
    pub(super) fn mark(&self, value: &FactValue, max: Decimal, ranking: Option<&Ranking>) -> Result<Marked, Missing> {
        let number = || value.as_number().ok_or(Missing::WrongType);
        match self {
            Self::Levels(levels) => mark_level(levels, value),
            Self::Bands(bands) => Ok(mark_band(bands, number()?)),
            Self::Choices(choices) => mark_choice(choices, value),
            Self::Linear(line) => Ok(Marked { points: line.at(number()?, max), ..Marked::default() }),
            Self::Percentile(rule) => {
                let place = ranking.ok_or(Missing::NotAvailable)?.place(number()?, rule.better);
                Ok(Marked {
                    points: place.share_of(max),
                    matched: None,
                    percentile: Some(place.share_of(Decimal::ONE)),
                })
            }
        }
    }

    /// Whether it reads numbers alone.
    pub fn needs_number(&self) -> bool {
        matches!(self, Self::Bands(_) | Self::Linear(_) | Self::Percentile(_))
    }
}

impl LinearRule {
    /// The points at a number: 0 to `max`.
    fn at(&self, number: Decimal, max: Decimal) -> Decimal {
        let (from, to) = (self.from.0, self.to.0);
        let inside = number.clamp(from.min(to), from.max(to));
        // Multiplied first, so that a quotient that is exact stays exact.
        ((inside - from) * max).checked_div(to - from).unwrap_or_default()
    }
}

fn mark_level(levels: &[ScoreLevel], value: &FactValue) -> Result<Marked, Missing> {
    let FactValue::Text(code) = value else { return Err(Missing::WrongType) };
    let hit = (0u32..).zip(levels).find(|(_, level)| level.code.as_str() == code);
    hit.map(|(index, level)| stepped(level.points, Some(index))).ok_or(Missing::UnknownValue)
}

fn mark_band(bands: &[ScoreBand], number: Decimal) -> Marked {
    let reached = bands.partition_point(|band| band.from.is_none_or(|from| from.0 <= number));
    match reached.checked_sub(1).and_then(|index| Some((bands.get(index)?, u32::try_from(index).ok()))) {
        Some((band, index)) => stepped(band.points, index),
        None => Marked::default(),
    }
}

fn mark_choice(rule: &ScoreChoices, value: &FactValue) -> Result<Marked, Missing> {
    let matches = |choice: &ScoreChoice| match value {
        FactValue::Text(text) => choice.value == *text,
        FactValue::Flag(flag) => choice.value == if *flag { "true" } else { "false" },
        FactValue::Number(number) => choice.value.parse::<Decimal>().is_ok_and(|chosen| chosen == number.0),
    };
    match (0u32..).zip(&rule.choices).find(|(_, choice)| matches(choice)) {
        Some((index, choice)) => Ok(stepped(choice.points, Some(index))),
        None => rule.otherwise.map(|points| stepped(points, None)).ok_or(Missing::UnknownValue),
    }
}

fn stepped(points: Exact, matched: Option<u32>) -> Marked {
    Marked { points: points.0, matched, percentile: None }
}

/// How a factor's value becomes points: exactly one of the fields is set.
#[Object]
impl ScoringRule {
    /// The levels, where it is a rule of levels.
    #[graphql(name = "levels")]
    async fn gql_levels(&self) -> Option<&[ScoreLevel]> {
        if let Self::Levels(levels) = self { Some(levels) } else { None }
    }

    /// The bands in ascending order, where it is a rule of bands.
    #[graphql(name = "bands")]
    async fn gql_bands(&self) -> Option<&[ScoreBand]> {
        if let Self::Bands(bands) = self { Some(bands) } else { None }
    }

    /// The choices, where it is a rule of choices.
    #[graphql(name = "choices")]
    async fn gql_choices(&self) -> Option<&ScoreChoices> {
        if let Self::Choices(choices) = self { Some(choices) } else { None }
    }

    /// The line, where it is a linear rule.
    #[graphql(name = "linear")]
    async fn gql_linear(&self) -> Option<&LinearRule> {
        if let Self::Linear(line) = self { Some(line) } else { None }
    }

    /// The order, where it goes by the place among all.
    #[graphql(name = "percentile")]
    async fn gql_percentile(&self) -> Option<PercentileRule> {
        if let Self::Percentile(rule) = self { Some(*rule) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn points(rule: &str, value: FactValue) -> Result<String, Missing> {
        let rule: ScoringRule = serde_json::from_str(rule).unwrap();
        rule.mark(&value, d("10"), None).map(|marked| marked.points.normalize().to_string())
    }

    #[test]
    fn a_band_begins_at_its_threshold() {
        let rule = r#"{"bands": [{"from": null, "points": "1"}, {"from": "0.05", "points": "4"}, {"from": "0.2", "points": "10"}]}"#;
        let at = |v: &str| points(rule, FactValue::number(d(v))).unwrap();
        assert_eq!([at("-9"), at("0.0499"), at("0.05"), at("0.1999"), at("0.2")], ["1", "1", "4", "4", "10"]);
        let closed = r#"{"bands": [{"from": "0", "points": "3"}]}"#;
        assert_eq!(points(closed, FactValue::number(d("-1"))), Ok("0".into()));
        assert_eq!(points(closed, FactValue::text("x")), Err(Missing::WrongType));
    }

    #[test]
    fn a_line_is_clamped_and_runs_both_ways() {
        let up = r#"{"linear": {"from": "0", "to": "0.4"}}"#;
        let down = r#"{"linear": {"from": "90", "to": "30"}}"#;
        let at = |rule, v: &str| points(rule, FactValue::number(d(v))).unwrap();
        assert_eq!([at(up, "-1"), at(up, "0.1"), at(up, "0.4"), at(up, "9")], ["0", "2.5", "10", "10"]);
        assert_eq!([at(down, "120"), at(down, "90"), at(down, "45"), at(down, "3")], ["0", "0", "7.5", "10"]);
    }

    #[test]
    fn levels_and_choices_match_by_value() {
        let levels = r#"{"levels": [{"code": "A", "label": {"en": "a", "zh": "甲"}, "points": "10"}]}"#;
        assert_eq!(points(levels, FactValue::text("A")), Ok("10".into()));
        assert_eq!(points(levels, FactValue::text("B")), Err(Missing::UnknownValue));
        assert_eq!(points(levels, FactValue::Flag(true)), Err(Missing::WrongType));
        let strict = r#"{"choices": {"choices": [{"value": "true", "points": "8"}, {"value": "3.5", "points": "2"}]}}"#;
        assert_eq!(points(strict, FactValue::Flag(true)), Ok("8".into()));
        assert_eq!(points(strict, FactValue::number(d("3.50"))), Ok("2".into()));
        assert_eq!(points(strict, FactValue::text("false")), Err(Missing::UnknownValue));
        let open = r#"{"choices": {"choices": [{"value": "steel", "points": "8"}], "otherwise": "1"}}"#;
        assert_eq!(points(open, FactValue::text("paper")), Ok("1".into()));
    }
}
