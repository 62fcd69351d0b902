//! How files become records: texts of many lines, separators, titles, empty columns, lone marks, ends of lines, and
//! files that are no tables.

use fenji::tenancy::Role;
use reqwest::Method;
use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};

use crate::support::{Client, TestApp, case, plain, problems, spawn_app};

async fn admin() -> (TestApp, Client) {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    (app, admin)
}

/// Sends a file under its name and waits for the end; the import.
async fn send(admin: &Client, query: &str, name: &str, file: Vec<u8>) -> Value {
    let path = format!("/v1/imports?{query}&file_name={name}");
    let request = admin.request(Method::POST, &path).header("Content-Type", "application/octet-stream");
    let import = admin.send(request.body(file)).await.expect(202);
    admin.finished(import["job"]["id"].as_str().unwrap()).await;
    admin.get(&format!("/v1/imports/{}", import["id"].as_str().unwrap())).await.expect(200)
}

/// Created and refused rows.
#[track_caller]
fn counts(import: &Value) -> (i64, i64) {
    assert_eq!(import["job"]["state"], "completed", "{import}");
    (import["counts"]["created"].as_i64().unwrap(), import["counts"]["errors"].as_i64().unwrap())
}

/// Line, column and code of what is wrong with rows.
async fn said(admin: &Client, import: &Value) -> Vec<Value> {
    let path = format!("/v1/imports/{}/errors", import["id"].as_str().unwrap());
    let errors = admin.get(&path).await.expect(200);
    errors["items"].as_array().unwrap().iter().map(|e| json!([e["line"], e["column"], e["code"]])).collect()
}

/// Code and text of what is wrong with a whole file, of which nothing is in.
#[track_caller]
fn refused(import: &Value) -> (String, Value) {
    assert_eq!(import["job"]["state"], "failed", "{import}");
    let error = &import["job"]["problem"]["errors"][0];
    (error["code"].as_str().unwrap().to_owned(), error["detail"].clone())
}

/// Name and city of every customer, by name.
async fn customers(admin: &Client) -> Vec<(String, String)> {
    let list = admin.get("/v1/customers?sort=name&limit=500").await.expect(200);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    list["items"].as_array().unwrap().iter().map(|c| (text(&c["name"]), text(&c["city"]))).collect()
}

fn known(names: &[(&str, &str)]) -> Vec<(String, String)> {
    names.iter().map(|(name, city)| ((*name).to_owned(), (*city).to_owned())).collect()
}

const LONG: &str = "external_id,name,city,industry\n";

/// A text of so many lines, one of which reads like a row.
fn text_with_a_row(lines: usize) -> String {
    let line = |at: usize| if at == lines / 2 { "VICTIM-1,Renamed,Nowhere,x".into() } else { format!("line {at}") };
    (0..lines).map(line).collect::<Vec<_>>().join("\n")
}

#[actix_web::test]
async fn lines_of_a_text_are_no_rows_however_many_they_are() {
    let (_app, admin) = admin().await;
    if let Some(file) = case("38-long-description.csv") {
        let import = send(&admin, "kind=customers&mapping=salesforce_account", "38.csv", file).await;
        assert_eq!(counts(&import), (3, 0));
    }
    if let Some(file) = case("38c-phantom-mapping.csv") {
        let import = send(&admin, "kind=customers&mapping=salesforce_account", "38c.csv", file).await;
        assert_eq!(counts(&import), (2, 0));
    }
    // Without the mapping the text stands in a field that takes one line: the row is refused as one.
    for (file, created) in [("38b-phantom-row.csv", 1), ("38d-49-lines.csv", 0)] {
        let Some(bytes) = case(file) else { continue };
        let import = send(&admin, "kind=customers", file, bytes).await;
        assert_eq!(counts(&import), (created, 1), "{file}");
        assert_eq!(said(&admin, &import).await, [json!([2, "industry", "control_character"])], "{file}");
    }
    let names = customers(&admin).await;
    assert!(names.iter().all(|(name, _)| name != "Phantom Corp"), "{names:?}");
}

