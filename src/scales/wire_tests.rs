//! The two faces carry the same definition.

use async_graphql::{EmptyMutation, EmptySubscription, InputType, Object, Schema, Value};

use serde_json::json;

use super::{ScaleDefinition, templates};

struct Query;

/// Gives back what it is given.
#[Object]
impl Query {
    async fn echo(&self, definition: ScaleDefinition) -> ScaleDefinition {
        definition
    }
}

const EVERYTHING: &str = "query ($d: ScaleDefinitionInput!) { echo(definition: $d) {
    dimensions { code label { en zh } axis weight factors { code label { en zh } max_points: maxPoints missing influence
        min_base: minBase { amount median_share: medianShare at_least: atLeast }
        source { metric attribute judgement { question { en zh } } }
        rule { levels { code label { en zh } points } bands { from points } choices { choices { value points } otherwise } linear { from to } percentile { better } } } }
    grade_bands: gradeBands { fixed { grade label { en zh } min_score: minScore } quota { grade label { en zh } share } ties refill }
    min_coverage: minCoverage
    caps { condition { source { metric attribute } op value { number text flag } } at_best: atBest label { en zh } } } }";

/// JSON without nulls, and enums in one case: GraphQL shouts them.
fn plain(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(fields) => {
            fields.into_iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k, plain(v))).collect()
        }
        serde_json::Value::Array(items) => items.into_iter().map(plain).collect(),
        serde_json::Value::String(text) => text.to_lowercase().into(),
        other => other,
    }
}

/// Without the options of quotas that JSON leaves out, because they are the usual ones.
fn usual(mut echoed: serde_json::Value) -> serde_json::Value {
    let bands = &mut echoed["grade_bands"];
    for (option, usual) in [("ties", json!("EXTERNAL_ID")), ("refill", json!(false))] {
        if bands[option] == usual {
            bands[option].take();
        }
    }
    echoed
}

#[tokio::test]
async fn graphql_takes_and_gives_what_json_does() {
    let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
    let mut definitions: Vec<_> = templates().iter().map(|template| template.definition.clone()).collect();
    let mut options = serde_json::to_value(&definitions[0]).unwrap();
    options["grade_bands"] = json!({"quota": [{"grade": "a", "label": {"en": "a", "zh": "a"}, "share": "0.2"},
        {"grade": "b", "label": {"en": "b", "zh": "b"}, "share": null}], "ties": "better", "refill": true});
    options["min_coverage"] = json!("0.7");
    let factor = &mut options["dimensions"][0]["factors"][0];
    factor["source"] = json!({"metric": "growth_l12"});
    factor["min_base"] = json!({"median_share": "0.01", "at_least": "1000"});
    factor["influence"] = json!("theirs");
    definitions.push(serde_json::from_value(options).unwrap());
    for (place, definition) in definitions.iter().enumerate() {
        let input: Value = InputType::to_value(definition);
        let mut variables = async_graphql::Variables::default();
        variables.insert(async_graphql::Name::new("d"), input);
        let answer = schema.execute(async_graphql::Request::new(EVERYTHING).variables(variables)).await;
        assert_eq!(answer.errors, [], "{place}");
        let echoed = answer.data.into_json().unwrap()["echo"].clone();
        let stored = serde_json::to_value(definition).unwrap();
        assert_eq!(plain(usual(echoed)), plain(stored), "{place}");
    }
}
