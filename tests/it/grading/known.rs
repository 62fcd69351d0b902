//! Who is known well enough to be graded, growths that start from next to nothing, and advice that we can follow.

use serde_json::{Value, json};

use super::{admin, by_attribute, customers, dimension, explained, factor, fixed, graded, published, results};
use crate::support::{Client, Sale, label, sell};

#[actix_web::test]
async fn prospects_without_a_judgement_are_not_gradable_and_what_is_missing_is_listed_heaviest_first() {
    let (_app, admin) = admin().await;
    let prospect = |n: usize| json!({"external_id": format!("P{n}"), "name": format!("P{n}"), "stage": "prospect", "industry": "Bicycles", "employees": 20 + n});
    let batch = admin.batch("/v1/customers:batch", &json!((0..3).map(prospect).collect::<Vec<_>>())).await;
    let id = batch["items"][0]["id"].as_str().unwrap();
    let template = json!({"code": "prospects", "name": label("Prospects"), "template": "prospects"});
    let scale = admin.post("/v1/scales", &template).await.expect(201);
    let version = format!("/v1/scales/{}/versions/1", scale["id"].as_str().unwrap());
    let version = admin.post(&format!("{version}:publish"), &Value::Null).await.expect(200);
    let run = graded(&admin, "prospects", json!({"prospects": {}})).await;
    assert_eq!((&run["selected"], &run["gradable"]), (&json!(3), &json!(0)));
    let told = explained(&admin, &run, id).await;
    let (result, why) = (&told["result"], &told["ungradable"]);
    assert_eq!((&result["grade"], &result["score"], &result["quality"]), (&Value::Null, &Value::Null, &Value::Null));
    assert_eq!((&why["reason"], &why["min_coverage"]), (&json!("low_coverage"), &json!("0.5")));
    assert_eq!(why["data_coverage"], result["data_coverage"]);
    let lacks = why["lacks"].as_array().unwrap();
    let judged = |factor: &&Value| factor["source"].get("judgement").is_some();
    let factors = version["definition"]["dimensions"].as_array().unwrap();
    let judgements = factors.iter().flat_map(|d| d["factors"].as_array().unwrap()).filter(judged).count();
    assert_eq!(lacks.iter().filter(|lack| lack["missing"] == "not_judged").count(), judgements);
    let weights: Vec<_> = lacks.iter().map(|lack| super::number(&lack["weight"])).collect();
    assert!(weights.is_sorted_by(|a, b| a >= b) && weights.iter().all(|weight| !weight.is_zero()), "{weights:?}");
    assert!(lacks.iter().all(|lack| lack["label"]["zh"].is_string()));
    let query = "query($r: ID!, $c: ID!) { gradingResult(runId: $r, customerId: $c) { ungradable { reason dataCoverage minCoverage lacks { factor weight label { en } } } } }";
    let graph = admin.data(query, json!({"r": run["id"], "c": id})).await["gradingResult"]["ungradable"].take();
    assert_eq!((&graph["reason"], &graph["dataCoverage"]), (&json!("LOW_COVERAGE"), &why["data_coverage"]));
    assert_eq!(graph["lacks"][0]["weight"], lacks[0]["weight"]);
    let lift = format!("/v1/grading-runs/{}/results/{id}/lift", run["id"].as_str().unwrap());
    assert_eq!(admin.get(&lift).await.expect(200)["lacks"], why["lacks"]);
}

#[actix_web::test]
async fn a_scale_may_ask_for_more_or_for_nothing_and_a_trial_says_what_a_run_says() {
    let (_app, admin) = admin().await;
    customers(
        &admin,
        &[("both", json!({"points": "80", "other": "60"})), ("half", json!({"points": "80"})), ("none", json!({}))],
    )
    .await;
    let scale = |coverage: Option<&str>| {
        let mut definition = by_attribute("neutral", &fixed());
        if let Some(coverage) = coverage {
            definition["min_coverage"] = json!(coverage);
        }
        definition
    };
    published(&admin, "usual", &scale(None)).await;
    for (code, coverage, gradable) in [("half", "0.5", 2), ("all", "1", 1), ("any", "0", 3), ("more", "0.6", 1)] {
        published(&admin, code, &scale(Some(coverage))).await;
        let run = graded(&admin, code, json!({"all": {}})).await;
        assert_eq!(run["gradable"], gradable, "{coverage}");
        let asked = json!({"scale_code": "usual", "as_of": "2013-12", "changes": {"min_coverage": coverage}});
        let tried = admin.post("/v1/grading/what-if", &asked).await.expect(200);
        assert_eq!((&tried["gradable_after"], &tried["after"]), (&run["gradable"], &run["distribution"]), "{coverage}");
        assert_eq!(tried["gradable_before"], 2);
    }
}

