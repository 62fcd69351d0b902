//! A result without a grade never erases one.

use serde_json::{Value, json};

use super::{admin, by_attribute, customers, fixed, published};
use crate::support::{Client, plain};

/// Grades everyone as of a month; the run's id.
async fn grade_as_of(admin: &Client, month: &str) -> String {
    let asked = json!({"scale_code": "one", "as_of": month, "selection": {"all": {}}});
    let run = admin.post("/v1/grading-runs", &asked).await.expect(202);
    assert_eq!(admin.finished(run["job"]["id"].as_str().unwrap()).await["state"], "completed");
    run["id"].as_str().unwrap().to_owned()
}

async fn set_points(admin: &Client, points: Value) {
    admin.batch("/v1/customers:batch", &json!([{"external_id": "a", "attributes": {"points": points}}])).await;
}

#[actix_web::test]
async fn who_a_newer_run_cannot_grade_keeps_the_grade_as_outdated() {
    let (_app, admin) = admin().await;
    let points = json!({"points": "95"});
    let ids = customers(&admin, &[("a", points.clone()), ("b", points), ("new", json!({}))]).await;
    published(&admin, "one", &by_attribute("required", &fixed())).await;
    let first = grade_as_of(&admin, "2013-10").await;
    let path = format!("/v1/customers/{}/grade", ids["a"]);
    let current = async || admin.get(&path).await.expect(200);
    assert_eq!((&current().await["grade"], &current().await["outdated"]), (&json!("A"), &Value::Null));
    admin.get(&format!("/v1/customers/{}/grade", ids["new"])).await.expect(404);

    set_points(&admin, Value::Null).await;
    let second = grade_as_of(&admin, "2013-11").await;
    let third = grade_as_of(&admin, "2013-12").await;
    let kept = current().await;
    assert_eq!(
        (&kept["grade"], &kept["computed_grade"], &kept["score"]),
        (&json!("A"), &json!("A"), &json!("95.0000"))
    );
    assert_eq!((&kept["as_of"], &kept["run_id"]), (&json!("2013-10"), &json!(first)));
    let lack = json!({"dimension": "one", "factor": "points", "missing": "no_data", "weight": "0.500000", "label": {"en": "points", "zh": "points"}});
    let missing = json!([lack]);
    let label = json!({"en": "Facts that the scale requires are missing", "zh": "缺少量表要求的数据"});
    let expected = json!({"as_of": "2013-12", "run_id": third, "reason": "required_missing", "reason_label": label, "missing": missing});
    assert_eq!(kept["outdated"], expected);
    // Neighbours are renewed; who never had a grade has none, and GraphQL says the same.
    let other = admin.get(&format!("/v1/customers/{}/grade", ids["b"])).await.expect(200);
    assert_eq!((&other["as_of"], &other["outdated"]), (&json!("2013-12"), &Value::Null));
    let query = "{ customers(sort: \"name\") { nodes { name grade { grade asOf runId outdated { asOf runId reason missing { factor missing } } } } } }";
    let graph = admin.data(query, json!({})).await["customers"]["nodes"].take();
    let outdated = &graph[0]["grade"]["outdated"];
    assert_eq!((&graph[0]["grade"]["grade"], &graph[0]["grade"]["asOf"]), (&json!("A"), &json!("2013-10")));
    assert_eq!((&outdated["asOf"], &outdated["reason"]), (&json!("2013-12"), &json!("REQUIRED_MISSING")));
    assert_eq!((plain(&outdated["runId"]), &outdated["missing"][0]["factor"]), (third.clone(), &json!("points")));
    assert_eq!((&graph[1]["grade"]["outdated"], &graph[2]["grade"]), (&Value::Null, &Value::Null));

    // A grade set by hand stands over the kept one.
    let by_hand = json!({"grade": "B", "reason": "Known for years"});
    let set = admin.put(&format!("{path}-override"), &by_hand).await.expect(200);
    assert_eq!((&set["computed_grade"], &set["run_id"]), (&json!("A"), &json!(first)));
    let now = current().await;
    assert_eq!((&now["grade"], &now["computed_grade"], &now["outdated"]), (&json!("B"), &json!("A"), &expected));
    admin.delete(&format!("{path}-override")).await.expect(200);
    // Where the runs that failed are withdrawn, nothing is outdated.
    for run in [&third, &second] {
        let reason = json!({"reason": "Points were lost"});
        admin.post(&format!("/v1/grading-runs/{run}:withdraw"), &reason).await.expect(200);
    }
    assert_eq!((&current().await["grade"], &current().await["outdated"]), (&json!("A"), &Value::Null));
    // What is known again is graded again.
    set_points(&admin, json!("10")).await;
    grade_as_of(&admin, "2013-12").await;
    assert_eq!((&current().await["grade"], &current().await["as_of"]), (&json!("C"), &json!("2013-12")));
}

/// Whom a run does not cover it does not make outdated.
#[actix_web::test]
async fn a_run_of_others_says_nothing_of_a_customer() {
    let (_app, admin) = admin().await;
    let ids = customers(&admin, &[("a", json!({"points": "95"})), ("b", json!({"points": "95"}))]).await;
    published(&admin, "one", &by_attribute("required", &fixed())).await;
    grade_as_of(&admin, "2013-10").await;
    set_points(&admin, Value::Null).await;
    let path = format!("/v1/customers/{}/grade", ids["a"]);
    for (selection, official) in [
        (json!({"list": {"customer_ids": [ids["b"]]}}), true),
        (json!({"list": {"customer_ids": [ids["a"]]}}), false),
        (json!({"all": {}}), false),
    ] {
        let asked = json!({"scale_code": "one", "as_of": "2013-12", "selection": selection, "official": official});
        let run = admin.post("/v1/grading-runs", &asked).await.expect(202);
        assert_eq!(admin.finished(run["job"]["id"].as_str().unwrap()).await["state"], "completed");
        let current = admin.get(&path).await.expect(200);
        assert_eq!((&current["grade"], &current["outdated"]), (&json!("A"), &Value::Null), "{asked}");
    }
}
