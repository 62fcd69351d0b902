//! Receivables and what of them is open, costs to serve, and the metrics made of them.

use std::collections::BTreeMap;

use fenji::tenancy::Role;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::support::{Client, label, problems, sell, spawn_app};

fn invoice(id: &str, customer: &str, invoiced: &str, due: &str, amount: &str) -> Value {
    json!({"external_id": id, "customer_external_id": customer, "invoiced_on": invoiced, "due_on": due, "amount": amount})
}

fn payment(id: &str, customer: &str, day: &str, amount: &str, settles: Option<&str>) -> Value {
    json!({"external_id": id, "customer_external_id": customer, "paid_on": day, "amount": amount, "receivable_external_id": settles})
}

/// The open amount and the days overdue of each receivable, by external id.
async fn open(client: &Client, query: &str) -> BTreeMap<String, (Value, Value)> {
    let page = client.get(&format!("/v1/receivables?limit=500&{query}")).await.expect(200);
    let items = page["items"].as_array().unwrap();
    let entry = |item: &Value| {
        let open = &item["open"];
        (item["external_id"].as_str().unwrap().to_owned(), (open["amount"].clone(), open["days_overdue"].clone()))
    };
    items.iter().map(entry).collect()
}

#[actix_web::test]
async fn a_payment_settles_what_it_names_else_what_fell_due_first() {
    let app = spawn_app().await;
    let client = app.client(app.tenant("acme").await, Role::Integration);
    client.batch("/v1/customers:batch", &json!([{"external_id": "C", "name": "C"}])).await;
    let invoices = json!([
        invoice("A", "C", "2013-10-01", "2013-11-30", "100"),
        invoice("B", "C", "2013-10-01", "2013-10-31", "100"),
        invoice("D", "C", "2013-12-01", "2013-12-31", "100"),
        invoice("credit", "C", "2013-11-15", "2013-11-15", "-30"),
    ]);
    client.batch("/v1/receivables:batch", &invoices).await;
    let payments =
        json!([payment("1", "C", "2013-11-20", "50", None), payment("2", "C", "2013-11-25", "60", Some("A"))]);
    client.batch("/v1/payments:batch", &payments).await;
    let item = |amount: &str, days: Value| (json!(amount), days);
    // Before the payments B is a day late; D is not invoiced yet.
    let early = open(&client, "as_of=2013-11-01").await;
    assert_eq!(early["A"], item("100.0000", json!(0)));
    assert_eq!(early["B"], item("100.0000", json!(1)));
    assert_eq!(early["D"], (Value::Null, Value::Null));
    // 50 paid and 30 credited cover 80 of B, which fell due first; 60 were paid for A.
    let late = open(&client, "as_of=2013-11-30").await;
    assert_eq!(late["B"], item("20.0000", json!(30)));
    assert_eq!(late["A"], item("40.0000", json!(0)));
    assert_eq!(late["credit"], (json!("0.0000"), Value::Null));
    assert_eq!(open(&client, "as_of=2013-11-30&overdue=true").await.into_keys().collect::<Vec<_>>(), ["B"]);
    assert_eq!(open(&client, "as_of=2013-11-30&open=false").await.into_keys().collect::<Vec<_>>(), ["D", "credit"]);
    // Today is 15 January 2014 by the test's clock.
    assert_eq!(open(&client, "overdue=true").await["D"], item("100.0000", json!(15)));
    let answer = client
        .data("{ receivables(filter: {asOf: \"2013-11-30\", overdue: true}) { edges { node { externalId open { amount daysOverdue } } } } }", json!({}))
        .await;
    let node = &answer["receivables"]["edges"][0]["node"];
    assert_eq!(node, &json!({"externalId": "B", "open": {"amount": "20.0000", "daysOverdue": 30}}));
}

#[actix_web::test]
async fn what_is_wrong_is_named_and_the_rest_is_in() {
    let app = spawn_app().await;
    let client = app.client(app.tenant("acme").await, Role::Integration);
    client
        .batch("/v1/customers:batch", &json!([{"external_id": "C", "name": "C"}, {"external_id": "E", "name": "E"}]))
        .await;
    let mut euros = invoice("R", "C", "2013-10-01", "2013-10-31", "10");
    euros["currency"] = json!("USD");
    let rows = json!([
        invoice("A", "C", "2013-10-02", "2013-10-01", "10"),
        euros,
        invoice("B", "C", "2013-10-01", "2013-10-31", "10")
    ]);
    let batch = client.post("/v1/receivables:batch", &rows).await.expect(207);
    assert_eq!(problems(&batch["items"][0]["problems"]), [("/due_on", "range")]);
    assert_eq!(problems(&batch["items"][1]["problems"]), [("/currency", "missing_rate")]);
    assert_eq!(batch["items"][2]["outcome"], "created");
    let rows =
        json!([payment("1", "E", "2013-11-20", "5", Some("B")), payment("2", "C", "2013-11-20", "5", Some("X"))]);
    let batch = client.post("/v1/payments:batch", &rows).await.expect(207);
    assert_eq!(problems(&batch["items"][0]["problems"]), [("/receivable_external_id", "contradiction")]);
    assert_eq!(problems(&batch["items"][1]["problems"]), [("/receivable_external_id", "unknown_reference")]);
    let file = "external_id,customer_id,day,activity,amount\nV1,C,2013-10-01,visits,12.5\nV2,nobody,2013-10-01,,x\n";
    let import = client.import("costs_to_serve", file.into()).await;
    assert_eq!(import["counts"], json!({"created": 1, "updated": 0, "unchanged": 0, "errors": 1}));
    let file = "external_id,customer_id,invoiced_on,due_on,amount\nB,C,2013-10-01,2013-10-31,10.00\n";
    let import = client.import("receivables", file.into()).await;
    assert_eq!(import["counts"]["unchanged"], 1, "{import}");
    let costs = client.get("/v1/costs-to-serve?activity=visits").await.expect(200);
    assert_eq!(
        (&costs["items"][0]["external_id"], &costs["items"][0]["base_amount"]),
        (&json!("V1"), &json!("12.5000"))
    );
}

