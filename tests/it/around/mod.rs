//! What hangs on a customer: contacts, external ids, territories; and a customer's life: archive, merge, erasure.

mod archive;
mod catalog;
mod contacts;
mod erasure;
mod external_ids;
mod merge;
mod territories;

use fenji::tenancy::Role;
use fenji::values::TenantId;
use serde_json::{Value, json};

use crate::support::{Client, TestApp, spawn_app};

async fn admin() -> (TestApp, Client) {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    (app, admin)
}

/// A customer that the system `default` knows by this id, which is its name too; its id.
async fn customer(admin: &Client, external_id: &str) -> String {
    let path = format!("/v1/customers/by-external-id/default/{external_id}");
    id(&admin.put(&path, &json!({"name": external_id})).await.expect(201))
}

fn id(made: &Value) -> String {
    made["id"].as_str().unwrap().to_owned()
}

/// What a list holds of a field, in its order.
async fn listed(client: &Client, path: &str, field: &str) -> Vec<String> {
    let list = client.get(path).await.expect(200);
    list["items"].as_array().unwrap().iter().map(|item| item[field].as_str().unwrap().to_owned()).collect()
}

/// The tenant whose token it is.
async fn tenant(client: &Client) -> TenantId {
    client.get("/v1/tenant").await.expect(200)["id"].as_str().unwrap().parse().unwrap()
}