#[actix_web::test]
async fn a_scale_published_before_coverage_was_asked_for_grades_as_it_did() {
    let (app, admin) = admin().await;
    customers(&admin, &[("none", json!({}))]).await;
    let id = published(&admin, "old", &by_attribute("neutral", &fixed())).await;
    let mut superuser = app.database.superuser().await;
    sqlx::query("update scale_versions set definition = definition - 'min_coverage' where scale_id = $1::uuid")
        .bind(&id)
        .execute(&mut superuser)
        .await
        .unwrap();
    let run = graded(&admin, "old", json!({"all": {}})).await;
    assert_eq!((&run["gradable"], &results(&admin, &run).await["none"]["score"]), (&json!(1), &json!("50.0000")));
    let version = admin.get(&format!("/v1/scales/{id}/versions/1")).await.expect(200);
    assert_eq!(version["definition"]["min_coverage"], "0");
    // What is made of it later asks for as little, until somebody says otherwise.
    let draft = admin.post(&format!("/v1/scales/{id}/versions"), &Value::Null).await.expect(201);
    assert_eq!(draft["definition"]["min_coverage"], "0");
}

/// A grew from 12 to 900, B from 4,000 to 5,000, C from 900 to 999.
const GROWN: [Sale<'static>; 6] = [
    ("A", "2012-06-01", "P", "12", "5"),
    ("A", "2013-06-01", "P", "900", "300"),
    ("B", "2012-06-01", "P", "4000", "2000"),
    ("B", "2013-06-01", "P", "5000", "2500"),
    ("C", "2012-06-01", "P", "900", "500"),
    ("C", "2013-06-01", "P", "999", "500"),
];

/// Growth and revenue, half each, with a smallest base.
fn growing(min_base: &Value, rule: &Value) -> Value {
    let mut growth = factor("growth", json!({"metric": "growth_l12"}), rule.clone(), "zero");
    growth["min_base"] = min_base.clone();
    let revenue =
        factor("revenue", json!({"metric": "revenue_l12"}), json!({"linear": {"from": "0", "to": "5000"}}), "zero");
    json!({"dimensions": [dimension("growth", "growth", "0.5", &[growth]), dimension("value", "quality", "0.5", &[revenue])],
           "grade_bands": fixed()})
}

async fn growth(admin: &Client, run: &Value, customer: &str) -> Value {
    explained(admin, run, customer).await["dimensions"][0]["factors"][0].take()
}

#[actix_web::test]
async fn a_growth_from_too_small_a_base_is_missing_and_the_base_is_in_the_explanation() {
    let (_app, admin) = admin().await;
    let ids = sell(&admin, &GROWN).await;
    let line = json!({"linear": {"from": "0", "to": "0.5"}});
    published(&admin, "amount", &growing(&json!({"amount": "900"}), &line)).await;
    let run = graded(&admin, "amount", json!({"all": {}})).await;
    let small = growth(&admin, &run, &ids["A"]).await;
    assert_eq!(
        (&small["missing"], &small["policy"], &small["value"]),
        (&json!("small_base"), &json!("zero"), &Value::Null)
    );
    assert_eq!(small["missing_label"], json!({"en": "base too small", "zh": "基数过小"}));
    assert_eq!((&small["base"], &small["min_base"]), (&json!("12.0000"), &json!("900.0000")));
    let enough = growth(&admin, &run, &ids["C"]).await;
    assert_eq!(
        (&enough["missing"], &enough["value"], &enough["base"]),
        (&Value::Null, &json!({"number": "0.110000"}), &json!("900.0000"))
    );
    let query = "query($r: ID!, $c: ID!) { gradingResult(runId: $r, customerId: $c) { dimensions { factors { code missing base minBase influence } } } }";
    let graph =
        admin.data(query, json!({"r": run["id"], "c": ids["A"]})).await["gradingResult"]["dimensions"][0]["factors"][0]
            .take();
    assert_eq!(
        graph,
        json!({"code": "growth", "missing": "SMALL_BASE", "base": "12.0000", "minBase": "900.0000", "influence": "OURS"})
    );
    // Nothing that A does lifts a growth that has no base.
    let lift = admin
        .get(&format!("/v1/grading-runs/{}/results/{}/lift", run["id"].as_str().unwrap(), ids["A"]))
        .await
        .expect(200);
    assert!(!lift.to_string().contains("growth_l12") && !lift["single"].to_string().contains("\"growth\""), "{lift}");
}

