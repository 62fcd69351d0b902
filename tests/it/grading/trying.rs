//! Trying scales: what-if, lift, sensitivity.

use fenji::grading::HeldBooks;
use fenji::tenancy::Role;
use serde_json::{Value, json};

use super::{by_attribute, customers, dimension, fixed, graded, published, results};
use crate::support::{Client, TestApp, label, problems, sell, spawn_app};

/// Now 60 % and Later 40 %, each by one attribute, linear to 100.
fn two_sided(first: &str, second: &str) -> Value {
    let by = |code: &str| {
        super::factor(code, json!({"attribute": code}), json!({"linear": {"from": "0", "to": "100"}}), "zero")
    };
    json!({"dimensions": [dimension("now", "quality", first, &[by("points")]), dimension("later", "growth", second, &[by("other")])],
           "grade_bands": fixed()})
}

/// Three customers on a published scale: today 90/10 is C (58), 50/90 is B (66), 80/80 is A (80).
async fn stage() -> (TestApp, Client, String) {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    let attributes = [
        ("now", json!({"points": "90", "other": "10"})),
        ("later", json!({"points": "50", "other": "90"})),
        ("both", json!({"points": "80", "other": "80"})),
    ];
    customers(&admin, &attributes).await;
    let scale = published(&admin, "sides", &two_sided("0.6", "0.4")).await;
    (app, admin, scale)
}

fn ask(changes: &Value) -> Value {
    json!({"scale_code": "sides", "as_of": "2013-12", "changes": changes})
}

fn counts(grades: &Value) -> Vec<i64> {
    grades.as_array().unwrap().iter().map(|grade| grade["customers"].as_i64().unwrap()).collect()
}

#[actix_web::test]
async fn changed_weights_are_tried_on_the_whole_book_as_a_run_would_grade_it() {
    let (app, admin, scale) = stage().await;
    let weights = json!({"weights": [{"dimension": "now", "weight": "0.9"}]});
    let tried = admin.post("/v1/grading/what-if", &ask(&weights)).await.expect(200);
    assert_eq!((counts(&tried["before"]), counts(&tried["after"])), (vec![1, 1, 1], vec![2, 0, 1]), "{tried}");
    assert_eq!(tried["weights"][1], json!({"dimension": "later", "weight": "0.1"}));
    assert_eq!((&tried["customers"], &tried["changed"], &tried["compared_version"]), (&json!(3), &json!(2), &json!(1)));
    let transition =
        |old: &str, new: &str, customers: i64| json!({"old_grade": old, "new_grade": new, "customers": customers});
    let expected = json!([transition("A", "A", 1), transition("B", "C", 1), transition("C", "A", 1)]);
    assert_eq!(tried["transitions"], expected);
    // 90/10: from 58 to 82, two grades; 50/90: from 66 to 54, one.
    let movers = tried["movers"].as_array().unwrap();
    let told: Vec<_> = movers.iter().map(|m| (&m["customer_external_id"], &m["old_score"], &m["new_score"])).collect();
    assert_eq!(told[0], (&json!("now"), &json!("58.0000"), &json!("82.0000")));
    assert_eq!(told[1], (&json!("later"), &json!("66.0000"), &json!("54.0000")));
    let factors = &movers[0]["moved_by"]["factors"];
    assert_eq!((&factors[0]["factor"], &factors[0]["change"]), (&json!("points"), &json!("27.0000")));
    assert_eq!((&factors[1]["factor"], &factors[1]["change"]), (&json!("other"), &json!("-3.0000")));
    // Quality and growth do not hang on the weights: 90/10, 50/90 and 80/80 with cuts at 40 and 70.
    let cells = tried["matrix"]["cells"].as_array().unwrap();
    let filled: Vec<_> = cells.iter().map(|cell| cell["customers"].as_i64().unwrap()).collect();
    assert_eq!(filled, [1, 0, 1, 1, 0, 0, 0, 0, 0]);

    // Nothing is stored, and a run with the same weights says the same.
    assert_eq!(admin.get("/v1/grading-runs").await.expect(200)["items"], json!([]));
    admin.post(&format!("/v1/scales/{scale}/versions"), &Value::Null).await.expect(201);
    admin.put(&format!("/v1/scales/{scale}/versions/2"), &two_sided("0.9", "0.1")).await.expect(200);
    let draft = json!({"scale_id": scale, "as_of": "2013-12", "draft_version": 2, "movers": 1, "movers_skipped": 1});
    let draft = admin.post("/v1/grading/what-if", &draft).await.expect(200);
    assert_eq!((&draft["after"], &draft["matrix"]), (&tried["after"], &tried["matrix"]));
    assert_eq!(draft["movers"], json!([movers[1]]));
    admin.post(&format!("/v1/scales/{scale}/versions/2:publish"), &Value::Null).await.expect(200);
    let run = graded(&admin, "sides", json!({"all": {}})).await;
    assert_eq!(run["distribution"], tried["after"]);
    let results = results(&admin, &run).await;
    assert!(movers.iter().all(|m| results[m["customer_external_id"].as_str().unwrap()]["score"] == m["new_score"]));
    assert_eq!(app.state.books.held().0, 1, "one book served them all");
}

