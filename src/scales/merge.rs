//! One scale proposed from several: the median of what each says.
//!
//! A dimension that a scale lacks weighs 0 in it, a factor has no points, so that what most do not have drops out and of
//! two scales the mean is taken. Names, rules and everything that has no median come from the first scale that has it.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::wire::MergedDimension;
use super::{
    Cap, Dimension, Factor, FixedBand, GradeBands, QuotaBand, QuotaBands, ScaleDefinition, ScoringRule, usual_coverage,
};
use crate::values::{Code, Exact, round_ratio, round_score};

/// A weight's smallest step: a millionth.
const STEPS: i64 = 1_000_000;
/// More points than a factor can have.
const MOST_POINTS: i64 = 10_000;

/// The proposed definition, and every dimension of the scales, by code. The proposal's weights sum to exactly 1.
pub fn merge(scales: &[ScaleDefinition]) -> (ScaleDefinition, Vec<MergedDimension>) {
    let mut dimensions: Vec<(Decimal, Dimension)> = Vec::new();
    for first in firsts(scales.iter().flat_map(|scale| &scale.dimensions), |dimension| &dimension.code) {
        let median = weight_median(scales, &first.code);
        if median > Decimal::ZERO {
            dimensions.push((median, Dimension { factors: Vec::new(), ..first.clone() }));
        }
    }
    let kept: BTreeSet<Code> = dimensions.iter().map(|(_, dimension)| dimension.code.clone()).collect();
    for (home, factor) in merged_factors(scales, &kept) {
        let dimension = dimensions.iter_mut().find(|(_, dimension)| dimension.code == home);
        if let Some((_, dimension)) = dimension {
            dimension.factors.push(factor);
        }
    }
    dimensions.retain(|(_, dimension)| !dimension.factors.is_empty());
    scale_to_one(&mut dimensions);
    let report = report(scales, &dimensions);
    let grade_bands = merged_bands(scales);
    let caps = merged_caps(scales, &grade_bands);
    let dimensions = dimensions.into_iter().map(|(_, dimension)| dimension).collect();
    let min_coverage = merged_coverage(scales);
    (ScaleDefinition { dimensions, grade_bands, caps, min_coverage }, report)
}

/// The median of what they ask for.
fn merged_coverage(scales: &[ScaleDefinition]) -> Exact {
    if scales.is_empty() {
        return usual_coverage();
    }
    let of_each = scales.iter().map(|scale| within(scale.min_coverage.0, Decimal::ONE));
    Exact(round_ratio(median(of_each.collect())).normalize())
}

/// The first of each code, in the order in which they come.
fn firsts<'a, T>(items: impl Iterator<Item = &'a T>, code: impl Fn(&T) -> &Code) -> Vec<&'a T> {
    let mut seen = BTreeSet::new();
    items.filter(|item| seen.insert(code(item).clone())).collect()
}

/// The middle one, of an even number the mean of the two in the middle; 0 where there are none.
fn median(mut values: Vec<Decimal>) -> Decimal {
    values.sort_unstable();
    let middle = values.len() / 2;
    let at = |place: usize| values.get(place).copied().unwrap_or_default();
    if values.len() % 2 == 1 { at(middle) } else { (at(middle.saturating_sub(1)) + at(middle)) / Decimal::TWO }
}

/// A draft may hold any number; what is out of range must not reach the arithmetic.
fn within(value: Decimal, most: Decimal) -> Decimal {
    value.clamp(Decimal::ZERO, most)
}

fn weights<'a>(scales: &'a [ScaleDefinition], code: &'a Code) -> impl Iterator<Item = Decimal> + 'a {
    scales.iter().map(move |scale| {
        let found = scale.dimensions.iter().find(|dimension| dimension.code == *code);
        found.map_or(Decimal::ZERO, |dimension| within(dimension.weight.0, Decimal::ONE))
    })
}

fn weight_median(scales: &[ScaleDefinition], code: &Code) -> Decimal {
    median(weights(scales, code).collect())
}