#[actix_web::test]
async fn a_base_by_the_median_is_that_of_the_graded_and_a_trial_finds_the_same() {
    let (_app, admin) = admin().await;
    let ids = sell(&admin, &GROWN).await;
    // The median of 900, 999 and 5,000 is 999; of A and B it is 2,950.
    let half = json!({"median_share": "0.5", "at_least": "100"});
    let ranked = json!({"percentile": {"better": "higher"}});
    let definition = growing(&half, &ranked);
    published(&admin, "median", &definition).await;
    let run = graded(&admin, "median", json!({"all": {}})).await;
    let (a, c) = (growth(&admin, &run, &ids["A"]).await, growth(&admin, &run, &ids["C"]).await);
    assert_eq!((&a["min_base"], &a["missing"]), (&json!("499.5000"), &json!("small_base")));
    // Of the two whose growth says something B grew more.
    assert_eq!((&c["missing"], &c["percentile"]), (&Value::Null, &json!("0.000000")));
    assert_eq!(growth(&admin, &run, &ids["B"]).await["percentile"], "1.000000");
    let named = ["A", "B"].map(|id| json!({"system": "default", "external_id": id}));
    let two = graded(&admin, "median", json!({"list": {"external_ids": named}})).await;
    assert_eq!(growth(&admin, &two, &ids["A"]).await["min_base"], "1475.0000");

    let mut other = definition.clone();
    other["dimensions"][0]["factors"][0].as_object_mut().unwrap().remove("min_base");
    published(&admin, "other", &other).await;
    let asked = json!({"scale_code": "other", "as_of": "2013-12", "definition": definition});
    let tried = admin.post("/v1/grading/what-if", &asked).await.expect(200);
    assert_eq!(tried["after"], run["distribution"]);
    let found = results(&admin, &run).await;
    for mover in tried["movers"].as_array().unwrap() {
        assert_eq!(mover["new_score"], found[mover["customer_external_id"].as_str().unwrap()]["score"], "{mover}");
    }
    let asked = json!({"scale_code": "other", "as_of": "2013-12", "changes": {"factors": [{"factor": "growth", "min_base": half}]}});
    assert_eq!(admin.post("/v1/grading/what-if", &asked).await.expect(200)["after"], run["distribution"]);
}

#[actix_web::test]
async fn a_growth_over_three_years_is_measured_against_the_first_and_at_least_holds_where_the_median_is_low() {
    let (_app, admin) = admin().await;
    let sales: [Sale<'_>; 4] = [
        ("A", "2011-06-01", "P", "999", "5"),
        ("A", "2013-06-01", "P", "4000", "300"),
        ("B", "2011-06-01", "P", "1000", "2000"),
        ("B", "2013-06-01", "P", "4000", "2500"),
    ];
    let ids = sell(&admin, &sales).await;
    let mut definition =
        growing(&json!({"median_share": "0.01", "at_least": "1000"}), &json!({"linear": {"from": "0", "to": "2"}}));
    definition["dimensions"][0]["factors"][0]["source"]["metric"] = json!("cagr_3y");
    published(&admin, "years", &definition).await;
    let run = graded(&admin, "years", json!({"all": {}})).await;
    let (a, b) = (growth(&admin, &run, &ids["A"]).await, growth(&admin, &run, &ids["B"]).await);
    assert_eq!(
        (&a["missing"], &a["min_base"], &a["base"]),
        (&json!("small_base"), &json!("1000.0000"), &json!("999.0000"))
    );
    assert_eq!((&b["missing"], &b["points"]), (&Value::Null, &json!("5.0000")));
}

#[actix_web::test]
async fn a_lift_offers_what_we_can_do_first_and_names_the_money() {
    let (_app, admin) = admin().await;
    let ids = sell(&admin, &[("A", "2013-06-01", "P", "400", "200")]).await;
    admin.batch("/v1/customers:batch", &json!([{"external_id": "A", "name": "A", "employees": 90}])).await;
    let line =
        |code: &str, source: Value, to: &str| factor(code, source, json!({"linear": {"from": "0", "to": to}}), "zero");
    let trust = factor(
        "trust",
        json!({"judgement": {}}),
        json!({"levels": [{"code": "high", "label": label("High"), "points": "10"}]}),
        "zero",
    );
    let definition = json!({"grade_bands": fixed(), "dimensions": [dimension("all", "quality", "1", &[
        line("size", json!({"attribute": "employees"}), "100"), line("revenue", json!({"metric": "revenue_l12"}), "1000"), trust])]});
    published(&admin, "advice", &definition).await;
    let run = graded(&admin, "advice", json!({"all": {}})).await;
    let path = format!("/v1/grading-runs/{}/results/{}/lift", run["id"].as_str().unwrap(), ids["A"]);
    // (9 + 4 + 0) of 30 is 43.3: 60 needs 5 points more. Trust can be gathered, revenue is ours; size cannot give so much.
    let lift = admin.get(&path).await.expect(200);
    let told: Vec<_> =
        lift["single"].as_array().unwrap().iter().map(|step| (&step["factor"], &step["influence"])).collect();
    assert_eq!(told, [(&json!("revenue"), &json!("ours")), (&json!("trust"), &json!("data"))]);
    let money = &lift["single"][0]["money"];
    assert_eq!((&money["from"], &lift["single"][1]["money"]), (&json!("400.0000"), &Value::Null));
    let (to, change) = (super::number(&money["to"]), super::number(&money["change"]));
    assert_eq!((to.round().to_string(), (to - change).round().to_string()), ("900".to_owned(), "400".to_owned()));
    let query = "query($r: ID!, $c: ID!) { gradingLift(runId: $r, customerId: $c) { single { factor influence money { from to change } } } }";
    let graph = admin.data(query, json!({"r": run["id"], "c": ids["A"]})).await["gradingLift"]["single"][0].take();
    assert_eq!((&graph["influence"], &graph["money"]["from"]), (&json!("OURS"), &money["from"]));
}
