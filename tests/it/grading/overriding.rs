//! Grades set by hand.

use std::time::Duration;

use fenji::tenancy::Role;
use serde_json::{Value, json};

use super::{by_attribute, customers, fixed, graded, published};
use crate::support::{Client, TestApp, problems, spawn_app};

/// A customer that is a C, graded.
async fn stage() -> (TestApp, Client, String, Value) {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    let ids = customers(&admin, &[("A", json!({"points": "10", "other": "10"}))]).await;
    published(&admin, "one", &by_attribute("zero", &fixed())).await;
    let run = graded(&admin, "one", json!({"all": {}})).await;
    (app, admin, ids["A"].clone(), run)
}

#[actix_web::test]
async fn a_grade_set_by_hand_holds_until_it_expires_and_the_computed_one_stays_beside_it() {
    let (app, admin, id, run) = stage().await;
    let path = format!("/v1/customers/{id}/grade-override");
    let new = json!({"grade": "A", "reason": "New plant in March", "expires_at": "2014-01-16T00:00:00Z"});
    let set = admin.put(&path, &new).await.expect(200);
    assert_eq!((&set["state"], &set["computed_grade"], &set["run_id"]), (&json!("in_force"), &json!("C"), &run["id"]));
    assert_eq!(set["author"], "test-admin");
    let current = async || admin.get(&format!("/v1/customers/{id}/grade")).await.expect(200);
    let now = current().await;
    assert_eq!((&now["grade"], &now["computed_grade"], &now["score"]), (&json!("A"), &json!("C"), &json!("10.0000")));
    assert_eq!(now["overridden"]["reason"], "New plant in March");
    let query = "query($id: ID!) { customer(id: $id) { grade { grade computedGrade overridden { reason author } } grades { grade overrides { grade } } } }";
    let graph = admin.data(query, json!({"id": id})).await["customer"].take();
    assert_eq!((&graph["grade"]["grade"], &graph["grade"]["computedGrade"]), (&json!("A"), &json!("C")));
    assert_eq!(graph["grades"], json!([{"grade": "C", "overrides": [{"grade": "A"}]}]));
    // A new run does not take it away, and another override takes its place.
    graded(&admin, "one", json!({"all": {}})).await;
    assert_eq!(current().await["grade"], "A");
    admin
        .put(&path, &json!({"grade": "B", "reason": "Less sure", "expires_at": "2014-01-15T08:30:00Z"}))
        .await
        .expect(200);
    let list = admin.get(&format!("/v1/customers/{id}/grade-overrides")).await.expect(200);
    let states: Vec<_> = list["items"].as_array().unwrap().iter().map(|o| (&o["grade"], &o["state"])).collect();
    assert_eq!(states, [(&json!("B"), &json!("in_force")), (&json!("A"), &json!("ended"))]);
    assert_eq!(admin.get("/v1/grade-overrides").await.expect(200)["items"].as_array().unwrap().len(), 1);
    // At its last moment it no longer holds.
    app.clock.advance(Duration::from_secs(1799));
    assert_eq!(current().await["grade"], "B");
    app.clock.advance(Duration::from_secs(1));
    assert_eq!((&current().await["grade"], &current().await["overridden"]), (&json!("C"), &Value::Null));
    assert_eq!(admin.get("/v1/grade-overrides").await.expect(200)["items"], json!([]));
    let list = admin.get(&format!("/v1/customers/{id}/grade-overrides")).await.expect(200);
    assert_eq!(list["items"][0]["state"], "expired");
    admin.delete(&path).await.expect(404);
    let audit = admin.get("/v1/audit-entries?limit=500").await.expect(200);
    let entries = audit["items"].as_array().unwrap();
    assert_eq!(entries.iter().filter(|entry| entry["action"] == "customer.grade_overridden").count(), 2);
}

#[actix_web::test]
async fn an_override_is_withdrawn_over_graphql() {
    let (_app, admin, id, _) = stage().await;
    let query = "mutation($input: OverrideGradeInput!) { overrideGrade(input: $input) { gradeOverride { grade state } userErrors { pointer code } } }";
    let input = json!({"input": {"customerId": id, "grade": "A", "reason": "Agreed"}});
    let set = admin.data(query, input).await["overrideGrade"].take();
    assert_eq!(set, json!({"gradeOverride": {"grade": "A", "state": "IN_FORCE"}, "userErrors": []}));
    let query = "mutation($id: ID!) { withdrawGradeOverride(input: {customerId: $id}) { gradeOverride { state } userErrors { code } } }";
    let gone = admin.data(query, json!({"id": id})).await["withdrawGradeOverride"].take();
    assert_eq!(gone, json!({"gradeOverride": {"state": "ENDED"}, "userErrors": []}));
    let query = "query($id: ID!) { customerGrade(customerId: $id) { grade overridden { grade } } customerGradeOverrides(customerId: $id) { nodes { state endedBy } } }";
    let graph = admin.data(query, json!({"id": id})).await;
    assert_eq!(graph["customerGrade"], json!({"grade": "C", "overridden": null}));
    assert_eq!(graph["customerGradeOverrides"]["nodes"], json!([{"state": "ENDED", "endedBy": "test-admin"}]));
}

#[actix_web::test]
async fn an_override_needs_a_reason_a_grade_of_the_scale_and_a_time_to_come() {
    let (app, admin, id, _) = stage().await;
    let path = format!("/v1/customers/{id}/grade-override");
    for (body, pointer) in [
        (json!({"grade": "A", "reason": " "}), "/reason"),
        (json!({"grade": "Z", "reason": "x"}), "/grade"),
        (json!({"grade": "A", "reason": "x", "expires_at": "2014-01-15T08:00:00Z"}), "/expires_at"),
    ] {
        assert_eq!(problems(&admin.put(&path, &body).await.expect(422)["errors"])[0].0, pointer);
    }
    let fresh = admin.post("/v1/customers", &json!({"name": "Ungraded"})).await.expect(201);
    let fresh = format!("/v1/customers/{}/grade-override", fresh["id"].as_str().unwrap());
    admin.put(&fresh, &json!({"grade": "A", "reason": "x"})).await.expect(409);
    admin.get(&fresh.replace("grade-override", "grade")).await.expect(404);
    let tenant = app.tenant("other").await;
    app.client(tenant, Role::Analyst).put(&path, &json!({"grade": "A", "reason": "x"})).await.expect(403);
    app.client(tenant, Role::Manager).put(&path, &json!({"grade": "A", "reason": "x"})).await.expect(404);
}

#[actix_web::test]
async fn who_could_not_be_graded_has_a_grade_by_hand_and_no_score() {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    let ids = customers(&admin, &[("A", json!({"other": "10"}))]).await;
    published(&admin, "one", &by_attribute("required", &fixed())).await;
    graded(&admin, "one", json!({"all": {}})).await;
    let path = format!("/v1/customers/{}/grade", ids["A"]);
    admin.get(&path).await.expect(404);
    admin.put(&format!("{path}-override"), &json!({"grade": "B", "reason": "Known for years"})).await.expect(200);
    let now = admin.get(&path).await.expect(200);
    assert_eq!((&now["grade"], &now["computed_grade"], &now["score"]), (&json!("B"), &Value::Null, &Value::Null));
    admin.delete(&format!("{path}-override")).await.expect(200);
    admin.get(&path).await.expect(404);
}