#[actix_web::test]
async fn a_text_changes_no_other_customer() {
    let (_app, admin) = admin().await;
    let victim = json!({"name": "Victim", "city": "Ulm"});
    admin.put("/v1/customers/by-external-id/default/VICTIM-1", &victim).await.expect(201);
    if let Some(file) = case("38e-overwrite.csv") {
        let import = send(&admin, "kind=customers", "38e.csv", file).await;
        assert_eq!(counts(&import), (0, 1));
    }
    let torn = |text: &str| format!("{LONG}A-1,Sender,Essen,\"{text}\nA-2,After,Essen,ok\n");
    let text = text_with_a_row(400);
    let long = text_with_a_row(40_000);
    for (file, created, errors, code) in [
        // Of many lines, with CRLF.
        (torn(&format!("{text}\"")).replace('\n', "\r\n"), 1, 1, "control_character"),
        // Longer than a record may be.
        (torn(&format!("{}{long}\n\"", "line\n".repeat(150_000))), 0, 1, "record_too_long"),
        // Cut off.
        (format!("{LONG}A-1,Sender,Essen,\"{text}"), 0, 1, "stray_quote"),
        // Never closed.
        (torn(&text), 0, 1, "stray_quote"),
        // With marks that are not doubled.
        (torn(&format!("said \"no\", and\n{text}\"")), 0, 1, "stray_quote"),
        // Behind a stray mark in another row.
        (format!("{LONG}A-0,\"Stray,Essen,x\nA-1,Sender,Essen,\"{text}\"\nA-2,After,Essen,ok\n"), 0, 1, "stray_quote"),
    ] {
        let import = send(&admin, "kind=customers", "text.csv", file.into()).await;
        assert_eq!(counts(&import), (created, errors), "{code}");
        assert_eq!(said(&admin, &import).await[0][2], code);
        assert!(customers(&admin).await.contains(&("Victim".into(), "Ulm".into())), "{code}");
    }
    assert_eq!(customers(&admin).await, known(&[("After", "Essen"), ("Victim", "Ulm")]));
}

#[actix_web::test]
async fn blank_lines_and_separators_before_a_header_change_nothing() {
    let (_app, admin) = admin().await;
    for (file, row) in [
        ("50-leading-blank-semicolon.csv", 2),
        ("50c-leading-blank-tab.csv", 2),
        ("50d-leading-tab.tsv", 1),
        ("50e-space-line.csv", 2),
        ("47c-sap-tsv.xls", 2),
    ] {
        let Some(bytes) = case(file) else { continue };
        let import = send(&admin, "kind=customers", file, bytes).await;
        assert_eq!(counts(&import), (1, 0), "{file}");
        assert_eq!(import["header_row"], row, "{file}");
    }
    for (at, (file, row)) in [
        ("sep=|\r\n\r\nexternal_id|name|city\r\n{id}|Own|Bonn\r\n", 3),
        ("\n \t \n\"sep=;\"\n\"external_id\";\"name\";\"city\"\n{id};\"Own\";Bonn\n", 4),
        ("\t\"external_id\"\t\"name\"\t\"city\"\n\t{id}\tOwn\tBonn\n", 1),
        (",,\n\nexternal_id,name,city\n{id},Own,Bonn\n", 3),
        // More commas than semicolons, and no column between them.
        ("external_id;name;city;attributes.a,b,c,d\n{id};Own;Bonn;\n", 1),
    ]
    .into_iter()
    .enumerate()
    {
        let import = send(&admin, "kind=customers", "own.csv", file.replace("{id}", &format!("OWN-{at}")).into()).await;
        assert_eq!((counts(&import), &import["header_row"]), ((1, 0), &json!(row)), "{file}");
    }
    let names = customers(&admin).await;
    assert_eq!(names.iter().filter(|(name, city)| name == "Own" && city == "Bonn").count(), 5, "{names:?}");
}

