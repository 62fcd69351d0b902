use crate::values::Label;
use proptest::prelude::*;

use super::*;
use crate::plans::check_sums;
use crate::plans::draft::{PlanLine, PlanLineKind};
use crate::plans::samples::{any_book, assert_labels_fit, book, customer, d, named};
use crate::plans::settings::{BudgetLine, PinLevel, PlanPin};
use crate::values::Exact;

fn run(book: PlanBook, target: &str) -> PlanDraft {
    let plan = generate(&TaskDecompositionInput { book, target: d(target) }).unwrap();
    assert_eq!(check_sums(&plan), []);
    assert_labels_fit(&plan);
    assert_eq!(plan.steps.len(), 8);
    plan
}

fn lines(plan: &PlanDraft, step: u8, kind: PlanLineKind) -> Vec<(String, Option<String>)> {
    let text = |line: &PlanLine| (line.key.clone(), line.amount.map(|amount| amount.to_string()));
    plan.step(step).unwrap().of_kind(kind).map(text).collect()
}

fn some(list: &[(&str, &str)]) -> Vec<(String, Option<String>)> {
    list.iter().map(|(key, amount)| ((*key).to_owned(), Some((*amount).to_owned()))).collect()
}

fn figure(line: &PlanLine, name: &str) -> Option<Decimal> {
    line.figure_named(name)
}

/// Two territories, two salespeople in N, two categories; net 600 + 300 + 100.
fn small() -> PlanBook {
    let mut other = customer("2", "valves", "300");
    other.salesperson = named("S2");
    let mut far = customer("3", "pumps", "100");
    (far.territory, far.grade) = (None, None);
    book(vec![customer("1", "pumps", "600"), other, far])
}

#[test]
fn the_eight_steps_worked_by_hand() {
    let mut book = small();
    book.settings.budget_lines =
        vec![BudgetLine {
            code: "fairs".parse().unwrap(), label: Label::new("Fairs", "展会"), amount: Exact(d("90"))
        }];
    let plan = run(book, "2000");
    assert_eq!(lines(&plan, 1, PlanLineKind::Year), some(&[("2014", "2000.00")]));
    assert_eq!(figure(&plan.steps[0].lines[0], "growth"), Some(d("1")));
    assert_eq!(lines(&plan, 2, PlanLineKind::Category), some(&[("pumps", "1400.00"), ("valves", "600.00")]));
    assert_eq!(lines(&plan, 3, PlanLineKind::Territory), some(&[("", "200.00"), ("N", "1800.00")]));
    let cells = some(&[("pumps", "200.00"), ("pumps", "1200.00"), ("valves", "600.00")]);
    assert_eq!(lines(&plan, 3, PlanLineKind::Category), cells);
    let people = some(&[("S1", "200.00"), ("S1", "1200.00"), ("S2", "600.00")]);
    assert_eq!(lines(&plan, 4, PlanLineKind::Salesperson), people);
    let types = some(&[("/pumps", "200.00"), ("A/pumps", "1200.00"), ("A/pumps", "600.00")]);
    assert_eq!(lines(&plan, 5, PlanLineKind::CustomerType), types);
    // gaps: 200 - 100 x 0.85; 1200 - 600 x 0.95; 600 - 300 x 0.95; all 115 + 630 + 315
    assert_eq!(lines(&plan, 6, PlanLineKind::Year), some(&[("2014", "1060.00")]));
    let large = plan.step(6).unwrap().lines.iter().find(|line| line.amount == Some(Exact(d("630")))).unwrap();
    assert_eq!(large.kind, PlanLineKind::Salesperson);
    let kind = &plan.step(6).unwrap().lines[large.position as usize + 1];
    // first year of type A/pumps: (600 + 300) / 2 = 450; 630 / 450 up = 2; 2 / 0.25 = 8
    assert_eq!(figure(kind, "first_year_net"), Some(d("450")));
    assert_eq!((figure(kind, "new_customers"), figure(kind, "leads")), (Some(d("2")), Some(d("8"))));
    // the year's: gaps 115 / 100 up, 630 / 450 up, 315 / 450 up; four leads each
    let year = &plan.step(6).unwrap().lines[0];
    assert_eq!((figure(year, "target"), figure(year, "retained")), (Some(d("2000")), Some(d("940"))));
    assert_eq!((figure(year, "new_customers"), figure(year, "leads")), (Some(d("5")), Some(d("20"))));
    // 90 by 115 : 630 : 315 of 1060: 9.764, 53.490, 26.745
    let people = some(&[("S1", "9.76"), ("S1", "53.49"), ("S2", "26.75")]);
    assert_eq!(lines(&plan, 7, PlanLineKind::Salesperson), people);
    assert!(plan.step(8).unwrap().lines.iter().all(|line| line.notes.iter().any(|n| n.code == "potential_unknown")));
}

