//! Returns are not orders.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{by_keys, found, post, sell_lines, tenant_at};
use crate::support::{Client, case, label};

/// A result of a run of a scale, and the values of its factors by code.
async fn graded(client: &Client, run: &str, customer: &str) -> (Value, BTreeMap<String, Value>) {
    let id = client.get(&format!("/v1/customers?external_id={customer}")).await.expect(200)["items"][0]["id"].take();
    let result = client.get(&format!("/v1/grading-runs/{run}/results/{}", id.as_str().unwrap())).await.expect(200);
    let dimensions = result["dimensions"].as_array().unwrap().iter();
    let factors = dimensions.flat_map(|dimension| dimension["factors"].as_array().unwrap().clone());
    let values = factors.map(|factor| {
        let value = factor["value"]["number"].as_str().map(|number| number.parse::<f64>().unwrap());
        (
            factor["code"].as_str().unwrap().to_owned(),
            value.map_or_else(|| factor["missing"].clone(), |value| json!(value)),
        )
    });
    let values = values.collect();
    (result, values)
}

async fn run(client: &Client, scale: &Value, as_of: &str) -> String {
    let id = client.post("/v1/scales", scale).await.expect(201)["id"].as_str().unwrap().to_owned();
    client.post(&format!("/v1/scales/{id}/versions/1:publish"), &json!(null)).await.expect(200);
    let run = json!({"scale_id": id, "as_of": as_of, "selection": {"all": {}}});
    let run = client.post("/v1/grading-runs", &run).await.expect(202);
    let job = client.finished(run["job"]["id"].as_str().unwrap()).await;
    assert_eq!(job["state"], "completed", "{job}");
    run["id"].as_str().unwrap().to_owned()
}

/// A scale with a factor a metric, named as it.
fn scale_of(metrics: &[&str]) -> Value {
    let factor = |code: &&str| {
        json!({"code": code, "label": label(code), "max_points": "10", "source": {"metric": code},
               "rule": {"linear": {"from": "0", "to": "100000"}}, "missing": "zero"})
    };
    let cap = json!({"condition": {"source": {"metric": "recency_days"}, "op": "gt", "value": {"number": "365"}},
                     "at_best": "B", "label": label("idle")});
    json!({"code": "facts", "name": label("Facts"), "definition": {
        "dimensions": [{"code": "all", "label": label("All"), "weight": "1", "axis": "quality",
                        "factors": metrics.iter().map(factor).collect::<Vec<_>>()}],
        "grade_bands": {"fixed": [{"grade": "A", "label": label("A"), "min_score": "0.0001"},
                                  {"grade": "B", "label": label("B"), "min_score": "0"}]},
        "caps": [cap]}})
}

#[actix_web::test]
async fn who_only_sent_goods_back_is_graded_like_who_did_nothing() {
    let Some(bytes) = case("53-returns-are-orders.json") else { return };
    let (_app, client) = tenant_at("2026-12-10T08:00:00Z").await;
    post(&client, &serde_json::from_slice(&bytes).unwrap()).await;
    let template = json!({"code": "ours", "name": label("Ours"), "template": "industrial_distributor"});
    let run = run(&client, &template, "2026-11").await;
    for customer in ["RT-A", "RT-B"] {
        let (result, _) = graded(&client, &run, customer).await;
        let caps = result["caps"].as_array().unwrap();
        let idle = caps.iter().find(|cap| cap["label"]["en"].as_str().unwrap().contains("order")).unwrap();
        // From 10 January 2025 to 30 November 2026 are 689 days.
        assert_eq!((&idle["applies"], &idle["value"]["number"]), (&json!(true), &json!("689")), "{customer}: {result}");
    }
    let (_, quiet) = graded(&client, &run, "RT-A").await;
    let (_, returning) = graded(&client, &run, "RT-B").await;
    assert_eq!((&quiet["orders"], &quiet["recency"]), (&json!(0.0), &json!(689.0)));
    assert_eq!((&returning["orders"], &returning["recency"]), (&json!(0.0), &json!(689.0)));
    let statistics =
        client.get("/v1/statistics/sales?group_by=customer&from=2026-01-01&to=2027-01-01").await.expect(200);
    let row = &statistics["rows"][0];
    assert_eq!((&row["orders"], &row["returns"], &row["return_lines"]), (&json!(0), &json!(1), &json!(1)));
    assert_eq!((&row["return_net"], &row["customers"]), (&json!("-200.0000"), &json!(0)));
}

