//! The archive.

use fenji::tenancy::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::{admin, listed};
use crate::support::{label, sell};

#[actix_web::test]
async fn an_archived_customer_leaves_lists_and_keeps_its_sales() {
    let (_app, admin) = admin().await;
    let sales = [("A", "2013-06-01", "P", "100", "50"), ("B", "2013-06-01", "P", "200", "50")];
    let ids = sell(&admin, &sales).await;
    let path = format!("/v1/customers/{}", ids["B"]);
    let archived = admin.post(&format!("{path}:archive"), &Value::Null).await.expect(200);
    assert!(archived["archived_at"].is_string() && archived["version"] == 2, "{archived}");
    assert_eq!(admin.post(&format!("{path}:archive"), &Value::Null).await.expect(200), archived);
    assert_eq!(listed(&admin, "/v1/customers", "name").await, ["A"]);
    assert_eq!(listed(&admin, "/v1/customers?archived=true", "name").await, ["B"]);
    assert_eq!(listed(&admin, "/v1/customers?archived=all", "name").await, ["A", "B"]);
    assert_eq!(listed(&admin, "/v1/customers?archived=false", "name").await, ["A"]);
    let query = "{ customers(filter: {archived: ONLY}) { edges { node { name archivedAt } } } }";
    assert_eq!(admin.data(query, json!({})).await["customers"]["edges"][0]["node"]["name"], "B");
    // What is pushed to it is taken, and does not restore it.
    let pushed = admin.put("/v1/customers/by-external-id/default/B", &json!({"city": "Kiel"})).await.expect(200);
    assert_eq!((&pushed["city"], &pushed["archived_at"]), (&json!("Kiel"), &archived["archived_at"]));
    let statistics = admin.get("/v1/statistics/sales?group_by=customer&period=all").await.expect(200);
    assert_eq!(statistics["totals"]["net"], "300.0000", "{statistics}");
    let restore = admin.request(Method::POST, &format!("{path}:restore"));
    admin.send(restore.header("If-Match", "\"1\"")).await.expect(412);
    let restored = admin.post(&format!("{path}:restore"), &Value::Null).await.expect(200);
    assert_eq!(restored["archived_at"], Value::Null);
    assert_eq!(listed(&admin, "/v1/customers", "name").await, ["A", "B"]);
}

#[actix_web::test]
async fn an_archived_customer_is_not_graded_mapped_or_planned() {
    let (app, admin) = admin().await;
    let sales = [("A", "2013-06-01", "P", "100", "50"), ("B", "2013-06-01", "P", "200", "50")];
    let ids = sell(&admin, &sales).await;
    admin.post(&format!("/v1/customers/{}:archive", ids["B"]), &Value::Null).await.expect(200);
    for (path, template, run, asked) in [
        (
            "/v1/scales",
            "industrial_distributor",
            "/v1/grading-runs",
            json!({"scale_code": "ours", "as_of": "2013-12", "selection": {"share": {"share": "1"}}}),
        ),
        ("/v1/ge-models", "standard", "/v1/ge-mappings", json!({"model_code": "ours", "as_of": "2013-12"})),
    ] {
        let new = json!({"code": "ours", "name": label("Ours"), "template": template});
        let made = admin.post(path, &new).await.expect(201);
        let publish = format!("{path}/{}/versions/1:publish", made["id"].as_str().unwrap());
        admin.post(&publish, &Value::Null).await.expect(200);
        let started = admin.post(run, &asked).await.expect(202);
        let job = admin.finished(started["job"]["id"].as_str().unwrap()).await;
        assert_eq!((&job["state"], &job["progress"]["total"]), (&json!("completed"), &json!(1)), "{job}");
    }
    let plan = json!({"name": "2014", "fiscal_year": 2014, "method": "strategy_led"});
    let plan = admin.post("/v1/plans", &plan).await.expect(202);
    assert_eq!(admin.finished(plan["job"]["id"].as_str().unwrap()).await["state"], "completed");
    let lines = admin.get(&format!("/v1/plans/{}/steps/2/lines", plan["id"].as_str().unwrap())).await.expect(200);
    assert!(lines.to_string().contains(&ids["A"]) && !lines.to_string().contains(&ids["B"]), "{lines}");
    let viewer = app.client(super::tenant(&admin).await, Role::Viewer);
    viewer.post(&format!("/v1/customers/{}:archive", ids["A"]), &Value::Null).await.expect(403);
}
