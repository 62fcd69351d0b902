//! Scores worked out again from a definition and the raw values that an explanation tells.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use super::ledger::{decimal, round};
use super::table::text;

/// The values that all who are graded together have of a factor, by its code, in ascending order.
pub type Places = BTreeMap<String, Vec<Decimal>>;

/// A sheet's score before rounding.
pub struct Worked {
    /// Sum of weight x dimension score, the weights of the dimensions that count scaled to 1.
    pub score: Option<Decimal>,
    /// Points of factors whose value is told: what stands in for a missing one is not known.
    pub known: Decimal,
    /// All maximum points.
    pub all: Decimal,
}

/// Works out the score of dimensions. Points and dimension scores on the way must be those that are told.
#[track_caller]
pub fn work(defined: &[&Value], told: &[&Value], places: &Places) -> Worked {
    assert_eq!(defined.len(), told.len());
    let mut worked = Worked { score: None, known: Decimal::ZERO, all: Decimal::ZERO };
    let (mut weighted, mut weights) = (Decimal::ZERO, Decimal::ZERO);
    for (defined, told) in defined.iter().zip(told) {
        assert_eq!((&defined["code"], &defined["weight"]), (&told["code"], &told["weight"]));
        let (mut points, mut maximum) = (Decimal::ZERO, Decimal::ZERO);
        let pairs = list(defined, "factors").iter().zip(list(told, "factors"));
        for (factor, told) in pairs {
            assert_eq!(factor["code"], told["code"]);
            let found = points_of(factor, told, places);
            assert_eq!(text(&told["points"]), shown(found), "{told}");
            worked.all += number(&factor["max_points"]);
            if told["missing"].is_null() {
                worked.known += number(&factor["max_points"]);
            }
            if let Some(found) = found {
                points += found;
                maximum += number(&factor["max_points"]);
            }
        }
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
fn points_of(factor: &Value, told: &Value, places: &Places) -> Option<Decimal> {
    let maximum = number(&factor["max_points"]);
    let Some(value) = told["value"]["number"].as_str().map(decimal) else {
        return match factor["missing"].as_str() {
            Some("excluded") => None,
            Some("zero") => Some(Decimal::ZERO),
            Some("neutral") => Some(maximum / Decimal::TWO),
            other => panic!("no template has {other:?}"),
        };
    };
    if let Some(bands) = factor["rule"]["bands"].as_array() {
        let reached = |band: &&Value| band["from"].as_str().is_none_or(|from| decimal(from) <= value);
        return Some(bands.iter().rfind(reached).map_or(Decimal::ZERO, |band| number(&band["points"])));
    }
    if factor["rule"]["percentile"].is_object() {
        let others = &places[factor["code"].as_str().unwrap()];
        let below = others.partition_point(|other| *other < value);
        let equal = others.partition_point(|other| *other <= value) - below - 1;
        // Of equals half are worse.
        let worse = Decimal::from(2 * below + equal);
        return Some(maximum * worse / Decimal::from(2 * (others.len() - 1)));
    }
    let line = &factor["rule"]["linear"];
    let (from, to) = (number(&line["from"]), number(&line["to"]));
    Some(((value - from) / (to - from)).clamp(Decimal::ZERO, Decimal::ONE) * maximum)
}

/// A score as it is told: 4 places, nothing where there is none. What divisions leave in the last of 28 digits is no
/// reason to round 39.30945 down.
pub fn shown(score: Option<Decimal>) -> String {
    score.map(|score| round(round(score, 18), 4).to_string()).unwrap_or_default()
}

#[track_caller]
pub fn number(value: &Value) -> Decimal {
    decimal(value.as_str().unwrap_or_else(|| panic!("{value} is no decimal")))
}

#[track_caller]
pub fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().unwrap_or_else(|| panic!("no list {name} in {value}"))
}
