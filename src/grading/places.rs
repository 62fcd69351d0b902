//! Whether a scale goes by places among customers: who is graded together then decides what comes out.

use crate::scales::{GradeBands, ScaleDefinition, ScoringRule};

/// Whether grades are quotas, or a factor's points go by percentiles.
pub(super) fn goes_by_places(definition: &ScaleDefinition) -> bool {
    let by_percentile = || definition.factors().any(|factor| matches!(factor.rule, ScoringRule::Percentile(_)));
    matches!(definition.grade_bands, GradeBands::Quota(_)) || by_percentile()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scales::{Better, PercentileRule, template};

    #[test]
    fn quotas_and_percentiles_go_by_places() {
        let mut definition = template("industrial_distributor").unwrap().definition.clone();
        let factors = definition.dimensions.iter_mut().flat_map(|dimension| &mut dimension.factors);
        factors.for_each(|factor| factor.rule = ScoringRule::Bands(Vec::new()));
        definition.grade_bands = GradeBands::Fixed(Vec::new());
        assert!(!goes_by_places(&definition));
        let mut quotas = definition.clone();
        quotas.grade_bands = serde_json::from_value(serde_json::json!({"quota": []})).unwrap();
        assert!(goes_by_places(&quotas));
        definition.dimensions[0].factors[0].rule = ScoringRule::Percentile(PercentileRule { better: Better::Higher });
        assert!(goes_by_places(&definition));
    }
}
