//! What a tenant sets for its plans, with defaults that work.

use std::collections::BTreeMap;

use async_graphql::{Enum, InputObject, SimpleObject};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::problem::field_problem;
use crate::error::FieldProblem;
use crate::values::{Code, Exact, Label};

/// Settings of both generators. What is left out has its default; a table that is given replaces the default table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "PlanSettingsInput")]
#[serde(deny_unknown_fields, default)]
pub struct PlanSettings {
    /// Weight w of the opportunity share (headroom) against the history share, 0 to 1. Default 0.3; without any known
    /// potential the opportunity drops out by itself.
    #[graphql(default_with = "PlanSettings::default().opportunity_weight")]
    pub opportunity_weight: Exact,
    /// Share of last year's net that is kept, by grade, 0 to 2. Default A 0.95, B 0.90, C 0.80.
    #[graphql(default_with = "PlanSettings::default().retention_by_grade")]
    pub retention_by_grade: BTreeMap<String, Exact>,
    /// The same for every other grade and for the ungraded. Default 0.85.
    #[graphql(default_with = "PlanSettings::default().retention_default")]
    pub retention_default: Exact,
    /// First-year net of a new customer, by grade, above 0: used for a type without newcomers of its own. Default none.
    #[graphql(default)]
    pub first_year_net_by_grade: BTreeMap<String, Exact>,
    /// Share of leads that become customers, above 0 up to 1. Default 0.25.
    #[graphql(default_with = "PlanSettings::default().win_rate")]
    pub win_rate: Exact,
    /// Factor on the baseline by GE cell (`high_strong` .. `low_weak`), 0 to 10; the cell goes before the grade. Default
    /// from 1.15 (`high_strong`) to 0.85 (`low_weak`).
    #[graphql(default_with = "PlanSettings::default().uplift_by_cell")]
    pub uplift_by_cell: BTreeMap<String, Exact>,
    /// Factor on the baseline by grade, 0 to 10; any other grade has 1. Default A 1.08, B 1.04, C 1.00.
    #[graphql(default_with = "PlanSettings::default().uplift_by_grade")]
    pub uplift_by_grade: BTreeMap<String, Exact>,
    /// How far above the past a plan may lie and still be `within`, 0 to 10. Default 0.10.
    #[graphql(default_with = "PlanSettings::default().tolerance")]
    pub tolerance: Exact,
    /// The budget to split over the salespeople's gaps. Default none.
    #[graphql(default)]
    pub budget_lines: Vec<BudgetLine>,
    /// Amounts fixed by a person. Default none.
    #[graphql(default)]
    pub pins: Vec<PlanPin>,
    /// Share of like customers that must buy a category before it counts as white space, 0 to 1. Default 0.25.
    #[graphql(default_with = "PlanSettings::default().white_space_penetration")]
    pub white_space_penetration: Exact,
    /// Like customers (same grade and segment) needed to judge by, at least 1. Default 3.
    #[graphql(default_with = "PlanSettings::default().white_space_peers")]
    pub white_space_peers: u32,
    /// White-space opportunities listed one by one, at most 10,000; the others are one line. Default 500.
    #[graphql(default_with = "PlanSettings::default().white_space_lines")]
    pub white_space_lines: u32,
}

/// A line of the sales budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "BudgetLineInput")]
#[serde(deny_unknown_fields)]
pub struct BudgetLine {
    /// Unique among the lines.
    pub code: Code,
    /// Its name.
    pub label: Label,
    /// The budget of the year in the plan's currency, 0 or more, whole minor units.
    pub amount: Exact,
}

/// What a pin fixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum PinLevel {
    /// A category of the product structure.
    Category,
    /// A territory.
    Territory,
    /// A salesperson in a territory.
    Salesperson,
}

