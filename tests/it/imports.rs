//! Files on their way into the data: what is in, what is not, and what is said about it.

use std::io::Write;

use fenji::tenancy::Role;
use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::Method;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::support::{Client, TestApp, plain, spawn_app, spawn_app_without_worker};

async fn admin() -> (TestApp, Client) {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    (app, admin)
}

const PRODUCTS: &str = "external_id,name,category,list_price\n\
    P1,Pump,pumps,10.50\n\
    P2,\u{7},pumps,abc\n\
    P3,\"Val\"ve,valves,1\n\
    P4,Valve,valves,=1+1\n\
    P5,Seal\n\
    P6,密封圈,seals,\n";

/// Line, column and code of every error.
fn faults(errors: &Value) -> Vec<(i64, &str, &str)> {
    errors
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e["line"].as_i64().unwrap(), e["column"].as_str().unwrap_or("-"), e["code"].as_str().unwrap()))
        .collect()
}

const FAULTS: [(i64, &str, &str); 5] = [
    (3, "name", "control_character"),
    (3, "list_price", "invalid_decimal"),
    (4, "name", "stray_quote"),
    (5, "list_price", "invalid_decimal"),
    (6, "category", "wrong_field_count"),
];

async fn products(admin: &Client) -> Vec<String> {
    let list = admin.get("/v1/products?sort=external_id").await.expect(200);
    list["items"].as_array().unwrap().iter().map(|p| p["external_id"].as_str().unwrap().to_owned()).collect()
}

/// Uploads with a media type and waits for the end.
async fn upload(admin: &Client, kind: &str, media_type: &str, file: Vec<u8>) -> Value {
    let path = format!("/v1/imports?kind={kind}&file_name=file");
    let request = admin.request(Method::POST, &path).header("Content-Type", media_type).body(file);
    let import = admin.send(request).await.expect(202);
    admin.finished(import["job"]["id"].as_str().unwrap()).await;
    admin.get(&format!("/v1/imports/{}", import["id"].as_str().unwrap())).await.expect(200)
}

/// The code of what stopped a whole file, of which nothing may be in.
async fn refused(admin: &Client, file: &[u8]) -> (String, String) {
    let import = admin.import("products", file.to_vec()).await;
    assert_eq!(import["job"]["state"], "failed");
    assert_eq!(import["counts"], json!({"created": 0, "updated": 0, "unchanged": 0, "errors": 0}));
    assert_eq!(products(admin).await, [""; 0]);
    let problem = &import["job"]["problem"]["errors"][0];
    (problem["code"].as_str().unwrap().to_owned(), problem["detail"]["en"].as_str().unwrap().to_owned())
}

#[actix_web::test]
async fn bad_rows_are_reported_by_line_and_column_and_the_others_are_in() {
    let (_app, admin) = admin().await;
    let import = admin.import("products", PRODUCTS.into()).await;
    assert_eq!(import["job"]["state"], "completed");
    let counts = json!({"created": 2, "updated": 0, "unchanged": 0, "errors": 4});
    assert_eq!((&import["counts"], &import["job"]["result"]), (&counts, &counts));
    assert_eq!(import["job"]["progress"], json!({"done": 6, "total": 6}));
    assert_eq!(import["bytes"], PRODUCTS.len());
    assert_eq!(products(&admin).await, ["P1", "P6"]);
    let path = format!("/v1/imports/{}/errors", import["id"].as_str().unwrap());
    let errors = admin.get(&path).await.expect(200)["items"].take();
    assert_eq!(faults(&errors), FAULTS);
    assert_eq!(errors[1]["value"], "abc");
    let page = admin.get(&format!("{path}?limit=2")).await.expect(200);
    let next =
        admin.get(&format!("{path}?limit=500&cursor={}", page["next_cursor"].as_str().unwrap())).await.expect(200);
    assert_eq!((faults(&page["items"]), faults(&next["items"])), (FAULTS[..2].to_vec(), FAULTS[2..].to_vec()));

    let csv = admin.request(Method::GET, &path).header("Accept", "text/csv").header("Accept-Language", "zh-CN");
    let csv = admin.send(csv).await;
    assert_eq!((csv.status, csv.header("content-language")), (200, "zh-CN"));
    let lines: Vec<&str> = csv.text.lines().collect();
    assert_eq!((lines.len(), lines[0]), (6, "line,column,value,code,detail,severity"));
    // A cell that a spreadsheet would reckon is made inert.
    assert!(lines[4].starts_with("5,list_price,'=1+1,invalid_decimal,"), "{}", lines[4]);
    assert!(lines[4].chars().any(|c| c > '\u{4e00}'), "{}", lines[4]);
    let again = admin.import("products", PRODUCTS.into()).await;
    assert_eq!(again["counts"], json!({"created": 0, "updated": 0, "unchanged": 2, "errors": 4}));
}