/// Every factor that most have, with the dimension it goes to.
fn merged_factors(scales: &[ScaleDefinition], kept: &BTreeSet<Code>) -> Vec<(Code, Factor)> {
    let mut merged = Vec::new();
    for first in firsts(scales.iter().flat_map(ScaleDefinition::factors), |factor| &factor.code) {
        let of_each = scales.iter().map(|scale| {
            let found = scale.factors().find(|factor| factor.code == first.code);
            found.map_or(Decimal::ZERO, |factor| within(factor.max_points.0, MOST_POINTS.into()))
        });
        let max = round_score(median(of_each.collect())).normalize();
        let homes = scales.iter().flat_map(|scale| &scale.dimensions);
        let home = homes
            .filter(|dimension| kept.contains(&dimension.code))
            .find(|dimension| dimension.factors.iter().any(|factor| factor.code == first.code));
        if let (true, Some(home)) = (max > Decimal::ZERO, home) {
            merged.push((home.code.clone(), rescaled(first, max)));
        }
    }
    merged
}

/// The factor with another maximum, the points of its rule in proportion.
fn rescaled(factor: &Factor, max: Decimal) -> Factor {
    let old = within(factor.max_points.0, MOST_POINTS.into());
    let points = |points: Exact| -> Exact {
        let part = within(points.0, old);
        let scaled = (part * max).checked_div(old).unwrap_or_default();
        Exact(within(round_score(scaled), max).normalize())
    };
    let mut rule = factor.rule.clone();
    if old != max {
        match &mut rule {
            ScoringRule::Levels(levels) => levels.iter_mut().for_each(|level| level.points = points(level.points)),
            ScoringRule::Bands(bands) => bands.iter_mut().for_each(|band| band.points = points(band.points)),
            ScoringRule::Choices(rule) => {
                rule.choices.iter_mut().for_each(|choice| choice.points = points(choice.points));
                rule.otherwise = rule.otherwise.map(points);
            }
            ScoringRule::Linear(_) | ScoringRule::Percentile(_) => {}
        }
    }
    Factor { max_points: Exact(max), rule, ..factor.clone() }
}

/// Gives the dimensions their medians, scaled to sum to exactly 1 by largest remainder in millionths; ties by code.
fn scale_to_one(dimensions: &mut [(Decimal, Dimension)]) {
    let sum: Decimal = dimensions.iter().map(|(median, _)| *median).sum();
    let steps = Decimal::from(STEPS);
    let exact = |median: Decimal| (median * steps).checked_div(sum).unwrap_or_default();
    let mut left = STEPS;
    let mut remainders = Vec::new();
    for (place, (median, dimension)) in dimensions.iter_mut().enumerate() {
        let (whole, rest) = (exact(*median).trunc(), exact(*median).fract());
        dimension.weight = Exact(whole);
        left -= i64::try_from(whole).unwrap_or(0);
        remainders.push((rest, dimension.code.clone(), place));
    }
    remainders.sort_by(|(a, x, _), (b, y, _)| b.cmp(a).then_with(|| x.cmp(y)));
    for ((_, _, place), _) in remainders.into_iter().zip(0..left) {
        if let Some((_, dimension)) = dimensions.get_mut(place) {
            dimension.weight.0 += Decimal::ONE;
        }
    }
    for (_, dimension) in dimensions {
        dimension.weight = Exact((dimension.weight.0 / steps).normalize());
    }
}

fn report(scales: &[ScaleDefinition], kept: &[(Decimal, Dimension)]) -> Vec<MergedDimension> {
    let codes: BTreeSet<&Code> = scales.iter().flat_map(|scale| &scale.dimensions).map(|d| &d.code).collect();
    let one = |code: &Code| MergedDimension {
        code: code.clone(),
        weights: weights(scales, code).map(Exact).collect(),
        median: Exact(round_ratio(weight_median(scales, code))),
        weight: kept.iter().find(|(_, dimension)| dimension.code == *code).map(|(_, dimension)| dimension.weight),
    };
    codes.into_iter().map(one).collect()
}

