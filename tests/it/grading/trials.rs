//! Drafts are tried: stored, explained for ever, compared, and never current.

use serde_json::{Value, json};

use super::{admin, by_attribute, customers, explained, fixed, graded, published};
use crate::support::{Client, label, problems};

/// The scale with other grades: nobody is more than a B.
fn stricter() -> Value {
    let band = |grade: &str, from: &str| json!({"grade": grade, "label": label("tried"), "min_score": from});
    by_attribute("zero", &json!({"fixed": [band("A", "99"), band("B", "0")]}))
}

async fn tried(admin: &Client, more: Value) -> Value {
    let mut asked = json!({"scale_code": "one", "as_of": "2013-12", "selection": {"all": {}}});
    asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let run = admin.post("/v1/grading-runs", &asked).await.expect(202);
    assert_eq!(admin.finished(run["job"]["id"].as_str().unwrap()).await["state"], "completed");
    admin.get(&format!("/v1/grading-runs/{}", run["id"].as_str().unwrap())).await.expect(200)
}

#[actix_web::test]
async fn a_trial_keeps_what_its_draft_was_and_decides_nothing() {
    let (_app, admin) = admin().await;
    let ids = customers(&admin, &[("a", json!({"points": "90", "other": "90"}))]).await;
    let scale = published(&admin, "one", &by_attribute("zero", &fixed())).await;
    let official = graded(&admin, "one", json!({"all": {}})).await;
    admin.post(&format!("/v1/scales/{scale}/versions"), &Value::Null).await.expect(201);
    let draft = format!("/v1/scales/{scale}/versions/2");
    admin.put(&draft, &stricter()).await.expect(200);

    let trial = tried(&admin, json!({"version": 2})).await;
    assert_eq!(
        (&trial["trial"], &trial["official"], &trial["scale_version"]),
        (&json!(true), &json!(false), &json!(2))
    );
    assert_eq!(tried(&admin, json!({"trial": true})).await["scale_version"], 2, "the draft where none is named");
    let before = explained(&admin, &trial, &ids["a"]).await;
    assert_eq!((&before["trial"], &before["result"]["grade"]), (&json!(true), &json!("B")));
    assert_eq!(before["grade_label"], label("tried"));
    let current = async || admin.get(&format!("/v1/customers/{}/grade", ids["a"])).await.expect(200);
    assert_eq!((&current().await["grade"], &current().await["run_id"]), (&json!("A"), &official["id"]));
    let history = admin.get(&format!("/v1/customers/{}/grades", ids["a"])).await.expect(200);
    assert_eq!(history["items"].as_array().unwrap().len(), 1, "a trial says nothing of a customer");
    let compare = format!(
        "/v1/grading-runs/{}/comparison?old_run_id={}",
        trial["id"].as_str().unwrap(),
        official["id"].as_str().unwrap()
    );
    let compared = admin.get(&compare).await.expect(200);
    assert_eq!((&compared["worse"], &compared["new_grades"]), (&json!(1), &json!(["A", "B"])));

    // The draft changes, is published and run: the trial is told as it was.
    let mut other = stricter();
    other["dimensions"][0]["factors"].as_array_mut().unwrap().pop();
    other["grade_bands"]["fixed"][1]["label"] = label("changed");
    admin.put(&draft, &other).await.expect(200);
    let read = async |path: &str| admin.get(path).await.expect(200);
    let lift = format!("/v1/grading-runs/{}/results/{}/lift", trial["id"].as_str().unwrap(), ids["a"]);
    let before_lift = read(&lift).await;
    assert_eq!(explained(&admin, &trial, &ids["a"]).await, before);
    admin.post(&format!("{draft}:publish"), &Value::Null).await.expect(200);
    assert_eq!((explained(&admin, &trial, &ids["a"]).await, read(&compare).await), (before, compared));
    assert_eq!(read(&lift).await, before_lift);
    assert_eq!((&current().await["grade"], &current().await["run_id"]), (&json!("A"), &official["id"]));
    graded(&admin, "one", json!({"all": {}})).await;
    assert_eq!((&current().await["grade"], &current().await["scale_version"]), (&json!("B"), &json!(2)));
    // A version in force can be tried too.
    let tried = tried(&admin, json!({"version": 1, "trial": true})).await;
    assert_eq!((&tried["trial"], &current().await["scale_version"]), (&json!(true), &json!(2)));
}

#[actix_web::test]
async fn a_draft_is_tried_only_as_a_trial_and_only_where_it_is_sound() {
    let (_app, admin) = admin().await;
    customers(&admin, &[("a", json!({"points": "90"}))]).await;
    let new = json!({"code": "one", "name": label("one"), "definition": by_attribute("zero", &fixed())});
    let scale = admin.post("/v1/scales", &new).await.expect(201)["id"].as_str().unwrap().to_owned();
    let ask = |more: Value| {
        let mut asked = json!({"scale_code": "one", "as_of": "2013-12", "selection": {"all": {}}});
        asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        asked
    };
    let post = async |more: Value| admin.post("/v1/grading-runs", &ask(more)).await;
    post(json!({})).await.expect(409);
    post(json!({"version": 1, "trial": false})).await.expect(409);
    let official = post(json!({"version": 1, "official": true})).await.expect(422);
    assert_eq!(problems(&official["errors"]), [("/official", "trial")]);
    let run = tried(&admin, json!({"version": 1, "official": false})).await;
    assert_eq!((&run["trial"], &run["gradable"]), (&json!(true), &json!(1)));
    let mut broken = by_attribute("zero", &fixed());
    broken["dimensions"][0]["weight"] = json!("0.5");
    admin.put(&format!("/v1/scales/{scale}/versions/1"), &broken).await.expect(200);
    let refused = post(json!({"version": 1})).await.expect(422);
    assert!(problems(&refused["errors"]).iter().all(|(at, _)| at.starts_with("/version/")), "{refused}");
    let query = "mutation($input: StartGradingRunInput!) { startGradingRun(input: $input) { gradingRun { id } userErrors { pointer code } } }";
    let input = json!({"input": {"scaleCode": "one", "version": 1, "asOf": "2013-12", "selection": {"all": {}}, "official": true}});
    let graph = admin.data(query, input).await["startGradingRun"]["userErrors"].take();
    assert_eq!(graph, json!([{"pointer": "/official", "code": "trial"}]));
}
