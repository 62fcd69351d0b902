//! Customers gathered by territory, salesperson or type, each group in the order of its key.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::input::{Named, PlanCustomer, unassigned};
use crate::values::Label;

/// Customers that share a key.
#[derive(Clone, Debug)]
pub(super) struct Group<'a> {
    /// The key; empty for the unassigned.
    pub(super) key: String,
    /// Its name.
    pub(super) label: Label,
    /// The customers, in the order they came.
    pub(super) customers: Vec<&'a PlanCustomer>,
}

impl Group<'_> {
    /// Net of the last 12 months.
    pub(super) fn net(&self) -> Decimal {
        self.customers.iter().map(|customer| customer.sales()).sum()
    }

    /// Headroom of those whose potential is known; `None` where none is.
    pub(super) fn headroom(&self) -> Option<Decimal> {
        self.customers.iter().filter_map(|customer| customer.headroom()).reduce(|a, b| a + b)
    }
}

/// A customer type: grade and segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CustomerType<'a> {
    /// The grade, where graded.
    pub(super) grade: Option<&'a str>,
    /// The segment, where known.
    pub(super) segment: Option<&'a str>,
}

impl<'a> CustomerType<'a> {
    /// A customer's type.
    pub(super) fn of(customer: &'a PlanCustomer) -> Self {
        Self { grade: customer.grade.as_deref(), segment: customer.segment.as_deref() }
    }

    /// `grade/segment`, either part empty where unknown.
    pub(super) fn key(self) -> String {
        format!("{}/{}", self.grade.unwrap_or_default(), self.segment.unwrap_or_default())
    }

    /// Its name.
    pub(super) fn label(self) -> Label {
        Label::new(
            format!("{} · {}", self.grade.unwrap_or("Ungraded"), self.segment.unwrap_or("No segment")),
            format!("{} · {}", self.grade.unwrap_or("未分级"), self.segment.unwrap_or("未细分")),
        )
    }
}

/// By territory.
pub(super) fn by_territory<'a>(customers: &[&'a PlanCustomer]) -> Vec<Group<'a>> {
    by_named(customers, |customer| customer.territory.as_ref())
}

/// By owner.
pub(super) fn by_salesperson<'a>(customers: &[&'a PlanCustomer]) -> Vec<Group<'a>> {
    by_named(customers, |customer| customer.salesperson.as_ref())
}

/// By grade and segment; the ungraded come first.
pub(super) fn by_type<'a>(customers: &[&'a PlanCustomer]) -> Vec<(CustomerType<'a>, Group<'a>)> {
    let mut groups: BTreeMap<CustomerType<'a>, Vec<&'a PlanCustomer>> = BTreeMap::new();
    for customer in customers {
        groups.entry(CustomerType::of(customer)).or_default().push(customer);
    }
    let group = |kind: CustomerType<'_>, customers| Group { key: kind.key(), label: kind.label(), customers };
    groups.into_iter().map(|(kind, customers)| (kind, group(kind, customers))).collect()
}

fn by_named<'a>(customers: &[&'a PlanCustomer], named: fn(&PlanCustomer) -> Option<&Named>) -> Vec<Group<'a>> {
    let mut groups: BTreeMap<&str, (Option<&Named>, Vec<&'a PlanCustomer>)> = BTreeMap::new();
    for customer in customers {
        let named = named(customer);
        let (name, members) = groups.entry(named.map_or("", |named| &named.key)).or_default();
        // One key with several names: the least, so that the order of the customers changes nothing.
        *name = match (*name, named) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        members.push(customer);
    }
    groups
        .into_iter()
        .map(|(key, (named, customers))| Group {
            key: key.to_owned(),
            label: named.map_or_else(unassigned, |named| Label::new(&named.name, &named.name)),
            customers,
        })
        .collect()
}