/// The medians of thresholds or shares where all scales have the same grades in the same order, reached the same way;
/// else the first scale's.
fn merged_bands(scales: &[ScaleDefinition]) -> GradeBands {
    let all: Vec<&GradeBands> = scales.iter().map(|scale| &scale.grade_bands).collect();
    let Some(first) = all.first() else { return GradeBands::Fixed(Vec::new()) };
    if !all.iter().all(|bands| bands.grades() == first.grades()) {
        return (*first).clone();
    }
    match first {
        GradeBands::Fixed(bands) => {
            let Some(sets) = all.iter().map(|b| fixed(b)).collect::<Option<Vec<_>>>() else { return (*first).clone() };
            let score = |place: usize| {
                let of_each = sets.iter().filter_map(|set| set.get(place)).map(|band| band.min_score.0);
                let median = median(of_each.map(|score| within(score, Decimal::ONE_HUNDRED)).collect());
                Exact(round_score(median).normalize())
            };
            let merged = bands.iter().enumerate().map(|(i, band)| FixedBand { min_score: score(i), ..band.clone() });
            GradeBands::Fixed(merged.collect())
        }
        GradeBands::Quota(QuotaBands { bands, ties, refill }) => {
            let Some(sets) = all.iter().map(|b| quota(b)).collect::<Option<Vec<_>>>() else { return (*first).clone() };
            let share = |place: usize| {
                let of_each = sets.iter().filter_map(|set| set.get(place)).map(|band| band.share);
                let shares: Option<Vec<Decimal>> =
                    of_each.map(|share| share.map(|share| within(share.0, Decimal::ONE))).collect();
                shares.map(|shares| Exact(round_ratio(median(shares)).normalize()))
            };
            let merged = bands.iter().enumerate().map(|(i, band)| QuotaBand { share: share(i), ..band.clone() });
            GradeBands::Quota(QuotaBands { bands: merged.collect(), ties: *ties, refill: *refill })
        }
    }
}

fn fixed(bands: &GradeBands) -> Option<&[FixedBand]> {
    if let GradeBands::Fixed(bands) = bands { Some(bands) } else { None }
}

fn quota(bands: &GradeBands) -> Option<&[QuotaBand]> {
    if let GradeBands::Quota(quota) = bands { Some(&quota.bands) } else { None }
}

