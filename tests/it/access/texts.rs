//! What no text may hold, in every place of every operation: never a fault of ours, and named where it stands. The places
//! come from the contract, so that a new operation is tried without anybody remembering.

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, InputValueDefinition, ServiceDocument, Type, TypeKind, TypeSystemDefinition,
};
use fenji::tenancy::Permission;
use reqwest::Method;
use serde_json::{Value, json};

use super::operations::{Needs, OPERATIONS, Operation};
use super::world::World;
use crate::support::{Answer, Client, TestApp, problems, spawn_app};

/// Such a text, in JSON and in an address.
const BAD: &str = "a\0b";
const BAD_IN_ADDRESS: &str = "a%00b";

fn client(app: &TestApp, world: &World, operation: &Operation) -> Client {
    match operation.needs {
        Needs::The(Permission::TenantsManage) => app.operator(),
        _ => world.admin.clone(),
    }
}

fn guarded() -> impl Iterator<Item = &'static Operation> {
    OPERATIONS.iter().filter(|operation| operation.needs != Needs::Nothing)
}

/// The operation in the contract.
fn described<'a>(api: &'a Value, operation: &Operation) -> &'a Value {
    &api["paths"][operation.path][operation.method.to_lowercase()]
}

/// A schema without references.
fn resolved<'a>(api: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(name) => api.pointer(name.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

#[track_caller]
fn expect_named(answer: &Answer, pointer: &str, what: &str) {
    assert_eq!(answer.status, 422, "{what}: {}", answer.text);
    let body = answer.json();
    let found = problems(&body["errors"]);
    assert!(found.iter().any(|(at, _)| *at == pointer), "{what}: {pointer} in {found:?}");
}

#[actix_web::test]
async fn no_part_of_a_path_and_no_parameter_takes_what_cannot_be_stored() {
    let app = spawn_app().await;
    let world = World::build(&app, "acme").await;
    let api: Value = serde_json::from_str(&fenji::http::openapi_json()).unwrap();
    let mut tried = 0;
    for operation in guarded() {
        let client = client(&app, &world, operation);
        let method = Method::from_bytes(operation.method.as_bytes()).unwrap();
        let address = operation.address(&world.ids);
        let (path, query) = address.split_once('?').unwrap_or((&address, ""));
        for (place, part) in operation.path.split('/').enumerate().filter(|(_, part)| part.starts_with('{')) {
            let (name, verb) = part.trim_start_matches('{').split_once('}').unwrap();
            let mut parts: Vec<String> = path.split('/').map(str::to_owned).collect();
            parts[place] = format!("{BAD_IN_ADDRESS}{verb}");
            let answer = client.send(client.request(method.clone(), &parts.join("/")).json(&json!({}))).await;
            expect_named(&answer, &format!("/{name}"), operation.id);
            tried += 1;
        }
        for parameter in described(&api, operation)["parameters"].as_array().into_iter().flatten() {
            if parameter["in"] != "query" {
                continue;
            }
            let name = parameter["name"].as_str().unwrap();
            let others = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with(&format!("{name}=")));
            let pairs: Vec<_> = others.map(str::to_owned).chain([format!("{name}={BAD_IN_ADDRESS}")]).collect();
            let request = client.request(method.clone(), &format!("{path}?{}", pairs.join("&")));
            let body = operation.sample().body;
            let content = if body.starts_with(['{', '[']) || body.is_empty() { "application/json" } else { "text/csv" };
            let answer = client.send(request.header("Content-Type", content).body(body)).await;
            expect_named(&answer, &format!("/{name}"), operation.id);
            tried += 1;
        }
    }
    assert!(tried > 200, "{tried}");
}

/// The pointers of all texts and names of a value.
fn texts(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::String(_) => found.push(at.to_owned()),
        Value::Array(items) => items.iter().enumerate().for_each(|(n, item)| texts(item, &format!("{at}/{n}"), found)),
        Value::Object(members) => members.iter().for_each(|(name, item)| texts(item, &format!("{at}/{name}"), found)),
        _ => {}
    }
}

