//! Products, rates, sales lines, and what is reckoned from them, against numbers worked by hand.

use fenji::tenancy::Role;
use serde_json::{Value, json};

use crate::support::{Client, TestApp, problems, sell, spawn_app};

async fn admin() -> (TestApp, Client) {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    (app, admin)
}

/// Two customers, three years, two currencies; 1.00 USD is 0.80 EUR in January 2013 and 0.123456789 EUR in February.
async fn book(admin: &Client) {
    let customers = json!([{"external_id": "A", "name": "A", "territory": "North"}, {"external_id": "B", "name": "B"}]);
    admin.batch("/v1/customers:batch", &customers).await;
    let products = json!([{"external_id": "P", "name": "Pump", "category": "pumps"},
                          {"external_id": "V", "name": "Valve", "category": "valves"}]);
    admin.batch("/v1/products:batch", &products).await;
    admin.batch("/v1/salespeople:batch", &json!([{"external_id": "S", "name": "Li Na"}])).await;
    let rates = json!([{"currency": "USD", "day": "2013-01-01", "rate": "0.8"},
                       {"currency": "USD", "day": "2013-02-01", "rate": "0.123456789"}]);
    admin.batch("/v1/fx-rates:batch", &rates).await;
    let batch = admin.batch("/v1/sales-lines:batch", &lines()).await;
    assert_eq!(batch["counts"]["created"], 6);
}

fn lines() -> Value {
    let line = |id: &str, order: &str, day: &str, who: [&str; 2], seller: Option<&str>, money: [Option<&str>; 4]| {
        json!({"external_id": id, "order_id": order, "day": day, "customer_external_id": who[0],
               "product_external_id": who[1], "salesperson_external_id": seller, "quantity": money[0],
               "unit_price": "1", "net": money[1], "cost": money[2], "currency": money[3]})
    };
    let (li, eur, usd) = (Some("S"), None, Some("USD"));
    json!([
        line("1", "O1", "2012-03-10", ["A", "P"], li, [Some("2"), Some("100"), Some("60"), eur]),
        line("2", "O1", "2012-03-10", ["A", "V"], li, [Some("1"), Some("40.00"), Some("30"), eur]),
        line("3", "O2", "2013-01-20", ["B", "P"], None, [Some("3"), Some("100"), Some("50"), usd]),
        line("4", "O3", "2013-01-25", ["A", "P"], li, [Some("-1"), Some("-50"), Some("-30"), eur]),
        line("5", "O4", "2013-06-01", ["B", "V"], li, [Some("2"), Some("33.33"), None, eur]),
        line("6", "O5", "2013-02-15", ["A", "V"], li, [Some("1"), Some("10.01"), Some("5.55"), usd]),
    ])
}

/// A row of a statistic: keys, net, cost, margin rate.
type Found = (Vec<String>, String, Option<String>, Option<String>);

/// The rows of a statistic.
async fn rows(admin: &Client, query: &str) -> Vec<Found> {
    let found = admin.get(&format!("/v1/statistics/sales?{query}")).await.expect(200);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let keys =
        |row: &Value| row["keys"].as_array().unwrap().iter().map(|k| text(&k["key"]).unwrap_or_default()).collect();
    let row = |row: &Value| (keys(row), text(&row["net"]).unwrap(), text(&row["cost"]), text(&row["gross_margin_pct"]));
    found["rows"].as_array().unwrap().iter().map(row).collect()
}

type Row<'a> = (&'a [&'a str], &'a str, Option<&'a str>, Option<&'a str>);

#[track_caller]
fn assert_rows(found: &[Found], expected: &[Row<'_>]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|(keys, net, cost, pct)| {
            let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
            (keys, (*net).to_owned(), cost.map(str::to_owned), pct.map(str::to_owned))
        })
        .collect();
    assert_eq!(found, expected);
}