#[actix_web::test]
async fn graphql_imports_as_rest_does() {
    let (_app, admin) = admin().await;
    let query = "mutation($input: CreateImportInput!) { createImport(input: $input) { import { id kind bytes job { id } } userErrors { code } } }";
    let input = json!({"input": {"kind": "PRODUCTS", "fileName": "p.csv", "content": PRODUCTS}});
    let made = admin.data(query, input).await["createImport"].take();
    let import = &made["import"];
    assert_eq!(
        (&made["userErrors"], &import["kind"], &import["bytes"]),
        (&json!([]), &json!("PRODUCTS"), &json!(PRODUCTS.len()))
    );
    admin.finished(&plain(&import["job"]["id"])).await;
    let query = "query($id: ID!) { import(id: $id) { fileName counts { created updated unchanged errors } job { state } } importErrors(id: $id) { nodes { line column code } } imports { nodes { id } } }";
    let found = admin.data(query, json!({"id": import["id"]})).await;
    let counts = json!({"created": 2, "updated": 0, "unchanged": 0, "errors": 4});
    assert_eq!(found["import"], json!({"fileName": "p.csv", "counts": counts, "job": {"state": "COMPLETED"}}));
    assert_eq!(faults(&found["importErrors"]["nodes"]), FAULTS);
    assert_eq!(found["imports"]["nodes"], json!([{"id": import["id"]}]));
    assert_eq!(products(&admin).await, ["P1", "P6"]);
}

#[actix_web::test]
async fn an_absent_column_keeps_and_so_does_a_blank_one_that_does_not_empty() {
    let (_app, admin) = admin().await;
    admin
        .import("products", b"external_id,name,category,list_price\nP1,Pump,pumps,10\nP2,Valve,valves,5\n".to_vec())
        .await;
    let kept = admin.import("products", b"external_id,name\nP1,Pump\nP2,Valve 2\n".to_vec()).await;
    assert_eq!(kept["counts"], json!({"created": 0, "updated": 1, "unchanged": 1, "errors": 0}));
    let blank = b"external_id,name,category\nP1,Pump,\n".to_vec();
    let same = admin.import("products", blank.clone()).await;
    assert_eq!(same["counts"], json!({"created": 0, "updated": 0, "unchanged": 1, "errors": 0}));
    let emptied = admin.import("products&blanks=empty", blank).await;
    assert_eq!(emptied["counts"], json!({"created": 0, "updated": 1, "unchanged": 0, "errors": 0}));
    let list = admin.get("/v1/products?sort=external_id").await.expect(200)["items"].take();
    assert_eq!((&list[0]["category"], &list[0]["list_price"]), (&Value::Null, &json!("10.0000")));
    assert_eq!((&list[1]["category"], &list[1]["name"]), (&json!("valves"), &json!("Valve 2")));
}

#[actix_web::test]
async fn a_file_may_be_packed_marked_and_end_its_lines_as_it_likes() {
    let (_app, admin) = admin().await;
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(PRODUCTS.as_bytes()).unwrap();
    let import = upload(&admin, "products", "application/gzip", packed.finish().unwrap()).await;
    assert_eq!((&import["job"]["state"], &import["counts"]["created"]), (&json!("completed"), &json!(2)));
    let marked = format!("\u{feff}{}", PRODUCTS.replace('\n', "\r\n"));
    let import = upload(&admin, "products", "text/csv; charset=utf-8", marked.into_bytes()).await;
    assert_eq!(import["counts"], json!({"created": 0, "updated": 0, "unchanged": 2, "errors": 4}));
}

#[actix_web::test]
async fn a_file_that_cannot_be_read_is_refused_as_a_whole() {
    let (_app, admin) = admin().await;
    let utf16: Vec<u8> = PRODUCTS.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(refused(&admin, &utf16).await.0, "wrong_encoding");
    let (code, detail) = refused(&admin, b"external_id,name\nP1,Gr\xf6\xdfe M\xfcller\n").await;
    assert_eq!(code, "unknown_encoding");
    assert!(detail.contains("line 2, byte 6"), "{detail}");
    assert_eq!(refused(&admin, b"").await.0, "empty_file");
    let (code, detail) = refused(&admin, b"external_id,title,colour\nP1,Pump,red\n").await;
    assert_eq!(code, "wrong_columns");
    assert!(
        ["title, colour", "Missing columns: name", "list_price"].iter().all(|part| detail.contains(part)),
        "{detail}"
    );
    assert_eq!(refused(&admin, b"external_id^name\nP1^Pump\n").await.0, "wrong_separator");
    assert_eq!(refused(&admin, b"PK\x03\x04 a workbook").await.0, "broken_workbook");
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(PRODUCTS.repeat(50).as_bytes()).unwrap();
    let mut packed = packed.finish().unwrap();
    packed.truncate(packed.len() / 2);
    assert_eq!(refused(&admin, &packed).await.0, "unreadable_file");
}

