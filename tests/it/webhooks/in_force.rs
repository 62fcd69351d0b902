//! Grades that change because a run goes out of force, or another scale becomes the company's.

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::Post;
use super::events::{grade, revenue_scale};
use crate::support::{label, sell};

/// External id, cause, and the grade before and after, of all that was told since.
async fn told(post: &Post) -> Vec<Value> {
    post.deliver().await;
    let of = |body: Value| {
        json!([
            body["data"]["external_id"],
            body["data"]["cause"],
            body["data"]["old_grade"],
            body["data"]["new_grade"]
        ])
    };
    let mut told: Vec<Value> = post.sink.received().iter().map(|received| of(received.json())).collect();
    told.sort_by_key(ToString::to_string);
    told
}

#[actix_web::test]
async fn a_withdrawn_run_tells_who_has_another_grade_without_it() {
    let post = Post::open().await;
    let stop = CancellationToken::new();
    let worker = post.app.start_worker(stop.clone());
    let sale = |customer, net| (customer, "2013-10-05", "pump", net, "");
    let ids = sell(&post.admin, &[sale("A", "1000"), sale("B", "10"), sale("D", "10")]).await;
    let scale = revenue_scale(&post).await;
    let first = grade(&post, &scale, "2013-10").await;
    let sale = |customer, net| (customer, "2013-11-05", "pump", net, "");
    sell(&post.admin, &[sale("B", "5000"), sale("C", "10"), sale("D", "5000")]).await;
    let second = grade(&post, &scale, "2013-11").await;
    post.endpoint(&["customer.grade_changed"]).await;
    // Who has a grade set by hand keeps it.
    let by_hand = json!({"grade": "HIGH", "reason": "Agreed"});
    post.admin.put(&format!("/v1/customers/{}/grade-override", ids["D"]), &by_hand).await.expect(200);
    let withdraw = async |run: &str| {
        let path = format!("/v1/grading-runs/{run}:withdraw");
        post.admin.post(&path, &json!({"reason": "Loaded twice"})).await.expect(200);
    };
    withdraw(&second).await;
    post.deliver().await;
    let mut bodies: Vec<Value> = post.sink.received().iter().map(|received| received.json()["data"].take()).collect();
    bodies.sort_by_key(|data| data["external_id"].to_string());
    let [b, c] = bodies.try_into().unwrap();
    assert_eq!(
        (&b["old_grade"], &b["new_grade"], &b["cause"]),
        (&json!("HIGH"), &json!("LOW"), &json!("run_withdrawn"))
    );
    assert_eq!(
        (&b["run_id"], &b["factors"][0]["factor"], &b["factors"][0]["change"]),
        (&json!(first), &json!("revenue"), &json!("-99.0000"))
    );
    assert_eq!(
        (&c["external_id"], &c["old_grade"], &c["new_grade"], &c["run_id"]),
        (&json!("C"), &json!("LOW"), &Value::Null, &Value::Null)
    );
    withdraw(&first).await;
    let expected = [json!(["A", "run_withdrawn", "HIGH", null]), json!(["B", "run_withdrawn", "LOW", null])];
    assert_eq!(told(&post).await, expected);
    // A run that never decided changes nobody's grade.
    let asked = json!({"scale_id": scale, "as_of": "2013-11", "selection": {"all": {}}, "official": false});
    let run = post.admin.post("/v1/grading-runs", &asked).await.expect(202);
    post.admin.finished(run["job"]["id"].as_str().unwrap()).await;
    withdraw(run["id"].as_str().unwrap()).await;
    assert_eq!(told(&post).await, Vec::<Value>::new());
    // The computed grade is gone: withdrawing the one set by hand leaves none.
    post.admin.delete(&format!("/v1/customers/{}/grade-override", ids["D"])).await.expect(200);
    assert_eq!(told(&post).await, [json!(["D", "override_withdrawn", "HIGH", null])]);
    stop.cancel();
    worker.await.unwrap();
}

#[actix_web::test]
async fn another_company_scale_tells_who_has_another_grade_by_it() {
    let post = Post::open().await;
    let stop = CancellationToken::new();
    let worker = post.app.start_worker(stop.clone());
    let sale = |customer, net| (customer, "2013-10-05", "pump", net, "");
    let ids = sell(&post.admin, &[sale("A", "1000"), sale("B", "10"), sale("C", "1000")]).await;
    let ours = revenue_scale(&post).await;
    let band = |grade: &str| json!({"fixed": [{"grade": grade, "label": label(grade), "min_score": "0"}]});
    let version = post.admin.get(&format!("/v1/scales/{ours}/versions/1")).await.expect(200);
    let mut definition = version["definition"].clone();
    definition["grade_bands"] = band("LOW");
    let new = json!({"code": "all_low", "name": label("All low"), "definition": definition});
    let other = post.admin.post("/v1/scales", &new).await.expect(201)["id"].as_str().unwrap().to_owned();
    post.admin.post(&format!("/v1/scales/{other}/versions/1:publish"), &Value::Null).await.expect(200);
    grade(&post, &ours, "2013-10").await;
    post.endpoint(&["customer.grade_changed"]).await;
    // Its runs change nothing before it is named.
    grade(&post, &other, "2013-10").await;
    assert_eq!(told(&post).await, Vec::<Value>::new());
    let by_hand = json!({"grade": "HIGH", "reason": "Agreed"});
    post.admin.put(&format!("/v1/customers/{}/grade-override", ids["C"]), &by_hand).await.expect(200);
    let name = async |scale: &str| {
        post.admin.put("/v1/company-scales/existing_customers", &json!({"scale_id": scale})).await.expect(200);
    };
    name(&other).await;
    assert_eq!(told(&post).await, [json!(["A", "company_scale", "HIGH", "LOW"])]);
    name(&ours).await;
    assert_eq!(told(&post).await, [json!(["A", "company_scale", "LOW", "HIGH"])]);
    stop.cancel();
    worker.await.unwrap();
}