#[actix_web::test]
async fn statistics_in_the_base_currency_are_those_worked_by_hand() {
    let (_app, admin) = admin().await;
    book(&admin).await;
    let by_year = rows(&admin, "group_by=year").await;
    assert_rows(
        &by_year,
        &[(&["2012"], "140.0000", Some("90.0000"), Some("0.357143")), (&["2013"], "64.5658", None, None)],
    );
    assert_rows(
        &rows(&admin, "group_by=month&from=2013-01-01").await,
        &[
            (&["2013-01"], "30.0000", Some("10.0000"), Some("0.666667")),
            (&["2013-02"], "1.2358", Some("0.6852"), Some("0.445541")),
            (&["2013-06"], "33.3300", None, None),
        ],
    );
    assert_rows(
        &rows(&admin, "group_by=category&period=all").await,
        &[(&["pumps"], "130.0000", Some("70.0000"), Some("0.461538")), (&["valves"], "74.5658", None, None)],
    );
    assert_rows(
        &rows(&admin, "group_by=salesperson,year").await,
        &[
            (&["S", "2012"], "140.0000", Some("90.0000"), Some("0.357143")),
            (&["", "2013"], "80.0000", Some("40.0000"), Some("0.500000")),
            (&["S", "2013"], "-15.4342", None, None),
        ],
    );
    assert_rows(
        &rows(&admin, "group_by=territory&to=2013-06-01").await,
        &[
            (&["North"], "91.2358", Some("60.6852"), Some("0.334853")),
            (&[""], "80.0000", Some("40.0000"), Some("0.500000")),
        ],
    );
    let all = admin.get("/v1/statistics/sales?period=all").await.expect(200);
    let totals = &all["totals"];
    assert_eq!(
        (&totals["net"], &totals["cost"], &totals["gross_margin"]),
        (&json!("204.5658"), &Value::Null, &Value::Null)
    );
    assert_eq!((&totals["lines"], &totals["orders"], &totals["customers"]), (&json!(6), &json!(4), &json!(2)));
    assert_eq!((&totals["quantity"], &totals["share"]), (&json!("8.0000"), &json!("1.000000")));
    let query = "query($input: StatisticsQueryInput) { salesStatistics(input: $input) { rows { keys { key } net cost grossMarginPct share orders } totals { net } } }";
    let graph = admin.data(query, json!({"input": {"groupBy": ["YEAR"]}})).await["salesStatistics"].take();
    let expected = json!([
        {"keys": [{"key": "2012"}], "net": "140.0000", "cost": "90.0000", "grossMarginPct": "0.357143", "share": "0.684376", "orders": 1},
        {"keys": [{"key": "2013"}], "net": "64.5658", "cost": null, "grossMarginPct": null, "share": "0.315624", "orders": 3},
    ]);
    assert_eq!((&graph["rows"], &graph["totals"]["net"]), (&expected, &json!("204.5658")));
}

#[actix_web::test]
async fn statistics_in_original_amounts_are_by_currency() {
    let (_app, admin) = admin().await;
    book(&admin).await;
    assert_rows(
        &rows(&admin, "group_by=currency&period=all&amounts=original").await,
        &[(&["EUR"], "123.3300", None, None), (&["USD"], "110.0100", Some("55.5500"), Some("0.495046"))],
    );
    assert_rows(
        &rows(&admin, "group_by=currency,year").await,
        &[
            (&["EUR", "2012"], "140.0000", Some("90.0000"), Some("0.357143")),
            (&["USD", "2013"], "81.2358", Some("40.6852"), Some("0.499172")),
            (&["EUR", "2013"], "-16.6700", None, None),
        ],
    );
    let line = admin.get("/v1/sales-lines?from=2013-02-15&to=2013-02-16").await.expect(200)["items"][0].take();
    assert_eq!((&line["net"], &line["base_net"]), (&json!("10.0100"), &json!("1.2358")));
    assert_eq!((&line["cost"], &line["base_cost"]), (&json!("5.5500"), &json!("0.6852")));
    assert!(line["fx_rate"].as_str().unwrap().starts_with("0.123456789"), "{line}");
}

