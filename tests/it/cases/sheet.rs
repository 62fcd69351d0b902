//! Files on their way in, and what came of them; workbooks cell by cell, also with cells that no program of ours writes.

use std::io::{Cursor, Write};

use fenji::tenancy::Role;
use reqwest::Method;
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::support::{Client, TestApp, spawn_app};

pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
pub const NDJSON: &str = "application/x-ndjson";
pub const CSV: &str = "text/csv";

/// A tenant in EUR with customer K-1 and product KP-1, at a moment of 2026.
pub async fn seller() -> (TestApp, Client) {
    let app = spawn_app().await;
    app.clock.set("2026-12-01T08:00:00Z".parse().unwrap());
    let admin = app.client(app.tenant_in("acme", "EUR").await, Role::Admin);
    admin.batch("/v1/customers:batch", &json!([{"external_id": "K-1", "name": "Kunde"}])).await;
    admin.batch("/v1/products:batch", &json!([{"external_id": "KP-1", "name": "Pumpe"}])).await;
    (app, admin)
}

/// Sends a file and waits; the import.
pub async fn send(admin: &Client, query: &str, media_type: &str, file: impl Into<reqwest::Body>) -> Value {
    let request = admin.request(Method::POST, &format!("/v1/imports?{query}"));
    let import = admin.send(request.header("Content-Type", media_type).body(file)).await.expect(202);
    admin.finished(import["job"]["id"].as_str().unwrap()).await;
    admin.get(&format!("/v1/imports/{}", import["id"].as_str().unwrap())).await.expect(200)
}

/// Created, updated, unchanged, errors.
#[track_caller]
pub fn counts(import: &Value) -> [i64; 4] {
    assert_eq!(import["job"]["state"], "completed", "{import}");
    ["created", "updated", "unchanged", "errors"].map(|name| import["counts"][name].as_i64().unwrap())
}

/// Line, column and code of everything that is wrong.
pub async fn said(admin: &Client, import: &Value) -> Vec<(i64, String, String)> {
    let path = format!("/v1/imports/{}/errors?limit=500", import["id"].as_str().unwrap());
    let errors = admin.get(&path).await.expect(200);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let said = |e: &Value| (e["line"].as_i64().unwrap(), text(&e["column"]), text(&e["code"]));
    errors["items"].as_array().unwrap().iter().map(said).collect()
}

/// The same as a test writes it.
pub fn wrong(expected: &[(i64, &str, &str)]) -> Vec<(i64, String, String)> {
    expected.iter().map(|(line, column, code)| (*line, (*column).to_owned(), (*code).to_owned())).collect()
}

/// A field of the objects of a list, by their external ids.
pub async fn listed(admin: &Client, path: &str, fields: &[&str]) -> Vec<Value> {
    let list = admin.get(&format!("{path}?limit=500")).await.expect(200);
    let mut rows: Vec<Value> = list["items"].as_array().unwrap().clone();
    rows.sort_by_key(|row| row["external_id"].as_str().unwrap_or_default().to_owned());
    let row = |row: &Value| json!(["external_id"].iter().chain(fields).map(|f| row[*f].clone()).collect::<Vec<_>>());
    rows.iter().map(row).collect()
}

/// A text cell.
pub fn t(text: &str) -> String {
    format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

/// A number cell, as its file has it.
pub fn n(number: &str) -> String {
    format!("<c><v>{number}</v></c>")
}

/// An error cell.
pub fn e(error: &str) -> String {
    format!("<c t=\"e\"><v>{error}</v></c>")
}

/// A truth value.
pub fn b(value: bool) -> String {
    format!("<c t=\"b\"><v>{}</v></c>", u8::from(value))
}

/// A day or time as ISO 8601 has it.
pub fn d(moment: &str) -> String {
    format!("<c t=\"d\"><v>{moment}</v></c>")
}

/// A workbook of one sheet.
pub fn workbook(rows: &[Vec<String>]) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
    let row = |(at, cells): (usize, &Vec<String>)| format!("<row r=\"{}\">{}</row>", at + 1, cells.concat());
    let rows: String = rows.iter().enumerate().map(row).collect();
    let parts = [
        (
            "[Content_Types].xml",
            format!(
                "<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"xml\" ContentType=\"application/xml\"/>\
                 <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/></Types>"
            ),
        ),
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{PACKAGE}/relationships\"><Relationship Id=\"rId1\" \
                 Type=\"{OFFICE}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets><sheet name=\"Sheet1\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"{PACKAGE}/relationships\"><Relationship Id=\"rId1\" Type=\"{OFFICE}/worksheet\" \
                 Target=\"worksheets/sheet1.xml\"/></Relationships>"
            ),
        ),
        ("xl/worksheets/sheet1.xml", format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>")),
    ];
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, part) in parts {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(part.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}
