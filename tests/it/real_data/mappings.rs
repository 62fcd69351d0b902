//! The packs through saved mappings, their files untouched; also those that no kind of import takes as they are.

use fenji::tenancy::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::loading::{ADVENTURE_WORKS, CLASSIC_MODELS, Files, NORTHWIND, counts, rows_of};
use crate::support::{Client, Pack, pack, spawn_app};

async fn import(client: &Client, kind: &str, mapping: &str, file: Vec<u8>) -> Value {
    let request = client.request(Method::POST, &format!("/v1/imports?kind={kind}&mapping={mapping}"));
    let import = client.send(request.header("Content-Type", "application/octet-stream").body(file)).await.expect(202);
    let job = client.finished(import["job"]["id"].as_str().unwrap()).await;
    let mut import = client.get(&format!("/v1/imports/{}", import["id"].as_str().unwrap())).await.expect(200);
    import["job"] = job;
    import
}

/// Saves a mapping that reads every column of a file by its own name.
async fn save(client: &Client, code: &str, kind: &str, pack: &Pack, file: &str) {
    let text = pack.text(file);
    let column = |name: &str| json!({"target": name, "sources": [name.to_uppercase()]});
    let columns: Vec<_> = text.lines().next().unwrap().split(',').map(column).collect();
    let mapping = json!({"name": {"en": file, "zh": file}, "kind": kind, "columns": columns});
    client.put(&format!("/v1/import-mappings/{code}"), &mapping).await.expect(201);
}

async fn load(client: &Client, pack: &Pack, files: Files) {
    for (kind, file) in files {
        save(client, kind, kind, pack, file).await;
        let rows = rows_of(pack, file);
        assert_eq!(counts(&import(client, kind, kind, pack.bytes(file)).await), [rows, 0, 0, 0], "{file}");
        assert_eq!(counts(&import(client, kind, kind, pack.bytes(file)).await), [0, 0, rows, 0], "{file}");
    }
}

#[actix_web::test]
async fn adventure_works_and_the_attributes_of_its_customers() {
    let Some(pack) = pack("adventureworks_b2b") else { return };
    let app = spawn_app().await;
    let client = app.client(app.tenant_in("adventure-works", "USD").await, Role::Admin);
    load(&client, &pack, ADVENTURE_WORKS).await;
    let file = "customer_attributes.csv";
    let codes = [
        "business_type",
        "year_opened",
        "product_line",
        "order_frequency",
        "annual_sales",
        "bank_name",
        "specialty",
        "square_feet",
        "brands",
        "internet",
    ];
    let attribute = |code: &&str| json!({"target": format!("attributes.{code}"), "sources": [code]});
    let mut columns = vec![json!({"target": "external_id", "sources": ["customer_id"]})];
    columns.extend(["annual_revenue", "employees"].map(|name| json!({"target": name, "sources": [name]})));
    columns.extend(codes.iter().map(attribute));
    let mapping = json!({"name": {"en": "Attributes", "zh": "属性"}, "kind": "customers", "columns": columns});
    client.put("/v1/import-mappings/attributes", &mapping).await.expect(201);
    define(&client, &codes).await;
    let rows = rows_of(&pack, file);
    let [created, updated, unchanged, errors] =
        counts(&import(&client, "customers", "attributes", pack.bytes(file)).await);
    assert_eq!((created, updated + unchanged, errors), (0, rows, 0));
    assert!(updated > 0);
    assert_eq!(counts(&import(&client, "customers", "attributes", pack.bytes(file)).await), [0, 0, rows, 0]);
    let first = &pack.rows(file)[0];
    let list = client.get("/v1/customers?limit=500").await.expect(200);
    let stored = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["external_ids"][0]["external_id"] == first["customer_id"].as_str());
    assert_eq!(stored.unwrap()["attributes"]["bank_name"], first["bank_name"].as_str());
}

#[actix_web::test]
async fn northwind() {
    let Some(pack) = pack("northwind") else { return };
    let app = spawn_app().await;
    load(&app.client(app.tenant("northwind").await, Role::Admin), &pack, NORTHWIND).await;
}

#[actix_web::test]
async fn classic_models() {
    let Some(pack) = pack("classicmodels") else { return };
    let app = spawn_app().await;
    load(&app.client(app.tenant("classic-models").await, Role::Admin), &pack, CLASSIC_MODELS).await;
}

/// Defines what the attributes are.
async fn define(client: &Client, codes: &[&str]) {
    let numbers = ["year_opened", "annual_sales", "square_feet"];
    let definition = |code: &&str| {
        let kind = if numbers.contains(code) { "number" } else { "text" };
        json!({"code": code, "label": {"en": code, "zh": code}, "type": kind})
    };
    let definitions: Vec<_> = codes.iter().map(definition).collect();
    client.batch("/v1/attribute-definitions:batch", &json!(definitions)).await;
}