#[actix_web::test]
async fn a_question_that_makes_no_sense_is_refused_with_all_its_problems() {
    let (_app, admin) = admin().await;
    let bad = admin
        .get("/v1/statistics/sales?group_by=year,year&from=2013-01-01&to=2013-01-01&top=0&period=all")
        .await
        .expect(422);
    let found: Vec<_> = problems(&bad["errors"]).into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(found, ["/group_by", "/to", "/period", "/top", "/top"]);
    let unknown = admin.get("/v1/statistics/sales?group_by=yaer").await.expect(400);
    assert!(unknown["detail"].as_str().unwrap().contains("yaer"), "{unknown}");
    admin.get("/v1/statistics/sales-classes?share=0&a_limit=2").await.expect(422);
    let nothing = admin.get("/v1/statistics/sales?group_by=year").await.expect(200);
    let totals = (&nothing["totals"]["net"], &nothing["totals"]["share"], &nothing["totals"]["gross_margin_pct"]);
    assert_eq!((&nothing["rows"], totals), (&json!([]), (&json!("0.0000"), &Value::Null, &Value::Null)));
}

#[actix_web::test]
async fn every_line_that_cannot_be_loaded_says_why_and_the_others_are_in() {
    let (_app, admin) = admin().await;
    book(&admin).await;
    let good = json!({"external_id": "7", "order_id": "O7", "day": "2013-01-31", "customer_external_id": "A",
                      "product_external_id": "P", "quantity": "1", "unit_price": "1", "net": "1"});
    let with = |id: &str, changes: Value| {
        let mut line = good.clone();
        line["external_id"] = json!(id);
        line.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        line
    };
    let nobody = json!({"customer_external_id": "X", "product_external_id": "Y", "salesperson_external_id": "Z"});
    let items = json!([
        good,
        with("8", nobody),
        // The rate of 2013-02-01 holds for 31 days, to 2013-03-04.
        with("9", json!({"currency": "USD", "day": "2013-03-04"})),
        with("10", json!({"currency": "USD", "day": "2013-03-05"})),
        with("11", json!({"currency": "CNY"})),
        with("12", json!({"net": "1.00001", "currency": "usd"})),
    ]);
    let batch = admin.post("/v1/sales-lines:batch", &items).await.expect(207);
    let found: Vec<_> = batch["items"].as_array().unwrap().iter().map(|item| problems(&item["problems"])).collect();
    let unknown = "unknown_reference";
    assert_eq!(
        found[1],
        [("/customer_external_id", unknown), ("/product_external_id", unknown), ("/salesperson_external_id", unknown)]
    );
    assert_eq!((&found[0], &found[2]), (&vec![], &vec![]));
    assert_eq!((&found[3], &found[4]), (&vec![("/currency", "missing_rate")], &vec![("/currency", "missing_rate")]));
    assert_eq!(found[5][0], ("/currency", "malformed"));
    assert_eq!(batch["counts"], json!({"created": 2, "updated": 0, "unchanged": 0, "errors": 4}));
    let detail = &batch["items"][1]["problems"][0]["detail"];
    assert!(
        detail["en"].as_str().unwrap().contains("\"X\"") && detail["zh"].as_str().unwrap().contains('X'),
        "{detail}"
    );
    let detail = batch["items"][3]["problems"][0]["detail"]["en"].as_str().unwrap();
    assert!(detail.contains("USD") && detail.contains("EUR") && detail.contains("2013-03-05"), "{detail}");
    let refused =
        admin.post("/v1/sales-lines:batch?atomic=true", &json!([with("13", json!({})), items[1]])).await.expect(422);
    assert_eq!(problems(&refused["errors"])[0], ("/1/customer_external_id", unknown));
    let query = "mutation($input: UpsertSalesLinesInput!) { upsertSalesLines(input: $input) { batch { counts { created errors } items { problems { pointer code } } } userErrors { code } } }";
    let line = json!({"externalId": "14", "orderId": "O", "day": "2013-01-31", "customerExternalId": "X",
                      "productExternalId": "P", "quantity": "1", "unitPrice": "1", "net": "1"});
    let graph = admin.data(query, json!({"input": {"items": [line]}})).await["upsertSalesLines"]["batch"].take();
    assert_eq!(graph["counts"], json!({"created": 0, "errors": 1}));
    assert_eq!(problems(&graph["items"][0]["problems"]), [("/customer_external_id", unknown)]);
    assert_eq!(admin.get("/v1/statistics/sales?period=all").await.expect(200)["totals"]["lines"], 8);
}

