//! Scores worked out again from a definition and the raw values that an explanation tells.

use rust_decimal::Decimal;
use serde_json::Value;

use super::ledger::{decimal, round};
use super::table::text;

/// A sheet's score before rounding.
pub struct Worked {
    /// Sum of weight x dimension score, the weights of the dimensions that count scaled to 1.
    pub score: Option<Decimal>,
    /// Points counted in the maxima.
    pub counted: Decimal,
    /// All maximum points.
    pub all: Decimal,
}

/// Works out the score of dimensions. Points and dimension scores on the way must be those that are told.
#[track_caller]
pub fn work(defined: &[&Value], told: &[&Value]) -> Worked {
    assert_eq!(defined.len(), told.len());
    let mut worked = Worked { score: None, counted: Decimal::ZERO, all: Decimal::ZERO };
    let (mut weighted, mut weights) = (Decimal::ZERO, Decimal::ZERO);
    for (defined, told) in defined.iter().zip(told) {
        assert_eq!((&defined["code"], &defined["weight"]), (&told["code"], &told["weight"]));
        let (mut points, mut maximum) = (Decimal::ZERO, Decimal::ZERO);
        let pairs = list(defined, "factors").iter().zip(list(told, "factors"));
        for (factor, told) in pairs {
            assert_eq!(factor["code"], told["code"]);
            let found = points_of(factor, told);
            assert_eq!(text(&told["points"]), shown(found), "{told}");
            worked.all += number(&factor["max_points"]);
            if let Some(found) = found {
                points += found;
                maximum += number(&factor["max_points"]);
            }
        }
        worked.counted += maximum;
        let score = (maximum > Decimal::ZERO).then(|| Decimal::ONE_HUNDRED * points / maximum);
        assert_eq!(text(&told["score"]), shown(score), "{told}");
        if let Some(score) = score {
            weighted += number(&defined["weight"]) * score;
            weights += number(&defined["weight"]);
        }
    }
    worked.score = (weights > Decimal::ZERO).then(|| weighted / weights);
    worked
}

/// The points of a factor; none where it is left out.
fn points_of(factor: &Value, told: &Value) -> Option<Decimal> {
    let maximum = number(&factor["max_points"]);
    let Some(value) = told["value"]["number"].as_str().map(decimal) else {
        return match factor["missing"].as_str() {
            Some("excluded") => None,
            Some("zero") => Some(Decimal::ZERO),
            other => panic!("no template has {other:?}"),
        };
    };
    if let Some(bands) = factor["rule"]["bands"].as_array() {
        let reached = |band: &&Value| band["from"].as_str().is_none_or(|from| decimal(from) <= value);
        return Some(bands.iter().rfind(reached).map_or(Decimal::ZERO, |band| number(&band["points"])));
    }
    let line = &factor["rule"]["linear"];
    let (from, to) = (number(&line["from"]), number(&line["to"]));
    Some(((value - from) / (to - from)).clamp(Decimal::ZERO, Decimal::ONE) * maximum)
}

/// A score as it is told: 4 places, nothing where there is none.
pub fn shown(score: Option<Decimal>) -> String {
    score.map(|score| round(score, 4).to_string()).unwrap_or_default()
}

#[track_caller]
pub fn number(value: &Value) -> Decimal {
    decimal(value.as_str().unwrap_or_else(|| panic!("{value} is no decimal")))
}

#[track_caller]
pub fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().unwrap_or_else(|| panic!("no list {name} in {value}"))
}
