//! Credits and money that are applied to nothing are seen, and receivables are shown by age.

use fenji::tenancy::Role;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{post, tenant_at};
use crate::support::{Client, case, spawn_app};

fn invoice(id: &str, customer: &str, due: &str, amount: &str) -> Value {
    json!({"external_id": id, "customer_external_id": customer, "invoiced_on": "2013-01-01", "due_on": due, "amount": amount})
}

fn payment(id: &str, customer: &str, day: &str, amount: &str, settles: Option<&str>) -> Value {
    json!({"external_id": id, "customer_external_id": customer, "paid_on": day, "amount": amount, "receivable_external_id": settles})
}

async fn customers(client: &Client, ids: &[&str]) {
    let items: Value = ids.iter().map(|id| json!({"external_id": id, "name": id})).collect();
    client.batch("/v1/customers:batch", &items).await;
}

async fn items(client: &Client, path: &str) -> Vec<Value> {
    client.get(path).await.expect(200)["items"].as_array().unwrap().clone()
}

/// Of each balance: whose, open, overdue, credits, unapplied, net.
async fn balances(client: &Client, query: &str) -> Vec<Value> {
    let shown =
        |b: &Value| json!([b["external_id"], b["open"], b["overdue"], b["credits"], b["unapplied"], b["net_balance"]]);
    items(client, &format!("/v1/receivables/balances?{query}")).await.iter().map(shown).collect()
}

/// What is not applied, by payment.
async fn unapplied(client: &Client, query: &str) -> Vec<(String, Value)> {
    let found = items(client, &format!("/v1/payments?sort=paid_on&{query}")).await;
    let shown = |p: &Value| (p["external_id"].as_str().unwrap().to_owned(), p["applied"]["unapplied"].clone());
    found.iter().map(shown).collect()
}

#[actix_web::test]
async fn a_credit_and_an_overpayment_are_told_as_what_they_are() {
    let Some(bytes) = case("54-credits.json") else { return };
    let (_app, client) = tenant_at("2026-12-01T08:00:00Z").await;
    post(&client, &serde_json::from_slice(&bytes).unwrap()).await;
    let receivables = items(&client, "/v1/receivables?as_of=2026-06-30&sort=due_on").await;
    let open = |item: &Value| {
        json!([item["external_id"], item["open"]["amount"], item["open"]["base_amount"], item["open"]["days_overdue"]])
    };
    let expected = [json!(["cn1", "-100.0000", "-100.0000", null]), json!(["cn2i", "0.0000", "0.0000", null])];
    assert_eq!(receivables.iter().map(open).collect::<Vec<_>>(), expected);
    let paid = items(&client, "/v1/payments").await;
    assert_eq!(
        (&paid[0]["applied"]["amount"], &paid[0]["applied"]["unapplied"]),
        (&json!("80.0000"), &json!("420.0000"))
    );
    let expected = [
        json!(["CN-1", "0.0000", "0.0000", "100.0000", "0.0000", "-100.0000"]),
        json!(["CN-2", "0.0000", "0.0000", "0.0000", "420.0000", "-420.0000"]),
    ];
    assert_eq!(balances(&client, "as_of=2026-06-30&sort=external_id").await, expected);
    // Before the payment came the invoice was open, and the credit already there.
    let early = balances(&client, "as_of=2026-05-19&sort=-external_id").await;
    assert_eq!(early[0], json!(["CN-2", "80.0000", "0.0000", "0.0000", "0.0000", "80.0000"]));
    let query = "{ receivableBalances(filter: {asOf: \"2026-06-30\", inCredit: true}, sort: \"net_balance\") { nodes { externalId netBalance unapplied credits } } }";
    let graph = client.data(query, json!({})).await["receivableBalances"]["nodes"].take();
    assert_eq!(
        graph[0],
        json!({"externalId": "CN-2", "netBalance": "-420.0000", "unapplied": "420.0000", "credits": "0.0000"})
    );
    let graph = client.data("{ payments(filter: {asOf: \"2026-06-30\", unapplied: true}) { nodes { externalId applied { amount unapplied } } } }", json!({})).await;
    assert_eq!(
        graph["payments"]["nodes"],
        json!([{"externalId": "cp2", "applied": {"amount": "80.0000", "unapplied": "420.0000"}}])
    );
}

