//! A wrong run is taken out of force, and stays readable.

use fenji::tenancy::Role;
use serde_json::{Value, json};

use super::{admin, by_attribute, customers, explained, fixed, graded, published, results};
use crate::support::{Client, problems, spawn_app_without_worker};

async fn stage(admin: &Client) -> (String, Value, Value) {
    let ids = customers(admin, &[("a", json!({"points": "90", "other": "90"}))]).await;
    published(admin, "one", &by_attribute("zero", &fixed())).await;
    let first = graded(admin, "one", json!({"all": {}})).await;
    let wrong = json!([{"external_id": "a", "attributes": {"points": "1", "other": "1"}}]);
    admin.batch("/v1/customers:batch", &wrong).await;
    let second = graded(admin, "one", json!({"all": {}})).await;
    (ids["a"].clone(), first, second)
}

fn path(run: &Value) -> String {
    format!("/v1/grading-runs/{}", run["id"].as_str().unwrap())
}

#[actix_web::test]
async fn the_run_before_decides_again_and_the_withdrawn_one_is_still_told() {
    let (_app, admin) = admin().await;
    let (id, first, second) = stage(&admin).await;
    let current = async || admin.get(&format!("/v1/customers/{id}/grade")).await.expect(200);
    assert_eq!((&current().await["grade"], &current().await["run_id"]), (&json!("C"), &second["id"]));
    let (told, listed) = (explained(&admin, &second, &id).await, results(&admin, &second).await);
    for (body, code) in [(json!({"reason": " "}), "required"), (json!({"reason": "x".repeat(1001)}), "too_long")] {
        let refused = admin.post(&format!("{}:withdraw", path(&second)), &body).await.expect(422);
        assert_eq!(problems(&refused["errors"]), [("/reason", code)]);
    }
    admin.post(&format!("{}:withdraw", path(&second)), &json!({})).await.expect(400);
    let withdrawal = admin.request(reqwest::Method::POST, &format!("{}:withdraw", path(&second)));
    let withdrawal = withdrawal.header("Idempotency-Key", "once").json(&json!({"reason": " Loaded twice "}));
    let again = withdrawal.try_clone().unwrap();
    let withdrawn = admin.send(withdrawal).await.expect(200);
    assert_eq!(
        (&withdrawn["withdrawn_by"], &withdrawn["withdrawn_reason"]),
        (&json!("test-admin"), &json!("Loaded twice"))
    );
    assert_eq!(withdrawn["withdrawn_at"], "2014-01-15T08:00:00Z");
    // A retry gets the same answer; somebody else is told that it has happened.
    assert_eq!(admin.send(again).await.expect(200), withdrawn);
    admin.post(&format!("{}:withdraw", path(&second)), &json!({"reason": "x"})).await.expect(409);
    assert_eq!((&current().await["grade"], &current().await["run_id"]), (&json!("A"), &first["id"]));
    assert_eq!((explained(&admin, &second, &id).await, results(&admin, &second).await), (told, listed));
    let history = admin.get(&format!("/v1/customers/{id}/grades")).await.expect(200)["items"].take();
    let states: Vec<_> = history.as_array().unwrap().iter().map(|g| (&g["in_force"], &g["withdrawn_at"])).collect();
    assert_eq!(states, [(&json!(false), &json!("2014-01-15T08:00:00Z")), (&json!(true), &Value::Null)]);
    let audit = admin.get("/v1/audit-entries?limit=500").await.expect(200)["items"].take();
    let entry = audit.as_array().unwrap().iter().find(|entry| entry["action"] == "grading_run.withdrawn").unwrap();
    assert_eq!(entry["after"]["withdrawn_reason"], "Loaded twice");

    // Over GraphQL the other one goes too: nobody has a grade.
    let query = "mutation($input: WithdrawGradingRunInput!) { withdrawGradingRun(input: $input) { gradingRun { withdrawnBy withdrawnReason } userErrors { pointer code } } }";
    let none = json!({"input": {"id": first["id"], "reason": ""}});
    let refused = admin.data(query, none).await["withdrawGradingRun"].take();
    assert_eq!(refused, json!({"gradingRun": null, "userErrors": [{"pointer": "/reason", "code": "required"}]}));
    let gone =
        admin.data(query, json!({"input": {"id": first["id"], "reason": "Wrong"}})).await["withdrawGradingRun"].take();
    assert_eq!(gone["gradingRun"], json!({"withdrawnBy": "test-admin", "withdrawnReason": "Wrong"}));
    admin.get(&format!("/v1/customers/{id}/grade")).await.expect(404);
}

#[actix_web::test]
async fn a_grade_set_by_hand_holds_though_its_run_is_withdrawn() {
    let (_app, admin) = admin().await;
    let (id, first, second) = stage(&admin).await;
    let path_of = format!("/v1/customers/{id}/grade");
    admin.put(&format!("{path_of}-override"), &json!({"grade": "B", "reason": "Agreed"})).await.expect(200);
    for run in [&second, &first] {
        admin.post(&format!("{}:withdraw", path(run)), &json!({"reason": "Wrong"})).await.expect(200);
        assert_eq!(admin.get(&path_of).await.expect(200)["grade"], "B");
    }
    let alone = admin.get(&path_of).await.expect(200);
    assert_eq!(
        (&alone["computed_grade"], &alone["score"], &alone["outdated"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!((&alone["run_id"], &alone["overridden"]["grade"]), (&second["id"], &json!("B")));
    admin.put(&format!("{path_of}-override"), &json!({"grade": "A", "reason": "Grown"})).await.expect(200);
    assert_eq!(admin.get(&path_of).await.expect(200)["grade"], "A");
    admin.delete(&format!("{path_of}-override")).await.expect(200);
    admin.get(&path_of).await.expect(404);
}

#[actix_web::test]
async fn what_is_not_completed_or_not_there_cannot_be_withdrawn() {
    let app = spawn_app_without_worker().await;
    let tenant = app.tenant("acme").await;
    let admin = app.client(tenant, Role::Admin);
    customers(&admin, &[("a", json!({}))]).await;
    published(&admin, "one", &by_attribute("zero", &fixed())).await;
    let asked = json!({"scale_code": "one", "as_of": "2013-12", "selection": {"all": {}}});
    let run = admin.post("/v1/grading-runs", &asked).await.expect(202);
    let reason = json!({"reason": "Wrong"});
    let refused = admin.post(&format!("{}:withdraw", path(&run)), &reason).await.expect(409);
    assert!(refused["detail"].as_str().unwrap().contains("cancel its job"), "{refused}");
    admin.post("/v1/grading-runs/01890a5d-ac96-774b-bcce-000000000000:withdraw", &reason).await.expect(404);
    app.client(tenant, Role::Viewer).post(&format!("{}:withdraw", path(&run)), &reason).await.expect(403);
}
