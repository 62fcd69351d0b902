//! Real files, damaged: each with a clear problem, nothing lost and nothing half done.

use serde_json::{Value, json};

use super::loading::{ADVENTURE_WORKS, counts, gzip, load, refusals};
use crate::support::{Client, Pack, pack, spawn_app};
use fenji::tenancy::Role;

#[actix_web::test]
async fn a_broken_line_costs_that_line_alone() {
    let Some(pack) = pack("adventureworks_b2b") else { return };
    let app = spawn_app().await;
    let client = app.client(app.tenant_in("adventure-works", "USD").await, Role::Admin);
    load(&client, &pack, &ADVENTURE_WORKS[..4]).await;
    let sales = pack.text("sales.csv.gz");
    let lines: Vec<&str> = sales.lines().collect();
    let original = lines[29_999];
    assert_eq!(original, "SO50748-39,2012-11-28,AW00000003,GL-H102-M,275,3,14.1289,0.0000,42.3867,29.1408,USD");
    let broken = |line: &str| {
        let mut lines = lines.clone();
        lines[29_999] = line;
        gzip(&(lines.join("\n") + "\n"))
    };

    wrong_encoding(&client, &sales).await;

    // A mark that opens and never closes: what stands behind it may be a text, and is not read.
    let open = original.replace("GL-H102-M", "\"GL-H102-M");
    let import = client.import("sales_lines", broken(&open)).await;
    assert_eq!(counts(&import), [29_998, 0, 0, 1]);
    assert_eq!(refusals(&client, &import).await, [json!([30_000, "product_id", open, "stray_quote"])]);
    assert_eq!(lines_in(&client).await, 29_998);

    // Text behind a mark that closes.
    let stray = original.replace("GL-H102-M", "\"GL\"-H102-M");
    let import = client.import("sales_lines", broken(&stray)).await;
    assert_eq!(counts(&import), [30_856, 0, 29_998, 1]);
    assert_eq!(refusals(&client, &import).await, [json!([30_000, "product_id", stray, "stray_quote"])]);
    assert_eq!(lines_in(&client).await, 60_854);

    // A field is missing: the last column has none.
    let short = original.replace(",275", "");
    let import = client.import("sales_lines", broken(&short)).await;
    assert_eq!(counts(&import), [0, 0, 60_854, 1]);
    assert_eq!(refusals(&client, &import).await, [json!([30_000, "currency", short, "wrong_field_count"])]);

    let import = client.import("sales_lines", pack.bytes("sales.csv.gz")).await;
    assert_eq!(counts(&import), [1, 0, 60_854, 0]);
    assert_eq!(lines_in(&client).await, 60_855);
}

/// A file that cannot be read leaves nothing, and says what it seems to be.
async fn wrong_encoding(client: &Client, sales: &str) {
    // A byte that begins no character in UTF-8, nor in GB18030.
    let (head, rest) = sales.split_once('\n').unwrap();
    let neither = [head.as_bytes(), b"\nS\xff", rest.as_bytes()].concat();
    let import = client.import("sales_lines", neither).await;
    assert_eq!(import["job"]["state"], "failed", "{import}");
    let problem = &import["job"]["problem"];
    assert_eq!(problem["code"], "invalid_input", "{problem}");
    assert_eq!(problem["errors"][0]["code"], "unknown_encoding", "{problem}");
    let detail = problem["errors"][0]["detail"]["en"].as_str().unwrap();
    assert!(detail.contains("line 2"), "{detail}");
    assert_eq!(import["counts"], json!({"created": 0, "updated": 0, "unchanged": 0, "errors": 0}));
    assert_eq!(refusals(client, &import).await, Vec::<Value>::new());
    assert_eq!(lines_in(client).await, 0);
}

#[actix_web::test]
async fn what_a_line_refers_to_must_be_there_and_then_it_heals() {
    let Some(pack) = pack("adventureworks_b2b") else { return };
    let app = spawn_app().await;
    let client = app.client(app.tenant_in("adventure-works", "USD").await, Role::Admin);
    load(&client, &pack, &ADVENTURE_WORKS[..3]).await;
    missing_rates(&client, &pack).await;
    unknown_references(&client, &pack).await;
}

/// Lines in a currency without a rate wait for it; the others are in.
async fn missing_rates(client: &Client, pack: &Pack) {
    let sales: String = pack.text("sales.csv.gz").split_inclusive('\n').take(3_001).collect();
    let foreign: Vec<Value> = (1..)
        .zip(sales.lines())
        .skip(1)
        .filter_map(|(number, line)| Some((number, line.rsplit_once(',')?.1)))
        .filter(|(_, currency)| *currency != "USD")
        .map(|(number, currency): (i64, &str)| json!([number, "currency", currency, "missing_rate"]))
        .collect();
    let waiting = i64::try_from(foreign.len()).unwrap();
    let import = client.import("sales_lines", sales.clone().into()).await;
    assert_eq!(counts(&import), [3_000 - waiting, 0, 0, waiting]);
    assert_eq!(refusals(client, &import).await, foreign);
    assert_eq!(lines_in(client).await, 3_000 - waiting);

    load(client, pack, &ADVENTURE_WORKS[3..4]).await;
    let import = client.import("sales_lines", sales.into()).await;
    assert_eq!(counts(&import), [waiting, 0, 3_000 - waiting, 0]);
    assert_eq!(lines_in(client).await, 3_000);
}

/// Each problem of a line is named, and the line after it is in.
async fn unknown_references(client: &Client, pack: &Pack) {
    let sales: String = pack.text("sales.csv.gz").split_inclusive('\n').take(4).collect();
    let sales = sales.replace("SO43659-", "NEW-");
    let mut lines: Vec<String> = sales.lines().map(str::to_owned).collect();
    lines[1] = lines[1].replace("AW00000676", "AW99999999").replace(",279,", ",999,");
    lines[2] = lines[2].replace("2010-12-29", "2010-12-32").replace("6074.9820", "6074,9820");
    let import = client.import("sales_lines", (lines.join("\r\n") + "\r\n").into()).await;
    assert_eq!(counts(&import), [1, 0, 0, 2]);
    let refused = refusals(client, &import).await;
    let expected = [
        json!([2, "customer_id", "AW99999999", "unknown_reference"]),
        json!([2, "salesperson_id", "999", "unknown_reference"]),
        json!([3, "#12", lines[2], "wrong_field_count"]),
    ];
    assert_eq!(refused, expected);
    assert_eq!(lines_in(client).await, 3_001);
}

async fn lines_in(client: &Client) -> i64 {
    client.get("/v1/statistics/sales?period=all").await.expect(200)["totals"]["lines"].as_i64().unwrap()
}
