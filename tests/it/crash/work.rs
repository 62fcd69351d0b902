//! What the clients have to send.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

pub const LINES: usize = 20_000;

/// One request: its key, where it goes, and what it says.
#[derive(Clone, Debug)]
pub struct Request {
    pub key: String,
    pub path: &'static str,
    pub body: Value,
    /// Lines in it; a request that makes a customer has none.
    pub lines: usize,
}

/// Batches of lines of any size, and between them customers without an id of the client's: nothing but the key keeps such
/// a one from being made twice.
pub fn requests(chance: &mut ChaCha8Rng) -> Vec<Request> {
    let mut requests = Vec::new();
    let mut next = 0;
    while next < LINES {
        let lines = chance.random_range(1..=100).min(LINES - next);
        let items: Vec<Value> = (next..next + lines).map(|n| line(n, chance)).collect();
        next += lines;
        requests.push(Request {
            key: format!("lines up to {next}"),
            path: "/v1/sales-lines:batch",
            body: json!(items),
            lines,
        });
        if chance.random_bool(0.2) {
            let name = format!("Prospect {next}");
            requests.push(Request { key: name.clone(), path: "/v1/customers", body: json!({"name": name}), lines: 0 });
        }
    }
    requests
}

fn line(n: usize, chance: &mut ChaCha8Rng) -> Value {
    let (price, quantity) = (chance.random_range(1..10_000), chance.random_range(1..20));
    json!({
        "external_id": format!("L-{n}"), "order_id": format!("O-{}", n / 3),
        "day": format!("2013-{:02}-{:02}", chance.random_range(1..=12), chance.random_range(1..=28)),
        "customer_external_id": format!("C-{}", chance.random_range(0..50)),
        "product_external_id": format!("P-{}", chance.random_range(0..50)),
        "quantity": quantity.to_string(), "unit_price": price.to_string(), "net": (price * quantity).to_string(),
    })
}