#[actix_web::test]
async fn a_whole_definition_is_tried_over_graphql_as_over_rest() {
    let (_app, admin, _) = stage().await;
    let mut definition = two_sided("0.5", "0.5");
    definition["grade_bands"] = json!({"fixed": [
        {"grade": "TOP", "label": label("TOP"), "min_score": "70"}, {"grade": "REST", "label": label("REST"), "min_score": "0"}]});
    let mut input = json!({"scale_code": "sides", "as_of": "2013-12", "definition": definition});
    let rest = admin.post("/v1/grading/what-if", &input).await.expect(200);
    assert_eq!(counts(&rest["after"]), [2, 1]);
    // The same in GraphQL's spelling.
    input = json!({"scaleCode": "sides", "asOf": "2013-12", "changes": {"weights": [{"dimension": "now", "weight": "0.9"}]}, "movers": 1});
    let query = "query($input: GradingWhatIfInput!) { gradingWhatIf(input: $input) { changed after { grade customers } movers { customerExternalId movedBy { factors { factor change } } } matrix { unplaced } } }";
    let graph = admin.data(query, json!({"input": input})).await["gradingWhatIf"].take();
    assert_eq!((&graph["changed"], &graph["movers"][0]["customerExternalId"]), (&json!(2), &json!("now")));
}

#[actix_web::test]
async fn a_book_in_memory_is_not_used_once_its_data_have_changed() {
    let (app, admin, _) = stage().await;
    let none = ask(&json!({}));
    assert_eq!(counts(&admin.post("/v1/grading/what-if", &none).await.expect(200)["after"]), [1, 1, 1]);
    let change = json!([{"external_id": "now", "name": "now", "attributes": {"points": "90", "other": "90"}}]);
    admin.batch("/v1/customers:batch", &change).await;
    assert_eq!(counts(&admin.post("/v1/grading/what-if", &none).await.expect(200)["after"]), [2, 1, 0]);
    // Sales, costs and the dossiers' definitions count as well.
    let held = || app.state.books.held();
    let by_revenue = json!({"scale_code": "sides", "as_of": "2013-12", "definition": {
        "dimensions": [dimension("value", "quality", "1", &[super::linear("revenue", "revenue_l12", "1000", "zero")])],
        "grade_bands": fixed()}});
    let after = async || counts(&admin.post("/v1/grading/what-if", &by_revenue).await.expect(200)["after"]);
    assert_eq!(after().await, [0, 0, 3]);
    sell(&admin, &[("both", "2013-05-01", "P", "900", "100")]).await;
    assert_eq!(after().await, [1, 0, 2]);
    assert_eq!(held().0, 1, "books of an older state are dropped");
    assert!(held().1 > 0);
    // Another tenant's changes leave it alone, and it sees nothing of it.
    let other = app.client(app.tenant("other").await, Role::Admin);
    customers(&other, &[("x", json!({"points": "1"}))]).await;
    published(&other, "sides", &by_attribute("zero", &fixed())).await;
    let theirs = other.post("/v1/grading/what-if", &ask(&json!({}))).await.expect(200);
    assert_eq!((counts(&theirs["after"]), held().0), (vec![0, 0, 1], 2));
}

