//! What a new customer brings in its first twelve months, by customer type.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::draft::PlanNote;
use super::groups::CustomerType;
use super::input::PlanCustomer;
use super::notes;
use super::settings::PlanSettings;
use crate::values::{Month, round_money};

/// Months of history kept: a first year older than that is not seen whole.
const WINDOW: u32 = 36;

/// Average first-year nets, measured on the customers won within the window.
pub(super) struct FirstYearNets<'a> {
    by_type: BTreeMap<CustomerType<'a>, Average>,
    by_grade: BTreeMap<Option<&'a str>, Average>,
    all: Average,
    settings: &'a PlanSettings,
}

#[derive(Clone, Copy, Default)]
struct Average {
    sum: Decimal,
    count: u32,
}

impl Average {
    fn add(&mut self, net: Decimal) {
        self.sum += net;
        self.count += 1;
    }

    /// The average, where it is above 0.
    fn get(&self) -> Option<Decimal> {
        let average = self.sum.checked_div(self.count.into())?;
        (average > Decimal::ZERO).then(|| round_money(average)).filter(|average| !average.is_zero())
    }
}

impl<'a> FirstYearNets<'a> {
    /// Measures the customers whose whole first year lies within the last 36 months up to `as_of`.
    pub(super) fn measure(customers: &[&'a PlanCustomer], as_of: Month, settings: &'a PlanSettings) -> Self {
        let mut nets = Self { by_type: BTreeMap::new(), by_grade: BTreeMap::new(), all: Average::default(), settings };
        for customer in customers {
            if let Some(net) = first_year_net(customer, as_of) {
                nets.by_type.entry(CustomerType::of(customer)).or_default().add(net);
                nets.by_grade.entry(customer.grade.as_deref()).or_default().add(net);
                nets.all.add(net);
            }
        }
        nets
    }

    /// The average of the type's own newcomers; else the setting for its grade; else the grade's, then everybody's
    /// newcomers. The note tells which.
    pub(super) fn of(&self, kind: CustomerType<'_>) -> (Option<Decimal>, PlanNote) {
        let set = || kind.grade.and_then(|grade| self.settings.first_year_net_by_grade.get(grade)).map(|net| **net);
        let own = self.by_type.get(&kind).and_then(Average::get).map(|net| (net, "type"));
        let found = own
            .or_else(|| set().map(|net| (net, "setting")))
            .or_else(|| self.by_grade.get(&kind.grade).and_then(Average::get).map(|net| (net, "grade")))
            .or_else(|| self.all.get().map(|net| (net, "all")));
        match found {
            Some((net, source)) => (Some(net), notes::first_year_from(source)),
            None => (None, notes::first_year_unknown()),
        }
    }
}

/// New customers needed to bring `gap`, and leads to win them: each rounded up, 0 without a gap.
pub(super) fn needed(
    gap: Decimal,
    first_year_net: Option<Decimal>,
    win_rate: Decimal,
) -> (Option<Decimal>, Option<Decimal>) {
    if gap <= Decimal::ZERO {
        return (Some(Decimal::ZERO), Some(Decimal::ZERO));
    }
    let customers = first_year_net.and_then(|net| gap.checked_div(net)).map(|needed| needed.ceil());
    let leads = customers.and_then(|customers| customers.checked_div(win_rate)).map(|leads| leads.ceil());
    (customers, leads)
}

fn first_year_net(customer: &PlanCustomer, as_of: Month) -> Option<Decimal> {
    if !(12..=WINDOW).contains(&customer.months_of_history) {
        return None;
    }
    let first = as_of.plus(1 - i32::try_from(customer.months_of_history).ok()?);
    Some(customer.net_by_month.range(first..first.plus(12)).map(|(_, net)| *net).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_round_up() {
        let d = Decimal::from;
        assert_eq!(needed(d(1000), Some(d(300)), Decimal::new(25, 2)), (Some(d(4)), Some(d(16))));
        assert_eq!(needed(d(900), Some(d(300)), Decimal::new(30, 2)), (Some(d(3)), Some(d(10))));
        assert_eq!(needed(d(-5), None, Decimal::ONE), (Some(d(0)), Some(d(0))));
        assert_eq!(needed(d(5), None, Decimal::ONE), (None, None));
    }
}
