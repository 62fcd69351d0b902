//! The same table in every format and encoding.

use std::io::Write;

use encoding_rs::GB18030;
use fenji::tenancy::Role;
use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::Method;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use serde_json::{Value, json};

use crate::support::{Client, spawn_app};

const CUSTOMERS: &str = "external_id,name,city,annual_revenue,first_seen,stage\n\
    1001,苏州启衡机械有限公司,苏州,1200000.5,2020-02-29,active\n\
    C-2,\"上海泵业, 集团\",上海,,2021-01-31,prospect\n";

async fn send(admin: &Client, query: &str, media_type: &str, file: Vec<u8>) -> Value {
    let request = admin.request(Method::POST, &format!("/v1/imports?kind=customers{query}"));
    let import = admin.send(request.header("Content-Type", media_type).body(file)).await.expect(202);
    admin.finished(import["job"]["id"].as_str().unwrap()).await;
    admin.get(&format!("/v1/imports/{}", import["id"].as_str().unwrap())).await.expect(200)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

fn ndjson() -> Vec<u8> {
    let first = r#"{"external_id": 1001, "name": "苏州启衡机械有限公司", "city": "苏州", "annual_revenue": 1200000.5, "first_seen": "2020-02-29", "stage": "active"}"#;
    let second = r#"{"external_id": "C-2", "name": "上海泵业, 集团", "city": "上海", "annual_revenue": null, "first_seen": "2021-01-31", "stage": "prospect"}"#;
    format!("{first}\n{second}\n").into_bytes()
}

fn xlsx() -> Vec<u8> {
    let mut workbook = Workbook::new();
    workbook.add_worksheet().set_name("Notes").unwrap();
    let sheet = workbook.add_worksheet();
    sheet.set_name("客户").unwrap();
    let day = Format::new().set_num_format("yyyy-mm-dd");
    for (at, name) in (0..).zip(["external_id", "name", "city", "annual_revenue", "first_seen", "stage"]) {
        sheet.write(0, at, name).unwrap();
    }
    let date = |y, m, d| ExcelDateTime::from_ymd(y, m, d).unwrap();
    sheet.write(1, 0, 1001).unwrap().write(1, 1, "苏州启衡机械有限公司").unwrap().write(1, 2, "苏州").unwrap();
    sheet.write(1, 3, 1_200_000.5).unwrap().write_with_format(1, 4, date(2020, 2, 29), &day).unwrap();
    sheet.write(1, 5, "active").unwrap();
    sheet.write(2, 0, "C-2").unwrap().write(2, 1, "上海泵业, 集团").unwrap().write(2, 2, "上海").unwrap();
    sheet.write_with_format(2, 4, date(2021, 1, 31), &day).unwrap().write(2, 5, "prospect").unwrap();
    workbook.save_to_buffer().unwrap()
}

#[actix_web::test]
async fn every_format_and_encoding_says_the_same() {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    let gb = GB18030.encode(CUSTOMERS).0.into_owned();
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(CUSTOMERS.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let semicolons = CUSTOMERS.replace(',', ";").replace("\"上海泵业; 集团\"", "上海泵业, 集团");
    let sheet = "&sheet=%E5%AE%A2%E6%88%B7";
    let xlsx_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let mut first = true;
    for (query, media_type, file, format, encoding) in [
        ("", "text/csv", CUSTOMERS.as_bytes().to_vec(), "csv", Some("UTF-8")),
        ("", "text/csv", gb.clone(), "csv", Some("gb18030")),
        ("", "text/csv; charset=GBK", gb.clone(), "csv", Some("gb18030")),
        ("&encoding=gb18030", "application/octet-stream", gzip(&gb), "csv", Some("gb18030")),
        ("", "text/csv", utf16, "csv", Some("UTF-16")),
        ("", "text/csv", semicolons.into_bytes(), "csv", Some("UTF-8")),
        (
            "&delimiter=tab",
            "text/csv",
            CUSTOMERS
                .replace("\"上海泵业, 集团\"", "上海泵业; 集团")
                .replace(',', "\t")
                .replace("业; 集", "业, 集")
                .into_bytes(),
            "csv",
            Some("UTF-8"),
        ),
        ("", "application/x-ndjson", ndjson(), "ndjson", Some("UTF-8")),
        ("", "application/octet-stream", ndjson(), "ndjson", Some("UTF-8")),
        ("&format=ndjson", "application/gzip", gzip(&ndjson()), "ndjson", Some("UTF-8")),
        (sheet, xlsx_type, xlsx(), "xlsx", None),
        (sheet, "text/csv", gzip(&xlsx()), "xlsx", None),
    ] {
        let import = send(&admin, query, media_type, file).await;
        let outcome = if first { "created" } else { "unchanged" };
        first = false;
        assert_eq!(
            (&import["counts"][outcome], &import["counts"]["errors"]),
            (&json!(2), &json!(0)),
            "{query} {media_type}: {import}"
        );
        assert_eq!(
            (&import["format"], &import["encoding"]),
            (&json!(format), &json!(encoding)),
            "{query} {media_type}"
        );
    }
    let customers = admin.get("/v1/customers?sort=name").await.expect(200);
    let names: Vec<_> =
        customers["items"].as_array().unwrap().iter().map(|c| (&c["name"], &c["annual_revenue"])).collect();
    assert!(names.contains(&(&json!("苏州启衡机械有限公司"), &json!("1200000.5000"))), "{names:?}");
}

#[actix_web::test]
async fn an_object_says_nothing_of_what_it_does_not_name() {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    send(
        &admin,
        "",
        "text/csv",
        b"external_id,name,city,industry\nC1,One,Bremen,pumps\nC2,Two,Bremen,pumps\n".to_vec(),
    )
    .await;
    let lines = "{\"external_id\":\"C1\",\"name\":\"One\",\"city\":null}\n\
        {\"external_id\":\"C2\",\"name\":\"Two\",\"industry\":\"seals\"}\n{\"external_id\":\"C3\"}\nno json\n";
    let import = send(&admin, "", "application/x-ndjson", lines.into()).await;
    assert_eq!(import["counts"], json!({"created": 0, "updated": 2, "unchanged": 0, "errors": 2}));
    let customers = admin.get("/v1/customers?sort=name").await.expect(200)["items"].take();
    let facts = |at: usize| (customers[at]["city"].clone(), customers[at]["industry"].clone());
    assert_eq!(facts(0), (Value::Null, json!("pumps")));
    assert_eq!(facts(1), (json!("Bremen"), json!("seals")));
    let errors = admin.get(&format!("/v1/imports/{}/errors", import["id"].as_str().unwrap())).await.expect(200);
    let codes: Vec<_> =
        errors["items"].as_array().unwrap().iter().map(|e| (e["line"].clone(), e["code"].clone())).collect();
    assert_eq!(codes, [(json!(3), json!("required")), (json!(4), json!("invalid_json"))]);
}

#[actix_web::test]
async fn a_form_that_cannot_be_is_refused_at_the_door() {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    for (query, media_type, status) in [
        ("&encoding=klingon", "text/csv", 422),
        ("", "text/csv; charset=klingon", 422),
        ("&format=pdf", "text/csv", 400),
        ("&delimiter=colon", "text/csv", 400),
        ("&header_row=0", "text/csv", 422),
    ] {
        let request = admin.request(Method::POST, &format!("/v1/imports?kind=customers{query}"));
        admin.send(request.header("Content-Type", media_type).body("external_id,name\n")).await.expect(status);
    }
    let import = send(&admin, "&format=xlsx", "text/csv", b"external_id,name\nC1,One\n".to_vec()).await;
    assert_eq!(import["job"]["problem"]["errors"][0]["code"], "wrong_format");
}