#[actix_web::test]
async fn a_salesperson_tries_on_own_customers_ranked_among_all() {
    let app = spawn_app().await;
    let tenant = app.tenant("acme").await;
    let admin = app.client(tenant, Role::Admin);
    let li = admin.put("/v1/salespeople/by-external-id/S-1", &json!({"name": "Li"})).await.expect(201);
    admin.define(&[("points", "number"), ("other", "number")]).await;
    let customer = |id: &str, points: &str, owner: Option<&str>| json!({"external_id": id, "name": id, "attributes": {"points": points}, "owner_external_id": owner});
    let items = json!([
        customer("a", "90", None),
        customer("b", "80", None),
        customer("c", "70", Some("S-1")),
        customer("d", "10", Some("S-1"))
    ]);
    admin.batch("/v1/customers:batch", &items).await;
    let band = |grade: &str, share: Option<&str>| json!({"grade": grade, "label": label(grade), "share": share});
    let quota = json!({"quota": [band("A", Some("0.5")), band("B", None)]});
    published(&admin, "sides", &by_attribute("zero", &quota)).await;
    let ask = ask(&json!({"grade_bands": {"quota": [band("A", Some("0.75")), band("B", None)]}}));
    let all = admin.post("/v1/grading/what-if", &ask).await.expect(200);
    assert_eq!((counts(&all["before"]), counts(&all["after"])), (vec![2, 2], vec![3, 1]));
    let salesperson = app.salesperson(tenant, li["id"].as_str().unwrap().parse().unwrap());
    let own = salesperson.post("/v1/grading/what-if", &ask).await.expect(200);
    // Among all c is the third: half of own customers would have made it an A before.
    assert_eq!((counts(&own["before"]), counts(&own["after"])), (vec![0, 2], vec![1, 1]));
    assert_eq!(
        (&own["customers"], &own["changed"], own["movers"].as_array().unwrap().len()),
        (&json!(2), &json!(1), 1)
    );
    assert_eq!(own["movers"][0]["customer_external_id"], "c");
    assert!(!own.to_string().contains("\"a\"") && !own.to_string().contains("\"b\""));
    let sensitivity = json!({"scale_code": "sides", "as_of": "2013-12"});
    assert_eq!(salesperson.post("/v1/grading/sensitivity", &sensitivity).await.expect(200)["graded"], 2);
}

#[actix_web::test]
async fn what_cannot_be_tried_is_refused_where_it_stands() {
    let (_app, admin, _) = stage().await;
    let refused = async |body: Value| {
        let answer = admin.post("/v1/grading/what-if", &body).await.expect(422);
        problems(&answer["errors"]).into_iter().map(|(pointer, _)| pointer.to_owned()).collect::<Vec<_>>()
    };
    let base = json!({"scale_code": "sides", "as_of": "2013-12"});
    let with = |changes: Value| {
        let mut body = base.clone();
        body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        body
    };
    assert_eq!(refused(base.clone()).await, ["/definition"]);
    assert_eq!(refused(with(json!({"draft_version": 9}))).await, ["/draft_version"]);
    assert_eq!(refused(with(json!({"changes": {}, "movers": 501}))).await, ["/movers"]);
    let weights = json!({"changes": {"weights": [{"dimension": "none", "weight": "0.5"}]}});
    assert_eq!(refused(with(weights)).await, ["/changes/weights/0/dimension"]);
    let mut definition = two_sided("0.6", "0.5");
    definition["dimensions"][0]["factors"][0]["max_points"] = json!("0");
    let found = refused(with(json!({"definition": definition}))).await;
    assert!(found.contains(&"/definition/dimensions".to_owned()), "{found:?}");
    let cuts = json!({"changes": {}, "thresholds": {"quality_cuts": ["70", "40"]}});
    assert_eq!(refused(with(cuts)).await, ["/thresholds/quality_cuts"]);
}

