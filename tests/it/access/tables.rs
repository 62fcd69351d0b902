//! Every list comes whole, as CSV, NDJSON and XLSX. What is a list is read from the contract, so that none is forgotten.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use fenji::tenancy::Role;
use reqwest::Method;
use serde_json::Value;

use super::operations::OPERATIONS;
use super::world::World;
use crate::support::{Client, spawn_app};

const CSV: &str = "text/csv";
const NDJSON: &str = "application/x-ndjson";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The operations that answer with a page, and what they offer.
fn lists() -> Vec<(&'static str, Value)> {
    let api: Value = serde_json::from_str(&fenji::http::openapi_json()).unwrap();
    let gets = api["paths"].as_object().unwrap().values().filter_map(|path| path.get("get"));
    let pages = gets.filter(|get| {
        let answer = get["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].as_str();
        answer.is_some_and(|name| name.starts_with("#/components/schemas/Page_"))
    });
    let rows = pages.map(|get| {
        let id = get["operationId"].as_str().unwrap();
        let row = OPERATIONS.iter().find(|operation| operation.id == id);
        let row = row.unwrap_or_else(|| panic!("{id} has no row in operations.rs"));
        (row.id, get["responses"].clone())
    });
    rows.collect()
}

async fn table(client: &Client, path: &str, form: &str) -> (Vec<u8>, String) {
    let response = client.request(Method::GET, path).header("Accept", form).send().await.unwrap();
    let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(response.status(), 200, "{path} as {form}");
    assert!(
        header("content-type").starts_with(form),
        "{path} as {form} came as {}: answer the list with exports::List",
        header("content-type")
    );
    let name = header("content-disposition");
    (response.bytes().await.unwrap().to_vec(), name)
}

/// The rows of a CSV file, the header first.
fn csv_rows(bytes: &[u8]) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn xlsx_rows(bytes: Vec<u8>) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let range = book.worksheet_range_at(0).unwrap().unwrap();
    range.rows().map(<[Data]>::to_vec).collect()
}

#[actix_web::test]
async fn every_list_comes_in_every_form() {
    let app = spawn_app().await;
    let world = World::build(&app, "acme").await;
    let lists = lists();
    assert!(lists.len() > 20, "{}", lists.len());
    for (id, offered) in lists {
        for form in [CSV, NDJSON, XLSX] {
            assert!(offered["200"]["content"][form].is_object(), "{id} does not offer {form}");
        }
        assert!(offered["406"].is_object(), "{id}");
        let operation = OPERATIONS.iter().find(|operation| operation.id == id).unwrap();
        let client = if id == "listTenants" { app.operator() } else { world.admin.clone() };
        let path = operation.address(&world.ids);
        let items = client.get(&path).await.expect(200)["items"].as_array().unwrap().len();
        let (ndjson, name) = table(&client, &path, NDJSON).await;
        assert!(name.ends_with(".ndjson\""), "{name}");
        let lines: Vec<Value> =
            String::from_utf8(ndjson).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(lines.len() >= items && lines.iter().all(Value::is_object), "{id}: {} of {items}", lines.len());
        let (csv, _) = table(&client, &path, CSV).await;
        let csv = csv_rows(&csv);
        assert_eq!(csv.len(), lines.len() + 1, "{id} as CSV");
        let (xlsx, _) = table(&client, &path, XLSX).await;
        let xlsx = xlsx_rows(xlsx);
        assert_eq!(xlsx.len(), lines.len() + 1, "{id} as XLSX");
        let header: Vec<String> = xlsx[0].iter().map(ToString::to_string).collect();
        assert_eq!(header, csv[0], "{id}");
        let refused = client.send(client.request(Method::GET, &path).header("Accept", "text/html")).await;
        assert_eq!(refused.expect(406)["code"], "not_acceptable", "{id}");
    }
}

/// The columns of lists that no import reads stand in the contract.
#[actix_web::test]
async fn the_columns_are_those_of_the_contract() {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    let offered = lists().into_iter().find(|(id, _)| *id == "listAuditEntries").unwrap().1;
    let described = offered["200"]["content"][CSV]["schema"]["description"].as_str().unwrap().to_owned();
    let (csv, name) = table(&admin, "/v1/audit-entries", CSV).await;
    let rows = csv_rows(&csv);
    assert_eq!(described, format!("The whole list. Columns: {}.", rows[0].join(", ")));
    assert_eq!(name, "attachment; filename=\"audit-entries-20140115T080000Z.csv\"");
    assert!(csv.ends_with(b"\r\n"));
}

#[actix_web::test]
async fn a_table_has_no_pages_and_needs_the_permission() {
    let app = spawn_app().await;
    let tenant = app.tenant("acme").await;
    let admin = app.client(tenant, Role::Admin);
    let request = |path: &str| admin.request(Method::GET, path).header("Accept", CSV);
    let refused = admin.send(request("/v1/customers?limit=10&cursor=x")).await.expect(422);
    assert_eq!(
        crate::support::problems(&refused["errors"]),
        [("/limit", "not_with_tables"), ("/cursor", "not_with_tables")]
    );
    let refused = admin.send(request("/v1/customers?sort=colour")).await.expect(422);
    assert_eq!(refused["errors"][0]["pointer"], "/sort");
    let salesperson = app.client(tenant, Role::Salesperson);
    let refused = salesperson.send(salesperson.request(Method::GET, "/v1/products").header("Accept", CSV)).await;
    refused.expect(403);
    app.anonymous().send(app.anonymous().request(Method::GET, "/v1/products").header("Accept", CSV)).await.expect(401);
}
