//! A stored result with the names and labels of the version it was graded with. Versions never change, so that the same
//! explanation can be told for ever.

use std::collections::BTreeMap;

use super::wire::{ExplainedDimension, ExplainedFactor};
use crate::scales::{DimensionScore, Factor, FactorScore, GradeBands, ScaleDefinition, ScoringRule};
use crate::values::{Code, Label};

/// The dimensions with their names, in the order of the definition.
pub(super) fn explain(definition: &ScaleDefinition, scores: Vec<DimensionScore>) -> Vec<ExplainedDimension> {
    let dimensions: BTreeMap<&Code, _> = definition.dimensions.iter().map(|d| (&d.code, d)).collect();
    scores
        .into_iter()
        .filter_map(|score| {
            let dimension = dimensions.get(&score.code)?;
            let factors: BTreeMap<&Code, &Factor> = dimension.factors.iter().map(|f| (&f.code, f)).collect();
            let explained =
                score.factors.into_iter().filter_map(|s| factors.get(&s.code).map(|f| explain_factor(f, s)));
            Some(ExplainedDimension {
                factors: explained.collect(),
                label: dimension.label.clone(),
                axis: dimension.axis,
                code: score.code,
                score: score.score,
                weight: score.weight,
                effective_weight: score.effective_weight,
                contribution: score.contribution,
            })
        })
        .collect()
}

fn explain_factor(factor: &Factor, score: FactorScore) -> ExplainedFactor {
    ExplainedFactor {
        label: factor.label.clone(),
        source: factor.source.clone(),
        matched_label: matched_label(&factor.rule, score.matched),
        missing_label: score.missing.map(crate::metrics::Missing::label),
        code: score.code,
        value: score.value,
        missing: score.missing,
        policy: score.policy,
        points: score.points,
        max_points: score.max_points,
        matched: score.matched,
        percentile: score.percentile,
        base: score.base,
        min_base: score.min_base,
        influence: factor.changed_by(),
        contribution: score.contribution,
    }
}

/// The name of the level that was matched; bands and choices have none.
fn matched_label(rule: &ScoringRule, matched: Option<u32>) -> Option<Label> {
    match rule {
        ScoringRule::Levels(levels) => levels.get(usize::try_from(matched?).ok()?).map(|level| level.label.clone()),
        ScoringRule::Bands(_) | ScoringRule::Choices(_) | ScoringRule::Linear(_) | ScoringRule::Percentile(_) => None,
    }
}

/// What a grade means; the grade itself where the bands do not name it.
pub(super) fn grade_label(bands: &GradeBands, grade: &Code) -> Label {
    let found = match bands {
        GradeBands::Fixed(bands) => bands.iter().find(|band| band.grade == *grade).map(|band| &band.label),
        GradeBands::Quota(quota) => quota.bands.iter().find(|band| band.grade == *grade).map(|band| &band.label),
    };
    found.cloned().unwrap_or_else(|| Label::new(grade.as_str(), grade.as_str()))
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;
    use crate::metrics::{FactValue, Missing};
    use crate::scales::{Facts, Scorer, template};

    #[test]
    fn every_factor_has_its_name_and_the_contributions_add_up_to_the_score() {
        let definition = &template("industrial_distributor").unwrap().definition;
        let facts: Vec<_> =
            definition
                .factors()
                .enumerate()
                .map(|(i, _)| {
                    if i % 4 == 3 { Err(Missing::NoData) } else { Ok(FactValue::number(Decimal::new(i as i64 * 7, 1))) }
                })
                .collect();
        let scored = Scorer::new(definition).unwrap().score(Facts { factors: &facts, caps: &[] });
        let total = scored.total;
        let explained = explain(definition, scored.dimensions);
        assert_eq!(explained.len(), definition.dimensions.len());
        let factors: Vec<&ExplainedFactor> = explained.iter().flat_map(|d| &d.factors).collect();
        assert_eq!(factors.len(), definition.factors().count());
        for (factor, told) in definition.factors().zip(&factors) {
            assert_eq!((&factor.code, &factor.label), (&told.code, &told.label));
            assert_eq!(told.missing.is_some(), told.missing_label.is_some());
        }
        if let Some(total) = total {
            assert_eq!(factors.iter().map(|f| f.contribution.0).sum::<Decimal>(), total.0);
        }
    }
}
