//! Answers and reference files as tables of text, so that a missing last zero is a difference.

use serde_json::Value;

use crate::support::{Client, Pack};

pub type Row = Vec<String>;

/// A value as a reference file writes it: nothing where there is none.
pub fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Some fields of an answer.
#[track_caller]
pub fn fields(answer: &Value, names: &[&str]) -> Row {
    let field = |name: &&str| text(answer.get(name).unwrap_or_else(|| panic!("no {name} in {answer}")));
    names.iter().map(field).collect()
}

/// Some columns of a reference file.
pub fn reference(pack: &Pack, file: &str, columns: &[&str]) -> Vec<Row> {
    let rows = pack.rows(&format!("reference/{file}"));
    assert!(!rows.is_empty(), "{file} is empty");
    rows.iter().map(|row| columns.iter().map(|column| row[*column].clone()).collect()).collect()
}

/// Compares tables row by row, so that a difference is one line long.
#[track_caller]
pub fn assert_same(what: &str, actual: &[Row], expected: &[Row]) {
    for (number, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        assert_eq!(actual, expected, "{what}, row {number}");
    }
    assert_eq!(actual.len(), expected.len(), "{what}: rows");
}

/// The same, where the order is not the same.
#[track_caller]
pub fn assert_same_set(what: &str, mut actual: Vec<Row>, mut expected: Vec<Row>) {
    actual.sort();
    expected.sort();
    assert_same(what, &actual, &expected);
}

/// Every page of a list, the largest pages there are.
pub async fn pages(client: &Client, path: &str) -> Vec<Value> {
    let sign = if path.contains('?') { '&' } else { '?' };
    let first = format!("{path}{sign}limit=500");
    let mut pages: Vec<Value> = Vec::new();
    let mut next = Some(first.clone());
    while let Some(path) = next {
        let page = client.get(&path).await.expect(200);
        next = page["next_cursor"].as_str().map(|cursor| format!("{first}&cursor={cursor}"));
        pages.push(page);
    }
    pages
}

/// Every item of a list.
pub async fn all(client: &Client, path: &str) -> Vec<Value> {
    items(&pages(client, path).await)
}

/// The items of pages.
pub fn items(pages: &[Value]) -> Vec<Value> {
    pages.iter().flat_map(|page| page["items"].as_array().unwrap()).cloned().collect()
}
