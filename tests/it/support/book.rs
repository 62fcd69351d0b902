//! Small books of business that a test can reckon by hand.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Client;

/// A sale: customer, day, product, net, and cost, which is empty where unknown.
pub type Sale<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str);

/// The same text in both languages.
pub fn label(text: &str) -> Value {
    json!({"en": text, "zh": text})
}

/// Sells: the customers and products that the sales name are made, each called as its external id, a product's category
/// as the product. Every sale is an order of its own, in the base currency. The ids of the customers by external id.
pub async fn sell(client: &Client, sales: &[Sale<'_>]) -> BTreeMap<String, String> {
    let customers: BTreeSet<&str> = sales.iter().map(|sale| sale.0).collect();
    let products: BTreeSet<&str> = sales.iter().map(|sale| sale.2).collect();
    let items = json!(customers.iter().map(|id| json!({"external_id": id, "name": id})).collect::<Vec<_>>());
    let batch = client.batch("/v1/customers:batch", &items).await;
    let product = |id| json!({"external_id": id, "name": id, "category": id});
    client.batch("/v1/products:batch", &json!(products.iter().map(product).collect::<Vec<_>>())).await;
    let lines: Vec<Value> = sales.iter().map(line).collect();
    client.batch("/v1/sales-lines:batch", &json!(lines)).await;
    let id = |item: &Value| item["id"].as_str().unwrap().to_owned();
    customers.iter().map(ToString::to_string).zip(batch["items"].as_array().unwrap().iter().map(id)).collect()
}

fn line((customer, day, product, net, cost): &Sale<'_>) -> Value {
    let id = format!("{customer}/{day}/{product}");
    json!({
        "external_id": id, "order_id": id, "day": day, "customer_external_id": customer, "product_external_id": product,
        "quantity": "1", "unit_price": net, "net": net, "cost": Some(cost).filter(|cost| !cost.is_empty()),
    })
}
