//! The two faces carry the same definition.

use async_graphql::{EmptyMutation, EmptySubscription, InputType, Object, Schema, Value};

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
    dimensions { code label { en zh } axis weight factors { code label { en zh } max_points: maxPoints missing
        source { metric attribute judgement { question { en zh } } }
        rule { levels { code label { en zh } points } bands { from points } choices { choices { value points } otherwise } linear { from to } percentile { better } } } }
    grade_bands: gradeBands { fixed { grade label { en zh } min_score: minScore } quota { grade label { en zh } share } }
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

#[tokio::test]
async fn graphql_takes_and_gives_what_json_does() {
    let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
    for template in templates() {
        let input: Value = InputType::to_value(&template.definition);
        let mut variables = async_graphql::Variables::default();
        variables.insert(async_graphql::Name::new("d"), input);
        let answer = schema.execute(async_graphql::Request::new(EVERYTHING).variables(variables)).await;
        assert_eq!(answer.errors, [], "{}", template.code);
        let echoed = answer.data.into_json().unwrap()["echo"].clone();
        let stored = serde_json::to_value(&template.definition).unwrap();
        assert_eq!(plain(echoed), plain(stored), "{}", template.code);
    }
}
