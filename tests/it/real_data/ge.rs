//! All stores in the GE matrix.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::book::{AS_OF, Book};
use super::ledger::round;
use super::scoring::{list, number, shown, work};
use super::table::{all, text};
use super::xml;
use crate::support::Client;

const CELLS: [&str; 9] = [
    "high_strong",
    "high_medium",
    "high_weak",
    "medium_strong",
    "medium_medium",
    "medium_weak",
    "low_strong",
    "low_medium",
    "low_weak",
];

/// Maps all stores, checks every place, and returns the places by external id.
pub async fn check(book: &Book) -> BTreeMap<String, Value> {
    let definition = publish(&book.client).await;
    let mapping = map(&book.client).await;
    let positions = all(&book.client, &format!("/v1/ge-mappings/{mapping}/positions?sort=external_id")).await;
    assert_eq!(positions.len(), 701);
    for position in &positions {
        place(book, &definition, position);
    }
    let matrix = matrix(book, &mapping, &positions).await;
    // Golden: customers by cell, on base-currency figures.
    let customers: Vec<i64> = list(&matrix, "cells").iter().map(|cell| cell["customers"].as_i64().unwrap()).collect();
    assert_eq!((customers, matrix["unmapped"].as_i64()), (vec![0; 9], Some(0)));

    chart(&book.client).await;

    let again = map(&book.client).await;
    let second = all(&book.client, &format!("/v1/ge-mappings/{again}/positions?sort=external_id")).await;
    for (first, second) in positions.iter().zip(&second) {
        assert_eq!(first, second);
    }
    assert_eq!(positions.len(), second.len());
    second.into_iter().map(|position| (text(&position["external_id"]), position)).collect()
}

/// The standard model, published; its definition.
async fn publish(client: &Client) -> Value {
    let new = json!({"code": "stores", "name": {"en": "Stores", "zh": "门店"}, "template": "standard"});
    let model = client.post("/v1/ge-models", &new).await.expect(201);
    let version = format!("/v1/ge-models/{}/versions/1", text(&model["id"]));
    let published = client.post(&format!("{version}:publish"), &json!(null)).await.expect(200);
    assert_eq!(published["state"], "published");
    published["definition"].clone()
}

/// Maps all customers; the mapping's id.
async fn map(client: &Client) -> String {
    let new = json!({"model_code": "stores", "as_of": AS_OF});
    let started = client.post("/v1/ge-mappings", &new).await.expect(202);
    let job = client.finished(started["job"]["id"].as_str().unwrap()).await;
    assert_eq!(job["state"], "completed", "{job}");
    text(&started["id"])
}

/// A place follows from the model and from what is known of the customer.
fn place(book: &Book, definition: &Value, position: &Value) {
    let axis = |name: &str| {
        let defined: Vec<&Value> = list(&definition[name], "dimensions").iter().collect();
        let told: Vec<&Value> = list(&position["detail"][name], "dimensions").iter().collect();
        work(&defined, &told).score
    };
    let (attractiveness, strength) = (axis("attractiveness"), axis("competitive_strength"));
    assert_eq!(text(&position["attractiveness"]), shown(attractiveness));
    assert_eq!(text(&position["strength"]), shown(strength));
    let cell = attractiveness.zip(strength).map(|(attractiveness, strength)| {
        let row = ["low", "medium", "high"][third(attractiveness)];
        format!("{row}_{}", ["weak", "medium", "strong"][third(strength)])
    });
    assert_eq!(text(&position["cell"]), cell.unwrap_or_default(), "{position}");
    assert_eq!(position["cell"].is_null(), !list(position, "lacks").is_empty(), "{position}");
    let net = book.windows[0].get(position["external_id"].as_str().unwrap()).map(|sums| sums.net);
    assert_eq!(text(&position["revenue_l12"]), round(net.unwrap_or_default(), 4).to_string());
    assert_eq!(position["potential"], Value::Null);
}

/// Cut at exactly 100/3 and 200/3; a score on a cut-off belongs to the higher class.
fn third(score: Decimal) -> usize {
    let tripled = score * Decimal::from(3);
    [100, 200].into_iter().filter(|cut| tripled >= Decimal::from(*cut)).count()
}

/// The matrix counts every customer once and every cent of revenue.
async fn matrix(book: &Book, mapping: &str, positions: &[Value]) -> Value {
    let matrix = book.client.get("/v1/ge-matrix").await.expect(200);
    assert_eq!((text(&matrix["mapping_id"]).as_str(), &matrix["currency"]), (mapping, &json!("USD")));
    let cells = list(&matrix, "cells");
    assert_eq!(cells.iter().map(|cell| text(&cell["cell"])).collect::<Vec<_>>(), CELLS);
    for cell in cells {
        let inside = || positions.iter().filter(|position| position["cell"] == cell["cell"]);
        assert_eq!(cell["customers"], inside().count());
        assert_eq!(number(&cell["revenue"]), inside().map(|position| number(&position["revenue_l12"])).sum());
    }
    let customers: i64 = cells.iter().map(|cell| cell["customers"].as_i64().unwrap()).sum();
    let revenue: Decimal = cells.iter().map(|cell| number(&cell["revenue"])).sum();
    assert_eq!((matrix["mapped"].as_i64(), number(&matrix["mapped_revenue"])), (Some(customers), revenue));
    assert_eq!(customers + matrix["unmapped"].as_i64().unwrap(), 701);
    assert_eq!(revenue + number(&matrix["unmapped_revenue"]), book.net_l12());
    matrix
}

/// The chart is a picture in both languages.
async fn chart(client: &Client) {
    for (language, title) in [("en", "Market attractiveness"), ("zh-CN", "市场吸引力")] {
        let request = client.request(reqwest::Method::GET, "/v1/ge-matrix");
        let request = request.header("Accept", "image/svg+xml").header("Accept-Language", language);
        let answer = client.send(request).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "image/svg+xml"));
        assert_eq!(answer.header("content-language"), language);
        assert_eq!(xml::root(&answer.text), "svg");
        assert!(answer.text.contains(title), "{}", answer.text);
    }
}