/// A scale of one factor a metric, so that a run's explanation shows each metric's value.
async fn metrics(client: &Client, codes: &[&str]) -> BTreeMap<String, Value> {
    let factor = |code: &&str| {
        json!({
            "code": code, "label": label(code), "max_points": "10", "source": {"metric": code},
            "rule": {"linear": {"from": "0", "to": "100000"}}, "missing": "zero",
        })
    };
    let definition = json!({
        "dimensions": [{"code": "all", "label": label("All"), "weight": "1", "axis": "quality", "factors": codes.iter().map(factor).collect::<Vec<_>>()}],
        "grade_bands": {"fixed": [{"grade": "A", "label": label("A"), "min_score": "50"}, {"grade": "B", "label": label("B"), "min_score": "0"}]},
    });
    let scale = client
        .post("/v1/scales", &json!({"code": "finance", "name": label("Finance"), "definition": definition}))
        .await
        .expect(201);
    let scale = scale["id"].as_str().unwrap().to_owned();
    client.post(&format!("/v1/scales/{scale}/versions/1:publish"), &json!(null)).await.expect(200);
    let run = json!({"scale_id": scale, "as_of": "2013-11", "selection": {"all": {}}});
    let run = client.post("/v1/grading-runs", &run).await.expect(202);
    let job = client.finished(run["job"]["id"].as_str().unwrap()).await;
    assert_eq!(job["state"], "completed", "{job}");
    let customer =
        client.get("/v1/customers?external_id=C").await.expect(200)["items"][0]["id"].as_str().unwrap().to_owned();
    let explained =
        client.get(&format!("/v1/grading-runs/{}/results/{customer}", run["id"].as_str().unwrap())).await.expect(200);
    let factors = explained["dimensions"][0]["factors"].as_array().unwrap();
    factors.iter().map(|factor| (factor["code"].as_str().unwrap().to_owned(), factor.clone())).collect()
}

const METRICS: [&str; 5] = ["dso_days", "overdue_amount", "overdue_days_max", "cost_to_serve_l12", "net_profit_l12"];

/// 36,500 sold at a cost of 20,000: 100 a day. 3,000 open of which 1,000 late by 30 days; 500 of service; 8 % a year.
#[actix_web::test]
async fn the_metrics_worked_by_hand() {
    let app = spawn_app().await;
    let client = app.client(app.tenant("acme").await, Role::Admin);
    sell(&client, &[("C", "2013-03-10", "pump", "36500", "20000"), ("E", "2013-03-10", "pump", "1", "1")]).await;
    let rows = json!([
        invoice("A", "C", "2013-10-01", "2013-10-31", "1000"),
        invoice("B", "C", "2013-11-20", "2013-12-20", "2000")
    ]);
    client.batch("/v1/receivables:batch", &rows).await;
    let cost = |id: &str, day: &str, amount: &str| json!({"external_id": id, "customer_external_id": "C", "day": day, "activity": "visits", "amount": amount});
    let rows = json!([
        cost("1", "2012-11-30", "9999"),
        cost("2", "2012-12-01", "200"),
        cost("3", "2013-11-30", "300"),
        cost("4", "2013-12-01", "9999")
    ]);
    client.batch("/v1/costs-to-serve:batch", &rows).await;
    let patch = client.request(reqwest::Method::PATCH, "/v1/tenant").json(&json!({"capital_cost_rate": "0.08"}));
    assert_eq!(client.send(patch).await.expect(200)["capital_cost_rate"], "0.080000");
    let found = metrics(&client, &METRICS).await;
    let value = |code: &str| found[code]["value"]["number"].as_str().unwrap_or("none").parse::<Decimal>().unwrap();
    let expected = [
        ("dso_days", "30"),
        ("overdue_amount", "1000"),
        ("overdue_days_max", "30"),
        ("cost_to_serve_l12", "500"),
        ("net_profit_l12", "15760"),
    ];
    for (code, number) in expected {
        assert_eq!(value(code), number.parse().unwrap(), "{code}: {:?}", found[code]);
    }
}

