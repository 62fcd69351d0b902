//! How customers like one another grow: the yearly growth of a grade, else of a segment.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::plans::input::PlanCustomer;
use crate::values::ratio;

/// Growth from the second last to the last whole fiscal year, over the customers that have both.
pub(super) struct PeerGrowth<'a> {
    by_grade: BTreeMap<&'a str, (Decimal, Decimal)>,
    by_segment: BTreeMap<&'a str, (Decimal, Decimal)>,
}

impl<'a> PeerGrowth<'a> {
    pub(super) fn measure(customers: &[&'a PlanCustomer]) -> Self {
        let mut peers = Self { by_grade: BTreeMap::new(), by_segment: BTreeMap::new() };
        for customer in customers {
            let [_, Some(before), Some(last)] = customer.years else { continue };
            for (key, sums) in [(&customer.grade, &mut peers.by_grade), (&customer.segment, &mut peers.by_segment)] {
                if let Some(key) = key {
                    let sum = sums.entry(key).or_default();
                    *sum = (sum.0 + before, sum.1 + last);
                }
            }
        }
        peers
    }

    /// The growth that bounds a customer, and whose it is; `None` where no peer has two whole years with sales.
    pub(super) fn of(&self, customer: &PlanCustomer) -> Option<(Decimal, &'static str)> {
        let growth = |key: &Option<String>, sums: &BTreeMap<&str, (Decimal, Decimal)>| {
            let (before, last) = *sums.get(key.as_deref()?)?;
            (before > Decimal::ZERO && last >= Decimal::ZERO).then(|| ratio(last - before, before)).flatten()
        };
        let of_grade = growth(&customer.grade, &self.by_grade).map(|growth| (growth, "grade"));
        of_grade.or_else(|| growth(&customer.segment, &self.by_segment).map(|growth| (growth, "segment")))
    }
}
