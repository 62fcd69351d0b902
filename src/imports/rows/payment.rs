//! A payment, and what names it where the source gives it no id.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};

use super::{Fields, ImportRow, Sign};
use crate::imports::{ImportKind, Record, RowProblem};
use crate::values::{Currency, round_money};

/// Payments of a file that have no ids and are like no other.
const MOST_WITHOUT_ID: usize = 1_000_000;

/// A payment received from a customer in a file. Money paid back is negative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentRow {
    /// Its id in the source system, where that has one; otherwise see [`PaymentIds`].
    pub external_id: Option<String>,
    /// External id of the customer.
    pub customer_id: String,
    /// The day of the payment.
    pub paid_on: NaiveDate,
    /// What was paid, in `currency`.
    pub amount: Decimal,
    /// The currency; the tenant's base currency where `None`.
    pub currency: Option<Currency>,
    /// External id of the receivable it settles, where it names one.
    pub receivable_id: Option<String>,
    /// When this was observed; the moment of receipt where `None`.
    pub observed_at: Option<DateTime<Utc>>,
}

impl ImportRow for PaymentRow {
    const KIND: ImportKind = ImportKind::Payments;

    fn parse(record: &Record) -> Result<Self, Vec<RowProblem>> {
        let mut f = Fields::new(record);
        let external_id = f.id("external_id");
        let customer_id = f.required("customer_id", Fields::id);
        let paid_on = f.required("paid_on", Fields::day);
        let amount = f.required("amount", |f, column| f.amount(column, Sign::Any));
        let currency = f.currency("currency");
        let receivable_id = f.id("receivable_id");
        let observed_at = f.time("observed_at");
        let row = (|| {
            let (customer_id, paid_on, amount) = (customer_id?, paid_on?, amount?);
            Some(Self { external_id, customer_id, paid_on, amount, currency, receivable_id, observed_at })
        })();
        f.finish(row)
    }
}

/// Gives the payments of one file ids, so that importing the file again changes nothing.
///
/// A payment without an id of its own is named by its customer, day, amount and currency, and by its occurrence among
/// equal ones: two equal payments in a file are two payments, and stay two when the file comes again. Ask for the rows
/// in the order of the file, from its first. Needs some 40 bytes of memory for each payment without an id that is like
/// none before it, of which a file may have at most a million.
#[derive(Clone, Debug)]
pub struct PaymentIds {
    seen: BTreeMap<[u8; 16], u32>,
    most: usize,
}

impl Default for PaymentIds {
    fn default() -> Self {
        Self { seen: BTreeMap::new(), most: MOST_WITHOUT_ID }
    }
}

impl PaymentIds {
    /// For the start of a file.
    pub fn new() -> Self {
        Self::default()
    }

    /// The payment's own id, or one made of what it says: `paid:`, 32 hexadecimal digits, `:`, the occurrence from 1.
    /// None where the file has more payments without ids than can be told apart.
    pub fn id_of(&mut self, payment: &PaymentRow) -> Option<String> {
        if let Some(id) = &payment.external_id {
            return Some(id.clone());
        }
        let key = fingerprint(payment);
        if self.seen.len() >= self.most && !self.seen.contains_key(&key) {
            return None;
        }
        let occurrence = self.seen.entry(key).or_insert(0);
        *occurrence += 1;
        Some(format!("paid:{}:{occurrence}", hex::encode(key)))
    }
}

fn fingerprint(payment: &PaymentRow) -> [u8; 16] {
    let currency = payment.currency.map(|c| c.to_string()).unwrap_or_default();
    // No field but the customer can hold a line feed, and it may not: the text is read in one way only.
    let text = format!("{}\n{}\n{}\n{currency}", payment.customer_id, payment.paid_on, round_money(payment.amount));
    let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    std::array::from_fn(|i| digest[i])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payment(customer: &str, amount: &str) -> PaymentRow {
        PaymentRow {
            external_id: None,
            customer_id: customer.into(),
            paid_on: NaiveDate::from_ymd_opt(2024, 5, 6).unwrap(),
            amount: amount.parse().unwrap(),
            currency: None,
            receivable_id: None,
            observed_at: None,
        }
    }

    #[test]
    fn the_same_file_gives_the_same_ids_and_equal_payments_stay_two() {
        let file = [payment("a", "10"), payment("b", "10"), payment("a", "10.00"), payment("a", "11")];
        let ids = || {
            let mut ids = PaymentIds::new();
            file.iter().filter_map(|p| ids.id_of(p)).collect::<Vec<_>>()
        };
        let first = ids();
        assert_eq!(first, ids());
        assert_eq!(first.iter().collect::<std::collections::BTreeSet<_>>().len(), 4);
        assert_eq!(first[0].replace(":1", ":2"), first[2]);
        let own = PaymentRow { external_id: Some("P-1".into()), ..payment("a", "10") };
        assert_eq!(PaymentIds::new().id_of(&own).as_deref(), Some("P-1"));
    }

    #[test]
    fn more_payments_without_ids_than_can_be_told_apart_get_none() {
        let mut ids = PaymentIds { most: 2, ..PaymentIds::new() };
        let given = ["1", "2", "3", "2", "4"].map(|amount| ids.id_of(&payment("a", amount)).is_some());
        assert_eq!(given, [true, true, false, true, false]);
        let own = PaymentRow { external_id: Some("P-1".into()), ..payment("a", "3") };
        assert_eq!(ids.id_of(&own).as_deref(), Some("P-1"));
    }
}
