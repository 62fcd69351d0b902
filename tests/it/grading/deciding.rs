//! Which runs decide, and among how many customers they place.

use fenji::grading::start_due_runs;
use fenji::tenancy::Role;
use serde_json::{Value, json};

use super::{admin, by_attribute, customers, explained, fixed, graded, published};
use crate::support::{Client, label, problems, spawn_app_without_worker};

/// Attributes of two customers change what the next run gives them.
async fn points(admin: &Client, points: [&str; 2]) {
    let item = |id: &str, points: &str| json!({"external_id": id, "attributes": {"points": points, "other": points}});
    admin.batch("/v1/customers:batch", &json!([item("a", points[0]), item("b", points[1])])).await;
}

async fn grades(admin: &Client, ids: &std::collections::BTreeMap<String, String>) -> [String; 2] {
    let mut grades = [String::new(), String::new()];
    for (grade, id) in grades.iter_mut().zip(["a", "b"]) {
        let current = admin.get(&format!("/v1/customers/{}/grade", ids[id])).await.expect(200);
        *grade = current["grade"].as_str().unwrap().to_owned();
    }
    grades
}

#[actix_web::test]
async fn a_few_that_somebody_picks_are_graded_officially_only_where_that_is_said() {
    let (_app, admin) = admin().await;
    let ids = customers(&admin, &[("a", json!({})), ("b", json!({}))]).await;
    points(&admin, ["90", "10"]).await;
    published(&admin, "one", &by_attribute("zero", &fixed())).await;
    let run = graded(&admin, "one", json!({"all": {}})).await;
    assert_eq!((&run["official"], &run["trial"], &run["provisional"]), (&json!(true), &json!(false), &json!(false)));
    assert_eq!(grades(&admin, &ids).await, ["A", "C"]);
    points(&admin, ["10", "90"]).await;
    let named = json!({"list": {"external_ids": [{"system": "default", "external_id": "b"}]}});
    for selection in [
        named.clone(),
        json!({"filter": {"attribute": [{"code": "points", "op": "gte", "values": ["1"]}]}}),
        json!({"list": {"customer_ids": [ids["a"], ids["b"]]}}),
    ] {
        let run = graded(&admin, "one", selection).await;
        assert_eq!(run["official"], false);
        assert_eq!(grades(&admin, &ids).await, ["A", "C"]);
    }
    // Neither does a run of everyone that somebody does not want to count.
    let asked = |selection: Value, official: bool| json!({"scale_code": "one", "as_of": "2013-12", "selection": selection, "official": official});
    let done = async |asked: Value| {
        let run = admin.post("/v1/grading-runs", &asked).await.expect(202);
        assert_eq!(admin.finished(run["job"]["id"].as_str().unwrap()).await["state"], "completed");
        run
    };
    assert_eq!(done(asked(json!({"all": {}}), false)).await["official"], false);
    assert_eq!(grades(&admin, &ids).await, ["A", "C"]);
    // An official run of a list changes the grades of those on it.
    assert_eq!(done(asked(named, true)).await["official"], true);
    assert_eq!(grades(&admin, &ids).await, ["A", "A"]);
    let share = graded(&admin, "one", json!({"share": {"share": "0.8"}})).await;
    let prospects = graded(&admin, "one", json!({"prospects": {}})).await;
    assert_eq!((&share["official"], &prospects["official"]), (&json!(true), &json!(true)));
    let query =
        "query($id: ID!) { gradingRun(id: $id) { official trial provisional withdrawnAt gradedAmong { book } } }";
    let graph = admin.data(query, json!({"id": share["id"]})).await["gradingRun"].take();
    let expected =
        json!({"official": true, "trial": false, "provisional": false, "withdrawnAt": null, "gradedAmong": null});
    assert_eq!(graph, expected);
}

#[actix_web::test]
async fn a_monthly_run_is_official_whatever_it_selects() {
    let app = spawn_app_without_worker().await;
    let tenant = app.tenant("acme").await;
    let admin = app.client(tenant, Role::Admin);
    customers(&admin, &[("a", json!({})), ("b", json!({}))]).await;
    let scale = published(&admin, "one", &by_attribute("zero", &fixed())).await;
    let selection = json!({"list": {"external_ids": [{"system": "default", "external_id": "b"}]}});
    let schedule = json!({"day_of_month": 16, "selection": selection});
    admin.put(&format!("/v1/grading-schedules/{scale}"), &schedule).await.expect(200);
    app.clock.set("2014-01-16T00:00:00Z".parse().unwrap());
    assert_eq!(start_due_runs(&app.state.db).await.unwrap(), 1);
    let admin = app.client(tenant, Role::Admin);
    let run = admin.get("/v1/grading-runs").await.expect(200)["items"][0].take();
    assert_eq!((&run["official"], &run["as_of"]), (&json!(true), &json!("2013-12")));
}

