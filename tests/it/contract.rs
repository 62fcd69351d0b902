//! The contract files are what the code says.

use std::path::PathBuf;

fn checked_in(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("openapi").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

#[test]
fn openapi_is_regenerated() {
    assert!(checked_in("fenji.json") == fenji::http::openapi_json(), "run `cargo run -- contract`");
}

#[test]
fn the_graphql_schema_is_regenerated() {
    assert!(checked_in("schema.graphql") == fenji::http::sdl(), "run `cargo run -- contract`");
}

#[test]
fn every_operation_is_whole() {
    let api: serde_json::Value = serde_json::from_str(&fenji::http::openapi_json()).unwrap();
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let place = format!("{method} {path}");
            assert!(operation["operationId"].is_string(), "{place} has no operationId");
            assert!(operation["summary"].as_str().is_some_and(|s| s.ends_with('.')), "{place} has no summary");
            assert!(operation["tags"].as_array().is_some_and(|t| !t.is_empty()), "{place} has no tag");
            assert!(operation["security"].is_array(), "{place} has no security");
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.keys().any(|s| s.starts_with('2')), "{place} has no success");
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                assert!(parameter["schema"].is_object(), "{place}: {parameter} has no schema");
            }
        }
    }
}

#[test]
fn every_reference_of_openapi_is_there() {
    let text = fenji::http::openapi_json();
    let api: serde_json::Value = serde_json::from_str(&text).unwrap();
    for line in text.lines().filter_map(|l| l.trim().strip_prefix("\"$ref\": \"#")) {
        let pointer = line.trim_end_matches(',').trim_end_matches('"');
        assert!(api.pointer(pointer).is_some(), "{pointer} is not there");
    }
}