/// An amount that a person has fixed for a line; the rest is split among the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "PlanPinInput")]
#[serde(deny_unknown_fields)]
pub struct PlanPin {
    /// What is fixed.
    pub level: PinLevel,
    /// Code of the category or territory, external id of the salesperson; empty for the unassigned.
    pub key: String,
    /// For a salesperson: the territory.
    pub territory: Option<String>,
    /// The amount, 0 or more, whole minor units; null = nothing is planned for it.
    pub amount: Option<Exact>,
}

impl Default for PlanSettings {
    fn default() -> Self {
        Self {
            opportunity_weight: hundredths(30),
            retention_by_grade: table(&[("A", 95), ("B", 90), ("C", 80)]),
            retention_default: hundredths(85),
            first_year_net_by_grade: BTreeMap::new(),
            win_rate: hundredths(25),
            uplift_by_cell: table(&[
                ("high_strong", 115),
                ("high_medium", 112),
                ("high_weak", 108),
                ("medium_strong", 108),
                ("medium_medium", 103),
                ("medium_weak", 97),
                ("low_strong", 100),
                ("low_medium", 95),
                ("low_weak", 85),
            ]),
            uplift_by_grade: table(&[("A", 108), ("B", 104), ("C", 100)]),
            tolerance: hundredths(10),
            budget_lines: Vec::new(),
            pins: Vec::new(),
            white_space_penetration: hundredths(25),
            white_space_peers: 3,
            white_space_lines: 500,
        }
    }
}

impl PlanSettings {
    /// All that is wrong with them; empty when a generator can use them. Pins are checked against the amounts only when
    /// a plan is generated.
    pub fn validate(&self) -> Vec<FieldProblem> {
        let one = Decimal::ONE;
        let (two, ten) = (Decimal::TWO, Decimal::TEN);
        let mut found = Vec::new();
        check(&mut found, "/opportunity_weight", self.opportunity_weight, one, true);
        check(&mut found, "/retention_default", self.retention_default, two, true);
        check(&mut found, "/win_rate", self.win_rate, one, false);
        check(&mut found, "/tolerance", self.tolerance, ten, true);
        check(&mut found, "/white_space_penetration", self.white_space_penetration, one, true);
        check_table(&mut found, "/retention_by_grade", &self.retention_by_grade, two, true);
        check_table(&mut found, "/uplift_by_cell", &self.uplift_by_cell, ten, true);
        check_table(&mut found, "/uplift_by_grade", &self.uplift_by_grade, ten, true);
        let most = Decimal::from(1_000_000_000_000_u64);
        check_table(&mut found, "/first_year_net_by_grade", &self.first_year_net_by_grade, most, false);
        check(&mut found, "/white_space_lines", Exact(self.white_space_lines.into()), Decimal::from(10_000), true);
        check(&mut found, "/white_space_peers", Exact(self.white_space_peers.into()), Decimal::from(u32::MAX), false);
        self.check_budget(&mut found);
        self.check_pins(&mut found);
        found
    }

    /// Share of last year's net that customers of a grade keep.
    pub fn retention(&self, grade: Option<&str>) -> Decimal {
        let of_grade = grade.and_then(|grade| self.retention_by_grade.get(grade));
        of_grade.copied().unwrap_or(self.retention_default).into()
    }

    /// Every amount of money in them, with its place.
    pub(super) fn amounts(&self) -> impl Iterator<Item = (String, Decimal)> {
        let budget = self.budget_lines.iter().zip(0..);
        let budget = budget.map(|(line, i): (_, usize)| (format!("/budget_lines/{i}/amount"), line.amount.into()));
        let pins = self.pins.iter().zip(0..);
        let pins = pins.filter_map(|(pin, i): (_, usize)| Some((format!("/pins/{i}/amount"), pin.amount?.into())));
        budget.chain(pins)
    }

    fn check_budget(&self, found: &mut Vec<FieldProblem>) {
        for (i, line) in self.budget_lines.iter().enumerate() {
            if *line.amount < Decimal::ZERO {
                found.push(negative(format!("/budget_lines/{i}/amount")));
            }
            if self.budget_lines[..i].iter().any(|other| other.code == line.code) {
                found.push(duplicate(format!("/budget_lines/{i}/code")));
            }
        }
    }

