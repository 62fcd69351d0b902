//! Checks receivables, payments and costs, resolves what they refer to, and converts amounts into the base currency.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::wire::{CostToServeUpsert, PaymentUpsert, ReceivableUpsert};
use crate::error::{FieldProblem, Problems};
use crate::intake::{check_observed_at, checked};
use crate::sales::{Rates, amount, in_base, rate, reference};
use crate::values::Currency;

const LONGEST_ID: usize = 200;
const LONGEST_ACTIVITY: usize = 100;

/// A receivable as payments know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KnownReceivable {
    pub id: Uuid,
    pub customer: Uuid,
    pub currency: Currency,
}

/// A payment whose references are known.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LoadablePayment {
    pub customer: Uuid,
    pub currency: Currency,
    pub receivable: Option<Uuid>,
}

/// An amount of a customer that can be kept in the base currency.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LoadableAmount {
    pub customer: Uuid,
    pub currency: Currency,
    pub rate: Decimal,
}

/// Resolves a payment; otherwise everything that is wrong with it.
pub(super) fn payment(
    payment: &PaymentUpsert,
    base: Currency,
    customers: &BTreeMap<String, Uuid>,
    receivables: &BTreeMap<String, KnownReceivable>,
    now: DateTime<Utc>,
) -> Result<LoadablePayment, Vec<FieldProblem>> {
    let mut problems = Problems::new();
    problems.text("/external_id", &payment.external_id, LONGEST_ID);
    let customer = reference(&mut problems, "/customer_external_id", &payment.customer_external_id, customers);
    amount(&mut problems, "/amount", payment.amount.0);
    let currency = payment.currency.unwrap_or(base);
    let receivable = payment.receivable_external_id.as_ref().and_then(|id| {
        let known = receivables.get(id).copied();
        match known {
            None => {
                let ids: BTreeMap<String, Uuid> = BTreeMap::new();
                reference(&mut problems, "/receivable_external_id", id, &ids);
            }
            Some(item) if customer.is_some_and(|customer| customer != item.customer) || currency != item.currency => {
                let en = "A payment settles a receivable of its own customer and currency.";
                let zh = "付款只能核销同一客户、同一币种的应收款。";
                problems.add("/receivable_external_id", "contradiction", en, zh);
            }
            Some(_) => {}
        }
        known
    });
    check_observed_at(&mut problems, payment.observed_at, now);
    checked(problems)?;
    let receivable = receivable.map(|item| item.id);
    customer.map(|customer| LoadablePayment { customer, currency, receivable }).ok_or_else(Vec::new)
}

/// Resolves a receivable; otherwise everything that is wrong with it.
pub(super) fn receivable(
    row: &ReceivableUpsert,
    base: Currency,
    customers: &BTreeMap<String, Uuid>,
    rates: &Rates,
    now: DateTime<Utc>,
) -> Result<LoadableAmount, Vec<FieldProblem>> {
    let mut problems = Problems::new();
    problems.text("/external_id", &row.external_id, LONGEST_ID);
    check_observed_at(&mut problems, row.observed_at, now);
    if row.due_on < row.invoiced_on {
        problems.add("/due_on", "range", "Not before invoiced_on.", "不得早于 invoiced_on。");
    }
    let (currency, day) = (row.currency.unwrap_or(base), row.invoiced_on.0);
    of_customer(problems, &row.customer_external_id, row.amount.0, (currency, day), base, (customers, rates))
}

/// Resolves a cost; otherwise everything that is wrong with it.
pub(super) fn cost(
    row: &CostToServeUpsert,
    base: Currency,
    customers: &BTreeMap<String, Uuid>,
    rates: &Rates,
    now: DateTime<Utc>,
) -> Result<LoadableAmount, Vec<FieldProblem>> {
    let mut problems = Problems::new();
    problems.text("/external_id", &row.external_id, LONGEST_ID);
    check_observed_at(&mut problems, row.observed_at, now);
    problems.text("/activity", &row.activity, LONGEST_ACTIVITY);
    let (currency, day) = (row.currency.unwrap_or(base), row.day.0);
    of_customer(problems, &row.customer_external_id, row.amount.0, (currency, day), base, (customers, rates))
}

