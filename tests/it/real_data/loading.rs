//! Packs on their way in, through the public import.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::support::{Client, Pack};

/// The kinds of a pack and the files that hold them, in an order in which each may refer to those before.
pub type Files = &'static [(&'static str, &'static str)];

pub const ADVENTURE_WORKS: Files = &[
    ("salespeople", "salespeople.csv"),
    ("products", "products.csv"),
    ("customers", "customers.csv"),
    ("fx_rates", "fx_rates.csv"),
    ("sales_lines", "sales.csv.gz"),
    ("quotas", "quotas.csv"),
];

pub const NORTHWIND: Files = &[
    ("salespeople", "salespeople.csv"),
    ("products", "products.csv"),
    ("customers", "customers.csv"),
    ("sales_lines", "sales.csv"),
];

pub const CLASSIC_MODELS: Files = &[
    ("salespeople", "salespeople.csv"),
    ("products", "products.csv"),
    ("customers", "customers.csv"),
    ("sales_lines", "sales.csv"),
    ("payments", "payments.csv"),
];

/// The counts of an import that ended well.
#[track_caller]
pub fn counts(import: &Value) -> [i64; 4] {
    assert_eq!(import["job"]["state"], "completed", "{import}");
    assert_eq!(import["job"]["result"], import["counts"], "the job tells the counts of the import");
    ["created", "updated", "unchanged", "errors"].map(|name| import["counts"][name].as_i64().unwrap())
}

/// Imports files as they are; every row of each must be new.
pub async fn load(client: &Client, pack: &Pack, files: &[(&str, &str)]) {
    for (kind, file) in files {
        let rows = rows_of(pack, file);
        assert_eq!(counts(&client.import(kind, pack.bytes(file)).await), [rows, 0, 0, 0], "{file}");
    }
}

/// Imports files once more; nothing may change.
pub async fn load_again(client: &Client, pack: &Pack, files: &[(&str, &str)]) {
    for (kind, file) in files {
        let rows = rows_of(pack, file);
        assert_eq!(counts(&client.import(kind, pack.bytes(file)).await), [0, 0, rows, 0], "{file}");
    }
}

/// The rows of a file. No field of the packs spans lines.
pub fn rows_of(pack: &Pack, file: &str) -> i64 {
    i64::try_from(pack.text(file).lines().count() - 1).unwrap()
}

/// A text as a gzip file.
pub fn gzip(text: &str) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    gzip.finish().unwrap()
}

/// What an import says of the rows that are not in: line, column, value and code.
pub async fn refusals(client: &Client, import: &Value) -> Vec<Value> {
    let path = format!("/v1/imports/{}/errors", import["id"].as_str().unwrap());
    let errors = super::table::all(client, &path).await;
    errors.iter().map(|e| json!([e["line"], e["column"], e["value"], e["code"]])).collect()
}
