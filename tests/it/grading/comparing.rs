//! Two runs side by side.

use fenji::tenancy::Role;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{by_attribute, customers, fixed, graded, number, published};
use crate::support::spawn_app;

#[actix_web::test]
async fn a_migration_counts_everyone_and_lists_who_stands_behind_a_cell() {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    let points = |n: &str| json!({"points": n, "other": n});
    customers(
        &admin,
        &[("a", points("90")), ("b", points("70")), ("c", points("10")), ("gone", json!({"other": "5"}))],
    )
    .await;
    published(&admin, "one", &by_attribute("required", &fixed())).await;
    let old = graded(&admin, "one", json!({"all": {}})).await;
    let items = json!([
        {"external_id": "a", "name": "a", "attributes": points("65")}, {"external_id": "c", "name": "c", "attributes": points("85")},
        {"external_id": "new", "name": "new", "attributes": points("85")}, {"external_id": "gone", "name": "gone", "attributes": points("1")},
    ]);
    admin.batch("/v1/customers:batch", &items).await;
    let new = graded(&admin, "one", json!({"all": {}})).await;
    let (old, new) = (old["id"].as_str().unwrap(), new["id"].as_str().unwrap());
    let base = format!("/v1/grading-runs/{new}");
    let comparison = admin.get(&format!("{base}/comparison?old_run_id={old}")).await.expect(200);
    let counts = ["customers", "changed", "better", "worse"].map(|name| comparison[name].as_i64().unwrap());
    assert_eq!(counts, [5, 4, 1, 1], "{comparison}");
    let cells = comparison["cells"].as_array().unwrap();
    let told: Vec<_> = cells
        .iter()
        .map(|cell| {
            json!([cell["old_state"], cell["old_grade"], cell["new_state"], cell["new_grade"], cell["customers"]])
        })
        .collect();
    let expected = [
        json!(["graded", "A", "graded", "B", 1]),
        json!(["graded", "B", "graded", "B", 1]),
        json!(["graded", "C", "graded", "A", 1]),
        json!(["absent", null, "graded", "A", 1]),
        json!(["ungradable", null, "graded", "C", 1]),
    ];
    assert_eq!(told, expected);
    // Behind every cell stands as many as it counts.
    for cell in cells {
        let grade = |name: &str| cell[name].as_str().map(|grade| format!("&{name}={grade}")).unwrap_or_default();
        let (old_state, new_state) = (cell["old_state"].as_str().unwrap(), cell["new_state"].as_str().unwrap());
        let filters =
            format!("&old_state={old_state}&new_state={new_state}{}{}", grade("old_grade"), grade("new_grade"));
        let list = admin.get(&format!("{base}/movers?old_run_id={old}{filters}")).await.expect(200);
        assert_eq!(list["items"].as_array().unwrap().len() as i64, cell["customers"], "{filters}");
    }
    let movers = admin.get(&format!("{base}/movers?old_run_id={old}&old_state=graded&changed=true")).await.expect(200);
    let movers = movers["items"].as_array().unwrap();
    assert_eq!(movers.iter().map(|m| m["customer_external_id"].as_str().unwrap()).collect::<Vec<_>>(), ["c", "a"]);
    for mover in movers {
        let factors = mover["moved_by"]["factors"].as_array().unwrap();
        let sum: Decimal = factors.iter().map(|factor| number(&factor["change"])).sum();
        assert_eq!(sum, number(&mover["score_change"]));
        assert!(!factors.is_empty());
    }
    assert_eq!((&movers[0]["score_change"], &movers[1]["score_change"]), (&json!("75.0000"), &json!("-25.0000")));
    // Pages go on where the last one ended.
    let page = admin.get(&format!("{base}/movers?old_run_id={old}&limit=3")).await.expect(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = admin.get(&format!("{base}/movers?old_run_id={old}&limit=3&cursor={cursor}")).await.expect(200);
    assert_eq!((page["items"].as_array().unwrap().len(), rest["items"].as_array().unwrap().len()), (3, 1));
    let query = "query($old: ID!, $new: ID!) { gradingComparison(oldRunId: $old, newRunId: $new) { changed cells { customers } } gradingMovers(oldRunId: $old, newRunId: $new, filter: {newGrade: \"A\"}) { nodes { customerExternalId } } }";
    let graph = admin.data(query, json!({"old": old, "new": new})).await;
    assert_eq!(graph["gradingComparison"]["changed"], 4);
    assert_eq!(graph["gradingMovers"]["nodes"].as_array().map(Vec::len), Some(2));
}

#[actix_web::test]
async fn a_run_that_is_not_completed_is_not_compared() {
    let app = crate::support::spawn_app_without_worker().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    customers(&admin, &[("a", json!({"points": "1"}))]).await;
    published(&admin, "one", &by_attribute("zero", &fixed())).await;
    let new = json!({"scale_code": "one", "as_of": "2013-12", "selection": {"all": {}}});
    let run = admin.post("/v1/grading-runs", &new).await.expect(202);
    let run = run["id"].as_str().unwrap();
    admin.get(&format!("/v1/grading-runs/{run}/comparison?old_run_id={run}")).await.expect(409);
    admin.get(&format!("/v1/grading-runs/{run}/customer-kinds")).await.expect(409);
    let missing = admin.get(&format!("/v1/grading-runs/{run}/comparison")).await.expect(400);
    assert_ne!(missing["code"], Value::Null);
}