    fn check_pins(&self, found: &mut Vec<FieldProblem>) {
        for (i, pin) in self.pins.iter().enumerate() {
            if pin.amount.is_some_and(|amount| *amount < Decimal::ZERO) {
                found.push(negative(format!("/pins/{i}/amount")));
            }
            if (pin.level == PinLevel::Salesperson) != pin.territory.is_some() {
                let detail = Label::new(
                    "A salesperson's pin names the territory, and no other pin does.",
                    "销售人员的固定金额须注明区域，其他层级不可注明。",
                );
                found.push(field_problem(format!("/pins/{i}/territory"), "pin_territory", detail));
            }
            let same =
                |other: &PlanPin| (other.level, &other.key, &other.territory) == (pin.level, &pin.key, &pin.territory);
            if self.pins[..i].iter().any(same) {
                found.push(duplicate(format!("/pins/{i}")));
            }
        }
    }
}

fn hundredths(n: i64) -> Exact {
    Exact(Decimal::new(n, 2))
}

fn table(entries: &[(&str, i64)]) -> BTreeMap<String, Exact> {
    entries.iter().map(|(key, n)| ((*key).to_owned(), hundredths(*n))).collect()
}

fn check_table(found: &mut Vec<FieldProblem>, at: &str, entries: &BTreeMap<String, Exact>, most: Decimal, zero: bool) {
    for (key, value) in entries {
        let escaped = key.replace('~', "~0").replace('/', "~1");
        check(found, &format!("{at}/{escaped}"), *value, most, zero);
    }
}

/// `value` must lie between 0 (itself allowed where `zero`) and `most`.
fn check(found: &mut Vec<FieldProblem>, pointer: &str, value: Exact, most: Decimal, zero: bool) {
    if *value < Decimal::ZERO || *value > most || (value.is_zero() && !zero) {
        let from = if zero { ("from", "至少为") } else { ("above", "大于") };
        let detail = Label::new(
            format!("{value} is out of range: {} 0, up to {most}.", from.0),
            format!("{value} 超出范围：须{} 0，且不大于 {most}。", from.1),
        );
        found.push(field_problem(pointer, "out_of_range", detail));
    }
}

fn negative(pointer: String) -> FieldProblem {
    field_problem(pointer, "negative", Label::new("The amount is below 0.", "金额小于 0。"))
}

fn duplicate(pointer: String) -> FieldProblem {
    field_problem(pointer, "duplicate", Label::new("It is there twice.", "重复。"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid_and_travel() {
        let settings = PlanSettings::default();
        assert_eq!(settings.validate(), []);
        let json = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<PlanSettings>(&json).unwrap(), settings);
        assert_eq!(serde_json::from_str::<PlanSettings>("{}").unwrap(), settings);
        assert!(serde_json::from_str::<PlanSettings>(r#"{"winrate":"0.3"}"#).is_err());
    }

    #[test]
    fn every_problem_points_at_its_place() {
        let pin =
            PlanPin { level: PinLevel::Salesperson, key: "1".into(), territory: None, amount: Some(hundredths(-1)) };
        let settings = PlanSettings {
            win_rate: Exact(Decimal::ZERO),
            tolerance: hundredths(-1),
            uplift_by_cell: table(&[("a/b", 1_001)]),
            pins: vec![pin.clone(), pin],
            ..PlanSettings::default()
        };
        let found: Vec<_> = settings.validate().into_iter().map(|problem| problem.pointer).collect();
        assert_eq!(
            found,
            [
                "/win_rate",
                "/tolerance",
                "/uplift_by_cell/a~1b",
                "/pins/0/amount",
                "/pins/0/territory",
                "/pins/1/amount",
                "/pins/1/territory",
                "/pins/1"
            ]
        );
    }
}