#[actix_web::test]
async fn a_lift_names_the_cheapest_change_and_the_caps_in_the_way() {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    let attributes = [
        ("near", json!({"points": "70", "other": "80"})),
        ("capped", json!({"points": "95", "other": "95", "blocked": true})),
        ("top", json!({"points": "100", "other": "90"})),
    ];
    let ids = customers(&admin, &attributes).await;
    let mut definition = two_sided("0.6", "0.4");
    definition["caps"] = json!([{"condition": {"source": {"attribute": "blocked"}, "op": "eq", "value": {"flag": true}}, "at_best": "C", "label": label("Blocked")}]);
    published(&admin, "sides", &definition).await;
    let run = graded(&admin, "sides", json!({"all": {}})).await;
    let lift = async |id: &str| {
        let path = format!("/v1/grading-runs/{}/results/{}/lift", run["id"].as_str().unwrap(), ids[id]);
        admin.get(&path).await.expect(200)
    };
    // 0.6 x 70 + 0.4 x 80 = 74: 6 more are 10 points of the first, or 15 of the second.
    let near = lift("near").await;
    assert_eq!((&near["grade"], &near["next_grade"]), (&json!("B"), &json!("A")));
    assert_eq!((&near["points_needed"], &near["reachable"]), (&json!("6.0000"), &json!(true)));
    let told: Vec<_> =
        near["single"].as_array().unwrap().iter().map(|step| (&step["factor"], &step["at_least"])).collect();
    assert_eq!(told, [(&json!("points"), &json!("79.999917")), (&json!("other"), &json!("94.999875"))]);
    let capped = lift("capped").await;
    assert_eq!((&capped["grade"], &capped["next_grade"]), (&json!("C"), &json!("B")));
    assert_eq!((&capped["points_needed"], &capped["caps_in_way"][0]["at_best"]), (&json!("0.0000"), &json!("C")));
    assert_eq!((&lift("top").await["next_grade"], &lift("top").await["reachable"]), (&Value::Null, &Value::Null));
    let query = "query($run: ID!, $id: ID!) { gradingLift(runId: $run, customerId: $id) { nextGrade single { factor atLeast } } }";
    let graph = admin.data(query, json!({"run": run["id"], "id": ids["near"]})).await["gradingLift"].take();
    assert_eq!(graph["single"][0], json!({"factor": "points", "atLeast": "79.999917"}));
}

#[actix_web::test]
async fn a_weight_can_move_until_the_first_grade_changes() {
    let (_app, admin, _) = stage().await;
    let ask = json!({"scale_code": "sides", "as_of": "2013-12", "shares": ["0.01", "0.5"]});
    let found = admin.post("/v1/grading/sensitivity", &ask).await.expect(200);
    assert_eq!((&found["method"], &found["graded"]), (&json!("exact"), &json!(3)));
    let now = &found["dimensions"][0];
    // 90/10 is 10 + 80 w: B from 59.99995, w = 0.62499…; 50/90 is 90 - 40 w: C below 59.99995, from w = 0.750002 on.
    assert_eq!(now["up"][0]["weight"], "0.625000");
    assert_eq!(now["up"][1]["weight"], "0.750002");
    // Downward 50/90 is an A from 79.99995 on, w = 0.25000125; nobody else changes but 90/10, which is C already.
    assert_eq!((&now["down"][0]["weight"], &now["down"][1]["weight"]), (&json!("0.250001"), &Value::Null));
    let graph = admin
        .data(
            "query($i: GradingSensitivityInput!) { gradingSensitivity(input: $i) { dimensions { up { weight } } } }",
            json!({"i": {"scaleCode": "sides", "asOf": "2013-12"}}),
        )
        .await;
    assert_eq!(graph["gradingSensitivity"]["dimensions"][0]["up"][0]["weight"], "0.625000");
}

