//! One test a pack: all of it in, all of its answers out, all of it in again.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use super::ledger::{Ledger, decimal};
use super::loading::{ADVENTURE_WORKS, CLASSIC_MODELS, NORTHWIND, load, load_again};
use super::reference::Answers;
use super::table::{Row, all, assert_same_set, fields, reference, text};
use crate::support::{Client, Pack, pack, spawn_app};
use fenji::tenancy::Role;

#[actix_web::test]
async fn adventure_works() {
    let Some(pack) = pack("adventureworks_b2b") else { return };
    let app = spawn_app().await;
    let client = app.client(app.tenant_in("adventure-works", "USD").await, Role::Admin);
    load(&client, &pack, ADVENTURE_WORKS).await;
    let answers = Answers { client: &client, pack: &pack };
    answers.check().await;
    answers.yearly_revenue_by_currency().await;
    answers.quota_attainment().await;
    let quotas = all(&client, "/v1/quotas").await.len().to_string();
    answers.checks(&[("rows quotas", quotas), ("currencies", currencies(&client).await)]).await;
    base_currency(&client, &Ledger::of(&pack)).await;
    load_again(&client, &pack, ADVENTURE_WORKS).await;
    answers.checks(&[]).await;
}

#[actix_web::test]
async fn northwind() {
    let Some(pack) = pack("northwind") else { return };
    let app = spawn_app().await;
    let client = app.client(app.tenant("northwind").await, Role::Admin);
    load(&client, &pack, NORTHWIND).await;
    let answers = Answers { client: &client, pack: &pack };
    answers.check().await;
    answers.checks(&[]).await;
    load_again(&client, &pack, NORTHWIND).await;
    answers.checks(&[]).await;
}

#[actix_web::test]
async fn classic_models() {
    let Some(pack) = pack("classicmodels") else { return };
    let app = spawn_app().await;
    let client = app.client(app.tenant("classic-models").await, Role::Admin);
    load(&client, &pack, CLASSIC_MODELS).await;
    let answers = Answers { client: &client, pack: &pack };
    answers.check().await;
    let payments = all(&client, "/v1/payments").await.len().to_string();
    answers.checks(&[("rows payments", payments)]).await;
    balances(&client, &pack).await;
    load_again(&client, &pack, CLASSIC_MODELS).await;
    answers.checks(&[]).await;
    balances(&client, &pack).await;
}

/// Lines by currency, most lines first, as `checks.csv` writes them.
async fn currencies(client: &Client) -> String {
    let answer = client.get("/v1/statistics/sales?group_by=currency&period=all").await.expect(200);
    let count = |row: &Value| (row["lines"].as_i64().unwrap(), text(&row["keys"][0]["key"]));
    let mut counts: Vec<_> = answer["rows"].as_array().unwrap().iter().map(count).collect();
    counts.sort_by(|a, b| b.cmp(a));
    counts.iter().map(|(lines, currency)| format!("{currency}:{lines}")).collect::<Vec<_>>().join(" ")
}

/// Totals in US dollars, by year and by customer: each line converted by the average rate of its day.
async fn base_currency(client: &Client, ledger: &Ledger) {
    let row = |key: &str, net: Decimal, cost: Decimal| vec![key.to_owned(), net.to_string(), cost.to_string()];
    let asked = async |group_by: &str| {
        let answer = client.get(&format!("/v1/statistics/sales?period=all&group_by={group_by}")).await.expect(200);
        let row = |row: &Value| [vec![text(&row["keys"][0]["key"])], fields(row, &["net", "cost"])].concat();
        answer["rows"].as_array().unwrap().iter().map(row).collect::<Vec<Row>>()
    };
    let years = ledger.by_year().iter().map(|(year, (net, cost))| row(year, *net, *cost)).collect();
    assert_same_set("years in USD", asked("year").await, years);
    let customers = ledger.by_customer("2010-01-01", "2013-12-31");
    let expected = customers.iter().map(|(customer, sums)| row(customer, sums.net, sums.cost)).collect();
    assert_same_set("customers in USD", asked("customer").await, expected);
    let totals = client.get("/v1/statistics/sales?period=all").await.expect(200);
    // Worked out apart from this program, too.
    assert_eq!(totals["totals"]["net"], "76494758.2532");
}

/// What is invoiced and not paid, against the credit limit.
async fn balances(client: &Client, pack: &Pack) {
    let mut paid = BTreeMap::<String, Decimal>::new();
    for payment in all(client, "/v1/payments").await {
        *paid.entry(text(&payment["customer_id"])).or_default() += decimal(&text(&payment["amount"]));
    }
    let sales = client.get("/v1/statistics/sales?group_by=customer&period=all&amounts=original").await.expect(200);
    let invoiced: BTreeMap<String, Decimal> = (sales["rows"].as_array().unwrap().iter())
        .map(|row| (text(&row["keys"][0]["id"]), decimal(&text(&row["net"]))))
        .collect();
    let row = |customer: &Value| {
        let id = text(&customer["id"]);
        let [invoiced, paid] = [&invoiced, &paid].map(|sums| sums.get(&id).copied().unwrap_or_default());
        let (balance, limit) = (invoiced - paid, decimal(&text(&customer["credit_limit"])));
        let money = [invoiced, paid, balance].map(|amount| format!("{amount:.4}"));
        [
            vec![text(&customer["external_id"])],
            money.to_vec(),
            vec![format!("{limit:.4}"), (balance > limit).to_string()],
        ]
        .concat()
    };
    let rows = all(client, "/v1/customers").await.iter().map(row).collect();
    let columns = ["customer_id", "invoiced", "paid", "balance", "credit_limit", "over_limit"];
    assert_same_set("balances", rows, reference(pack, "balances.csv", &columns));
}
