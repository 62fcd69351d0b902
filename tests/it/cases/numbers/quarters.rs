//! Quarters of the fiscal year beside those of the calendar.

use serde_json::{Value, json};

use super::{by_keys, found, sell_lines, start_year_in, tenant_at};
use crate::support::{Client, case};

async fn five_sales(client: &Client) {
    let sales =
        [("10", "2026-03-31"), ("20", "2026-04-01"), ("30", "2026-06-30"), ("40", "2026-07-01"), ("50", "2027-01-15")];
    let lines: Vec<_> = sales.iter().map(|(net, day)| (*day, *day, "C", "P", *net)).collect();
    sell_lines(client, &lines).await;
}

async fn ask(client: &Client, query: &str) -> Value {
    client.get(&format!("/v1/statistics/sales?{query}")).await.expect(200)
}

#[actix_web::test]
async fn a_fiscal_quarter_is_one_of_the_fiscal_year_whenever_that_begins() {
    // The file says in words what is done here.
    let Some(told) = case("56-fiscal-quarter.json") else { return };
    assert!(String::from_utf8(told).unwrap().contains("10 on 2026-03-31, 20 on 2026-04-01, 30 on 2026-06-30"));
    let (_app, client) = tenant_at("2027-02-10T08:00:00Z").await;
    five_sales(&client).await;
    start_year_in(&client, 4).await;
    let april = ask(&client, "group_by=fiscal_quarter").await;
    let expected = [
        ("FY2025-Q4", json!("10.0000")),
        ("FY2026-Q1", json!("50.0000")),
        ("FY2026-Q2", json!("40.0000")),
        ("FY2026-Q4", json!("50.0000")),
    ];
    assert_eq!(by_keys(&april, "net"), found(&expected));
    assert_eq!(april["rows"][1]["keys"][0]["label"], "2026-04 – 2026-06");
    // Beside the fiscal year a quarter stays one of the calendar, and says so.
    let both = ask(&client, "group_by=fiscal_year,quarter").await;
    let expected = [
        ("2025 2026-Q1", json!("10.0000")),
        ("2026 2026-Q2", json!("50.0000")),
        ("2026 2026-Q3", json!("40.0000")),
        ("2026 2027-Q1", json!("50.0000")),
    ];
    assert_eq!(by_keys(&both, "net"), found(&expected));
    let labels = &both["rows"][3]["keys"];
    assert_eq!((&labels[0]["label"], &labels[1]["label"]), (&json!("2026-04 – 2027-03"), &json!("2027-01 – 2027-03")));

    start_year_in(&client, 2).await;
    let february = ask(&client, "group_by=fiscal_quarter").await;
    let expected = [("FY2026-Q1", json!("30.0000")), ("FY2026-Q2", json!("70.0000")), ("FY2026-Q4", json!("50.0000"))];
    assert_eq!(by_keys(&february, "net"), found(&expected));
    // A fiscal year that begins in February cuts the first quarter of the calendar.
    let cut = ask(&client, "group_by=fiscal_year,quarter").await;
    let first = &cut["rows"][0];
    assert_eq!((&first["period"]["from"], &first["period"]["to"]), (&json!("2026-02-01"), &json!("2026-04-01")));
    assert_eq!(first["period"]["complete"], false);
}

#[actix_web::test]
async fn fiscal_quarters_go_with_filters_and_other_dimensions_in_order() {
    let (_app, client) = tenant_at("2027-02-10T08:00:00Z").await;
    five_sales(&client).await;
    sell_lines(&client, &[("d", "2026-05-05", "D", "Q", "900"), ("e", "2026-05-06", "E", "Q", "7")]).await;
    start_year_in(&client, 4).await;
    let only = ask(&client, "group_by=fiscal_quarter&categories=P&from=2026-04-01&to=2027-01-01").await;
    let expected = [("FY2026-Q1", json!("50.0000")), ("FY2026-Q2", json!("40.0000"))];
    assert_eq!(by_keys(&only, "net"), found(&expected));
    let top = ask(&client, "group_by=fiscal_quarter,customer&top=1&from=2026-04-01&to=2026-07-01").await;
    let expected = [("FY2026-Q1 D", json!("900.0000")), ("FY2026-Q1 -", json!("57.0000"))];
    assert_eq!(by_keys(&top, "net"), found(&expected));
    let input = json!({"input": {"groupBy": ["FISCAL_QUARTER", "CATEGORY"], "from": "2026-04-01", "to": "2026-07-01"}});
    let query = "query($input: StatisticsQueryInput) { salesStatistics(input: $input) { rows { keys { key dimension } net } } }";
    let graph = client.data(query, input).await["salesStatistics"]["rows"].take();
    assert_eq!(graph[0]["keys"][0], json!({"key": "FY2026-Q1", "dimension": "FISCAL_QUARTER"}));
    assert_eq!((&graph[0]["net"], &graph[1]["net"]), (&json!("907.0000"), &json!("50.0000")));
    client.get("/v1/statistics/sales?group_by=fiscal_quarter,fiscal_quarter").await.expect(422);
}

#[actix_web::test]
async fn a_fiscal_year_that_begins_in_january_has_the_quarters_of_the_calendar() {
    let (_app, client) = tenant_at("2027-02-10T08:00:00Z").await;
    five_sales(&client).await;
    let both = ask(&client, "group_by=fiscal_quarter,quarter").await;
    let expected = [
        ("FY2026-Q1 2026-Q1", json!("10.0000")),
        ("FY2026-Q2 2026-Q2", json!("50.0000")),
        ("FY2026-Q3 2026-Q3", json!("40.0000")),
        ("FY2027-Q1 2027-Q1", json!("50.0000")),
    ];
    assert_eq!(by_keys(&both, "net"), found(&expected));
}
