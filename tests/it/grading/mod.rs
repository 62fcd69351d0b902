//! Grading runs over a book small enough to grade by hand.

mod company;
mod comparing;
mod deciding;
mod keeping;
mod kinds;
mod known;
mod overriding;
mod reading;
mod scheduling;
mod selecting;
mod subscribing;
mod trials;
mod trying;
mod withdrawing;

use std::collections::BTreeMap;

use fenji::tenancy::Role;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::support::{Client, Sale, TestApp, label, plain, problems, sell, spawn_app};

async fn admin() -> (TestApp, Client) {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    (app, admin)
}

fn factor(code: &str, source: Value, rule: Value, missing: &str) -> Value {
    json!({"code": code, "label": label(code), "max_points": "10", "source": source, "rule": rule, "missing": missing})
}

fn linear(code: &str, metric: &str, to: &str, missing: &str) -> Value {
    factor(code, json!({"metric": metric}), json!({"linear": {"from": "0", "to": to}}), missing)
}

fn dimension(code: &str, axis: &str, weight: &str, factors: &[Value]) -> Value {
    json!({"code": code, "label": label(code), "axis": axis, "weight": weight, "factors": factors})
}

/// A from 80, B from 60, else C.
fn fixed() -> Value {
    let band = |grade: &str, from: &str| json!({"grade": grade, "label": label(grade), "min_score": from});
    json!({"fixed": [band("A", "80"), band("B", "60"), band("C", "0")]})
}

/// Value 60 % of revenue and margin, Future 40 % of growth and share of wallet, where a share unknown is left out.
fn example() -> Value {
    let growth = factor(
        "growth",
        json!({"metric": "growth_l12"}),
        json!({"bands": [{"from": null, "points": "0"}, {"from": "0.1", "points": "10"}]}),
        "excluded",
    );
    let value =
        [linear("revenue", "revenue_l12", "1000", "zero"), linear("margin", "gross_margin_pct_l12", "0.5", "zero")];
    let future = [growth, linear("wallet", "share_of_wallet", "1", "excluded")];
    json!({"dimensions": [dimension("value", "quality", "0.6", &value), dimension("future", "growth", "0.4", &future)],
           "grade_bands": fixed()})
}