#[actix_web::test]
async fn empty_columns_without_a_name_are_none_and_a_value_there_is_named() {
    let (_app, admin) = admin().await;
    for (file, created) in [
        ("21-trailing-columns.csv", 3),
        ("30-trailing-one.csv", 1),
        ("30b-trailing-data-only.csv", 2),
        ("30c-trailing-space-header.csv", 1),
    ] {
        let Some(bytes) = case(file) else { continue };
        let import = send(&admin, "kind=customers", file, bytes).await;
        assert_eq!(counts(&import), (created, 0), "{file}");
    }
    let file = "external_id,name,,city,\nE-1,One,,Ulm,\nE-2,Two,x,Ulm,\nE-3,Three,,Ulm,y\nE-4,Four,,Ulm,,,z\nE-5,Five,,Ulm\n,,,,\n";
    let import = send(&admin, "kind=customers", "own.csv", file.into()).await;
    assert_eq!(counts(&import), (2, 3));
    let expected =
        [json!([3, "#3", "unnamed_column"]), json!([4, "#5", "unnamed_column"]), json!([5, "#7", "wrong_field_count"])];
    assert_eq!(said(&admin, &import).await, expected);
    let path = format!("/v1/imports/{}/errors?rows=original", import["id"].as_str().unwrap());
    let report = admin.get(&path).await;
    assert!(report.text.contains("E-2,Two,x,Ulm"), "{}", report.text);
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, cells) in (0..).zip([
        ["external_id", "name", "", "city", " "],
        ["E-6", "Six", "", "Ulm", "  "],
        ["E-7", "Seven", "x", "Ulm", ""],
    ]) {
        for (column, cell) in (0..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            sheet.write(row, column, cell).unwrap();
        }
    }
    let import = send(&admin, "kind=customers", "own.xlsx", workbook.save_to_buffer().unwrap()).await;
    assert_eq!(counts(&import), (1, 1));
    assert_eq!(said(&admin, &import).await, [json!([3, "#3", "unnamed_column"])]);
    // A mapping that passes over what it does not name passes over what has no name.
    let file = "Account ID,Account Name,\n001M,Mapped,x\n";
    let import = send(&admin, "kind=customers&mapping=salesforce_account", "own.csv", file.into()).await;
    assert_eq!(counts(&import), (1, 0));
}

fn titled_workbook(titles: &[&[&str]], id: &str) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let table = [&["external_id", "name", "city"][..], &[id, "Titled", "Kiel"]];
    for (row, cells) in (0..).zip(titles.iter().copied().chain(table)) {
        for (column, cell) in (0..).zip(cells) {
            sheet.write(row, column, *cell).unwrap();
        }
    }
    workbook.save_to_buffer().unwrap()
}

#[actix_web::test]
async fn titles_above_a_header_are_passed_over() {
    let (_app, admin) = admin().await;
    for file in ["07-title-rows.xlsx", "07b-title-rows.csv"] {
        let Some(bytes) = case(file) else { continue };
        let import = send(&admin, "kind=customers", file, bytes.clone()).await;
        assert_eq!(counts(&import), (1, 0), "{file}");
        let row = import["header_row"].as_i64().unwrap();
        assert!(row > 1, "{import}");
        let again = send(&admin, &format!("kind=customers&header_row={row}"), file, bytes.clone()).await;
        assert_eq!((&again["counts"]["unchanged"], &again["header_row"]), (&json!(1), &json!(row)), "{file}");
        let first = send(&admin, "kind=customers&header_row=1", file, bytes).await;
        assert_eq!(refused(&first).0, "wrong_columns", "{file}");
    }
    for (at, (query, file, row)) in [
        ("", "Customers\n\nMade by;Li Na\nexternal_id;name;city\n{id};Titled;Kiel\n", 4),
        // A title as wide as the table is passed over where the row is named only.
        ("&header_row=2", "All;our;customers\nexternal_id;name;city\n{id};Titled;Kiel\n", 2),
        ("&header_row=40", &format!("{}external_id;name;city\n{{id}};Titled;Kiel\n", "title\n".repeat(39)), 40),
        ("&delimiter=pipe", "Customers, and; more\nexternal_id|name|city\n{id}|Titled|Kiel\n", 2),
    ]
    .into_iter()
    .enumerate()
    {
        let query = format!("kind=customers{query}");
        let import = send(&admin, &query, "own.csv", file.replace("{id}", &format!("OWN-{at}")).into()).await;
        assert_eq!((counts(&import), &import["header_row"]), ((1, 0), &json!(row)), "{file}");
    }
    let wide = "All;our;customers\nexternal_id;name;city\nOWN-9;Titled;Kiel\n";
    assert_eq!(refused(&send(&admin, "kind=customers", "own.csv", wide.into()).await).0, "wrong_columns");
    for (query, titles, row) in [
        ("", &[&["Customers of 2026"][..], &[], &["Made by", "Li Na"]][..], 4),
        ("&header_row=2", &[&["All", "our", "customers"][..]], 2),
    ] {
        let file = titled_workbook(titles, &format!("OWN-X{row}"));
        let import = send(&admin, &format!("kind=customers{query}"), "own.xlsx", file).await;
        assert_eq!((counts(&import), &import["header_row"]), ((1, 0), &json!(row)));
    }
}