#[actix_web::test]
async fn references_and_rates_are_looked_up_row_by_row() {
    let (_app, admin) = admin().await;
    admin.import("salespeople", "external_id,name\nS1,李娜\n".into()).await;
    let customers =
        admin.import("customers", b"external_id,name,salesperson_id\nC1,One,S1\nC2,Two,S9\n".to_vec()).await;
    assert_eq!(customers["counts"], json!({"created": 1, "updated": 0, "unchanged": 0, "errors": 1}));
    admin.import("products", b"external_id,name\nP1,Pump\n".to_vec()).await;
    let rates = admin.import("fx_rates", b"date,currency,rate\n2013-01-01,USD,0.8\n".to_vec()).await;
    assert_eq!(rates["counts"]["created"], 1, "{rates}");
    let lines = "external_id,order_date,customer_id,product_id,quantity,net_amount,cost_amount,currency\n\
        1-1,2013-01-05,C1,P1,2,10.01,,USD\n1-2,2013-01-05,C9,P1,2,10,,USD\n2-1,2013-01-05,C1,P1,1,5,3,CNY\n\
        3-1,2013-02-30,C1,P1,1,5,3,\n4-1,2013-02-03,C1,P1,-1,-5,-3,\n";
    let import = admin.import("sales_lines", lines.into()).await;
    assert_eq!(import["counts"], json!({"created": 2, "updated": 0, "unchanged": 0, "errors": 3}));
    let errors = admin.get(&format!("/v1/imports/{}/errors", import["id"].as_str().unwrap())).await.expect(200);
    let expected =
        [(3, "customer_id", "unknown_reference"), (4, "currency", "missing_rate"), (5, "order_date", "invalid_date")];
    assert_eq!(faults(&errors["items"]), expected);
    assert_eq!(errors["items"][0]["value"], "C9");
    let totals = admin.get("/v1/statistics/sales?period=all").await.expect(200)["totals"].take();
    // 10.01 x 0.8 - 5
    assert_eq!((&totals["net"], &totals["lines"]), (&json!("3.0080"), &json!(2)));
}

#[actix_web::test]
async fn a_cancelled_import_leaves_nothing() {
    let app = spawn_app_without_worker().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    let request = admin.request(Method::POST, "/v1/imports?kind=products").header("Content-Type", "text/csv");
    let started = admin.send(request.body(PRODUCTS)).await;
    let location = started.header("location").to_owned();
    let import = started.expect(202);
    assert_eq!(location, format!("/v1/jobs/{}", import["job"]["id"].as_str().unwrap()));
    assert_eq!((&import["job"]["state"], &import["counts"]["created"]), (&json!("queued"), &json!(0)));
    assert_eq!(kept_pieces(&app).await, 1);
    admin.delete(&location).await.expect(200);
    // Its file went with it, not with the next import.
    assert_eq!(kept_pieces(&app).await, 0);
    let stop = CancellationToken::new();
    let worker = app.start_worker(stop.clone());
    let other = admin.import("salespeople", b"external_id,name\nS1,Li\n".to_vec()).await;
    assert_eq!(other["counts"]["created"], 1);
    stop.cancel();
    worker.await.unwrap();
    let import = admin.get(&format!("/v1/imports/{}", import["id"].as_str().unwrap())).await.expect(200);
    assert_eq!((&import["job"]["state"], &import["counts"]["created"]), (&json!("cancelled"), &json!(0)));
    assert_eq!(products(&admin).await, [""; 0]);
}

/// Pieces of files that are kept.
async fn kept_pieces(app: &TestApp) -> i64 {
    let mut superuser = app.database.superuser().await;
    sqlx::query_scalar("select count(*) from import_chunks").fetch_one(&mut superuser).await.unwrap()
}

