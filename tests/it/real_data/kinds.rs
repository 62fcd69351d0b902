//! The three kinds of the stores, worked out from the files. In these 12 months the stores together were sold below cost,
//! so that there is no margin to take a share of: a loss keeps us busy, and so does effort that brings no margin.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::book::Book;
use super::ledger::{Sums, round};
use super::scoring::{list, number};
use super::table::{all, text};

/// What a store left us in the 12 months.
pub fn margin(sums: &Sums) -> Decimal {
    sums.net - sums.cost
}

/// Orders, a quarter for each line, and one for each line that came back, of which there is none.
fn units(sums: &Sums) -> Decimal {
    Decimal::from(sums.orders.len()) + Decimal::from(sums.lines) * Decimal::new(25, 2)
}

/// Share of effort / share of margin; none where there is nothing to take a share of.
pub fn effort_ratio(book: &Book, sums: &Sums) -> Option<Decimal> {
    let (own, effort) = (margin(sums), units(sums));
    if own <= Decimal::ZERO || effort.is_zero() {
        return (!effort.is_zero()).then(|| round(Decimal::ONE_THOUSAND, 6));
    }
    let whole: Decimal = book.windows[0].values().map(margin).sum();
    let efforts: Decimal = book.windows[0].values().map(units).sum();
    (whole > Decimal::ZERO).then(|| round(effort * whole / (efforts * own), 6))
}

/// Each result of a run tells the kind that the files give, and the kinds add up to all.
pub async fn check(book: &Book, run: &str, results: &[Value]) {
    let losing = book.windows[0].values().filter(|sums| margin(sums) < Decimal::ZERO).count();
    assert_eq!((book.windows[0].len(), losing), (493, 297));
    let none = Sums::default();
    let mut counts = BTreeMap::<String, (i64, Decimal)>::new();
    for result in results {
        let sums = book.windows[0].get(&text(&result["customer_external_id"])).unwrap_or(&none);
        let (profit, ratio) = (margin(sums), effort_ratio(book, sums));
        assert_eq!((number(&result["profit"]), &result["profit_source"]), (profit, &json!("gross_margin_l12")));
        assert_eq!(number(&result["effort"]), units(sums));
        assert_eq!(result["effort_ratio"].as_str().map(|_| number(&result["effort_ratio"])), ratio);
        let sixty = Decimal::from(60);
        let [quality, growth] =
            ["quality", "growth"].map(|axis| result[axis].as_str().is_some() && number(&result[axis]) >= sixty);
        let busy = profit < Decimal::ZERO || ratio.is_some_and(|ratio| ratio >= Decimal::TWO);
        let (kind, mark) = match (quality, growth) {
            (true, _) if profit > Decimal::ZERO => ("survival_base", Value::Null),
            (_, true) if profit < Decimal::ZERO => ("growth_partner", json!("invests")),
            (_, true) => ("growth_partner", Value::Null),
            (true, _) if sums.lines > 0 => ("busy_for_nothing", json!("looks_good")),
            _ if busy => ("busy_for_nothing", Value::Null),
            _ => ("other", Value::Null),
        };
        assert_eq!((&result["kind"], &result["kind_mark"]), (&json!(kind), &mark), "{result}");
        let count = counts.entry(kind.to_owned()).or_default();
        (count.0, count.1) = (count.0 + 1, count.1 + profit);
    }
    let told = book.client.get(&format!("/v1/grading-runs/{run}/customer-kinds")).await.expect(200);
    assert_eq!(told["book_margin"], "-631785.9102");
    let whole: Decimal = list(&told, "kinds").iter().map(|kind| number(&kind["profit"])).sum();
    assert_eq!(whole, number(&told["book_margin"]));
    for kind in list(&told, "kinds") {
        let word = text(&kind["kind"]);
        let (customers, profit) = counts.get(&word).copied().unwrap_or_default();
        assert_eq!(
            (kind["sums"]["customers"].as_i64().unwrap(), number(&kind["profit"])),
            (customers, profit),
            "{word}"
        );
        let listed = all(&book.client, &format!("/v1/grading-runs/{run}/results?kind={word}")).await;
        assert_eq!(listed.len() as i64, customers, "{word}");
    }
    // Golden: by the distributor's scale. Of the 297 stores at a loss we invest in 77 and are busy for nothing with 220.
    let told: Vec<_> = counts.iter().map(|(kind, (customers, _))| (kind.as_str(), *customers)).collect();
    assert_eq!(told, [("busy_for_nothing", 220), ("growth_partner", 95), ("other", 282), ("survival_base", 104)]);
    let invests = results.iter().filter(|result| result["kind_mark"] == "invests").count();
    assert_eq!(invests, 77);
}