fn of_customer(
    mut problems: Problems,
    external_id: &str,
    value: Decimal,
    (currency, day): (Currency, NaiveDate),
    base: Currency,
    (customers, rates): (&BTreeMap<String, Uuid>, &Rates),
) -> Result<LoadableAmount, Vec<FieldProblem>> {
    let customer = reference(&mut problems, "/customer_external_id", external_id, customers);
    amount(&mut problems, "/amount", value);
    let rate = rate(&mut problems, currency, day, base, rates);
    if let Some(rate) = rate {
        in_base(&mut problems, "/amount", value, rate);
    }
    checked(problems)?;
    customer.zip(rate).map(|(customer, rate)| LoadableAmount { customer, currency, rate }).ok_or_else(Vec::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Date;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn day(text: &str) -> Date {
        Date(text.parse().unwrap())
    }

    fn usd() -> Currency {
        "USD".parse().unwrap()
    }

    fn codes<T: std::fmt::Debug>(outcome: Result<T, Vec<FieldProblem>>) -> Vec<(String, &'static str)> {
        outcome.unwrap_err().into_iter().map(|problem| (problem.pointer, problem.code)).collect()
    }

    fn sample_payment() -> PaymentUpsert {
        PaymentUpsert {
            external_id: "P".into(),
            customer_external_id: "C".into(),
            paid_on: day("2024-01-31"),
            amount: "10".parse().unwrap(),
            currency: None,
            receivable_external_id: Some("R".into()),
            observed_at: None,
            keeps_currency: false,
            keeps_receivable: false,
        }
    }

    #[test]
    fn every_problem_of_a_payment_is_named() {
        let wrong = PaymentUpsert {
            external_id: String::new(),
            customer_external_id: "nobody".into(),
            amount: "1.00001".parse().unwrap(),
            ..sample_payment()
        };
        let found = codes(payment(&wrong, usd(), &BTreeMap::new(), &BTreeMap::new(), NOW));
        let expected = [
            ("/external_id", "required"),
            ("/customer_external_id", "unknown_reference"),
            ("/amount", "too_many_places"),
            ("/receivable_external_id", "unknown_reference"),
        ];
        assert_eq!(found, expected.map(|(pointer, code)| (pointer.to_owned(), code)));
    }

    #[test]
    fn a_payment_settles_only_what_its_customer_owes_in_its_currency() {
        let customers = BTreeMap::from([("C".to_owned(), Uuid::from_u128(1))]);
        let item = |customer, currency: &str| {
            let known = KnownReceivable {
                id: Uuid::from_u128(9),
                customer: Uuid::from_u128(customer),
                currency: currency.parse().unwrap(),
            };
            BTreeMap::from([("R".to_owned(), known)])
        };
        let settled = payment(&sample_payment(), usd(), &customers, &item(1, "USD"), NOW).unwrap();
        assert_eq!(settled.receivable, Some(Uuid::from_u128(9)));
        for items in [item(2, "USD"), item(1, "EUR")] {
            let found = codes(payment(&sample_payment(), usd(), &customers, &items, NOW));
            assert_eq!(found, [("/receivable_external_id".to_owned(), "contradiction")]);
        }
    }

    #[test]
    fn every_problem_of_a_receivable_and_of_a_cost_is_named() {
        let wrong = ReceivableUpsert {
            external_id: "R".into(),
            customer_external_id: "nobody".into(),
            invoiced_on: day("2024-01-31"),
            due_on: day("2024-01-30"),
            amount: "1.00001".parse().unwrap(),
            currency: "EUR".parse().ok(),
            observed_at: None,
            keeps_currency: false,
        };
        let found = codes(receivable(&wrong, usd(), &BTreeMap::new(), &Rates::new(), NOW));
        assert_eq!(
            found.iter().map(|(pointer, _)| pointer.as_str()).collect::<Vec<_>>(),
            ["/due_on", "/customer_external_id", "/amount", "/currency"]
        );
        let wrong = CostToServeUpsert {
            external_id: String::new(),
            customer_external_id: "nobody".into(),
            day: day("2024-01-31"),
            activity: String::new(),
            amount: "999999999999999".parse().unwrap(),
            currency: "EUR".parse().ok(),
            observed_at: None,
            keeps_currency: false,
        };
        let rates = Rates::from([(("EUR".parse().unwrap(), day("2024-01-31").0), Decimal::from(1000))]);
        let found = codes(cost(&wrong, usd(), &BTreeMap::new(), &rates, NOW));
        let expected = [
            ("/external_id", "required"),
            ("/activity", "required"),
            ("/customer_external_id", "unknown_reference"),
            ("/amount", "out_of_range"),
        ];
        assert_eq!(found, expected.map(|(pointer, code)| (pointer.to_owned(), code)));
    }
}
