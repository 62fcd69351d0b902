//! Books to test the generators on.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::draft::PlanDraft;
use super::input::{MarketHeadroom, Named, PlanBook, PlanCustomer, PlanStage};
use super::settings::PlanSettings;
use crate::values::{CustomerId, FiscalYear, Month};

pub(super) fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(super) fn named(key: &str) -> Option<Named> {
    Some(Named { key: key.into(), name: format!("Name of {key}") })
}

/// A customer with a year of sales in one category, territory `N`, salesperson `S1`.
pub(super) fn customer(external_id: &str, category: &str, net: &str) -> PlanCustomer {
    let number = external_id.bytes().fold(0_u128, |n, b| n * 256 + u128::from(b));
    let as_of: Month = "2013-12".parse().unwrap();
    PlanCustomer {
        id: CustomerId(Uuid::from_u128(number)),
        external_id: external_id.into(),
        name: format!("Customer {external_id}"),
        territory: named("N"),
        salesperson: named("S1"),
        grade: Some("A".into()),
        segment: Some("pumps".into()),
        ge_cell: None,
        stage: PlanStage::Active,
        years: [None, None, Some(d(net))],
        net_l12: Some(d(net)),
        months_of_history: 12,
        net_by_category: BTreeMap::from([(category.to_owned(), d(net))]),
        net_by_month: BTreeMap::from([(as_of, d(net))]),
        potential_by_category: BTreeMap::new(),
    }
}

pub(super) fn book(customers: Vec<PlanCustomer>) -> PlanBook {
    PlanBook {
        year: FiscalYear::new(2014, 1).unwrap(),
        currency: "EUR".parse().unwrap(),
        places: 2,
        as_of: "2013-12".parse().unwrap(),
        customers,
        category_names: BTreeMap::new(),
        category_months: BTreeMap::new(),
        market: MarketHeadroom::default(),
        settings: PlanSettings::default(),
    }
}

/// Any customer: with or without history, returns, potential, territory, owner, grade.
fn any_customer(number: usize) -> impl Strategy<Value = PlanCustomer> {
    let net = || -100_000_i64..5_000_000;
    let place = (0..4_usize, 0..4_usize, 0..4_usize, 0..3_usize, 0..3_usize, 0..4_usize);
    let sales = (
        prop::option::weighted(0.8, prop::collection::btree_map(0..4_usize, net(), 0..4)),
        prop::array::uniform3(prop::option::of(net())),
        0_u32..50,
        prop::collection::vec(net(), 36),
    );
    let potential = prop::collection::btree_map(0..5_usize, 0_i64..9_000_000, 0..4);
    (place, sales, potential).prop_map(move |(place, (by_category, years, history, months), potential)| {
        let pick = |list: [&str; 3], n: usize| list.get(n).map(|key| (*key).to_owned());
        let money = |n: i64| Decimal::new(n, 4);
        let categories = |list: BTreeMap<usize, i64>| -> BTreeMap<String, Decimal> {
            list.into_iter().map(|(code, net)| (format!("C{code}"), money(net))).collect()
        };
        let has_history = by_category.is_some();
        let net_by_category = by_category.map(categories).unwrap_or_default();
        let net_l12 = has_history.then(|| net_by_category.values().sum());
        let as_of: Month = "2013-12".parse().unwrap();
        let months = months.into_iter().zip(0..).map(|(net, back): (i64, i32)| (as_of.plus(-back), money(net)));
        PlanCustomer {
            id: CustomerId(Uuid::from_u128(number as u128)),
            external_id: format!("K{number:03}"),
            name: format!("Customer {number}"),
            territory: pick(["N", "S", "W"], place.0).and_then(|key| named(&key)),
            salesperson: pick(["S1", "S2", "S3"], place.1).and_then(|key| named(&key)),
            grade: pick(["A", "B", "C"], place.2),
            segment: pick(["pumps", "valves", "pumps"], place.3),
            ge_cell: pick(["high_strong", "low_weak", "unheard_of"], place.4),
            stage: [PlanStage::Prospect, PlanStage::Active, PlanStage::Active, PlanStage::Lost][place.5],
            years: if has_history { years.map(|year| year.map(money)) } else { [None; 3] },
            net_l12,
            months_of_history: if has_history { history } else { 0 },
            net_by_category,
            net_by_month: if has_history { months.collect() } else { BTreeMap::new() },
            potential_by_category: categories(potential),
        }
    })
}

/// Any book of up to 25 customers.
pub(super) fn any_book() -> impl Strategy<Value = PlanBook> {
    (0..25_usize).prop_flat_map(|count| (0..count).map(any_customer).collect::<Vec<_>>()).prop_map(book)
}

/// Every label of a plan fits the 200 characters that labels have.
pub(super) fn assert_labels_fit(plan: &PlanDraft) {
    let of_lines = plan.steps.iter().flat_map(|step| &step.lines);
    let notes = of_lines.clone().flat_map(|line| &line.notes).chain(plan.steps.iter().flat_map(|step| &step.notes));
    let steps = plan.steps.iter().flat_map(|step| [&step.label, &step.basis]);
    for label in steps.chain(of_lines.map(|line| &line.label)).chain(notes.map(|note| &note.label)) {
        for text in [&label.en, &label.zh] {
            assert!((1..=200).contains(&text.chars().count()), "{text}");
        }
    }
}