/// The names that a body's object, or the items of its list, may have.
fn names(api: &Value, operation: &Operation) -> Vec<String> {
    let schema = &described(api, operation)["requestBody"]["content"]["application/json"]["schema"];
    let schema = resolved(api, schema);
    let object = if schema["type"] == "array" { resolved(api, &schema["items"]) } else { schema };
    object["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
}

#[actix_web::test]
async fn no_place_of_a_body_takes_what_cannot_be_stored_and_a_batch_keeps_its_other_items() {
    let app = spawn_app().await;
    let world = World::build(&app, "acme").await;
    let api: Value = serde_json::from_str(&fenji::http::openapi_json()).unwrap();
    let (mut tried, mut batches) = (0, 0);
    for operation in guarded() {
        let text = operation.body(&world.ids);
        let Ok(sample) = serde_json::from_str::<Value>(&text) else { continue };
        let client = client(&app, &world, operation);
        let method = Method::from_bytes(operation.method.as_bytes()).unwrap();
        let address = operation.address(&world.ids);
        let is_batch = operation.path.ends_with(":batch");
        let item = if is_batch { &sample[0] } else { &sample };
        let mut places = Vec::new();
        texts(item, "", &mut places);
        places.extend(names(&api, operation).into_iter().map(|name| format!("/{name}")));
        for place in places {
            let mut bad = item.clone();
            match bad.pointer_mut(&place) {
                Some(value) => *value = json!(BAD),
                None => bad[place.trim_start_matches('/')] = json!(BAD),
            }
            let body = if is_batch { json!([item, bad]) } else { bad };
            let answer = client.send(client.request(method.clone(), &address).json(&body)).await;
            let what = format!("{} {place}", operation.id);
            if !is_batch {
                expect_named(&answer, &place, &what);
                tried += 1;
                continue;
            }
            assert_eq!(answer.status, 207, "{what}: {}", answer.text);
            let (good, bad) = (&answer.json()["items"][0], &answer.json()["items"][1]);
            assert_eq!((&good["problems"], &bad["outcome"]), (&json!([]), &json!("error")), "{what}: {}", answer.text);
            assert!(problems(&bad["problems"]).iter().any(|(at, _)| *at == place), "{what}: {bad}");
            batches += 1;
        }
    }
    assert!(tried > 60 && batches > 60, "{tried} {batches}");
}

/// The input types of the schema, and what their fields are.
struct Inputs(ServiceDocument);

impl Inputs {
    fn fields(&self, name: &str) -> Option<Vec<&InputValueDefinition>> {
        self.0.definitions.iter().find_map(|definition| match definition {
            TypeSystemDefinition::Type(one) if one.node.name.node == name => match &one.node.kind {
                TypeKind::InputObject(object) => Some(object.fields.iter().map(|field| &field.node).collect()),
                _ => None,
            },
            _ => None,
        })
    }

    /// The fields of a root type, with their arguments.
    fn operations(&self, root: &str) -> Vec<(String, Vec<&InputValueDefinition>)> {
        let types = self.0.definitions.iter().filter_map(|definition| match definition {
            TypeSystemDefinition::Type(one) if one.node.name.node == root => Some(&one.node.kind),
            _ => None,
        });
        let fields =
            types.filter_map(|kind| if let TypeKind::Object(object) = kind { Some(&object.fields) } else { None });
        fields
            .flatten()
            .map(|field| {
                let arguments = field.node.arguments.iter().map(|argument| &argument.node).collect();
                (field.node.name.node.to_string(), arguments)
            })
            .collect()
    }

    /// Literals of a type that hold a bad text in one place each, with the place.
    fn bad(&self, of: &Type, at: &str, depth: usize) -> Vec<(String, String)> {
        match &of.base {
            BaseType::List(inner) => {
                let items = self.bad(inner, &format!("{at}/0"), depth);
                items.into_iter().map(|(place, literal)| (place, format!("[{literal}]"))).collect()
            }
            BaseType::Named(name) => match self.fields(name) {
                Some(_) if depth == 0 => Vec::new(),
                Some(fields) => fields
                    .iter()
                    .flat_map(|field| {
                        let name = &field.name.node;
                        let within = self.bad(&field.ty.node, &format!("{at}/{name}"), depth - 1);
                        within.into_iter().map(move |(place, literal)| (place, format!("{{{name}: {literal}}}")))
                    })
                    .collect(),
                // Numbers, enums and truths are told from texts by the language itself.
                None => vec![(at.to_owned(), "\"a\\u0000b\"".to_owned())],
            },
        }
    }
}

#[actix_web::test]
async fn no_argument_of_graphql_takes_what_cannot_be_stored() {
    let app = spawn_app().await;
    let world = World::build(&app, "acme").await;
    let inputs = Inputs(parse_schema(fenji::http::sdl()).unwrap());
    let mut tried = 0;
    for (root, keyword) in [("Query", "query"), ("Mutation", "mutation")] {
        for (field, arguments) in inputs.operations(root) {
            for argument in arguments {
                let name = &argument.name.node;
                for (place, literal) in inputs.bad(&argument.ty.node, &format!("/arguments/{name}"), 4) {
                    let query = format!("{keyword} {{ {field}({name}: {literal}) {{ __typename }} }}");
                    let answer = world.admin.graphql(&query, json!({})).await;
                    assert!(answer.status < 500, "{query}: {}", answer.text);
                    let error = &answer.json()["errors"][0];
                    tried += 1;
                    if place.contains("/items/0/") {
                        assert_ne!(error["extensions"]["code"], "internal", "{query}: {}", answer.text);
                        continue;
                    }
                    assert_eq!(error["extensions"]["code"], "invalid_input", "{query}: {}", answer.text);
                    assert_eq!(error["extensions"]["errors"][0]["pointer"], place, "{query}");
                }
            }
        }
    }
    assert!(tried > 500, "{tried}");
}

#[actix_web::test]
async fn variables_are_looked_at_and_items_of_a_batch_are_refused_one_by_one() {
    let app = spawn_app().await;
    let world = World::build(&app, "acme").await;
    let query = "query($filter: CustomerFilter) { customers(filter: $filter) { totalCount } }";
    let refused = world.admin.graphql(query, json!({"filter": {"q": BAD}})).await.json();
    let error = &refused["errors"][0]["extensions"];
    assert_eq!(
        (&error["code"], &error["errors"][0]["pointer"]),
        (&json!("invalid_input"), &json!("/variables/filter/q"))
    );
    let defaulted = "query($q: String = \"\\u0000\") { customers(filter: {q: $q}) { totalCount } }";
    let refused = world.admin.graphql(defaulted, json!({})).await.json();
    assert_eq!(refused["errors"][0]["extensions"]["errors"][0]["pointer"], "/variables/q");
    let mutation = "mutation($input: UpsertProductsInput!) { upsertProducts(input: $input) {
        batch { counts { created errors } items { problems { pointer code } } } userErrors { code } } }";
    let items = json!([{"externalId": "P-8", "name": "Good"}, {"externalId": "P-9", "name": BAD}]);
    let answer = world.admin.graphql(mutation, json!({"input": {"items": items}})).await;
    assert!(answer.text.contains("\"created\":1") && answer.text.contains("\"errors\":1"), "{}", answer.text);
    assert!(answer.text.contains("\"/name\"") && answer.text.contains("control_character"), "{}", answer.text);
}