#[actix_web::test]
async fn what_the_tenant_does_not_keep_is_not_available() {
    let app = spawn_app().await;
    let client = app.client(app.tenant("acme").await, Role::Admin);
    sell(&client, &[("C", "2013-03-10", "pump", "36500", "20000")]).await;
    for (code, factor) in metrics(&client, &METRICS).await {
        assert!(factor["value"].is_null(), "{code}: {factor}");
        assert_eq!(factor["missing"], "not_available", "{code}: {factor}");
    }
    let wrong = client.request(reqwest::Method::PATCH, "/v1/tenant").json(&json!({"capital_cost_rate": "8.0000001"}));
    let wrong = client.send(wrong).await.expect(422);
    let expected = [("/capital_cost_rate", "range"), ("/capital_cost_rate", "too_many_places")];
    assert_eq!(problems(&wrong["errors"]), expected);
}

/// What is open, told step by step: what is there covers what falls due first; what is left is of the credit notes, which all
/// came before the payments, the last of them first, where no payment is left.
fn model(invoices: &[(i64, u32)], payments: &[(i64, Option<usize>, u32)], day: u32) -> Vec<i64> {
    let mut unpaid: Vec<i64> = invoices.iter().map(|(amount, _)| *amount).collect();
    let mut means = 0;
    for (amount, named, paid_on) in payments.iter().filter(|(_, _, paid_on)| *paid_on <= day) {
        let _ = paid_on;
        match named {
            Some(item) => unpaid[item % invoices.len()] -= amount,
            None => means += amount,
        }
    }
    means += unpaid.iter().filter(|left| **left < 0).map(|left| -left).sum::<i64>();
    let mut order: Vec<usize> = (0..invoices.len()).collect();
    order.sort_by_key(|item| (invoices[*item].1, *item));
    let mut open = vec![0; invoices.len()];
    let all = means;
    for item in order {
        let left = unpaid[item].max(0);
        let covered = left.min(means.max(0));
        means -= covered;
        open[item] = left - covered;
    }
    let mut used = all - means;
    for item in 0..invoices.len() {
        let credit = (-unpaid[item]).min(-invoices[item].0).max(0);
        let taken = credit.min(used);
        used -= taken;
        open[item] -= credit - taken;
    }
    open
}

/// Any invoices, credit notes and payments give on any day what settling them one by one gives.
#[actix_web::test]
async fn what_is_open_equals_a_simple_model() {
    let app = spawn_app().await;
    let client = app.client(app.tenant("acme").await, Role::Integration);
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let cases = (
        prop::collection::vec((-200_i64..500, 1_u32..28), 1..6),
        prop::collection::vec((1_i64..400, prop::option::of(0_usize..6), 1_u32..28), 0..6),
        1_u32..28,
    );
    for case in 0..25 {
        let (invoices, payments, day) = cases.new_tree(&mut runner).unwrap().current();
        let customer = format!("C{case}");
        client.batch("/v1/customers:batch", &json!([{"external_id": customer, "name": customer}])).await;
        let name = |item: usize| format!("{customer}/{item}");
        let rows: Vec<_> = invoices
            .iter()
            .enumerate()
            .map(|(item, (amount, due))| {
                invoice(&name(item), &customer, "2013-01-01", &format!("2013-01-{due:02}"), &amount.to_string())
            })
            .collect();
        client.batch("/v1/receivables:batch", &json!(rows)).await;
        let rows: Vec<_> = payments
            .iter()
            .enumerate()
            .map(|(n, (amount, named, paid_on))| {
                let settles = named.map(|item| name(item % invoices.len()));
                payment(
                    &format!("{customer}-{n}"),
                    &customer,
                    &format!("2013-01-{paid_on:02}"),
                    &amount.to_string(),
                    settles.as_deref(),
                )
            })
            .collect();
        if !rows.is_empty() {
            client.batch("/v1/payments:batch", &json!(rows)).await;
        }
        let id = client.get(&format!("/v1/customers?external_id={customer}")).await.expect(200)["items"][0]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let asked = format!("customer_id={id}&as_of=2013-01-{day:02}");
        let found = open(&client, &asked).await;
        assert_eq!(both_halves(&client, &asked).await, found);
        let expected = model(&invoices, &payments, day);
        for (item, amount) in expected.iter().enumerate() {
            assert_eq!(found[&name(item)].0, json!(format!("{amount}.0000")), "{invoices:?} {payments:?} on {day}");
        }
    }
    assert_eq!(both_halves(&client, "as_of=2013-01-14").await, open(&client, "as_of=2013-01-14").await);
}

/// The same by way of those that are open and those that are not.
async fn both_halves(client: &Client, query: &str) -> BTreeMap<String, (Value, Value)> {
    let mut both = open(client, &format!("{query}&open=true")).await;
    both.extend(open(client, &format!("{query}&open=false")).await);
    both
}
