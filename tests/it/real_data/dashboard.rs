//! The dashboard's one query.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::book::Book;
use super::ledger::round;
use super::plans::Plan;
use super::table::{fields, text};

const QUERY: &str = r#"{
    customers(first: 20) {
        edges { node {
            id externalId name territory
            grade { grade score }
            geCell { cell }
            monthlySales(last: 12, until: "2013-11") { month net cost }
            plan(fiscalYear: 2014) { amount verdict low high }
        } }
        pageInfo { hasNextPage endCursor }
    }
}"#;

const MONTHS: [&str; 12] = [
    "2012-12", "2013-01", "2013-02", "2013-03", "2013-04", "2013-05", "2013-06", "2013-07", "2013-08", "2013-09",
    "2013-10", "2013-11",
];

/// Twenty customers with their grade, cell, months and plan, as REST tells them.
pub async fn check(book: &Book, grades: &BTreeMap<String, Value>, cells: &BTreeMap<String, Value>, plan: &Plan) {
    let data = book.client.data(QUERY, json!({})).await;
    let customers = &data["customers"];
    assert_eq!(customers["pageInfo"]["hasNextPage"], true);
    let edges = customers["edges"].as_array().unwrap();
    assert_eq!(edges.len(), 20);
    let (expected, verified) = (plan.of_customers(2), plan.of_customers(3));
    for node in edges.iter().map(|edge| &edge["node"]) {
        let customer = text(&node["externalId"]);
        let grade = &grades[&customer];
        assert_eq!((&node["grade"]["grade"], &node["grade"]["score"]), (&grade["grade"], &grade["score"]));
        assert_eq!(text(&node["geCell"]["cell"]).to_lowercase(), text(&cells[&customer]["cell"]));
        months(book, &customer, &node["monthlySales"]);
        assert_eq!(node["plan"]["amount"], expected[&customer]["amount"], "{node}");
        let line = verified[&customer];
        assert_eq!(fields(&node["plan"], &["low", "high"]), fields(&line["figures"], &["low", "high"]));
        let verdict = text(&node["plan"]["verdict"]).to_lowercase();
        let note = text(&line["notes"][0]["code"]);
        assert_eq!(verdict, if note == "not_planned" { String::new() } else { note }, "{node}");
    }
}

/// Every month is there, also where nothing was sold.
fn months(book: &Book, customer: &str, told: &Value) {
    let sums = book.windows[0].get(customer);
    let net = |month: &str| sums.and_then(|sums| sums.by_month.get(month)).copied().unwrap_or_default();
    let expected = MONTHS.map(|month| vec![month.to_owned(), round(net(month), 4).to_string()]);
    let months = told.as_array().unwrap().iter().map(|month| fields(month, &["month", "net"]));
    assert_eq!(months.collect::<Vec<_>>(), expected, "{customer}");
}
