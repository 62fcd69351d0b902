//! Selections by filter and by name, runs that supersede others, and progress as a stream.

use fenji::tenancy::Role;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{by_attribute, customers, fixed, graded, published, results};
use crate::support::{Client, TestApp, problems, spawn_app, spawn_app_without_worker};

async fn furnish(app: &TestApp) -> Client {
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    customers(&admin, &[("a", json!({"points": "1"})), ("b", json!({"points": "50"})), ("c", json!({"points": "90"}))])
        .await;
    let items = json!([{"external_id": "b", "name": "b", "industry": "pumps"}]);
    admin.batch("/v1/customers:batch", &items).await;
    published(&admin, "one", &by_attribute("zero", &fixed())).await;
    admin
}

#[actix_web::test]
async fn a_filter_or_a_list_of_names_selects() {
    let app = spawn_app().await;
    let admin = furnish(&app).await;
    let a = admin.get("/v1/customers?external_id=a").await.expect(200)["items"][0]["id"].as_str().unwrap().to_owned();
    for (selection, expected) in [
        (json!({"filter": {"industry": ["pumps"]}}), vec!["b"]),
        (json!({"filter": {"attribute": [{"code": "points", "op": "gte", "values": ["50"]}]}}), vec!["b", "c"]),
        (
            json!({"list": {"customer_ids": [a], "external_ids": [{"system": "default", "external_id": "c"}]}}),
            vec!["a", "c"],
        ),
    ] {
        let run = graded(&admin, "one", selection.clone()).await;
        assert_eq!(run["selection"], selection);
        assert_eq!(results(&admin, &run).await.into_keys().collect::<Vec<_>>(), expected, "{selection}");
        let tried = json!({"scale_code": "one", "as_of": "2013-12", "changes": {}, "selection": selection});
        let tried = admin.post("/v1/grading/what-if", &tried).await.expect(200);
        assert_eq!(tried["customers"], expected.len());
    }
    let ask = |selection: Value| json!({"scale_code": "one", "as_of": "2013-12", "selection": selection});
    for (selection, pointer) in [
        (json!({"list": {}}), "/selection/list"),
        (json!({"list": {"external_ids": [{"system": "crm", "external_id": "c"}]}}), "/selection/list/external_ids/0"),
        (
            json!({"filter": {"attribute": [{"code": "none", "op": "eq", "values": ["1"]}]}}),
            "/selection/filter/attribute/0",
        ),
    ] {
        let refused = admin.post("/v1/grading-runs", &ask(selection)).await.expect(422);
        assert_eq!(problems(&refused["errors"])[0].0, pointer);
    }
    admin.post("/v1/grading-runs", &ask(json!({"filter": {"colour": ["red"]}}))).await.expect(400);
    let query = "mutation($input: StartGradingRunInput!) { startGradingRun(input: $input) { gradingRun { selection { filter list { externalIds { externalId } } } } } }";
    let input =
        json!({"input": {"scaleCode": "one", "asOf": "2013-12", "selection": {"filter": {"industry": ["pumps"]}}}});
    let graph = admin.data(query, input).await["startGradingRun"]["gradingRun"].take();
    assert_eq!(graph["selection"], json!({"filter": {"industry": ["pumps"]}, "list": null}));
}

#[actix_web::test]
async fn a_newer_run_supersedes_one_that_waits_for_the_same() {
    let app = spawn_app_without_worker().await;
    let admin = furnish(&app).await;
    let start = async |as_of: &str, selection: Value| {
        let new = json!({"scale_code": "one", "as_of": as_of, "selection": selection});
        admin.post("/v1/grading-runs", &new).await.expect(202)
    };
    let first = start("2013-12", json!({"all": {}})).await;
    let other_month = start("2013-11", json!({"all": {}})).await;
    let other_selection = start("2013-12", json!({"prospects": {}})).await;
    let second = start("2013-12", json!({"all": {}})).await;
    let read =
        async |run: &Value| admin.get(&format!("/v1/grading-runs/{}", run["id"].as_str().unwrap())).await.expect(200);
    let superseded = read(&first).await;
    assert_eq!((&superseded["job"]["state"], &superseded["superseded_by"]), (&json!("cancelled"), &second["id"]));
    for kept in [&other_month, &other_selection, &second] {
        let run = read(kept).await;
        assert_eq!((&run["job"]["state"], &run["superseded_by"]), (&json!("queued"), &Value::Null));
    }
    // One that has begun is not given up for another.
    let stop = CancellationToken::new();
    let worker = app.start_worker(stop.clone());
    admin.finished(second["job"]["id"].as_str().unwrap()).await;
    start("2013-12", json!({"all": {}})).await;
    assert_eq!(read(&second).await["superseded_by"], Value::Null);
    stop.cancel();
    worker.await.unwrap();
}

#[actix_web::test]
async fn progress_comes_as_a_stream_of_events_until_the_run_has_ended() {
    let app = spawn_app_without_worker().await;
    let admin = furnish(&app).await;
    let new = json!({"scale_code": "one", "as_of": "2013-12", "selection": {"all": {}}});
    let run = admin.post("/v1/grading-runs", &new).await.expect(202);
    let path = format!("/v1/grading-runs/{}/events", run["id"].as_str().unwrap());
    let mut response = admin.request(reqwest::Method::GET, &path).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let first = String::from_utf8(response.chunk().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(first.starts_with("id: 1\nevent: progress\ndata: {") && first.contains("\"queued\""), "{first}");
    let stop = CancellationToken::new();
    let worker = app.start_worker(stop.clone());
    let rest = response.text().await.unwrap();
    let last = rest.trim_end().rsplit("\n\n").next().unwrap();
    let data: Value = serde_json::from_str(last.split_once("data: ").unwrap().1).unwrap();
    assert_eq!((&data["job"]["state"], &data["selected"]), (&json!("completed"), &json!(3)), "{rest}");
    let job = run["job"]["id"].as_str().unwrap();
    let whole = admin.get(&format!("/v1/jobs/{job}/events")).await;
    assert_eq!(whole.text.matches("event: progress").count(), 1, "{}", whole.text);
    stop.cancel();
    worker.await.unwrap();
}