#[actix_web::test]
async fn both_faces_take_the_row_of_a_header_and_previews_show_it() {
    let (_app, admin) = admin().await;
    let file = "All our accounts,,\nAccount ID,Account Name,,Billing City\n001A,One,,Ulm\n";
    let preview = |query: &str| {
        let path = format!("/v1/import-mappings/salesforce_account:preview{query}");
        let request = admin.request(Method::POST, &path).header("Content-Type", "text/csv").body(file);
        admin.send(request)
    };
    for query in ["", "?header_row=2"] {
        let shown = preview(query).await.expect(200);
        assert_eq!((&shown["header_row"], &shown["delimiter"]), (&json!(2), &json!("comma")), "{shown}");
        let names: Vec<_> = shown["columns"].as_array().unwrap().iter().map(|column| &column["name"]).collect();
        assert_eq!(names, ["Account ID", "Account Name", "Billing City"]);
        assert_eq!(shown["rows"][0]["line"], 3);
    }
    assert_eq!(preview("?header_row=1").await.expect(200)["file_problem"], "wrong_columns");
    for wrong in [0, 1001] {
        let refused = preview(&format!("?header_row={wrong}")).await.expect(422);
        assert_eq!(problems(&refused["errors"]), [("/header_row", "out_of_range")]);
        let path = format!("/v1/imports?kind=customers&header_row={wrong}");
        let request = admin.request(Method::POST, &path).header("Content-Type", "text/csv").body(file);
        let refused = admin.send(request).await.expect(422);
        assert_eq!(problems(&refused["errors"]), [("/header_row", "out_of_range")]);
    }
    let query = "query($content: String!, $row: Int) { previewImportMapping(code: \"salesforce_account\", content: $content, headerRow: $row) { headerRow rows { line } } }";
    let shown = admin.data(query, json!({"content": file, "row": 2})).await;
    assert_eq!(shown["previewImportMapping"], json!({"headerRow": 2, "rows": [{"line": 3}]}));
    let query = "mutation($input: CreateImportInput!) { createImport(input: $input) { import { id job { id } } userErrors { code } } }";
    let input = json!({"kind": "CUSTOMERS", "content": file, "mapping": "salesforce_account", "headerRow": 2});
    let made = admin.data(query, json!({"input": input})).await["createImport"].take();
    admin.finished(&plain(&made["import"]["job"]["id"])).await;
    let query = "query($id: ID!) { import(id: $id) { headerRow counts { created } } }";
    let import = admin.data(query, json!({"id": made["import"]["id"]})).await;
    assert_eq!(import["import"], json!({"headerRow": 2, "counts": {"created": 1}}));
    let input = json!({"kind": "CUSTOMERS", "content": file, "headerRow": 0});
    let query =
        "mutation($input: CreateImportInput!) { createImport(input: $input) { import { id } userErrors { code } } }";
    let made = admin.data(query, json!({"input": input})).await;
    assert_eq!(made["createImport"], json!({"import": null, "userErrors": [{"code": "out_of_range"}]}));
}

/// The names of all products, by external id.
async fn products(admin: &Client) -> Vec<(String, String)> {
    let list = admin.get("/v1/products?sort=external_id").await.expect(200);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    list["items"].as_array().unwrap().iter().map(|p| (text(&p["external_id"]), text(&p["name"]))).collect()
}

