//! Scales to start from, one JSON document each, in the form in which definitions are stored and sent.

use std::sync::LazyLock;

use async_graphql::SimpleObject;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Purpose, ScaleDefinition};
use crate::values::{Code, Label};

/// A scale to start from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
#[serde(deny_unknown_fields)]
pub struct ScaleTemplate {
    /// Its code.
    pub code: Code,
    /// Its name.
    pub name: Label,
    /// For whom it is meant, and what it needs.
    pub description: Label,
    /// Whom it grades.
    pub purpose: Purpose,
    /// What a scale made from it begins with.
    pub definition: ScaleDefinition,
}

const DOCUMENTS: [&str; 5] = [
    include_str!("industrial_distributor.json"),
    include_str!("equipment_maker.json"),
    include_str!("component_supplier.json"),
    include_str!("project_business.json"),
    include_str!("prospects.json"),
];

/// A document that cannot be read is left out here and fails the tests.
static TEMPLATES: LazyLock<Vec<ScaleTemplate>> =
    LazyLock::new(|| DOCUMENTS.iter().filter_map(|text| serde_json::from_str(text).ok()).collect());

/// The built-in templates: `industrial_distributor`, `equipment_maker`, `component_supplier`, `project_business`,
/// `prospects`.
pub fn templates() -> &'static [ScaleTemplate] {
    &TEMPLATES
}

/// The template with a code.
pub fn template(code: &str) -> Option<&'static ScaleTemplate> {
    TEMPLATES.iter().find(|template| template.code.as_str() == code)
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;
    use crate::metrics::{Fact, FactValue, Metric, MetricBasis, Missing};
    use crate::scales::{FactorSource, Facts, Scorer, validate};

    #[test]
    fn every_document_is_a_valid_template() {
        for text in DOCUMENTS {
            let template: ScaleTemplate = serde_json::from_str(text).unwrap();
            assert_eq!(validate(&template.definition), [], "{}", template.code);
            let full: Decimal = template.definition.factors().map(|factor| factor.max_points.0).sum();
            assert!(full > Decimal::ZERO);
        }
        assert_eq!(templates().len(), DOCUMENTS.len());
    }

    #[test]
    fn a_distributor_grades_from_sales_alone() {
        let definition = &template("industrial_distributor").unwrap().definition;
        let facts: Vec<Fact> = definition
            .factors()
            .map(|factor| match &factor.source {
                FactorSource::Metric(metric) if metric.basis() == MetricBasis::Sales => {
                    Ok(FactValue::number(Decimal::ONE))
                }
                _ => Err(Missing::NotAvailable),
            })
            .collect();
        let scored = Scorer::new(definition).unwrap().score(Facts { factors: &facts, caps: &[] });
        assert!(scored.total.is_some() && scored.quality.is_some() && scored.growth.is_some());
        let known = |metric: Metric| definition.factors().any(|f| f.source == FactorSource::Metric(metric));
        assert!(known(Metric::RevenueShareL12) && known(Metric::GrowthL12));
    }

    #[test]
    fn prospects_need_no_sales() {
        let template = template("prospects").unwrap();
        assert_eq!(template.purpose, Purpose::Prospects);
        for factor in template.definition.factors() {
            assert!(!matches!(factor.source, FactorSource::Metric(metric) if metric.basis() != MetricBasis::Dossier));
        }
    }
}