#[actix_web::test]
async fn what_is_sent_twice_is_unchanged_and_what_differs_is_updated() {
    let (_app, admin) = admin().await;
    book(&admin).await;
    let again = admin.batch("/v1/sales-lines:batch", &lines()).await;
    assert_eq!(again["counts"], json!({"created": 0, "updated": 0, "unchanged": 6, "errors": 0}));
    let mut changed = lines();
    changed[4]["cost"] = json!("20");
    let batch = admin.batch("/v1/sales-lines:batch", &changed).await;
    assert_eq!(batch["counts"], json!({"created": 0, "updated": 1, "unchanged": 5, "errors": 0}));
    let by_year = rows(&admin, "group_by=year&from=2013-01-01").await;
    assert_rows(&by_year, &[(&["2013"], "64.5658", Some("30.6852"), Some("0.524745"))]);
    let rate = json!([{"currency": "USD", "day": "2013-01-01", "rate": "0.80"}, {"currency": "USD", "day": "2013-03-01", "rate": "0"}]);
    let rates = admin.post("/v1/fx-rates:batch", &rate).await.expect(207);
    assert_eq!(rates["counts"], json!({"created": 0, "updated": 0, "unchanged": 1, "errors": 1}));
    let product =
        admin.put("/v1/products/by-external-id/P", &json!({"name": "Pump", "list_price": "9.5"})).await.expect(200);
    assert_eq!((&product["category"], &product["list_price"]), (&json!("pumps"), &json!("9.5000")));
    let query = "mutation($input: ProductUpsertInput!) { upsertProduct(input: $input) { product { category listPrice version } userErrors { code } } }";
    let graph = admin.data(query, json!({"input": {"externalId": "P", "name": "Pump", "category": null}})).await;
    assert_eq!(graph["upsertProduct"]["product"], json!({"category": null, "listPrice": "9.5000", "version": 3}));
    let listed = admin.data("{ products(sort: \"-name\") { nodes { externalId } } }", json!({})).await;
    assert_eq!(listed["products"]["nodes"], json!([{"externalId": "V"}, {"externalId": "P"}]));
}

/// Customer, class, and cumulative share of each in its order.
async fn classes(admin: &Client, edge: &str) -> Vec<(String, String, String)> {
    let found = admin.get(&format!("/v1/statistics/sales-classes?period=all&edge={edge}")).await.expect(200);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let row = |row: &Value| (text(&row["external_id"]), text(&row["sales_class"]), text(&row["cumulative_share"]));
    found["items"].as_array().unwrap().iter().map(row).collect()
}

