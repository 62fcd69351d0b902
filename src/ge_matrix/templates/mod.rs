//! GE models to start from, one JSON document each, in the form in which definitions are stored and sent.

use std::sync::LazyLock;

use async_graphql::SimpleObject;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::GeModelDefinition;
use crate::values::{Code, Label};

/// A GE model to start from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
#[serde(deny_unknown_fields)]
pub struct GeTemplate {
    /// Its code.
    pub code: Code,
    /// Its name.
    pub name: Label,
    /// For whom it is meant, and what it needs.
    pub description: Label,
    /// What a model made from it begins with.
    pub definition: GeModelDefinition,
}

const DOCUMENTS: [&str; 1] = [include_str!("standard.json")];

/// A document that cannot be read is left out here and fails the tests.
static TEMPLATES: LazyLock<Vec<GeTemplate>> =
    LazyLock::new(|| DOCUMENTS.iter().filter_map(|text| serde_json::from_str(text).ok()).collect());

/// The built-in templates: `standard`.
pub fn ge_templates() -> &'static [GeTemplate] {
    &TEMPLATES
}

/// The template with a code.
pub fn ge_template(code: &str) -> Option<&'static GeTemplate> {
    TEMPLATES.iter().find(|template| template.code.as_str() == code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ge_matrix::{Cell, GeMapper, Stance, validate_model};
    use crate::metrics::{Fact, FactValue, MetricBasis, Missing};
    use crate::scales::{Factor, FactorSource};

    #[test]
    fn every_document_is_a_valid_template() {
        for text in DOCUMENTS {
            let template: GeTemplate = serde_json::from_str(text).unwrap();
            assert_eq!(validate_model(&template.definition), []);
        }
        assert_eq!(ge_templates().len(), DOCUMENTS.len());
    }

    #[test]
    fn sales_alone_are_enough_to_be_mapped() {
        let definition = &ge_template("standard").unwrap().definition;
        let fact = |factor: &Factor| -> Fact {
            match &factor.source {
                FactorSource::Metric(metric) if metric.basis() == MetricBasis::Sales => Ok(FactValue::number(1.into())),
                _ => Err(Missing::NotAvailable),
            }
        };
        let rows: Vec<Fact> = definition.attractiveness.factors().map(fact).collect();
        let columns: Vec<Fact> = definition.competitive_strength.factors().map(fact).collect();
        assert!(GeMapper::new(definition).unwrap().cell(&rows, &columns).is_some());
    }

    struct Query;

    /// Gives back what it is given, and where it puts a customer of whom nothing is known.
    #[async_graphql::Object]
    impl Query {
        async fn echo(&self, definition: crate::ge_matrix::GeModelDefinition) -> crate::ge_matrix::GeModelDefinition {
            definition
        }

        async fn nobody(&self) -> Option<crate::ge_matrix::Mapped> {
            let mapper = GeMapper::new(&ge_template("standard")?.definition).ok()?;
            Some(mapper.map(&[], &[]))
        }
    }

    #[tokio::test]
    async fn graphql_carries_models_and_mappings() {
        use async_graphql::{EmptyMutation, EmptySubscription, InputType, Name, Request, Schema, Variables};
        let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
        let mut variables = Variables::default();
        variables.insert(Name::new("d"), InputType::to_value(&ge_template("standard").unwrap().definition));
        let query = "query ($d: GeModelDefinitionInput!) {
            echo(definition: $d) { cutoffs { low high } cells { cell stance name { zh } } }
            nobody { cell attractiveness { score ungradable { reason lacks { factor missing } } } } }";
        let answer = schema.execute(Request::new(query).variables(variables)).await;
        assert_eq!(answer.errors, []);
        let data = answer.data.into_json().unwrap();
        assert_eq!(data["echo"]["cells"][8]["cell"], "LOW_WEAK");
        assert_eq!(data["echo"]["cutoffs"]["low"], serde_json::Value::Null);
        assert_eq!(data["nobody"]["cell"], serde_json::Value::Null);
        assert_eq!(data["nobody"]["attractiveness"]["ungradable"]["reason"], "NOTHING_TO_SCORE");
    }

    #[test]
    fn the_cells_have_the_usual_names_and_stances() {
        let definition = &ge_template("standard").unwrap().definition;
        let of = |cell| definition.cell(cell).map(|c| (c.name.en.as_str(), c.stance)).unwrap();
        let expected = [
            ("Protect position", Stance::Invest),
            ("Invest to build", Stance::Invest),
            ("Build selectively", Stance::Select),
            ("Build selectively", Stance::Invest),
            ("Manage for earnings", Stance::Select),
            ("Limited expansion or harvest", Stance::Harvest),
            ("Protect and refocus", Stance::Select),
            ("Manage for earnings", Stance::Harvest),
            ("Withdraw", Stance::Harvest),
        ];
        assert_eq!(Cell::ALL.map(of), expected);
    }
}