const METRICS: [&str; 5] = ["orders_l12", "active_months_l12", "recency_days", "category_breadth_l12", "growth_l12"];

/// Each customer's L12 is 2013 (as of December); the order `over` of SPAN goes over two months.
#[actix_web::test]
async fn orders_recency_and_breadth_are_of_orders_that_sold_something() {
    let (_app, client) = tenant_at("2014-01-15T08:00:00Z").await;
    sell_lines(
        &client,
        &[
            // Two years back, so that the tenant's sales are known since then.
            ("old", "2011-12-05", "OLD", "pumps", "50"),
            // An order whose discount line is negative stays one; the return of another category is none.
            ("a1", "2013-03-10", "MIXED", "pumps", "100"),
            ("a1", "2013-03-10", "MIXED", "services", "-10"),
            ("a2", "2013-09-10", "MIXED", "valves", "-30"),
            // Bought, and all of it sent back under another number.
            ("b1", "2013-02-01", "BACK", "pumps", "100"),
            ("b2", "2013-11-20", "BACK", "pumps", "-100"),
            // Part of an order is sent back two months later, under its number.
            ("over", "2013-05-31", "SPAN", "pumps", "100"),
            ("over", "2013-07-01", "SPAN", "pumps", "-40"),
            // A free sample comes to 0.
            ("f1", "2013-04-04", "FREE", "pumps", "0"),
            // An exchange that comes to less than nothing.
            ("e1", "2013-06-06", "SWAP", "pumps", "-80"),
            ("e1", "2013-06-06", "SWAP", "valves", "30"),
        ],
    )
    .await;
    let run = run(&client, &scale_of(&METRICS), "2013-12").await;
    let facts = async |customer: &str| {
        let (_, values) = graded(&client, &run, customer).await;
        METRICS.map(|code| values[code].clone())
    };
    let (no_data, zero) = (json!("no_data"), json!("zero_base"));
    let n = |value: f64| json!(value);
    // Orders, active months, days since the last, categories, growth over 2012.
    assert_eq!(facts("MIXED").await, [n(1.0), n(1.0), n(296.0), n(1.0), zero.clone()]);
    assert_eq!(facts("BACK").await, [n(1.0), n(1.0), n(333.0), n(0.0), zero.clone()]);
    assert_eq!(facts("SPAN").await, [n(1.0), n(1.0), n(214.0), n(1.0), zero.clone()]);
    assert_eq!(facts("FREE").await, [n(0.0), n(0.0), no_data.clone(), n(0.0), zero.clone()]);
    assert_eq!(facts("SWAP").await, [n(0.0), n(0.0), no_data, n(0.0), zero]);
    let months = client
        .data(
            "{ customers(first: 10) { nodes { externalId monthlySales(last: 8) { month orders returns complete } } } }",
            json!({}),
        )
        .await;
    let span =
        months["customers"]["nodes"].as_array().unwrap().iter().find(|node| node["externalId"] == "SPAN").unwrap();
    // The tenant's last line is of November.
    assert_eq!(span["monthlySales"][7]["month"], "2013-11");
    assert_eq!(span["monthlySales"][1], json!({"month": "2013-05", "orders": 1, "returns": 0, "complete": true}));
    assert_eq!(span["monthlySales"][3], json!({"month": "2013-07", "orders": 0, "returns": 1, "complete": true}));
}

