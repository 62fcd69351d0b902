//! Equal scores at the border of two grades, and places that caps take from a quota.

use fenji::tenancy::Role;
use serde_json::{Value, json};

use crate::support::{Client, TestApp, case, label, spawn_app};

/// In July 2026.
async fn admin() -> (TestApp, Client) {
    let app = spawn_app().await;
    app.clock.set("2026-07-15T08:00:00Z".parse().unwrap());
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    (app, admin)
}

/// Ten customers, of whom some buy in January 2026.
async fn customers(client: &Client, bought: &[(&str, &str)]) {
    let names: Vec<String> = (1..=10).map(|n| format!("C{n:02}")).collect();
    let items: Vec<Value> = names.iter().map(|id| json!({"external_id": id, "name": id})).collect();
    client.batch("/v1/customers:batch", &json!(items)).await;
    client.batch("/v1/products:batch", &json!([{"external_id": "P", "name": "P", "category": "P"}])).await;
    let line = |(id, net): &(&str, &str)| json!({"external_id": id, "order_id": id, "day": "2026-01-05", "customer_external_id": id, "product_external_id": "P", "quantity": "1", "unit_price": net, "net": net});
    client.batch("/v1/sales-lines:batch", &json!(bought.iter().map(line).collect::<Vec<_>>())).await;
}

/// C01 to C05 buy 100, C06 buys 200, the others nothing.
const TIED: [(&str, &str); 6] =
    [("C01", "100"), ("C02", "100"), ("C03", "100"), ("C04", "100"), ("C05", "100"), ("C06", "200")];

/// The scale of the case: A 0.2, B 0.3, C 0.5 by place of revenue.
fn definition() -> Value {
    let band = |grade: &str, share: &str| json!({"grade": grade, "label": label(grade), "share": share});
    json!({"dimensions": [{"code": "v", "label": label("v"), "axis": "quality", "weight": "1", "factors": [
        {"code": "pct", "label": label("place"), "max_points": "10", "source": {"metric": "revenue_l12"},
         "rule": {"percentile": {"better": "higher"}}, "missing": "zero"}]}],
        "grade_bands": {"quota": [band("A", "0.2"), band("B", "0.3"), band("C", "0.5")]}})
}

/// Published under a code and run on all as of June 2026: the run, and its results by rank.
async fn graded(client: &Client, code: &str, definition: &Value) -> (Value, Vec<Value>) {
    let new = json!({"code": code, "name": label(code), "definition": definition});
    let scale = client.post("/v1/scales", &new).await.expect(201);
    let version = format!("/v1/scales/{}/versions/1", scale["id"].as_str().unwrap());
    client.post(&format!("{version}:publish"), &Value::Null).await.expect(200);
    let asked = json!({"scale_code": code, "as_of": "2026-06", "selection": {"all": {}}});
    let started = client.post("/v1/grading-runs", &asked).await.expect(202);
    assert_eq!(client.finished(started["job"]["id"].as_str().unwrap()).await["state"], "completed");
    let path = format!("/v1/grading-runs/{}", started["id"].as_str().unwrap());
    let results = client.get(&format!("{path}/results?limit=100")).await.expect(200)["items"].take();
    (client.get(&path).await.expect(200), results.as_array().unwrap().clone())
}

fn grades(results: &[Value]) -> String {
    results.iter().map(|result| result["grade"].as_str().unwrap()).collect()
}

async fn explained(client: &Client, run: &Value, results: &[Value], customer: &str) -> Value {
    let of = results.iter().find(|result| result["customer_external_id"] == customer).unwrap();
    let path =
        format!("/v1/grading-runs/{}/results/{}", run["id"].as_str().unwrap(), of["customer_id"].as_str().unwrap());
    client.get(&path).await.expect(200)
}

fn places(run: &Value) -> Vec<[i64; 4]> {
    let of = |count: &Value| {
        let quota = |field: &str| count["quota"][field].as_i64().unwrap();
        [count["customers"].as_i64().unwrap(), quota("places"), quota("lost_to_caps"), quota("passed_on")]
    };
    run["distribution"].as_array().unwrap().iter().map(of).collect()
}