/// The caps that more than half of the scales have, as the first of them words them.
fn merged_caps(scales: &[ScaleDefinition], bands: &GradeBands) -> Vec<Cap> {
    let same = |a: &Cap, b: &Cap| a.condition == b.condition && a.at_best == b.at_best;
    let mut merged: Vec<Cap> = Vec::new();
    for cap in scales.iter().flat_map(|scale| &scale.caps) {
        let having = scales.iter().filter(|scale| scale.caps.iter().any(|other| same(other, cap))).count();
        let is_known = merged.iter().any(|other| same(other, cap));
        if !is_known && 2 * having > scales.len() && bands.position(&cap.at_best).is_some() {
            merged.push(cap.clone());
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::scales::{templates, validate};

    /// Dimensions of these codes and weights, each with a factor of its code worth these points.
    fn scale(parts: &[(&str, &str, &str)], a_from: &str) -> ScaleDefinition {
        let label = json!({"en": "x", "zh": "x"});
        let dimensions: Vec<Value> = parts
            .iter()
            .map(|(code, weight, max)| {
                let half = (max.parse::<Decimal>().unwrap() / Decimal::TWO).to_string();
                json!({"code": code, "label": label, "axis": "quality", "weight": weight, "factors": [
                    {"code": format!("f_{code}"), "label": label, "max_points": max, "source": {"metric": "growth_l12"},
                     "rule": {"bands": [{"from": null, "points": half}, {"from": "0", "points": max}]}, "missing": "zero"}]})
            })
            .collect();
        serde_json::from_value(json!({"dimensions": dimensions, "grade_bands": {"fixed": [
            {"grade": "A", "label": label, "min_score": a_from}, {"grade": "C", "label": label, "min_score": "0"}]}}))
        .unwrap()
    }

    fn weights_of(definition: &ScaleDefinition) -> Vec<String> {
        definition.dimensions.iter().map(|d| format!("{} {}", d.code, d.weight)).collect()
    }

    #[test]
    fn of_three_scales_the_middle_is_taken_and_scaled_to_one() {
        let scales = [
            scale(&[("value", "0.5", "10"), ("future", "0.3", "10"), ("trust", "0.2", "10")], "80"),
            scale(&[("value", "0.4", "20"), ("future", "0.6", "10")], "70"),
            scale(&[("value", "0.6", "10"), ("trust", "0.3", "12"), ("price", "0.1", "5")], "75"),
        ];
        let (merged, report) = merge(&scales);
        // Medians 0.5, 0.3, 0.2 and, of 0, 0 and 0.1, none; they sum to 1 as they are.
        assert_eq!(weights_of(&merged), ["value 0.5", "future 0.3", "trust 0.2"]);
        assert_eq!(validate(&merged), []);
        let price = report.iter().find(|d| d.code.as_str() == "price").unwrap();
        assert_eq!((price.weight, price.median.to_string().as_str()), (None, "0.000000"));
        assert_eq!(report.iter().map(|d| d.code.as_str()).collect::<Vec<_>>(), ["future", "price", "trust", "value"]);
        let GradeBands::Fixed(bands) = &merged.grade_bands else { panic!("fixed") };
        assert_eq!(bands[0].min_score.to_string(), "75");
        // Points of the factor value: 10, 20, 10.
        assert_eq!(merged.dimensions[0].factors[0].max_points.to_string(), "10");
    }

    #[test]
    fn of_two_scales_the_mean_is_taken_and_the_rest_goes_to_the_largest_remainder() {
        let scales = [
            scale(&[("a", "0.4", "10"), ("b", "0.6", "8")], "80"),
            scale(&[("a", "0.5", "20"), ("c", "0.5", "10")], "70"),
        ];
        let (merged, _) = merge(&scales);
        // 0.45, 0.3 and 0.25.
        assert_eq!(weights_of(&merged), ["a 0.45", "b 0.3", "c 0.25"]);
        let factor = &merged.dimensions[0].factors[0];
        let ScoringRule::Bands(bands) = &factor.rule else { panic!("bands") };
        assert_eq!((factor.max_points.to_string(), bands[0].points.to_string()), ("15".into(), "7.5".into()));

        let thirds = [scale(&[("a", "0.2", "10"), ("b", "0.2", "10"), ("c", "0.2", "10")], "80")];
        let (merged, _) = merge(&thirds);
        assert_eq!(weights_of(&merged), ["a 0.333334", "b 0.333333", "c 0.333333"]);
    }

    #[test]
    fn the_coverage_is_the_median_and_options_of_quotas_are_the_first_scales() {
        let label = json!({"en": "x", "zh": "x"});
        let of = |coverage: &str, ties: &str| {
            let mut scale = scale(&[("a", "1", "10")], "80");
            scale.min_coverage = Exact(coverage.parse().unwrap());
            scale.grade_bands =
                serde_json::from_value(json!({"quota": [{"grade": "A", "label": label, "share": "0.2"},
                {"grade": "C", "label": label, "share": null}], "ties": ties, "refill": ties == "better"}))
                .unwrap();
            scale
        };
        let (merged, _) = merge(&[of("0.3", "better"), of("0.8", "external_id"), of("0.7", "external_id")]);
        assert_eq!(merged.min_coverage.to_string(), "0.7");
        let GradeBands::Quota(quota) = &merged.grade_bands else { panic!("quota") };
        assert_eq!((quota.ties, quota.refill), (crate::scales::QuotaTies::Better, true));
        let (merged, _) = merge(&[of("0.3", "external_id"), of("0.8", "better")]);
        assert_eq!(merged.min_coverage.to_string(), "0.55");
    }

    #[test]
    fn one_scale_alone_stays_as_it_is() {
        for template in templates() {
            let (merged, report) = merge(std::slice::from_ref(&template.definition));
            assert_eq!(merged, template.definition, "{}", template.code);
            assert_eq!(report.len(), template.definition.dimensions.len());
        }
    }

    proptest! {
        #[test]
        fn weights_always_sum_to_one(shares in prop::collection::vec(prop::collection::vec(0u32..100, 4), 1..6)) {
            let scales: Vec<ScaleDefinition> = shares
                .iter()
                .map(|shares| {
                    let sum: u32 = shares.iter().sum::<u32>().max(1);
                    let parts: Vec<(&str, String)> = ["a", "b", "c", "d"].into_iter().zip(shares)
                        .filter(|(_, share)| **share > 0)
                        .map(|(code, share)| (code, (Decimal::from(*share) / Decimal::from(sum)).round_dp(6).to_string()))
                        .collect();
                    let parts: Vec<(&str, &str, &str)> = parts.iter().map(|(c, w)| (*c, w.as_str(), "10")).collect();
                    scale(&parts, "80")
                })
                .collect();
            let (merged, _) = merge(&scales);
            let sum: Decimal = merged.dimensions.iter().map(|d| d.weight.0).sum();
            prop_assert!(merged.dimensions.is_empty() || sum == Decimal::ONE, "{}", sum);
            prop_assert!(merged.dimensions.iter().all(|d| d.weight.scale() <= 6));
        }
    }
}