#[test]
fn opportunity_counts_where_potential_is_known_and_the_market_is_checked() {
    let mut book = small();
    // headroom: pumps 1000 - 600 = 400, valves 400 - 300 = 100
    book.customers[0].potential_by_category.insert("pumps".into(), d("1000"));
    book.customers[1].potential_by_category.insert("valves".into(), d("400"));
    let plan = run(book, "2000");
    // pumps: 0.7 x 0.7 + 0.3 x 0.8 = 0.73
    assert_eq!(lines(&plan, 2, PlanLineKind::Category), some(&[("pumps", "1460.00"), ("valves", "540.00")]));
    let check = plan.step(8).unwrap();
    let pumps = check.of_kind(PlanLineKind::Category).next().unwrap();
    // needed 1460 - 700 = 760, headroom 400
    assert_eq!((figure(pumps, "needed"), figure(pumps, "shortfall")), (Some(d("760")), Some(d("360"))));
    assert!(pumps.notes.iter().any(|note| note.code == "beyond_headroom"));
}

#[test]
fn pins_hold_and_not_planned_goes_down() {
    let mut book = small();
    let pin = |level, key: &str, territory: Option<&str>, amount: Option<&str>| PlanPin {
        level,
        key: key.into(),
        territory: territory.map(Into::into),
        amount: amount.map(|amount| Exact(d(amount))),
    };
    book.settings.pins = vec![
        pin(PinLevel::Category, "new", None, Some("500")),
        pin(PinLevel::Territory, "", None, None),
        pin(PinLevel::Salesperson, "S2", Some("N"), Some("1")),
    ];
    let plan = run(book.clone(), "2000");
    // 1500 over pumps 700 : valves 300
    let categories = some(&[("new", "500.00"), ("pumps", "1050.00"), ("valves", "450.00")]);
    assert_eq!(lines(&plan, 2, PlanLineKind::Category), categories);
    assert_eq!(lines(&plan, 3, PlanLineKind::Territory)[0], (String::new(), None));
    let people = lines(&plan, 4, PlanLineKind::Salesperson);
    assert_eq!(people[0].1, None);
    assert_eq!(people[1..], some(&[("S1", "1999.00"), ("S2", "1.00")]));
    book.settings.pins[2].territory = Some(String::new());
    let problems = generate(&TaskDecompositionInput { book: book.clone(), target: d("2000") }).unwrap_err();
    assert_eq!(problems[0].code, "pinned_in_unplanned");
    book.settings.pins[0].amount = Some(Exact(d("2000.01")));
    let problems = generate(&TaskDecompositionInput { book, target: d("2000") }).unwrap_err();
    assert_eq!((problems[0].pointer.as_str(), problems[0].code), ("/settings/pins", "pins_exceed_total"));
}

#[test]
fn without_anything_the_target_still_reaches_the_bottom() {
    let plan = run(book(vec![]), "100");
    assert_eq!(lines(&plan, 5, PlanLineKind::CustomerType), some(&[("/", "100.00")]));
    assert_eq!(plan.step(3).unwrap().lines[0].label.zh, "未分配");
}

#[test]
fn a_wrong_target_is_told() {
    let input = |target: &str| TaskDecompositionInput { book: small(), target: d(target) };
    assert_eq!(generate(&input("-1")).unwrap_err()[0].code, "negative");
    assert_eq!(generate(&input("0.001")).unwrap_err()[0].pointer, "/target");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_level_sums_exactly_and_order_changes_nothing(
        mut book in any_book(), cents in 0_i64..100_000_000, pin in 0_i64..1_000_000, turn in 0..25_usize,
    ) {
        let target = Decimal::new(cents, 2);
        let pinned = Decimal::new(pin.min(cents), 2);
        book.settings.pins.push(PlanPin {
            level: PinLevel::Territory, key: "S".into(), territory: None, amount: Some(Exact(pinned)),
        });
        let mut input = TaskDecompositionInput { book, target };
        let Ok(plan) = generate(&input) else {
            // only a lone territory that is pinned below the target can fail
            prop_assert!(input.book.customers.iter().all(|c| c.territory.as_ref().is_some_and(|t| t.key == "S")));
            return Ok(());
        };
        prop_assert_eq!(check_sums(&plan), vec![]);
        let sum = |step: u8, kind| plan.step(step).unwrap().of_kind(kind).filter_map(PlanLine::planned).sum::<Decimal>();
        for (step, kind) in [
            (2, PlanLineKind::Category), (3, PlanLineKind::Territory), (3, PlanLineKind::Category),
            (4, PlanLineKind::Salesperson), (5, PlanLineKind::CustomerType),
        ] {
            prop_assert_eq!(sum(step, kind), target);
        }
        for category in &plan.steps[1].lines {
            let cells = plan.steps[2].of_kind(PlanLineKind::Category).filter(|cell| cell.key == category.key);
            prop_assert_eq!(cells.filter_map(PlanLine::planned).sum::<Decimal>(), category.planned().unwrap());
        }
        let territory = plan.steps[2].of_kind(PlanLineKind::Territory).find(|line| line.key == "S").unwrap();
        prop_assert_eq!(territory.planned(), Some(pinned));
        let count = input.book.customers.len().max(1);
        input.book.customers.reverse();
        let turn = (turn % count).min(input.book.customers.len());
        input.book.customers.rotate_left(turn);
        let again = generate(&input).unwrap();
        prop_assert_eq!(serde_json::to_string(&again).unwrap(), serde_json::to_string(&plan).unwrap());
    }
}