#[actix_web::test]
async fn places_among_all_are_tried_as_a_run_tells_them() {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    // Ties, and somebody without either, who is placed by neither.
    let attributes = [
        ("a", json!({"points": "5", "other": "1"})),
        ("b", json!({"points": "7", "other": "9"})),
        ("c", json!({"points": "7", "other": "-3"})),
        ("d", json!({"points": "900"})),
        ("e", json!({"other": "4", "blocked": true})),
        ("f", json!({})),
    ];
    customers(&admin, &attributes).await;
    // All are of the one grade of version 1, so that everyone moves.
    let mut one = by_attribute("zero", &fixed());
    one["min_coverage"] = json!("0");
    one["grade_bands"] = json!({"fixed": [{"grade": "X", "label": label("X"), "min_score": "0"}]});
    let scale = published(&admin, "sides", &one).await;
    let placed = |code: &str, better: &str| {
        super::factor(code, json!({"attribute": code}), json!({"percentile": {"better": better}}), "zero")
    };
    let mut places = json!({"dimensions": [dimension("now", "quality", "0.7", &[placed("points", "higher")]),
                                       dimension("later", "growth", "0.3", &[placed("other", "lower")])],
                            "grade_bands": fixed(), "min_coverage": "0"});
    places["caps"] = json!([{"condition": {"source": {"attribute": "blocked"}, "op": "eq", "value": {"flag": true}}, "at_best": "C", "label": label("Blocked")}]);
    let asked = json!({"scale_code": "sides", "as_of": "2013-12", "definition": places, "movers": 100});
    let tried = admin.post("/v1/grading/what-if", &asked).await.expect(200);
    assert_eq!((&tried["changed"], &tried["customers"]), (&json!(6), &json!(6)));

    admin.post(&format!("/v1/scales/{scale}/versions"), &Value::Null).await.expect(201);
    admin.put(&format!("/v1/scales/{scale}/versions/2"), &places).await.expect(200);
    admin.post(&format!("/v1/scales/{scale}/versions/2:publish"), &Value::Null).await.expect(200);
    let run = graded(&admin, "sides", json!({"all": {}})).await;
    assert_eq!(run["distribution"], tried["after"]);
    let results = results(&admin, &run).await;
    for mover in tried["movers"].as_array().unwrap() {
        let result = &results[mover["customer_external_id"].as_str().unwrap()];
        assert_eq!((&mover["new_score"], &mover["new_grade"]), (&result["score"], &result["grade"]), "{mover}");
    }
    // Of four with points b is better than one and level with one of three: 0.5; of four with the other none is worse than
    // b, for less is better: 0. So 0.7 x 50.
    assert_eq!((&results["b"]["score"], &results["d"]["score"]), (&json!("35.0000"), &json!("70.0000")));
    // Part of the book is ranked among itself alone, by both.
    let named = ["a", "d"].map(|id| json!({"system": "default", "external_id": id}));
    let two = json!({"list": {"external_ids": named}});
    let mut few = asked.clone();
    few["selection"] = two.clone();
    let tried = admin.post("/v1/grading/what-if", &few).await.expect(200);
    let run = graded(&admin, "sides", two).await;
    assert_eq!((&run["distribution"], counts(&tried["after"])), (&tried["after"], vec![0, 1, 1]));
}

#[actix_web::test]
async fn a_book_too_large_for_the_memory_there_is_is_refused_before_it_is_read() {
    let (app, admin, _) = stage().await;
    let long = "n".repeat(200);
    admin.batch("/v1/customers:batch", &json!([{"external_id": "long", "name": long}])).await;
    // Enough for one customer with two facts, not for four.
    let books = HeldBooks::new(350);
    let small = admin.at(&app.listening_with(|state| state.books = books.clone()));
    let refused = small.post("/v1/grading/what-if", &ask(&json!({}))).await.expect(422);
    assert_eq!(problems(&refused["errors"]), [("/selection", "too_many")]);
    let detail = &refused["errors"][0]["detail"];
    assert!(detail.as_str().unwrap().contains("4 customers with 2 facts"), "{detail}");
    let sensitivity = json!({"scale_code": "sides", "as_of": "2013-12"});
    let refused = small.post("/v1/grading/sensitivity", &sensitivity).await.expect(422);
    assert_eq!(problems(&refused["errors"]), [("/selection", "too_many")]);
    assert_eq!(books.held(), (0, 0), "what was refused leaves nothing");
    let one = async |id: &str| {
        let mut asked = ask(&json!({}));
        asked["selection"] = json!({"list": {"external_ids": [{"system": "default", "external_id": id}]}});
        small.post("/v1/grading/what-if", &asked).await
    };
    assert_eq!(counts(&one("both").await.expect(200)["after"]), [1, 0, 0]);
    let (held, bytes) = books.held();
    assert!(held == 1 && bytes <= 350, "{bytes}");
    // A text longer than it was taken for is found while the book is read.
    assert_eq!(problems(&one("long").await.expect(422)["errors"]), [("/selection", "too_many")]);
    assert_eq!(books.held().0, 1);
}
