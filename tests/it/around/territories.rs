//! Territories: a tree, and names that are merely used.

use serde_json::{Value, json};

use super::{admin, listed};
use crate::support::problems;

#[actix_web::test]
async fn defined_and_merely_used_territories_are_counted() {
    let (_app, admin) = admin().await;
    let batch = json!([
        {"external_id": "1", "name": "A", "territory": "Hamburg"},
        {"external_id": "2", "name": "B", "territory": "North"},
        {"external_id": "3", "name": "C", "territory": "Bremen"},
        {"external_id": "4", "name": "D"},
    ]);
    admin.batch("/v1/customers:batch", &batch).await;
    admin.put("/v1/salespeople/by-external-id/S", &json!({"name": "S", "territory": "South"})).await.expect(201);
    let put = |name: &str, parent: Value| {
        let (admin, path) = (admin.clone(), format!("/v1/territories/{name}"));
        let body = json!({"label": {"en": name, "zh": "区"}, "parent": parent});
        async move { admin.put(&path, &body).await }
    };
    put("North", Value::Null).await.expect(201);
    put("Hamburg", json!("North")).await.expect(201);
    put("Harbour", json!("Hamburg")).await.expect(201);
    put("Hamburg", json!("North")).await.expect(200);
    let all = admin.get("/v1/territories").await.expect(200);
    let row = |name: &str| all["items"].as_array().unwrap().iter().find(|t| t["name"] == name).unwrap().clone();
    assert_eq!(listed(&admin, "/v1/territories", "name").await, ["Bremen", "Hamburg", "Harbour", "North", "South"]);
    let north = json!({"name": "North", "label": {"en": "North", "zh": "区"}, "parent": null, "customers": 1, "customers_within": 2, "version": 1});
    assert_eq!(row("North"), north);
    let bremen = json!({"name": "Bremen", "label": null, "parent": null, "customers": 1, "customers_within": 1, "version": null});
    assert_eq!(row("Bremen"), bremen);
    assert_eq!((&row("South")["customers"], &row("Harbour")["customers_within"]), (&json!(0), &json!(0)));
    assert_eq!(listed(&admin, "/v1/customers?within_territory=North", "name").await, ["A", "B"]);
    assert_eq!(listed(&admin, "/v1/customers?within_territory=Bremen", "name").await, ["C"]);
    let paged = admin.get("/v1/territories?limit=2").await.expect(200);
    let next = paged["next_cursor"].as_str().unwrap();
    assert_eq!(listed(&admin, &format!("/v1/territories?limit=2&cursor={next}"), "name").await, ["Harbour", "North"]);

    let cycle = put("North", json!("Harbour")).await.expect(422);
    assert_eq!(problems(&cycle["errors"]), [("/parent", "cycle")]);
    let unknown = put("North", json!("Bremen")).await.expect(422);
    assert_eq!(problems(&unknown["errors"]), [("/parent", "unknown_reference")]);
    admin.delete("/v1/territories/Hamburg").await.expect(409);
    assert_eq!(admin.delete("/v1/territories/Harbour").await.status, 204);
    admin.delete("/v1/territories/Bremen").await.expect(404);
}