#[actix_web::test]
async fn a_place_among_equal_scores_at_a_border_is_told_with_what_decided_it() {
    let Some(file) = case("55-quota-ties.json") else { return };
    let case: Value = serde_json::from_slice(&file).unwrap();
    let (_app, admin) = admin().await;
    customers(&admin, &TIED).await;
    let (run, results) = graded(&admin, "ties", &case["definition"]).await;
    assert_eq!(grades(&results), "AABBBCCCCC");
    let first = explained(&admin, &run, &results, "C01").await;
    assert_eq!((&first["result"]["grade"], &first["result"]["rank"]), (&json!("A"), &json!(2)));
    let text = json!({"en": "place 1 of 5 equal scores, by external id", "zh": "5个相同得分中排第1位（按外部编号）"});
    assert_eq!(first["tie"], json!({"place": 1, "of": 5, "settled_by": "external_id", "text": text}));
    let last = explained(&admin, &run, &results, "C05").await;
    assert_eq!(
        (&last["result"]["grade"], &last["tie"]["place"], &last["tie"]["of"]),
        (&json!("C"), &json!(5), &json!(5))
    );
    assert_eq!(last["tie"]["text"]["en"], "place 5 of 5 equal scores, by external id");
    // Nobody else is at a border with others: the four without sales are all C.
    assert_eq!(explained(&admin, &run, &results, "C06").await["tie"], Value::Null);
    assert_eq!(explained(&admin, &run, &results, "C10").await["tie"], Value::Null);
    let query = "query($r: ID!, $c: ID!) { gradingResult(runId: $r, customerId: $c) { tie { place of settledBy text { en } } } }";
    let asked = json!({"r": run["id"], "c": last["result"]["customer_id"]});
    let graph = admin.data(query, asked).await["gradingResult"]["tie"].take();
    let expected = json!({"place": 5, "of": 5, "settledBy": "EXTERNAL_ID", "text": {"en": last["tie"]["text"]["en"]}});
    assert_eq!(graph, expected);
    // C05 needs to pass the last of the B's, who has the same score.
    let path = format!(
        "/v1/grading-runs/{}/results/{}/lift",
        run["id"].as_str().unwrap(),
        last["result"]["customer_id"].as_str().unwrap()
    );
    let lift = admin.get(&path).await.expect(200);
    assert_eq!((&lift["next_grade"], &lift["points_needed"]), (&json!("B"), &json!("0.0001")));
}

#[actix_web::test]
async fn equal_scores_share_the_better_grade_where_the_bands_say_so() {
    let (_app, admin) = admin().await;
    customers(&admin, &TIED).await;
    let mut better = definition();
    better["grade_bands"]["ties"] = json!("better");
    let (run, results) = graded(&admin, "better", &better).await;
    assert_eq!(grades(&results), "AAAAAACCCC");
    assert_eq!(places(&run), [[6, 2, 0, 0], [0, 3, 0, 0], [4, 5, 0, 0]]);
    let told = explained(&admin, &run, &results, "C05").await["tie"].take();
    assert_eq!((&told["settled_by"], &told["of"]), (&json!("better"), &json!(5)));
    assert_eq!(told["text"]["zh"], "等级边界上有5个相同得分，均取较好等级");
    // A trial counts as the run does.
    let asked = json!({"scale_code": "better", "as_of": "2026-06", "changes": {}});
    let tried = admin.post("/v1/grading/what-if", &asked).await.expect(200);
    assert_eq!(tried["after"], run["distribution"]);
}

#[actix_web::test]
async fn a_border_between_customers_who_bought_nothing_is_a_tie_too() {
    let (_app, admin) = admin().await;
    customers(&admin, &[("C10", "500")]).await;
    let (run, results) = graded(&admin, "zeros", &definition()).await;
    let order: Vec<_> = results.iter().map(|result| result["customer_external_id"].as_str().unwrap()).collect();
    assert_eq!((order[0], order[1], order[9]), ("C10", "C01", "C09"));
    let told = explained(&admin, &run, &results, "C09").await["tie"].take();
    assert_eq!((&told["place"], &told["of"]), (&json!(9), &json!(9)));
}

