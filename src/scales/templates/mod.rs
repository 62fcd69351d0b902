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
    use crate::scales::{FactorSource, Facts, MissingPolicy, Scorer, ScoringRule, validate};

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
        assert!(known(Metric::RevenueL12) && known(Metric::ProfitL12) && known(Metric::GrowthL12));
    }

    /// Sales lines with their costs make at least half of the points of every scale for customers, so that nobody who buys is
    /// refused for want of coverage; `project_business` also requires that its pipeline is judged.
    #[test]
    fn who_buys_has_half_of_the_points() {
        for template in templates().iter().filter(|template| template.purpose == Purpose::ExistingCustomers) {
            let (mut known, mut all) = (Decimal::ZERO, Decimal::ZERO);
            for factor in template.definition.factors() {
                let by_sales = matches!(factor.source, FactorSource::Metric(m) if m.basis() == MetricBasis::Sales);
                all += factor.max_points.0;
                if by_sales || factor.missing == MissingPolicy::Required {
                    known += factor.max_points.0;
                }
            }
            assert!(known * Decimal::TWO >= all, "{} {known} of {all}", template.code);
        }
    }

    #[test]
    fn growth_is_measured_from_a_base_worth_measuring() {
        for template in templates() {
            for factor in template.definition.factors().filter(|factor| factor.base_metric().is_some()) {
                let base = factor.min_base.as_ref().unwrap();
                let told = [base.median_share, base.at_least].map(|part| part.unwrap().to_string());
                assert_eq!((told, base.amount), (["0.01".to_owned(), "1000".to_owned()], None), "{}", template.code);
            }
            assert_eq!(template.definition.min_coverage.to_string(), "0.5");
        }
    }

    #[test]
    fn every_scale_weighs_profit_and_effort_and_places_revenue_among_all() {
        for template in templates().iter().filter(|template| template.purpose == Purpose::ExistingCustomers) {
            let of = |metric: Metric| -> Vec<_> {
                let reads = |factor: &&crate::scales::Factor| factor.source == FactorSource::Metric(metric);
                template.definition.factors().filter(reads).collect()
            };
            assert_eq!((of(Metric::ProfitL12).len(), of(Metric::EffortRatioL12).len()), (1, 1), "{}", template.code);
            assert_eq!(of(Metric::RevenueShareL12).len(), 0, "{}", template.code);
            for revenue in [Metric::RevenueL12, Metric::RevenueP12, Metric::RevenuePp12].into_iter().flat_map(of) {
                assert!(matches!(revenue.rule, ScoringRule::Percentile(_)), "{} {}", template.code, revenue.code);
            }
        }
        let project = &template("project_business").unwrap().definition;
        let years = [Metric::RevenueL12, Metric::RevenueP12, Metric::RevenuePp12];
        assert!(years.iter().all(|year| project.factors().any(|factor| factor.source == FactorSource::Metric(*year))));
        let prospects = &template("prospects").unwrap().definition;
        for code in ["expected_profit", "effort"] {
            let judged = |factor: &crate::scales::Factor| matches!(factor.source, FactorSource::Judgement(_));
            assert!(prospects.factors().any(|factor| factor.code.as_str() == code && judged(factor)), "{code}");
        }
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