/// What waits is given up only for a run that counts for the same.
#[actix_web::test]
async fn an_unofficial_run_or_a_trial_does_not_take_the_place_of_an_official_one() {
    let app = spawn_app_without_worker().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    customers(&admin, &[("a", json!({}))]).await;
    published(&admin, "one", &by_attribute("zero", &fixed())).await;
    let start = async |more: Value| {
        let mut asked = json!({"scale_code": "one", "as_of": "2013-12", "selection": {"all": {}}});
        asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        admin.post("/v1/grading-runs", &asked).await.expect(202)["id"].as_str().unwrap().to_owned()
    };
    let superseded =
        async |run: &str| admin.get(&format!("/v1/grading-runs/{run}")).await.expect(200)["superseded_by"].take();
    let official = start(json!({})).await;
    let unofficial = start(json!({"official": false})).await;
    let trial = start(json!({"trial": true})).await;
    for run in [&official, &unofficial, &trial] {
        assert_eq!(superseded(run).await, Value::Null);
    }
    let again = start(json!({"trial": true})).await;
    assert_eq!((superseded(&trial).await, superseded(&official).await), (json!(again), Value::Null));
}

#[actix_web::test]
async fn quotas_and_percentiles_say_among_how_many() {
    let (_app, admin) = admin().await;
    let points = |points: &str| json!({"points": points});
    let ids = customers(&admin, &[("a", points("50")), ("b", points("90")), ("c", points("70"))]).await;
    let gone = admin.post("/v1/customers", &json!({"name": "gone"})).await.expect(201);
    let archive = format!("/v1/customers/{}:archive", gone["id"].as_str().unwrap());
    admin.post(&archive, &Value::Null).await.expect(200);
    let band = |grade: &str, share: Option<&str>| json!({"grade": grade, "label": label(grade), "share": share});
    let quota = json!({"quota": [band("A", Some("0.5")), band("C", None)]});
    published(&admin, "quota", &by_attribute("zero", &quota)).await;
    published(&admin, "fixed", &by_attribute("zero", &fixed())).await;
    let mut percentile = by_attribute("zero", &fixed());
    percentile["dimensions"][0]["factors"][0]["rule"] = json!({"percentile": {"better": "higher"}});
    published(&admin, "percentile", &percentile).await;
    let few = json!({"list": {"customer_ids": [ids["a"], ids["b"]]}});
    for (scale, selection, expected) in [
        ("quota", few.clone(), json!({"customers": 2, "book": 3})),
        ("quota", json!({"all": {}}), json!({"customers": 3, "book": 3})),
        ("percentile", few.clone(), json!({"customers": 2, "book": 3})),
        ("fixed", few, Value::Null),
    ] {
        let run = graded(&admin, scale, selection).await;
        assert_eq!(run["graded_among"], expected, "{scale}");
        assert_eq!(explained(&admin, &run, &ids["a"]).await["graded_among"], expected, "{scale}");
    }
}

#[actix_web::test]
async fn what_can_never_count_is_refused_as_official() {
    let (_app, admin) = admin().await;
    customers(&admin, &[("a", json!({}))]).await;
    published(&admin, "one", &by_attribute("zero", &fixed())).await;
    let refused = async |more: Value| {
        let mut asked = json!({"scale_code": "one", "as_of": "2013-12", "selection": {"all": {}}, "official": true});
        asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let refused = admin.post("/v1/grading-runs", &asked).await.expect(422);
        let found = problems(&refused["errors"]);
        found.into_iter().map(|(at, code)| format!("{at} {code}")).collect::<Vec<_>>()
    };
    assert_eq!(refused(json!({"trial": true})).await, ["/official trial"]);
    assert_eq!(refused(json!({"as_of": "2014-01", "provisional": true})).await, ["/official provisional"]);
    assert_eq!(refused(json!({"as_of": "2014-01"})).await, ["/as_of month_not_over"]);
}