#[actix_web::test]
async fn a_lone_mark_is_a_character_and_a_torn_row_takes_no_other_with_it() {
    let (_app, admin) = admin().await;
    if let Some(file) = case("37-inch-marks.csv") {
        let import = send(&admin, "kind=products", "37.csv", file).await;
        assert_eq!(counts(&import), (6, 1));
        assert_eq!(said(&admin, &import).await, [json!([4, "name", "stray_quote"])]);
        let expected = [
            ("IN-1", "Ball valve 1/2\" brass"),
            ("IN-2", "Ball valve 3/4\" steel"),
            ("IN-4", "Hose 2\""),
            ("IN-5", "Pipe 1\" x 2\""),
            ("IN-6", "Plain, quoted"),
            ("IN-7", "5'11\" Rod"),
        ];
        assert_eq!(products(&admin).await, known(&expected));
    }
    let file = "external_id;name;category\nZ-1;Flange 4\";2\"\nZ-2;\"Tube 6\"\" x 8\"\"\";Tubes\nZ-3;\"3/8\" tee\";Tees\n\
                Z-4;\"3/8\" tee;Tees\nZ-5;Reducer 2\" x 1\"; \"Red;ucers\" \nZ-6;Cap 1\";\n";
    let import = send(&admin, "kind=products", "own.csv", file.into()).await;
    let said = said(&admin, &import).await;
    let own = |all: Vec<(String, String)>| all.into_iter().filter(|(id, _)| id.starts_with('Z')).collect::<Vec<_>>();
    assert_eq!(said, [json!([4, "name", "stray_quote"]), json!([5, "name", "stray_quote"])]);
    let expected = [("Z-1", "Flange 4\""), ("Z-2", "Tube 6\" x 8\""), ("Z-5", "Reducer 2\" x 1\""), ("Z-6", "Cap 1\"")];
    assert_eq!(own(products(&admin).await), known(&expected));
}

#[actix_web::test]
async fn lines_may_end_with_a_return() {
    let (_app, admin) = admin().await;
    if let Some(file) = case("17-cr-only.csv") {
        let import = send(&admin, "kind=customers", "17.csv", file).await;
        assert_eq!(counts(&import), (2, 0));
        assert_eq!(customers(&admin).await, known(&[("Mac One", "Ulm"), ("Mac, Two", "Jena")]));
    }
    for (at, file) in [
        "\r\rexternal_id;name;city\r{id};\"Return; One\";Bonn\r",
        "sep=,\rexternal_id,name,city\r{id},Return,Bonn",
        "external_id\tname\tcity\r{id}\tReturn\tBonn\r\n\n",
        "{\"external_id\": \"{id}\", \"name\": \"Return\"}\r{\"external_id\": \"{id}\", \"name\": \"Return\"}\r",
    ]
    .into_iter()
    .enumerate()
    {
        let import = send(&admin, "kind=customers", "own", file.replace("{id}", &format!("R-{at}")).into()).await;
        assert_eq!(import["counts"]["created"], 1, "{file}: {import}");
    }
}

#[actix_web::test]
async fn files_that_are_no_tables_are_named_as_what_they_are() {
    let (_app, admin) = admin().await;
    let mut files = Vec::new();
    for (file, en, zh) in
        [("47-html-as.xls", "an HTML page", "HTML 网页"), ("47b-biff.xls", "an old Excel workbook", "旧版 Excel")]
    {
        files.extend(case(file).map(|bytes| (file, bytes, en, zh)));
    }
    let xml = "<?xml version=\"1.0\"?>\n<?mso-application progid=\"Excel.Sheet\"?>\n<Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\"/>";
    let ods = [&b"PK\x03\x04"[..], &[0; 22], &[8, 0, 0, 0], b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"]
        .concat();
    files.extend([
        ("own.xls", b"\n<table><tr><td>external_id</td></tr></table>".to_vec(), "an HTML page", "HTML 网页"),
        ("own.xls", xml.into(), "an Excel 2003 XML workbook", "Excel 2003 XML"),
        ("own.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec(), "a PDF document", "PDF 文档"),
        ("own.csv", b"{\\rtf1\\ansi external_id}".to_vec(), "an RTF document", "RTF 文档"),
        ("own.json", b"[\n  {\"external_id\": \"J-1\"}\n]\n".to_vec(), "a JSON document", "JSON 文档"),
        ("own.ods", ods, "an OpenDocument file", "OpenDocument 文件"),
    ]);
    for (name, bytes, en, zh) in files {
        let (code, detail) = refused(&send(&admin, "kind=customers", name, bytes).await);
        assert_eq!(code, "not_a_table", "{name}");
        assert!(detail["en"].as_str().unwrap().contains(en), "{detail}");
        assert!(detail["zh"].as_str().unwrap().contains(zh), "{detail}");
    }
    assert!(customers(&admin).await.is_empty());
}