#[actix_web::test]
async fn fixed_bands_have_no_borders_through_equal_scores() {
    let (_app, admin) = admin().await;
    customers(&admin, &TIED).await;
    let mut fixed = definition();
    let band = |grade: &str, from: &str| json!({"grade": grade, "label": label(grade), "min_score": from});
    fixed["grade_bands"] = json!({"fixed": [band("A", "60"), band("C", "0")]});
    let (run, results) = graded(&admin, "fixed", &fixed).await;
    assert_eq!(explained(&admin, &run, &results, "C03").await["tie"], Value::Null);
    assert_eq!(run["distribution"][0].get("quota"), None);
}

/// C01 to C10 buy less and less; C01 and C02 are blocked, and at best B.
async fn capped(client: &Client, refill: bool) -> Value {
    client.define(&[("blocked", "yes_no")]).await;
    let nets: Vec<(String, String)> = (1..=10).map(|n| (format!("C{n:02}"), (1100 - 100 * n).to_string())).collect();
    let sales: Vec<(&str, &str)> = nets.iter().map(|(id, net)| (id.as_str(), net.as_str())).collect();
    customers(client, &sales).await;
    let blocked = ["C01", "C02"].map(|id| json!({"external_id": id, "name": id, "attributes": {"blocked": true}}));
    client.batch("/v1/customers:batch", &json!(blocked)).await;
    let mut definition = definition();
    definition["caps"] = json!([{"condition": {"source": {"attribute": "blocked"}, "op": "eq", "value": {"flag": true}}, "at_best": "B", "label": label("Blocked")}]);
    definition["grade_bands"]["refill"] = json!(refill);
    definition
}

#[actix_web::test]
async fn places_lost_to_caps_are_counted() {
    let (_app, admin) = admin().await;
    let definition = capped(&admin, false).await;
    let (run, results) = graded(&admin, "stay", &definition).await;
    assert_eq!(grades(&results), "BBBBBCCCCC");
    assert_eq!(places(&run), [[0, 2, 2, 0], [5, 3, 0, 0], [5, 5, 0, 0]]);
    let query = "query($r: ID!) { gradingRun(id: $r) { distribution { grade quota { places lostToCaps passedOn } } } }";
    let graph = admin.data(query, json!({"r": run["id"]})).await["gradingRun"]["distribution"][0].take();
    assert_eq!(graph, json!({"grade": "A", "quota": {"places": 2, "lostToCaps": 2, "passedOn": 0}}));
}

#[actix_web::test]
async fn places_lost_to_caps_go_to_the_next_in_rank_where_the_bands_refill() {
    let (_app, admin) = admin().await;
    let definition = capped(&admin, true).await;
    let (run, results) = graded(&admin, "pass", &definition).await;
    // The two places of A go to the third and fourth; of B's three, two to those who may have no better.
    assert_eq!(grades(&results), "BBAABCCCCC");
    assert_eq!(places(&run), [[2, 2, 2, 2], [3, 3, 0, 0], [5, 5, 0, 0]]);
}

#[actix_web::test]
async fn options_of_quotas_travel_with_a_scale() {
    let (_app, admin) = admin().await;
    let mut better = definition();
    better["grade_bands"]["ties"] = json!("better");
    better["grade_bands"]["refill"] = json!(true);
    better["min_coverage"] = json!("0.8");
    better["caps"] = json!([]);
    let new = json!({"code": "options", "name": label("Options"), "definition": better});
    let scale = admin.post("/v1/scales", &new).await.expect(201);
    let version = format!("/v1/scales/{}/versions/1", scale["id"].as_str().unwrap());
    assert_eq!(admin.get(&version).await.expect(200)["definition"], better);
    let cloned = admin.post(&format!("{version}:clone"), &json!({"code": "cloned"})).await.expect(201);
    assert_eq!(cloned["definition"], better);
    // Where nothing is said, half of all points must be known, and the answer says so.
    let plain = json!({"code": "plain", "name": label("Plain"), "definition": definition()});
    let plain = admin.post("/v1/scales", &plain).await.expect(201);
    let plain = format!("/v1/scales/{}/versions/1", plain["id"].as_str().unwrap());
    assert_eq!(admin.get(&plain).await.expect(200)["definition"]["min_coverage"], "0.5");
    let wrong = json!({"code": "wrong", "name": label("Wrong"), "definition": {"dimensions": [], "grade_bands": {"fixed": [], "refill": true}}});
    let refused = admin.post("/v1/scales", &wrong).await;
    assert!([400, 422].contains(&refused.status), "{}", refused.status);
}
