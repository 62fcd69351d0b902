//! Every POST takes an `Idempotency-Key`, by the contract and in deed.

use fenji::tenancy::Role;
use serde_json::Value;

use super::operations::{OPERATIONS, Operation};
use super::world::World;
use crate::support::{Client, TestApp, spawn_app};

/// The operations that are sent by POST, as the contract has them.
fn posts(api: &Value) -> Vec<(&Value, &'static Operation)> {
    let paths = api["paths"].as_object().unwrap().values();
    let posts = paths.filter_map(|item| item.get("post"));
    posts.map(|post| (post, OPERATIONS.iter().find(|row| post["operationId"] == row.id).unwrap())).collect()
}

/// Someone who may do it.
async fn holder(app: &TestApp, world: &World, operation: &Operation) -> Client {
    match operation.id {
        "createTenant" => app.operator(),
        "createAccessToken" => {
            let key = serde_json::json!({"name": "Key", "scopes": ["customers:read"]});
            let key = world.admin.post("/v1/api-keys", &key).await.expect(201);
            app.with_token(key["secret"].as_str().unwrap())
        }
        _ => app.client(world.tenant, Role::Admin),
    }
}

#[actix_web::test]
async fn every_post_offers_a_key_and_answers_it_once() {
    let app = spawn_app().await;
    let world = World::build(&app, "acme").await;
    let api: Value = serde_json::from_str(&fenji::http::openapi_json()).unwrap();
    let posts = posts(&api);
    assert!(posts.len() > 20);
    for (contract, operation) in posts {
        let parameters = contract["parameters"].as_array().unwrap();
        assert!(parameters.iter().any(|p| p["name"] == "Idempotency-Key" && p["in"] == "header"), "{}", operation.id);
        for (status, word) in [("409", "request_in_progress"), ("422", "idempotency_key_reused")] {
            let text = contract["responses"][status]["description"].as_str().unwrap();
            assert!(text.contains(word), "{} {status}: {text}", operation.id);
        }
        let client = holder(&app, &world, operation).await;
        let send =
            async || client.send(operation.rest(&client, &world.ids).header("Idempotency-Key", operation.id)).await;
        let (first, again) = (send().await, send().await);
        assert!(first.status < 500 && ![400, 401, 403].contains(&first.status), "{}: {}", operation.id, first.text);
        assert_eq!(first.header("idempotency-replayed"), "", "{}", operation.id);
        assert_eq!(again.header("idempotency-replayed"), "true", "{}: {}", operation.id, again.text);
        assert_eq!((again.status, again.text), (first.status, first.text), "{}", operation.id);
        for name in ["location", "etag", "content-type"] {
            assert_eq!(again.headers.get(name), first.headers.get(name), "{} {name}", operation.id);
        }
    }
}
