//! Defaults follow the data, and what is not whole says so.

use serde_json::{Value, json};

use super::{sell_lines, start_year_in, tenant_at};
use crate::support::Client;

async fn get(client: &Client, path: &str) -> Value {
    client.get(&format!("/v1/statistics/{path}")).await.expect(200)
}

/// A line each month: 10 in 2011, 20 in 2012, 30 in 2013 up to and with November.
async fn three_years(client: &Client) {
    let months = (0..35).map(|n| (2011 + n / 12, 1 + n % 12));
    let days: Vec<(String, String)> =
        months.map(|(year, month)| (format!("{year}-{month:02}-15"), ((year - 2010) * 10).to_string())).collect();
    let lines: Vec<_> = days.iter().map(|(day, net)| (day.as_str(), day.as_str(), "C", "P", net.as_str())).collect();
    sell_lines(client, &lines).await;
}

fn period(from: &str, to: &str, complete: bool, covered: [&str; 2]) -> Value {
    json!({"from": from, "to": to, "complete": complete, "covered_from": covered[0], "covered_through": covered[1]})
}

#[actix_web::test]
async fn without_a_period_the_last_whole_year_counts_however_late_it_is() {
    // Years after the last line.
    let (_app, client) = tenant_at("2026-12-01T08:00:00Z").await;
    three_years(&client).await;
    let whole = period("2012-01-01", "2013-01-01", true, ["2012-01-01", "2012-12-31"]);
    let sales = get(&client, "sales?group_by=customer").await;
    assert_eq!((&sales["period"], &sales["totals"]["net"]), (&whole, &json!("240.0000")));
    let classes = get(&client, "sales-classes").await;
    assert_eq!((&classes["period"], &classes["total_net"]), (&whole, &json!("240.0000")));
    assert_eq!(get(&client, "margin-by-class").await["period"], whole);
    let years = get(&client, "three-years").await;
    assert_eq!((&years["last_year"], &years["items"][0]["net_3"]), (&json!(2012), &json!("240.0000")));
    let covered: Vec<bool> =
        years["years"].as_array().unwrap().iter().map(|year| year["complete"].as_bool().unwrap()).collect();
    assert_eq!(covered, [false, true, true]);
    // A series over time is whole, and each of its buckets says whether it is.
    let series = get(&client, "sales?group_by=year").await;
    let complete: Vec<&Value> =
        series["rows"].as_array().unwrap().iter().map(|row| &row["period"]["complete"]).collect();
    assert_eq!(complete, [&json!(true), &json!(true), &json!(false)]);
    let last = &series["rows"][2]["period"];
    assert_eq!(last, &period("2013-01-01", "2014-01-01", false, ["2013-01-01", "2013-11-15"]));
    // The fiscal year that begins in December is whole up to November.
    start_year_in(&client, 12).await;
    let fiscal = get(&client, "sales").await;
    assert_eq!(fiscal["period"], period("2012-12-01", "2013-12-01", true, ["2012-12-01", "2013-11-30"]));
    assert_eq!(fiscal["totals"]["net"], "350.0000");
}

#[actix_web::test]
async fn growth_beside_a_period_that_is_not_whole_has_no_value_and_says_why() {
    let (_app, client) = tenant_at("2014-03-01T08:00:00Z").await;
    three_years(&client).await;
    let before = |row: &Value| json!([row["before"]["net"], row["before"]["growth"], row["before"]["growth_missing"]]);
    let years = get(&client, "sales?group_by=year&compare=year_before").await;
    let rows = years["rows"].as_array().unwrap();
    // Nothing is known of 2010; 2012 doubles 2011; eleven months of 2013 are not compared with twelve of 2012.
    assert_eq!(before(&rows[0]), json!(["0.0000", null, "incomplete_period"]));
    assert_eq!(before(&rows[1]), json!(["120.0000", "1.000000", null]));
    assert_eq!(before(&rows[2]), json!(["240.0000", null, "incomplete_period"]));
    assert!(rows[2]["before"]["growth_missing_label"]["zh"].as_str().unwrap().contains("期间"));
    let whole = get(&client, "sales?compare=period_before").await;
    assert_eq!(before(&whole["totals"]), json!(["120.0000", "1.000000", null]));
    let months = get(&client, "sales?group_by=month&compare=year_before&from=2013-10-01&to=2014-01-01").await;
    let rows = months["rows"].as_array().unwrap();
    assert_eq!(before(&rows[0]), json!(["20.0000", "0.500000", null]));
    let months = get(&client, "sales?group_by=month&compare=period_before&from=2013-01-01&to=2013-03-01").await;
    assert_eq!(before(&months["rows"][0]), json!(["20.0000", "0.500000", null]));
    // Half a month is no month.
    let half = get(&client, "sales?group_by=month&compare=year_before&from=2013-10-10&to=2013-11-01").await;
    assert_eq!(before(&half["rows"][0])[2], "incomplete_period");
    let days = get(&client, "sales?from=2013-01-01&to=2013-12-31&compare=year_before").await;
    assert_eq!(
        (&days["period"]["complete"], &before(&days["totals"])[2]),
        (&json!(false), &json!("incomplete_period"))
    );
    let query = "query($input: StatisticsQueryInput) { salesStatistics(input: $input) { period { from to complete coveredThrough } \
                 totals { before { net growth growthMissing period { complete } } } } }";
    let input = json!({"input": {"from": "2013-01-01", "to": "2014-01-01", "compare": "YEAR_BEFORE"}});
    let graph = client.data(query, input).await["salesStatistics"].take();
    assert_eq!(
        graph["period"],
        json!({"from": "2013-01-01", "to": "2014-01-01", "complete": false, "coveredThrough": "2013-11-15"})
    );
    let expected =
        json!({"net": "240.0000", "growth": null, "growthMissing": "INCOMPLETE_PERIOD", "period": {"complete": true}});
    assert_eq!(graph["totals"]["before"], expected);
}