#[actix_web::test]
async fn statistics_count_orders_that_sold_something_however_lines_are_cut() {
    let (_app, client) = tenant_at("2014-01-15T08:00:00Z").await;
    sell_lines(
        &client,
        &[
            ("a", "2013-01-10", "A", "pumps", "100"),
            ("a", "2013-01-10", "A", "valves", "-20"),
            ("b", "2013-01-20", "B", "pumps", "-70"),
            ("b", "2013-01-20", "B", "valves", "50"),
            ("over", "2013-01-31", "C", "pumps", "60"),
            ("over", "2013-02-01", "C", "pumps", "-10"),
            // The same number at two customers is two orders.
            ("a", "2013-02-02", "B", "valves", "5"),
        ],
    )
    .await;
    let ask = async |query: &str| client.get(&format!("/v1/statistics/sales?{query}")).await.expect(200);
    let counts =
        |row: &Value| json!([row["orders"], row["returns"], row["return_lines"], row["return_net"], row["customers"]]);
    let all = ask("period=all").await;
    assert_eq!(counts(&all["totals"]), json!([3, 1, 3, "-100.0000", 3]));
    // The net of order b is -20, whichever of its lines are looked at.
    let category = ask("period=all&group_by=category").await;
    let rows = category["rows"].as_array().unwrap();
    assert_eq!(counts(&rows[0]), json!([2, 1, 2, "-80.0000", 2]), "pumps");
    assert_eq!(counts(&rows[1]), json!([2, 1, 1, "-20.0000", 2]), "valves");
    let valves = ask("period=all&categories=valves").await;
    assert_eq!(counts(&valves["totals"]), json!([2, 1, 1, "-20.0000", 2]));
    // Within each month an order is what it comes to there.
    let months = ask("group_by=month").await;
    assert_eq!(counts(&months["rows"][0]), json!([2, 1, 2, "-90.0000", 2]), "January");
    assert_eq!(counts(&months["rows"][1]), json!([1, 1, 1, "-10.0000", 1]), "February");
    let both = ask("group_by=month,category&categories=pumps").await;
    let expected = [("2013-01 pumps", json!(2)), ("2013-02 pumps", json!(0))];
    assert_eq!(by_keys(&both, "orders"), found(&expected));
    let top = ask("period=all&group_by=customer&top=1").await;
    assert_eq!(counts(&top["rows"][0]), json!([1, 0, 1, "-20.0000", 1]), "A");
    assert_eq!(counts(&top["rows"][1]), json!([2, 1, 2, "-80.0000", 2]), "others");
    let graph = client
        .data(
            "{ salesStatistics(input: {period: ALL}) { totals { orders returns returnLines returnNet customers } } }",
            json!({}),
        )
        .await;
    let expected = json!({"orders": 3, "returns": 1, "returnLines": 3, "returnNet": "-100.0000", "customers": 3});
    assert_eq!(graph["salesStatistics"]["totals"], expected);
}

#[actix_web::test]
async fn who_only_sends_back_has_no_sales_class_and_the_total_still_adds_up() {
    let (_app, client) = tenant_at("2014-01-15T08:00:00Z").await;
    let lines = [
        ("a", "2013-01-10", "A", "P", "80"),
        ("b", "2013-01-10", "B", "P", "30"),
        ("c", "2013-12-10", "C", "P", "-10"),
        ("d1", "2013-02-10", "D", "P", "5"),
        ("d2", "2013-03-10", "D", "P", "-7"),
    ];
    sell_lines(&client, &lines).await;
    let classes = client.get("/v1/statistics/sales-classes").await.expect(200);
    assert_eq!((&classes["customers"], &classes["total_net"]), (&json!(3), &json!("98.0000")));
    assert_eq!(classes["without_orders"], json!({"customers": 1, "net": "-10.0000"}));
    let items = classes["items"].as_array().unwrap();
    let of = |id: &str| items.iter().find(|item| item["external_id"] == id).unwrap()["sales_class"].clone();
    assert_eq!([of("A"), of("D"), of("C")], [json!("A"), json!("C"), Value::Null]);
    assert_eq!(classes["period"]["complete"], true, "{}", classes["period"]);
}
