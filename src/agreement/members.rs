//! Members who judge the same customers.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::Counts;
use super::wire::{FactorAgreement, Figures, JudgedDifferently, MemberPair, MemberRating};
use crate::scales::{Factor, FactorSource, Rating, ScaleDefinition, ScoringRule};
use crate::values::{Code, CustomerId, Exact, ratio};

/// Ratings of one customer on one factor, by member: the member and the place of the level.
type Judged<'a> = BTreeMap<CustomerId, BTreeMap<&'a str, usize>>;

/// Whether members agree, factor by factor, in the order of the definition; of each the `most` customers whom they judge
/// furthest apart. Levels are ordered by their points, the highest first, and where they give the same as they are
/// written.
pub(super) fn agreement(definition: &ScaleDefinition, ratings: &[Rating], most: usize) -> Vec<FactorAgreement> {
    definition.factors().filter_map(|factor| of_factor(factor, ratings, most)).collect()
}

fn of_factor(factor: &Factor, ratings: &[Rating], most: usize) -> Option<FactorAgreement> {
    let (FactorSource::Judgement(_), ScoringRule::Levels(levels)) = (&factor.source, &factor.rule) else { return None };
    let mut ordered: Vec<(Decimal, &Code)> = levels.iter().map(|level| (level.points.0, &level.code)).collect();
    ordered.sort_by(|(a, _), (b, _)| b.cmp(a));
    let classes: Vec<Code> = ordered.into_iter().map(|(_, code)| code.clone()).collect();
    let mut judged = Judged::new();
    for rating in ratings.iter().filter(|rating| rating.factor == factor.code) {
        if let Some(place) = classes.iter().position(|class| class.as_str() == rating.level) {
            judged.entry(rating.customer).or_default().insert(&rating.author, place);
        }
    }
    let given = judged.values().map(BTreeMap::len).sum::<usize>();
    judged.retain(|_, by| by.len() > 1);
    let pairs = pairs(&judged, classes.len());
    let (equal, all) = pairs.iter().fold((0, 0), |(equal, all), (.., counts)| {
        let same: u64 = counts.rows().iter().enumerate().filter_map(|(i, row)| row.get(i)).sum();
        (equal + same, all + counts.total())
    });
    let differences = differences(&judged, &classes, most);
    Some(FactorAgreement {
        factor: factor.code.clone(),
        label: factor.label.clone(),
        ratings: i32::try_from(given).unwrap_or(i32::MAX),
        customers: i32::try_from(judged.len()).unwrap_or(i32::MAX),
        equal_share: ratio(Decimal::from(equal), Decimal::from(all)).map(Exact),
        pairs: pairs
            .into_iter()
            .map(|(first, second, counts)| MemberPair {
                first: first.to_owned(),
                second: second.to_owned(),
                figures: Figures::new(&counts),
            })
            .collect(),
        classes,
        differences,
    })
}

/// Every two members who have judged a customer both, by name, and how.
fn pairs<'a>(judged: &Judged<'a>, classes: usize) -> Vec<(&'a str, &'a str, Counts)> {
    let members: BTreeSet<&str> = judged.values().flat_map(|by| by.keys().copied()).collect();
    let members: Vec<&str> = members.into_iter().collect();
    let mut pairs = Vec::new();
    for (place, first) in members.iter().enumerate() {
        for second in members.iter().skip(place + 1) {
            let mut counts = Counts::new(classes);
            for by in judged.values() {
                if let (Some(row), Some(column)) = (by.get(first), by.get(second)) {
                    counts.add(*row, *column);
                }
            }
            if counts.total() > 0 {
                pairs.push((*first, *second, counts));
            }
        }
    }
    pairs
}

/// The customers on whom members are furthest apart, by levels between and then by id.
fn differences(judged: &Judged<'_>, classes: &[Code], most: usize) -> Vec<JudgedDifferently> {
    let spread = |by: &BTreeMap<&str, usize>| {
        by.values().max().copied().unwrap_or_default() - by.values().min().copied().unwrap_or_default()
    };
    let mut apart: Vec<(usize, &CustomerId, &BTreeMap<&str, usize>)> =
        judged.iter().map(|(customer, by)| (spread(by), customer, by)).filter(|(apart, ..)| *apart > 0).collect();
    apart.sort_by(|(a, x, _), (b, y, _)| b.cmp(a).then_with(|| x.cmp(y)));
    apart.truncate(most);
    let one = |(apart, customer, by): (usize, &CustomerId, &BTreeMap<&str, usize>)| JudgedDifferently {
        customer_id: *customer,
        customer_external_id: String::new(),
        customer_name: String::new(),
        levels_apart: i32::try_from(apart).unwrap_or(i32::MAX),
        ratings: by
            .iter()
            .filter_map(|(author, place)| {
                Some(MemberRating { author: (*author).to_owned(), level: classes.get(*place)?.clone() })
            })
            .collect(),
    };
    apart.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn definition() -> ScaleDefinition {
        let label = json!({"en": "x", "zh": "x"});
        let level = |code: &str, points: &str| json!({"code": code, "label": label, "points": points});
        serde_json::from_value(json!({
            "dimensions": [{"code": "d", "label": label, "axis": "quality", "weight": "1", "factors": [
                {"code": "trust", "label": label, "max_points": "10", "source": {"judgement": {}}, "missing": "zero",
                 "rule": {"levels": [level("low", "1"), level("high", "10"), level("middle", "5")]}},
                {"code": "size", "label": label, "max_points": "10", "source": {"metric": "revenue_l12"}, "missing": "zero",
                 "rule": {"linear": {"from": "0", "to": "1"}}}]}],
            "grade_bands": {"fixed": [{"grade": "A", "label": label, "min_score": "0"}]}}))
        .unwrap()
    }

    fn rating(customer: u128, author: &str, level: &str) -> Rating {
        let customer = CustomerId(Uuid::from_u128(customer));
        Rating { factor: "trust".parse().unwrap(), customer, author: author.into(), level: level.into() }
    }

    #[test]
    fn members_are_compared_two_by_two_on_what_both_have_judged() {
        let ratings = [
            rating(1, "li", "high"),
            rating(1, "wang", "high"),
            rating(2, "li", "low"),
            rating(2, "wang", "high"),
            rating(3, "li", "middle"),
            rating(3, "zhao", "low"),
            rating(4, "li", "low"),
            rating(1, "zhao", "gone"),
        ];
        let found = agreement(&definition(), &ratings, 10);
        assert_eq!(found.len(), 1);
        let trust = &found[0];
        assert_eq!(trust.classes.iter().map(Code::as_str).collect::<Vec<_>>(), ["high", "middle", "low"]);
        assert_eq!((trust.ratings, trust.customers), (7, 3));
        let pairs: Vec<_> =
            trust.pairs.iter().map(|p| (p.first.as_str(), p.second.as_str(), p.figures.compared)).collect();
        assert_eq!(pairs, [("li", "wang", 2), ("li", "zhao", 1)]);
        // Of three comparisons one is equal.
        assert_eq!(trust.equal_share.unwrap().to_string(), "0.333333");
        let apart: Vec<_> = trust.differences.iter().map(|d| (d.customer_id.0.as_u128(), d.levels_apart)).collect();
        assert_eq!(apart, [(2, 2), (3, 1)]);
        assert_eq!(trust.differences[0].ratings[1].level.as_str(), "high");
    }
}