#[actix_web::test]
async fn a_customer_that_a_file_names_twice_has_the_parent_of_its_last_row() {
    let (_app, admin) = admin().await;
    let file = "external_id,name,parent_id\nH1,One,\nC,Child,H1\nC,Child,H2\nD,Child,H1\nD,Child,\nH2,Two,\n";
    let named = async |name: &str| {
        let found = admin.get(&format!("/v1/customers?external_id={name}")).await.expect(200);
        found["items"][0].clone()
    };
    let mut versions = Vec::new();
    for round in 0..3 {
        let import = admin.import("customers", file.into()).await;
        assert_eq!(
            (&import["job"]["state"], &import["counts"]["errors"]),
            (&json!("completed"), &json!(0)),
            "{import}"
        );
        let (child, other, two) = (named("C").await, named("D").await, named("H2").await);
        // A blank says nothing of the parent that the row before has named.
        let one = named("H1").await;
        assert_eq!((&child["parent_id"], &other["parent_id"]), (&two["id"], &one["id"]), "{round}");
        versions.push((child["version"].clone(), other["version"].clone()));
    }
    assert_eq!(versions[1], versions[2], "a file that is loaded again writes nothing");
    // What was observed later stands, wherever it stands in the file.
    let file =
        "external_id,name,parent_id,observed_at\nE,Child,H2,2014-01-10T00:00:00Z\nE,Child,H1,2014-01-09T00:00:00Z\n";
    admin.import("customers", file.into()).await;
    assert_eq!(named("E").await["parent_id"], named("H2").await["id"]);
}

#[actix_web::test]
async fn a_file_gives_no_customer_more_ids_than_it_may_have() {
    let (_app, admin) = admin().await;
    let ids = |from: u32, to: u32| (from..to).map(|n| format!("X{n}")).collect::<Vec<_>>().join(";");
    let file = format!(
        "external_id,name,external_id.crm\nA,A,{}\nB,B,{}\nC,C,{}\nC,C,{}\nC,C,{}\n",
        ids(0, 20),
        ids(100, 119),
        ids(200, 210),
        ids(205, 219),
        ids(219, 220)
    );
    let import = admin.import("customers", file.into_bytes()).await;
    assert_eq!(import["counts"], json!({"created": 2, "updated": 1, "unchanged": 0, "errors": 2}));
    let errors = admin.get(&format!("/v1/imports/{}/errors", import["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(faults(&errors["items"]), [(2, "external_id.crm", "too_many"), (6, "external_id.crm", "too_many")]);
    let again = admin.import("customers", format!("external_id,name,external_id.crm\nB,B,{}\n", ids(100, 119)).into());
    assert_eq!(again.await["counts"]["unchanged"], 1);
}

#[actix_web::test]
async fn what_is_no_file_of_ours_is_refused_at_the_door() {
    let (app, admin) = admin().await;
    let viewer = app.client(app.tenant("other").await, Role::Viewer);
    for (who, query, media_type, status) in [
        (&admin, "kind=products", "application/json", 415),
        (&admin, "kind=products&colour=red", "text/csv", 400),
        (&admin, "kind=nothing", "text/csv", 400),
        (&admin, "file_name=x", "text/csv", 400),
        (&admin, "kind=products&file_name=a%00b", "text/csv", 422),
        (&viewer, "kind=products", "text/csv", 403),
    ] {
        let request = who.request(Method::POST, &format!("/v1/imports?{query}")).header("Content-Type", media_type);
        who.send(request.body("external_id,name\n")).await.expect(status);
    }
    assert_eq!(admin.get("/v1/imports").await.expect(200)["items"], json!([]));
    assert_eq!(admin.get("/v1/jobs").await.expect(200)["items"], json!([]));
}

/// Batches are staged ahead of their turn; what they do is done in the order of the file.
#[actix_web::test]
async fn batches_of_a_file_follow_one_another() {
    let (_app, admin) = admin().await;
    admin.import("customers", b"external_id,name\nC1,One\n".to_vec()).await;
    admin.import("products", b"external_id,name\nP1,Pump\n".to_vec()).await;
    // Three batches of 5,000 rows and some: every line comes three times, the third with its final amount.
    let mut file = String::from("external_id,order_date,customer_id,product_id,quantity,net_amount\n");
    for round in 1..=3 {
        for line in 1..=4_200 {
            let customer = if line == 7 { "C9" } else { "C1" };
            file.push_str(&format!("O{line}-1,2013-01-05,{customer},P1,1,{round}\n"));
        }
    }
    let import = admin.import("sales_lines", file.into_bytes()).await;
    assert_eq!(import["counts"], json!({"created": 4_199, "updated": 8_398, "unchanged": 0, "errors": 3}));
    assert_eq!(import["job"]["progress"], json!({"done": 12_600, "total": 12_600}));
    let errors = admin.get(&format!("/v1/imports/{}/errors", import["id"].as_str().unwrap())).await.expect(200);
    let expected = [8, 4_208, 8_408].map(|line| (line, "customer_id", "unknown_reference"));
    assert_eq!(faults(&errors["items"]), expected);
    let totals = admin.get("/v1/statistics/sales?period=all").await.expect(200)["totals"].take();
    assert_eq!((&totals["net"], &totals["lines"]), (&json!("12597.0000"), &json!(4_199)));
}
