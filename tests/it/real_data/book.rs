//! All the stores as one test works with them: what is in the program, and what the files say.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::ledger::{Ledger, Sums, day};
use super::loading::{ADVENTURE_WORKS, load};
use super::table::{all, text};
use crate::support::{Client, Pack};

/// The month as of whose end the stores are looked at.
pub const AS_OF: &str = "2013-11";

pub struct Book {
    pub client: Client,
    pub ledger: Ledger,
    /// External ids of all customers by id.
    pub customers: BTreeMap<String, String>,
    /// Employees by external id.
    pub employees: BTreeMap<String, Decimal>,
    /// The first and the last day with a line, by external id.
    pub days: BTreeMap<String, (NaiveDate, NaiveDate)>,
    /// The 12 months that end with `AS_OF`, the 12 before, and the 12 before those.
    pub windows: [BTreeMap<String, Sums>; 3],
}

impl Book {
    pub async fn load(client: Client, pack: &Pack) -> Self {
        load(&client, pack, ADVENTURE_WORKS).await;
        let ledger = Ledger::of(pack);
        let listed = all(&client, "/v1/customers").await;
        let employees = pack.rows("customers.csv");
        Self {
            customers: listed.iter().map(|c| (text(&c["id"]), text(&c["external_id"]))).collect(),
            employees: employees
                .iter()
                .map(|row| (row["external_id"].clone(), row["employees"].parse().unwrap()))
                .collect(),
            days: ledger.days().into_iter().map(|(customer, days)| (customer.to_owned(), days)).collect(),
            windows: [("2012-12-01", "2013-11-30"), ("2011-12-01", "2012-11-30"), ("2010-12-01", "2011-11-30")]
                .map(|(first, last)| ledger.by_customer(first, last)),
            client,
            ledger,
        }
    }

    /// Net of the last 12 months.
    pub fn net_l12(&self) -> Decimal {
        self.windows[0].values().map(|sums| sums.net).sum()
    }

    /// The fewest customers making 80 % of it, in the order of their external ids.
    pub fn smallest_set(&self) -> Vec<String> {
        let mut ranked: Vec<_> = self.windows[0].iter().map(|(customer, sums)| (sums.net, customer)).collect();
        ranked.sort_by(|(a, one), (b, other)| b.cmp(a).then(one.cmp(other)));
        let (target, mut reached) = (self.net_l12() * Decimal::new(8, 1), Decimal::ZERO);
        let mut set = Vec::new();
        for (net, customer) in ranked {
            if reached >= target {
                break;
            }
            reached += net;
            set.push(customer.clone());
        }
        set.sort();
        set
    }

    /// Customers whose first line lies in the last 12 months.
    pub fn newly_won(&self) -> Vec<String> {
        let since = day("2012-12-01");
        self.days.iter().filter(|(_, (first, _))| *first >= since).map(|(customer, _)| customer.clone()).collect()
    }
}