/// Texts that are too long for an index, and numbers, days, months and moments beyond the ends of what is kept.
fn extremes() -> Vec<String> {
    let numbers = ["79228162514264337593543950335", "0.0000000000000000000000000001", "9223372036854775808", "1e400"];
    let days = ["-262143-01-01", "9998-12", "+262142-01-01T00:00:00Z"];
    numbers.into_iter().chain(days).map(str::to_owned).chain(["x".repeat(10_000)]).collect()
}

#[actix_web::test]
async fn no_parameter_that_is_too_long_too_large_or_too_late_is_a_fault_of_ours() {
    let app = spawn_app().await;
    let world = World::build(&app, "acme").await;
    let api: Value = serde_json::from_str(&fenji::http::openapi_json()).unwrap();
    let mut faults = Vec::new();
    for operation in guarded() {
        let client = client(&app, &world, operation);
        let address = operation.address(&world.ids);
        let (path, query) = address.split_once('?').unwrap_or((&address, ""));
        for parameter in described(&api, operation)["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap();
            if parameter["in"] != "query" || operation.method != "GET" {
                continue;
            }
            let others = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with(&format!("{name}=")));
            let others: Vec<_> = others.map(str::to_owned).collect();
            for extreme in extremes() {
                let value = extreme.replace('+', "%2B");
                let pairs: Vec<_> = others.iter().cloned().chain([format!("{name}={value}")]).collect();
                let answer = client.get(&format!("{path}?{}", pairs.join("&"))).await;
                if answer.status >= 500 {
                    faults.push(format!(
                        "{} ?{name}={}: {}",
                        operation.id,
                        &extreme[..extreme.len().min(40)],
                        answer.text
                    ));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[actix_web::test]
async fn no_value_of_a_body_that_is_too_long_too_large_or_too_late_is_a_fault_of_ours() {
    let app = spawn_app().await;
    let world = World::build(&app, "acme").await;
    let api: Value = serde_json::from_str(&fenji::http::openapi_json()).unwrap();
    let mut faults = Vec::new();
    for operation in guarded() {
        let client = client(&app, &world, operation);
        let method = Method::from_bytes(operation.method.as_bytes()).unwrap();
        let address = operation.address(&world.ids);
        let Ok(sample) = serde_json::from_str::<Value>(&operation.body(&world.ids)) else { continue };
        let item = if operation.path.ends_with(":batch") { &sample[0] } else { &sample };
        let mut places = Vec::new();
        texts(item, "", &mut places);
        places.extend(names(&api, operation).into_iter().map(|name| format!("/{name}")));
        for place in places {
            let texts = extremes().into_iter().map(Value::from);
            for extreme in texts.chain([json!(2_147_483_647), json!(2_147_483_648_i64)]) {
                let mut bad = item.clone();
                match bad.pointer_mut(&place) {
                    Some(value) => *value = extreme.clone(),
                    None => bad[place.trim_start_matches('/')] = extreme.clone(),
                }
                let body = if operation.path.ends_with(":batch") { json!([bad]) } else { bad };
                let answer = client.send(client.request(method.clone(), &address).json(&body)).await;
                if answer.status >= 500 || answer.text.contains("unstorable") {
                    let shown: String = extreme.to_string().chars().take(40).collect();
                    faults.push(format!("{} {place}={shown}: {}", operation.id, answer.text));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
