//! Changes tried on a scale: weights, points, rules, bands, caps.

use rust_decimal::Decimal;

use super::wire::ScaleChanges;
use crate::error::{Problems, Result};
use crate::scales::ScaleDefinition;
use crate::values::{Code, Exact, round_ratio};

/// The definition with the changes in it. Weights that are not named are scaled so that all sum to exactly 1 again; it
/// may still have problems, which a validation finds.
///
/// # Errors
/// `invalid_input` with the places in the changes that name nothing of the definition.
pub fn changed(definition: &ScaleDefinition, changes: &ScaleChanges) -> Result<ScaleDefinition> {
    let mut problems = Problems::new();
    let mut changed = definition.clone();
    for (i, change) in changes.weights.iter().flatten().enumerate() {
        match changed.dimensions.iter_mut().find(|dimension| dimension.code == change.dimension) {
            Some(dimension) => dimension.weight = change.weight,
            None => unknown(&mut problems, format!("/changes/weights/{i}/dimension"), &change.dimension),
        }
    }
    for (i, change) in changes.factors.iter().flatten().enumerate() {
        let mut factors = changed.dimensions.iter_mut().flat_map(|dimension| &mut dimension.factors);
        let Some(factor) = factors.find(|factor| factor.code == change.factor) else {
            unknown(&mut problems, format!("/changes/factors/{i}/factor"), &change.factor);
            continue;
        };
        factor.max_points = change.max_points.unwrap_or(factor.max_points);
        factor.missing = change.missing.unwrap_or(factor.missing);
        if let Some(rule) = &change.rule {
            factor.rule = rule.clone();
        }
        if let Some(base) = &change.min_base {
            factor.min_base = Some(base.clone());
        }
    }
    if let Some(bands) = &changes.grade_bands {
        changed.grade_bands = bands.clone();
    }
    if let Some(caps) = &changes.caps {
        changed.caps.clone_from(caps);
    }
    changed.min_coverage = changes.min_coverage.unwrap_or(changed.min_coverage);
    let named: Vec<&Code> = changes.weights.iter().flatten().map(|change| &change.dimension).collect();
    if !named.is_empty() {
        scale_others(&mut changed, &named);
    }
    problems.into_result().map(|()| changed)
}

/// Scales the weights of the dimensions that are not named to what the named ones leave. What rounding leaves goes to the
/// heaviest of them, ties by code.
fn scale_others(definition: &mut ScaleDefinition, named: &[&Code]) {
    let is_named = |code: &Code| named.contains(&code);
    let (mut given, mut others) = (Decimal::ZERO, Decimal::ZERO);
    for dimension in &definition.dimensions {
        *if is_named(&dimension.code) { &mut given } else { &mut others } += dimension.weight.0;
    }
    let left = Decimal::ONE - given;
    if others <= Decimal::ZERO || left <= Decimal::ZERO {
        return;
    }
    let mut rest = left;
    for dimension in definition.dimensions.iter_mut().filter(|dimension| !is_named(&dimension.code)) {
        let scaled = (dimension.weight.0 * left).checked_div(others).map(round_ratio).unwrap_or_default();
        dimension.weight = Exact(scaled.normalize());
        rest -= scaled;
    }
    let free = definition.dimensions.iter_mut().filter(|dimension| !is_named(&dimension.code));
    if let Some(heaviest) = free.max_by(|a, b| a.weight.0.cmp(&b.weight.0).then_with(|| b.code.cmp(&a.code))) {
        heaviest.weight.0 += rest;
    }
}

fn unknown(problems: &mut Problems, pointer: String, code: &Code) {
    let (en, zh) = (format!("The scale has no {code}."), format!("该量表中没有{code}。"));
    problems.add(pointer, "unknown_reference", en, zh);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grading::wire::WeightChange;
    use crate::scales::template;

    fn weights(definition: &ScaleDefinition) -> Vec<Decimal> {
        definition.dimensions.iter().map(|dimension| dimension.weight.0).collect()
    }

    #[test]
    fn the_weights_that_are_not_named_are_scaled_and_sum_to_one_exactly() {
        let definition = &template("industrial_distributor").unwrap().definition;
        let first = &definition.dimensions[0];
        for weight in ["0.1", "0.333333", "0.77", "0.999"] {
            let weight: Exact = weight.parse().unwrap();
            let one = WeightChange { dimension: first.code.clone(), weight };
            let changes = ScaleChanges { weights: Some(vec![one]), ..ScaleChanges::default() };
            let changed = changed(definition, &changes).unwrap();
            assert_eq!(weights(&changed)[0], weight.0);
            assert_eq!(weights(&changed).into_iter().sum::<Decimal>(), Decimal::ONE);
            assert!(crate::scales::validate(&changed).is_empty(), "{weight}");
        }
    }

    #[test]
    fn what_names_nothing_is_refused_where_it_stands() {
        let definition = &template("industrial_distributor").unwrap().definition;
        let one = WeightChange { dimension: "nothing".parse().unwrap(), weight: Exact(Decimal::ONE) };
        let changes = ScaleChanges { weights: Some(vec![one]), ..ScaleChanges::default() };
        let error = changed(definition, &changes).unwrap_err();
        assert_eq!(error.problems()[0].pointer, "/changes/weights/0/dimension");
    }
}