/// Sales that make the example: revenue 800 after 400, margin 30 %.
const EXAMPLE: [Sale<'static>; 2] = [("A", "2012-06-01", "P", "400", "200"), ("A", "2013-06-01", "P", "800", "560")];

/// By one attribute alone, linear to 100, with a policy where it is missing.
fn by_attribute(missing: &str, grade_bands: &Value) -> Value {
    let by = |code: &str, missing: &str| {
        factor(code, json!({"attribute": code}), json!({"linear": {"from": "0", "to": "100"}}), missing)
    };
    json!({"dimensions": [dimension("one", "quality", "1", &[by("points", missing), by("other", "excluded")])],
           "grade_bands": grade_bands})
}

/// A published scale.
async fn published(admin: &Client, code: &str, definition: &Value) -> String {
    let new = json!({"code": code, "name": label(code), "definition": definition});
    let scale = admin.post("/v1/scales", &new).await.expect(201);
    let id = scale["id"].as_str().unwrap().to_owned();
    admin.post(&format!("/v1/scales/{id}/versions/1:publish"), &Value::Null).await.expect(200);
    id
}

/// A run as of December 2013 that has ended well.
async fn graded(admin: &Client, scale: &str, selection: Value) -> Value {
    let asked = json!({"scale_code": scale, "as_of": "2013-12", "selection": selection});
    let started = admin.post("/v1/grading-runs", &asked).await;
    let location = started.header("location").to_owned();
    let run = started.expect(202);
    let job = run["job"]["id"].as_str().unwrap();
    assert_eq!(location, format!("/v1/jobs/{job}"));
    assert_eq!(admin.finished(job).await["state"], "completed");
    admin.get(&format!("/v1/grading-runs/{}", run["id"].as_str().unwrap())).await.expect(200)
}

/// The results of a run by customer.
async fn results(admin: &Client, run: &Value) -> BTreeMap<String, Value> {
    let list =
        admin.get(&format!("/v1/grading-runs/{}/results?limit=500", run["id"].as_str().unwrap())).await.expect(200);
    let by_customer = |result: &Value| (result["customer_external_id"].as_str().unwrap().to_owned(), result.clone());
    list["items"].as_array().unwrap().iter().map(by_customer).collect()
}

async fn explained(admin: &Client, run: &Value, customer: &str) -> Value {
    admin.get(&format!("/v1/grading-runs/{}/results/{customer}", run["id"].as_str().unwrap())).await.expect(200)
}

fn number(value: &Value) -> Decimal {
    value.as_str().unwrap().parse().unwrap()
}

/// Customers with attributes, by external id.
async fn customers(admin: &Client, attributes: &[(&str, Value)]) -> BTreeMap<String, String> {
    admin.define(&[("points", "number"), ("other", "number"), ("blocked", "yes_no")]).await;
    let items: Vec<_> = attributes
        .iter()
        .map(|(id, attributes)| json!({"external_id": id, "name": id, "attributes": attributes}))
        .collect();
    let batch = admin.batch("/v1/customers:batch", &json!(items)).await;
    let ids = batch["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned());
    attributes.iter().map(|(id, _)| (*id).to_owned()).zip(ids).collect()
}

#[actix_web::test]
async fn the_example_of_the_specification_comes_out_to_the_last_digit() {
    let (_app, admin) = admin().await;
    let ids = sell(&admin, &EXAMPLE).await;
    published(&admin, "example", &example()).await;
    let run = graded(&admin, "example", json!({"all": {}})).await;
    assert_eq!((&run["selected"], &run["gradable"], &run["scale_version"]), (&json!(1), &json!(1), &json!(1)));
    let count = |grade: &str, customers: i32| json!({"grade": grade, "label": label(grade), "customers": customers});
    assert_eq!(run["distribution"], json!([count("A", 1), count("B", 0), count("C", 0)]));
    let expected = json!({
        "customer_id": ids["A"], "customer_external_id": "A", "customer_name": "A", "gradable": true, "score": "82.0000",
        "quality": "70.0000", "growth": "100.0000", "data_coverage": "0.750000", "scored_grade": "A", "grade": "A", "rank": 1, "kind": "survival_base", "kind_mark": null,
        "profit": "240.0000", "profit_source": "gross_margin_l12", "effort": "1.2500", "effort_ratio": "1.000000",
    });
    assert_eq!(results(&admin, &run).await["A"], expected);

    let explained = explained(&admin, &run, &ids["A"]).await;
    assert_eq!((&explained["result"], &explained["ungradable"]), (&expected, &Value::Null));
    let mut total = Decimal::ZERO;
    for dimension in explained["dimensions"].as_array().unwrap() {
        let parts: Decimal = dimension["factors"].as_array().unwrap().iter().map(|f| number(&f["contribution"])).sum();
        assert_eq!(parts, number(&dimension["contribution"]));
        total += parts;
    }
    assert_eq!(total, Decimal::from(82));
    let factor = |dimension: usize, factor: usize| &explained["dimensions"][dimension]["factors"][factor];
    assert_eq!((number(&factor(0, 0)["points"]), number(&factor(0, 1)["points"])), (8.into(), 6.into()));
    assert_eq!(
        (number(&factor(0, 0)["value"]["number"]), number(&factor(1, 0)["value"]["number"])),
        (800.into(), 1.into())
    );
    let wallet = factor(1, 1);
    assert_eq!(
        (&wallet["missing"], &wallet["policy"], &wallet["points"]),
        (&json!("no_data"), &json!("excluded"), &Value::Null)
    );

    let query = "query($run: ID!, $customer: ID!) { gradingResults(runId: $run) { nodes { score grade } } gradingResult(runId: $run, customerId: $customer) { result { score quality growth dataCoverage } } customer(id: $customer) { grade { grade score scaleCode asOf } grades { grade rank } } }";
    let graph = admin.data(query, json!({"run": run["id"], "customer": ids["A"]})).await;
    assert_eq!(graph["gradingResults"]["nodes"], json!([{"score": "82.0000", "grade": "A"}]));
    let result = json!({"score": "82.0000", "quality": "70.0000", "growth": "100.0000", "dataCoverage": "0.750000"});
    assert_eq!(graph["gradingResult"]["result"], result);
    let current = json!({"grade": "A", "score": "82.0000", "scaleCode": "example", "asOf": "2013-12"});
    assert_eq!(graph["customer"], json!({"grade": current, "grades": [{"grade": "A", "rank": 1}]}));
}

#[actix_web::test]
async fn a_cap_limits_the_grade_whatever_the_score() {
    let (_app, admin) = admin().await;
    let attributes = [
        ("free", json!({"points": "90", "other": "90", "blocked": false})),
        ("blocked", json!({"points": "90", "other": "90", "blocked": true})),
        ("unknown", json!({"points": "90", "other": "90"})),
        ("low", json!({"points": "10", "other": "10", "blocked": true})),
    ];
    let ids = customers(&admin, &attributes).await;
    let mut definition = by_attribute("zero", &fixed());
    definition["caps"] = json!([{"condition": {"source": {"attribute": "blocked"}, "op": "eq", "value": {"flag": true}}, "at_best": "B", "label": label("Blocked")}]);
    published(&admin, "capped", &definition).await;
    let run = graded(&admin, "capped", json!({"all": {}})).await;
    let results = results(&admin, &run).await;
    let grades = |id: &str| (results[id]["scored_grade"].as_str().unwrap(), results[id]["grade"].as_str().unwrap());
    assert_eq!(
        (grades("free"), grades("blocked"), grades("unknown"), grades("low")),
        (("A", "A"), ("A", "B"), ("A", "A"), ("C", "C"))
    );
    let cap = explained(&admin, &run, &ids["blocked"]).await["caps"][0].take();
    assert_eq!((&cap["applies"], &cap["value"], &cap["at_best"]), (&json!(true), &json!({"flag": true}), &json!("B")));
    let cap = explained(&admin, &run, &ids["unknown"]).await["caps"][0].take();
    assert_eq!((&cap["applies"], &cap["missing"]), (&Value::Null, &json!("no_data")));
}

#[actix_web::test]
async fn each_policy_treats_a_missing_value_as_it_says() {
    let (_app, admin) = admin().await;
    let ids = customers(&admin, &[("A", json!({"other": "80"}))]).await;
    for (policy, score, coverage) in
        [("zero", "40.0000", "0.500000"), ("neutral", "65.0000", "0.500000"), ("excluded", "80.0000", "0.500000")]
    {
        published(&admin, policy, &by_attribute(policy, &fixed())).await;
        let run = graded(&admin, policy, json!({"all": {}})).await;
        let result = &results(&admin, &run).await["A"];
        assert_eq!((&result["score"], &result["data_coverage"]), (&json!(score), &json!(coverage)), "{policy}");
    }
    published(&admin, "required", &by_attribute("required", &fixed())).await;
    let run = graded(&admin, "required", json!({"all": {}})).await;
    assert_eq!((&run["selected"], &run["gradable"]), (&json!(1), &json!(0)));
    let result = &results(&admin, &run).await["A"];
    assert_eq!(
        (&result["gradable"], &result["score"], &result["grade"], &result["rank"]),
        (&json!(false), &Value::Null, &Value::Null, &Value::Null)
    );
    let why = explained(&admin, &run, &ids["A"]).await["ungradable"].take();
    let lacks = json!([{"dimension": "one", "factor": "points", "missing": "no_data", "weight": "0.500000", "label": label("points")}]);
    assert_eq!(why, json!({"reason": "required_missing", "lacks": lacks}));
    let query = "query($run: ID!, $id: ID!) { gradingResult(runId: $run, customerId: $id) { ungradable { reason lacks { factor missing } } } }";
    let graph =
        admin.data(query, json!({"run": run["id"], "id": ids["A"]})).await["gradingResult"]["ungradable"].take();
    assert_eq!(graph, json!({"reason": "REQUIRED_MISSING", "lacks": [{"factor": "points", "missing": "NO_DATA"}]}));
}

#[actix_web::test]
async fn quotas_go_by_place_and_ties_by_external_id() {
    let (_app, admin) = admin().await;
    let points = |points: &str| json!({"points": points});
    let attributes =
        [("a", points("50")), ("b", points("90")), ("c", points("70")), ("d", points("70")), ("e", points("10"))];
    customers(&admin, &attributes).await;
    let band = |grade: &str, share: Option<&str>| json!({"grade": grade, "label": label(grade), "share": share});
    let quota = json!({"quota": [band("A", Some("0.2")), band("B", Some("0.2")), band("C", None)]});
    published(&admin, "quota", &by_attribute("zero", &quota)).await;
    let run = graded(&admin, "quota", json!({"all": {}})).await;
    let found = results(&admin, &run).await;
    let places: Vec<_> = found.values().map(|r| (r["rank"].as_i64().unwrap(), r["grade"].as_str().unwrap())).collect();
    assert_eq!(places, [(4, "C"), (1, "A"), (2, "B"), (3, "C"), (5, "C")]);
    let path = format!("/v1/grading-runs/{}/results", run["id"].as_str().unwrap());
    let page = admin.get(&format!("{path}?grade=C&sort=-score&limit=2")).await.expect(200);
    assert_eq!((&page["items"][0]["customer_name"], &page["items"][1]["customer_name"]), (&json!("d"), &json!("a")));
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = admin.get(&format!("{path}?grade=C&sort=-score&limit=2&cursor={cursor}")).await.expect(200);
    assert_eq!((&rest["items"][0]["customer_name"], &rest["next_cursor"]), (&json!("e"), &Value::Null));
    assert_eq!(problems(&admin.get(&format!("{path}?sort=luck")).await.expect(422)["errors"]), [("/sort", "sort")]);
}

#[actix_web::test]
async fn a_run_never_changes_and_the_same_inputs_give_the_same_run() {
    let (_app, admin) = admin().await;
    let ids = sell(&admin, &EXAMPLE).await;
    let scale = published(&admin, "example", &example()).await;
    let first = graded(&admin, "example", json!({"all": {}})).await;
    let before = explained(&admin, &first, &ids["A"]).await;
    let second = graded(&admin, "example", json!({"all": {}})).await;
    assert_eq!(results(&admin, &second).await, results(&admin, &first).await);
    // The book and the scale change; the run does not.
    let late = json!([{"external_id": "late", "order_id": "late", "day": "2013-07-01", "customer_external_id": "A",
                       "product_external_id": "P", "quantity": "1", "unit_price": "200", "net": "200", "cost": "140"}]);
    admin.batch("/v1/sales-lines:batch", &late).await;
    let mut changed = example();
    changed["dimensions"][0]["weight"] = json!("0.5");
    changed["dimensions"][1]["weight"] = json!("0.5");
    admin.post(&format!("/v1/scales/{scale}/versions"), &Value::Null).await.expect(201);
    admin.put(&format!("/v1/scales/{scale}/versions/2"), &changed).await.expect(200);
    admin.post(&format!("/v1/scales/{scale}/versions/2:publish"), &Value::Null).await.expect(200);
    assert_eq!(explained(&admin, &first, &ids["A"]).await, before);
    // Revenue 1000, margin 30 %: 0.5 x 80 + 0.5 x 100.
    let third = graded(&admin, "example", json!({"all": {}})).await;
    assert_eq!((&third["scale_version"], &results(&admin, &third).await["A"]["score"]), (&json!(2), &json!("90.0000")));
    let history = admin.get(&format!("/v1/customers/{}/grades", ids["A"])).await.expect(200)["items"].take();
    let entries: Vec<_> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|g| (g["scale_version"].as_i64().unwrap(), g["score"].as_str().unwrap()))
        .collect();
    assert_eq!(entries, [(2, "90.0000"), (1, "82.0000"), (1, "82.0000")]);
    let query = "query($id: ID!) { customer(id: $id) { grade { runId score scaleVersion } } }";
    let graph = admin.data(query, json!({"id": ids["A"]})).await["customer"]["grade"].take();
    assert_eq!((&graph["score"], &graph["scaleVersion"]), (&json!("90.0000"), &json!(2)));
    assert_eq!(plain(&graph["runId"]), third["id"].as_str().unwrap());
}

#[actix_web::test]
async fn a_selection_takes_whom_it_says() {
    let (_app, admin) = admin().await;
    let sale = |customer, day, net| (customer, day, "P", net, "");
    sell(
        &admin,
        &[
            sale("big", "2013-02-01", "700"),
            sale("middle", "2013-03-01", "200"),
            sale("small", "2013-04-01", "100"),
            sale("won", "2013-12-30", "1"),
            sale("old", "2012-02-01", "900"),
        ],
    )
    .await;
    let items = json!([{"external_id": "hope", "name": "hope", "stage": "prospect"}, {"external_id": "gone", "name": "gone", "stage": "lost"}]);
    admin.batch("/v1/customers:batch", &items).await;
    published(&admin, "example", &example()).await;
    for (selection, expected) in [
        (json!({"all": {}}), vec!["big", "gone", "hope", "middle", "old", "small", "won"]),
        (json!({"all": {"without_lost": true}}), vec!["big", "hope", "middle", "old", "small", "won"]),
        (json!({"share": {"share": "0.8"}}), vec!["big", "middle"]),
        (json!({"prospects": {}}), vec!["hope"]),
        (json!({"prospects": {"newly_won_months": 1}}), vec!["hope", "won"]),
    ] {
        let run = graded(&admin, "example", selection.clone()).await;
        let chosen: Vec<String> = results(&admin, &run).await.into_keys().collect();
        assert_eq!(chosen, expected, "{selection}");
    }
}

#[actix_web::test]
async fn a_draft_or_an_unknown_scale_grades_nobody() {
    let (_app, admin) = admin().await;
    let new = json!({"code": "draft", "name": label("x"), "definition": example()});
    let scale = admin.post("/v1/scales", &new).await.expect(201);
    let ask = |changes: Value| {
        let mut asked = json!({"as_of": "2013-12", "selection": {"all": {}}});
        asked.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        asked
    };
    let refused = admin.post("/v1/grading-runs", &ask(json!({"scale_code": "draft"}))).await.expect(409);
    assert!(refused["detail"].as_str().unwrap().contains("draft"), "{refused}");
    let kept = ask(json!({"scale_id": scale["id"], "version": 1, "trial": false}));
    admin.post("/v1/grading-runs", &kept).await.expect(409);
    for (changes, pointer) in [
        (json!({"scale_code": "none"}), "/scale_code"),
        (json!({"scale_id": scale["id"], "version": 7}), "/version"),
        (json!({}), "/scale_id"),
        (json!({"scale_code": "draft", "selection": {"share": {"share": "1.01"}}}), "/selection/share/share"),
    ] {
        let refused = admin.post("/v1/grading-runs", &ask(changes)).await.expect(422);
        assert_eq!(problems(&refused["errors"])[0].0, pointer);
    }
    let query = "mutation($input: StartGradingRunInput!) { startGradingRun(input: $input) { gradingRun { id } userErrors { code } } }";
    let input = json!({"input": {"scaleCode": "draft", "asOf": "2013-12", "selection": {"all": {}}}});
    let graph = admin.data(query, input).await["startGradingRun"].take();
    assert_eq!(graph, json!({"gradingRun": null, "userErrors": [{"code": "conflict"}]}));
    assert_eq!(admin.get("/v1/grading-runs").await.expect(200)["items"], json!([]));
    assert_eq!(admin.get("/v1/jobs").await.expect(200)["items"], json!([]));
}

#[actix_web::test]
async fn graphql_starts_a_run_as_rest_does() {
    let (_app, admin) = admin().await;
    sell(&admin, &EXAMPLE).await;
    published(&admin, "example", &example()).await;
    let query = "mutation($input: StartGradingRunInput!) { startGradingRun(input: $input) { gradingRun { id job { id state } selection { share { share } } } userErrors { code } } }";
    let input = json!({"input": {"scaleCode": "example", "asOf": "2013-12", "selection": {"share": {"share": "0.8"}}}});
    let run = admin.data(query, input).await["startGradingRun"]["gradingRun"].take();
    assert_eq!(run["selection"], json!({"share": {"share": "0.8"}}));
    admin.finished(&plain(&run["job"]["id"])).await;
    let query = "query($id: ID!) { gradingRun(id: $id) { selected gradable distribution { grade customers } job { state progress { done total } } } }";
    let graph = admin.data(query, json!({"id": run["id"]})).await["gradingRun"].take();
    let expected = json!({
        "selected": 1, "gradable": 1, "job": {"state": "COMPLETED", "progress": {"done": 1, "total": 1}},
        "distribution": [{"grade": "A", "customers": 1}, {"grade": "B", "customers": 0}, {"grade": "C", "customers": 0}],
    });
    assert_eq!(graph, expected);
}

#[actix_web::test]
async fn completeness_and_freshness_are_scored_as_of_the_month() {
    let (_app, admin) = admin().await;
    let ids = customers(&admin, &[("A", json!({"points": "1"}))]).await;
    // As of 2013-12-31 a field is fresh that was seen since 2012-12-31.
    let path = "/v1/customers/by-external-id/default/A";
    let said = |observed_at: &str, field: &str| json!({field: "x", "observed_at": observed_at});
    admin.put(path, &said("2012-12-30T23:00:00Z", "city")).await.expect(200);
    admin.put(path, &said("2012-12-31T00:00:00Z", "industry")).await.expect(200);
    let factors = [linear("fresh", "freshness", "1", "required"), linear("full", "completeness", "1", "required")];
    let definition = json!({"dimensions": [dimension("d", "quality", "1", &factors)], "grade_bands": fixed()});
    published(&admin, "upkeep", &definition).await;
    let run = graded(&admin, "upkeep", json!({"all": {}})).await;
    let explained = explained(&admin, &run, &ids["A"]).await;
    let value = |factor: usize| explained["dimensions"][0]["factors"][factor]["value"]["number"].clone();
    assert_eq!((value(0), value(1)), (json!("0.500000"), json!("0.222222")));
}