#[actix_web::test]
async fn what_is_left_is_of_the_latest_payment_and_a_refund_takes_from_the_oldest() {
    let (_app, client) = tenant_at("2014-01-15T08:00:00Z").await;
    customers(&client, &["NAMED", "TWO", "BACK", "EARLY"]).await;
    let invoices = json!([
        invoice("N", "NAMED", "2013-02-01", "100"),
        invoice("T", "TWO", "2013-02-01", "100"),
        {"external_id": "TC", "customer_external_id": "TWO", "invoiced_on": "2013-03-01", "due_on": "2013-03-01", "amount": "-30"},
        {"external_id": "E", "customer_external_id": "EARLY", "invoiced_on": "2013-12-01", "due_on": "2013-12-31", "amount": "70"},
    ]);
    client.batch("/v1/receivables:batch", &invoices).await;
    let payments = json!([
        // Two payments name an item of 100: the later goes 40 beyond it.
        payment("n1", "NAMED", "2013-02-10", "60", Some("N")),
        payment("n2", "NAMED", "2013-02-20", "80", Some("N")),
        // 100 and 30 of credit for 100: what came last is left.
        payment("t1", "TWO", "2013-02-15", "100", None),
        // 50 came and 80 went back.
        payment("b1", "BACK", "2013-02-15", "50", None),
        payment("b2", "BACK", "2013-03-15", "-80", None),
        // Paid for an invoice that is not written yet.
        payment("e1", "EARLY", "2013-11-20", "70", Some("E")),
    ]);
    client.batch("/v1/payments:batch", &payments).await;
    let pair = |id: &str, amount: &str| (id.to_owned(), json!(amount));
    let expected = [
        pair("n1", "0.0000"),
        pair("b1", "0.0000"),
        pair("t1", "0.0000"),
        pair("n2", "40.0000"),
        pair("b2", "-30.0000"),
        pair("e1", "70.0000"),
    ];
    let mut found = unapplied(&client, "as_of=2013-11-30").await;
    found.sort_by(|one, other| one.0.cmp(&other.0));
    let mut expected = expected.to_vec();
    expected.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(found, expected);
    let left = unapplied(&client, "as_of=2013-12-01&unapplied=true").await;
    assert_eq!(left, [pair("n2", "40.0000"), pair("b2", "-30.0000")]);
    // A payment of a later day says nothing yet.
    assert_eq!(
        unapplied(&client, "as_of=2013-02-14&from=2013-03-01&to=2013-04-01").await,
        [("b2".to_owned(), Value::Null)]
    );
    let all = balances(&client, "as_of=2013-11-30&sort=external_id").await;
    let expected = [
        json!(["BACK", "0.0000", "0.0000", "0.0000", "-30.0000", "30.0000"]),
        json!(["EARLY", "0.0000", "0.0000", "0.0000", "70.0000", "-70.0000"]),
        json!(["NAMED", "0.0000", "0.0000", "0.0000", "40.0000", "-40.0000"]),
        json!(["TWO", "0.0000", "0.0000", "30.0000", "0.0000", "-30.0000"]),
    ];
    assert_eq!(all, expected);
    // Page by page, in either direction, the same rows.
    let first = client.get("/v1/receivables/balances?as_of=2013-11-30&limit=3").await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second =
        client.get(&format!("/v1/receivables/balances?as_of=2013-11-30&limit=3&cursor={cursor}")).await.expect(200);
    let ids = |page: &Value| {
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|i| i["external_id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!([ids(&first), ids(&second)].concat(), ["BACK", "TWO", "NAMED", "EARLY"]);
}

/// Whatever comes: all that is open less all that is not applied is what was invoiced less what was paid, and nothing is
/// owed while something is left over.
#[actix_web::test]
async fn open_less_unapplied_is_invoiced_less_paid() {
    let app = spawn_app().await;
    let client = app.client(app.tenant("acme").await, Role::Admin);
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let cases = (
        prop::collection::vec((-200_i64..500, 1_u32..28), 1..6),
        prop::collection::vec((-150_i64..400, prop::option::of(0_usize..6), 1_u32..28), 0..7),
        1_u32..28,
    );
    for case in 0..25 {
        let (invoices, payments, day) = cases.new_tree(&mut runner).unwrap().current();
        let customer = format!("C{case}");
        customers(&client, &[&customer]).await;
        let name = |item: usize| format!("{customer}/{item}");
        let rows: Value = (invoices.iter().enumerate())
            .map(|(n, (amount, due))| invoice(&name(n), &customer, &format!("2013-01-{due:02}"), &amount.to_string()))
            .collect();
        client.batch("/v1/receivables:batch", &rows).await;
        let rows: Vec<Value> = (payments.iter().enumerate())
            .map(|(n, (amount, named, paid_on))| {
                let settles = named.map(|item| name(item % invoices.len()));
                payment(
                    &format!("{customer}-{n}"),
                    &customer,
                    &format!("2013-01-{paid_on:02}"),
                    &amount.to_string(),
                    settles.as_deref(),
                )
            })
            .collect();
        if !rows.is_empty() {
            client.batch("/v1/payments:batch", &json!(rows)).await;
        }
        let id = items(&client, &format!("/v1/customers?external_id={customer}")).await[0]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let asked = format!("customer_id={id}&as_of=2013-01-{day:02}");
        let shown = format!("{invoices:?} {payments:?} on {day}");
        let decimal = |value: &Value| value.as_str().map_or(Decimal::ZERO, |text| text.parse().unwrap());
        let open: Vec<Decimal> = items(&client, &format!("/v1/receivables?{asked}"))
            .await
            .iter()
            .map(|i| decimal(&i["open"]["amount"]))
            .collect();
        let left: Vec<Decimal> = items(&client, &format!("/v1/payments?{asked}"))
            .await
            .iter()
            .map(|p| decimal(&p["applied"]["unapplied"]))
            .collect();
        let invoiced: i64 = invoices.iter().map(|(amount, _)| amount).sum();
        let paid: i64 = payments.iter().filter(|(_, _, paid_on)| *paid_on <= day).map(|(amount, _, _)| amount).sum();
        let net = Decimal::from(invoiced - paid);
        assert_eq!(open.iter().sum::<Decimal>() - left.iter().sum::<Decimal>(), net, "{shown}");
        let owed: Decimal = open.iter().filter(|amount| **amount > Decimal::ZERO).sum();
        let credits: Decimal = open.iter().filter(|amount| **amount < Decimal::ZERO).sum();
        let spare: Decimal = left.iter().filter(|amount| **amount > Decimal::ZERO).sum();
        assert!(owed.is_zero() || credits.is_zero() && spare.is_zero(), "{open:?} {left:?}: {shown}");
        let balance = items(&client, &format!("/v1/receivables/balances?{asked}")).await.remove(0);
        assert_eq!(
            [decimal(&balance["net_balance"]), decimal(&balance["open"]), decimal(&balance["credits"])],
            [net, owed, -credits],
            "{shown}"
        );
        let whole = client.request(reqwest::Method::GET, &format!("/v1/payments?{asked}&unapplied=true"));
        assert_eq!(
            client.send(whole).await.expect(200)["items"].as_array().unwrap().len(),
            left.iter().filter(|l| !l.is_zero()).count(),
            "{shown}"
        );
    }
}

#[actix_web::test]
async fn receivables_by_age_and_how_late_was_paid_worked_by_hand() {
    let (_app, client) = tenant_at("2014-01-15T08:00:00Z").await;
    customers(&client, &["A", "B"]).await;
    let rates = json!([{"currency": "USD", "day": "2013-01-01", "rate": "0.5"}]);
    client.batch("/v1/fx-rates:batch", &rates).await;
    let mut dollars = invoice("usd", "B", "2013-06-20", "100");
    dollars["currency"] = json!("USD");
    // As of 30 June 2013: not due, 1, 30, 31, 60, 61, 90 and 91 days late.
    let invoices = json!([
        invoice("a0", "A", "2013-06-30", "1"),
        invoice("a1", "A", "2013-06-29", "2"),
        invoice("a30", "A", "2013-05-31", "4"),
        invoice("a31", "A", "2013-05-30", "8"),
        invoice("a60", "A", "2013-05-01", "16"),
        invoice("a61", "A", "2013-04-30", "32"),
        invoice("a90", "A", "2013-04-01", "64"),
        invoice("a91", "A", "2013-03-31", "128"),
        invoice("b1", "B", "2013-02-01", "300"),
        invoice("b2", "B", "2013-03-01", "100"),
        dollars,
        invoice("credit", "B", "2013-06-01", "-10"),
    ]);
    client.batch("/v1/receivables:batch", &invoices).await;
    let payments = json!([
        // 300 ten days late, 100 in time by name; 50 too much.
        payment("p1", "B", "2013-02-11", "350", Some("b1")),
        payment("p2", "B", "2013-02-20", "40", Some("b2")),
    ]);
    client.batch("/v1/payments:batch", &payments).await;
    let shown = |r: &Value| {
        json!([
            r["external_id"],
            r["currency"],
            r["not_due"],
            r["overdue_1"],
            r["overdue_2"],
            r["overdue_3"],
            r["overdue_4"],
            r["overdue"],
            r["open"]
        ])
    };
    let ask = async |query: &str| items(&client, &format!("/v1/receivables/ageing?as_of=2013-06-30{query}")).await;
    let by_customer: Vec<Value> = ask("").await.iter().map(shown).collect();
    // The credit of 10 (of January) covers 10 of the 60 that are left of b2, the 50 too much the rest.
    let expected = [
        json!(["A", "EUR", "1.0000", "6.0000", "24.0000", "96.0000", "128.0000", "254.0000", "255.0000"]),
        json!(["B", "USD", "0.0000", "100.0000", "0.0000", "0.0000", "0.0000", "100.0000", "100.0000"]),
        json!(["B", "EUR", "0.0000", "0.0000", "0.0000", "0.0000", "0.0000", "0.0000", "0.0000"]),
    ];
    assert_eq!(by_customer, expected);
    let in_all = ask("&by=all&amounts=base").await;
    assert_eq!(
        shown(&in_all[0]),
        json!([null, "EUR", "1.0000", "56.0000", "24.0000", "96.0000", "128.0000", "304.0000", "305.0000"])
    );
    let limits = ask("&by=all&limits=1,31,61&currency=EUR").await;
    assert_eq!(
        shown(&limits[0]),
        json!([null, "EUR", "1.0000", "2.0000", "12.0000", "48.0000", "192.0000", "254.0000", "255.0000"])
    );
    // 300 x 10 days, 50 x 0 (11 February is before 1 March), 40 x 0: 3000 / 390.
    let paid = &ask("&by=all&currency=EUR").await[0]["paid"];
    let expected = json!({"from": "2012-07-01", "amount": "390.0000", "settlements": 3, "late_settlements": 1, "average_days_late": "7.692308"});
    assert_eq!(paid, &expected);
    let later = &ask("&by=all&currency=EUR&paid_from=2013-02-12").await[0]["paid"];
    assert_eq!((&later["amount"], &later["average_days_late"]), (&json!("40.0000"), &json!("0.000000")));
    let nothing = &ask("&currency=USD").await[0]["paid"];
    assert_eq!((&nothing["settlements"], &nothing["average_days_late"]), (&json!(0), &Value::Null));
    for wrong in
        ["limits=30,60", "limits=60,30,90", "limits=0,30,60", "limits=a,30,60", "paid_from=2014-02-01", "sort=name"]
    {
        client.get(&format!("/v1/receivables/ageing?{wrong}")).await.expect(422);
    }
    let query = "{ receivableAgeing(filter: {asOf: \"2013-06-30\", by: ALL, amounts: BASE, limits: [1, 31, 61]}) { nodes { customerId currency overdue1 overdue4 limits paid { lateSettlements } } } }";
    let graph = client.data(query, json!({})).await["receivableAgeing"]["nodes"].take();
    let expected = json!([{"customerId": null, "currency": "EUR", "overdue1": "2.0000", "overdue4": "192.0000", "limits": [1, 31, 61], "paid": {"lateSettlements": 1}}]);
    assert_eq!(graph, expected);
    let csv =
        client.request(reqwest::Method::GET, "/v1/receivables/ageing?as_of=2013-06-30").header("Accept", "text/csv");
    let csv = client.send(csv).await;
    assert_eq!(csv.status, 200);
    assert_eq!(csv.text.lines().count(), 4, "{}", csv.text);
}