#[actix_web::test]
async fn the_customer_who_crosses_a_limit_is_in_the_upper_class_unless_strict() {
    let (_app, admin) = admin().await;
    let sale = |customer, net| (customer, "2013-05-05", "P", net, "");
    // 50, 80, 96, 100 %: B reaches 80 % exactly, C crosses 95 %; A and B tie with nobody, D1 and D2 with each other.
    sell(&admin, &[sale("B", "30"), sale("D2", "2"), sale("A", "50"), sale("C", "16"), sale("D1", "2")]).await;
    let row = |customer: &str, class: &str, share: &str| (customer.to_owned(), class.to_owned(), share.to_owned());
    let strict = [
        row("A", "A", "0.500000"),
        row("B", "A", "0.800000"),
        row("C", "C", "0.960000"),
        row("D1", "C", "0.980000"),
        row("D2", "C", "1.000000"),
    ];
    let mut crossing = strict.clone();
    crossing[2].1 = "B".to_owned();
    assert_eq!(classes(&admin, "crossing").await, crossing);
    assert_eq!(classes(&admin, "strict").await, strict);
    let set = admin.get("/v1/statistics/sales-classes?period=all&share=0.81").await.expect(200)["smallest_set"].take();
    assert_eq!(
        set,
        json!({"target_share": "0.81", "customers": 3, "net": "96.0000", "share_of_net": "0.960000", "share_of_customers": "0.600000"})
    );
    let query = "query($input: SalesClassesInput) { salesClasses(input: $input) { classes { salesClass customers net } smallestSet { customers } rows(first: 2) { nodes { externalId inSmallestSet } pageInfo { hasNextPage } } } }";
    let graph = admin.data(query, json!({"input": {"edge": "STRICT", "period": "ALL"}})).await["salesClasses"].take();
    let classes = json!([{"salesClass": "A", "customers": 2, "net": "80.0000"}, {"salesClass": "B", "customers": 0, "net": "0.0000"},
                         {"salesClass": "C", "customers": 3, "net": "20.0000"}]);
    assert_eq!((&graph["classes"], &graph["smallestSet"]["customers"]), (&classes, &json!(2)));
    let first = json!({"nodes": [{"externalId": "A", "inSmallestSet": true}, {"externalId": "B", "inSmallestSet": true}], "pageInfo": {"hasNextPage": true}});
    assert_eq!(graph["rows"], first);
}

#[actix_web::test]
async fn a_total_that_is_not_positive_has_amounts_and_no_ratios() {
    let (_app, admin) = admin().await;
    sell(&admin, &[("A", "2013-05-05", "P", "40", "10"), ("B", "2013-05-05", "P", "-40", "-10")]).await;
    let statistics = admin.get("/v1/statistics/sales?group_by=customer&period=all").await.expect(200);
    let row = &statistics["rows"][0];
    assert_eq!(
        (&row["net"], &row["share"], &row["gross_margin_pct"]),
        (&json!("40.0000"), &Value::Null, &json!("0.750000"))
    );
    let loss = &statistics["rows"][1];
    assert_eq!(
        (&loss["net"], &loss["gross_margin"], &loss["gross_margin_pct"]),
        (&json!("-40.0000"), &json!("-30.0000"), &Value::Null)
    );
    let classes = admin.get("/v1/statistics/sales-classes?period=all").await.expect(200);
    assert_eq!(
        (&classes["total_net"], &classes["smallest_set"], &classes["classes"]),
        (&json!("0.0000"), &Value::Null, &json!([]))
    );
    let first = &classes["items"][0];
    assert_eq!(
        (&first["net"], &first["share"], &first["sales_class"]),
        (&json!("40.0000"), &Value::Null, &Value::Null)
    );
}

#[actix_web::test]
async fn a_customers_months_are_all_there() {
    let (_app, admin) = admin().await;
    let ids = sell(
        &admin,
        &[
            ("A", "2013-10-31", "P", "7", "5"),
            ("A", "2013-11-01", "P", "1.5", "1"),
            ("A", "2013-11-30", "V", "2", ""),
            ("A", "2014-01-02", "P", "-3", "-2"),
            ("B", "2013-12-12", "P", "9", "9"),
        ],
    )
    .await;
    let query = "query($id: ID!) { customer(id: $id) { monthlySales(last: 3) { month net cost orders } early: monthlySales(last: 1, until: \"2013-10\") { net } } }";
    let graph = admin.data(query, json!({"id": ids["A"]})).await["customer"].take();
    let month = |month: &str, net: &str, cost: Option<&str>, orders: i32| json!({"month": month, "net": net, "cost": cost, "orders": orders});
    let expected = json!([
        month("2013-11", "3.5000", None, 2),
        month("2013-12", "0.0000", Some("0.0000"), 0),
        month("2014-01", "-3.0000", Some("-2.0000"), 0)
    ]);
    assert_eq!((&graph["monthlySales"], &graph["early"]), (&expected, &json!([{"net": "7.0000"}])));
}
