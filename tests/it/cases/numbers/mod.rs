//! Numbers that were computed exactly and meant the wrong thing: returns that count as orders, periods that are not whole,
//! quarters of the fiscal year, and money that nobody sees.

mod credits;
mod periods;
mod quarters;
mod returns;

use chrono::{DateTime, Utc};
use fenji::tenancy::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, TestApp, spawn_app};

/// A tenant that looks at its numbers at some moment.
async fn tenant_at(now: &str) -> (TestApp, Client) {
    let app = spawn_app().await;
    app.clock.set(now.parse::<DateTime<Utc>>().unwrap());
    let client = app.client(app.tenant("acme").await, Role::Admin);
    (app, client)
}

async fn start_year_in(client: &Client, month: u32) {
    let patch = client.request(Method::PATCH, "/v1/tenant").json(&json!({"fiscal_year_start_month": month}));
    client.send(patch).await.expect(200);
}

/// Posts the batches of a case in the order in which they depend on each other.
async fn post(client: &Client, case: &Value) {
    for path in ["products", "customers", "sales-lines", "receivables", "payments"] {
        if let Some(items) = case.get(format!("{path}:batch")) {
            client.batch(&format!("/v1/{path}:batch"), items).await;
        }
    }
}

/// A line: order, day, customer, category (which is the product too), net.
type Line<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str);

/// Sells lines of orders; customers, products and ids are made of what the lines say.
async fn sell_lines(client: &Client, lines: &[Line<'_>]) {
    let named = |pick: fn(&Line<'_>) -> String| {
        let mut names: Vec<String> = lines.iter().map(pick).collect();
        names.sort();
        names.dedup();
        names
    };
    let customers = named(|line| line.2.to_owned());
    let customers: Value = customers.iter().map(|id| json!({"external_id": id, "name": id})).collect();
    client.batch("/v1/customers:batch", &customers).await;
    let products = named(|line| line.3.to_owned());
    let products: Value = products.iter().map(|id| json!({"external_id": id, "name": id, "category": id})).collect();
    client.batch("/v1/products:batch", &products).await;
    let line = |(n, (order, day, customer, product, net)): (usize, &Line<'_>)| {
        json!({"external_id": format!("{order}/{n}"), "order_id": order, "day": day, "customer_external_id": customer,
               "product_external_id": product, "quantity": if net.starts_with('-') { "-1" } else { "1" },
               "unit_price": net.trim_start_matches('-'), "net": net, "cost": "1"})
    };
    client.batch("/v1/sales-lines:batch", &lines.iter().enumerate().map(line).collect::<Value>()).await;
}

/// One field of each row, with the row's keys in front.
fn by_keys(answer: &Value, field: &str) -> Vec<(String, Value)> {
    let keys = |row: &Value| {
        let keys = row["keys"].as_array().unwrap().iter().map(|key| key["key"].as_str().unwrap_or("-").to_owned());
        keys.collect::<Vec<_>>().join(" ")
    };
    answer["rows"].as_array().unwrap().iter().map(|row| (keys(row), row[field].clone())).collect()
}

fn found(pairs: &[(&str, Value)]) -> Vec<(String, Value)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect()
}