#[actix_web::test]
async fn groups_are_compared_with_the_same_groups_and_the_rest_with_the_rest() {
    let (_app, client) = tenant_at("2014-01-15T08:00:00Z").await;
    let lines = [
        ("1", "2012-01-05", "A", "P", "10"),
        ("2", "2012-02-05", "B", "P", "100"),
        ("3", "2012-03-05", "C", "P", "5"),
        ("4", "2013-01-05", "A", "P", "50"),
        ("5", "2013-02-05", "B", "P", "20"),
        ("6", "2013-12-05", "D", "P", "7"),
    ];
    sell_lines(&client, &lines).await;
    let found = get(&client, "sales?group_by=customer&compare=year_before").await;
    let beside = |row: &Value| {
        json!([row["keys"][0]["key"], row["before"]["net"], row["before"]["growth"], row["before"]["growth_missing"]])
    };
    let rows = |found: &Value| found["rows"].as_array().unwrap().iter().map(beside).collect::<Vec<_>>();
    let expected = [
        json!(["A", "10.0000", "4.000000", null]),
        json!(["B", "100.0000", "-0.800000", null]),
        json!(["D", "0.0000", null, "zero_base"]),
    ];
    assert_eq!(rows(&found), expected);
    // C bought in 2012 alone: it is among the others before.
    let top = get(&client, "sales?group_by=customer&compare=year_before&top=1").await;
    let expected = [json!(["A", "10.0000", "4.000000", null]), json!([null, "105.0000", "-0.742857", null])];
    assert_eq!(rows(&top), expected);
    let wrong = client.get("/v1/statistics/sales?period=all&from=2013-01-01").await.expect(422);
    assert_eq!(wrong["errors"][0]["pointer"], "/period");
    client.get("/v1/statistics/sales-classes?period=all&to=2013-01-01").await.expect(422);
}

#[actix_web::test]
async fn three_years_list_everyone_who_ever_bought() {
    let (_app, client) = tenant_at("2026-12-01T08:00:00Z").await;
    three_years(&client).await;
    let others = [
        ("early", "2010-12-15", "EARLY", "P", "9"),
        ("late", "2013-06-15", "LATE", "P", "9"),
        ("back", "2010-12-16", "BACK", "P", "-9"),
        ("back2", "2013-06-16", "BACK2", "P", "-9"),
    ];
    sell_lines(&client, &others).await;
    client.batch("/v1/customers:batch", &json!([{"external_id": "NEVER", "name": "Never"}])).await;
    let years = get(&client, "three-years?last_year=2013").await;
    let shown = |item: &Value| json!([item["external_id"], item["years_with_sales"], item["three_year_average"]]);
    let items: Vec<Value> = years["items"].as_array().unwrap().iter().map(shown).collect();
    let expected = [
        json!(["BACK2", 0, "-3.0000"]),
        json!(["C", 3, "230.0000"]),
        json!(["EARLY", 0, "0.0000"]),
        json!(["LATE", 1, "3.0000"]),
    ];
    assert_eq!(items, expected);
    let counts: Vec<Value> =
        years["counts"].as_array().unwrap().iter().map(|c| json!([c["years_with_sales"], c["customers"]])).collect();
    assert_eq!(counts, [json!([3, 1]), json!([1, 1]), json!([0, 4])]);
    let graph = client
        .data("{ threeYears(input: {lastYear: 2013}) { years { complete } rows { nodes { externalId } } } }", json!({}))
        .await;
    assert_eq!(graph["threeYears"]["rows"]["nodes"].as_array().unwrap().len(), 4);
    assert_eq!(graph["threeYears"]["years"][2], json!({"complete": false}));
}

#[actix_web::test]
async fn a_tenant_without_sales_or_without_a_whole_year_gets_an_answer_that_says_so() {
    let (_app, client) = tenant_at("2014-01-15T08:00:00Z").await;
    let nothing = get(&client, "sales").await;
    assert_eq!(
        nothing["period"],
        json!({"from": null, "to": null, "complete": false, "covered_from": null, "covered_through": null})
    );
    assert_eq!(get(&client, "three-years").await["last_year"], 2013);
    sell_lines(&client, &[("1", "2013-03-10", "A", "P", "10"), ("2", "2014-01-10", "A", "P", "5")]).await;
    let running = get(&client, "sales").await;
    assert_eq!(running["period"], period("2014-01-01", "2015-01-01", false, ["2014-01-01", "2014-01-10"]));
    let quota = json!([{"salesperson_external_id": "S", "period_start": "2013-10-01", "amount": "10"},
                       {"salesperson_external_id": "S", "period_start": "2014-01-01", "amount": "10"}]);
    client.batch("/v1/salespeople:batch", &json!([{"external_id": "S", "name": "S"}])).await;
    client.batch("/v1/quotas:batch", &quota).await;
    let quotas = get(&client, "quota-attainment").await;
    assert_eq!(quotas["items"][0]["period"]["complete"], true);
    assert_eq!(
        quotas["items"][1]["period"],
        json!({"from": "2014-01-01", "to": null, "complete": false,
        "covered_from": "2014-01-01", "covered_through": "2014-01-10"})
    );
}
