//! What both generators read: plain records, loaded by the caller.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::PlanSettings;
use super::draft::PlanInputs;
use super::history::last_whole_year;
use super::problem::field_problem;
use super::seasonality::MonthlyProfile;
use super::trend::TrendParameters;
use crate::error::FieldProblem;
use crate::values::{Currency, CustomerId, Exact, FiscalYear, Label, Month};

/// A code or external id with its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// Code or external id, not empty.
    pub key: String,
    /// Its name.
    pub name: String,
}

/// Where a customer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanStage {
    /// Not yet won.
    Prospect,
    /// Buys.
    Active,
    /// Has bought.
    Dormant,
    /// Will not buy again.
    Lost,
}

/// All that the generators know of a customer. Amounts in the plan's currency, below 10^15.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanCustomer {
    /// Our id.
    pub id: CustomerId,
    /// The tenant's id, unique: breaks every tie.
    pub external_id: String,
    /// Its name.
    pub name: String,
    /// Territory, where known.
    pub territory: Option<Named>,
    /// The owner (salesperson), where there is one.
    pub salesperson: Option<Named>,
    /// Current grade, where graded.
    pub grade: Option<String>,
    /// Segment or industry, where known.
    pub segment: Option<String>,
    /// Code of its GE cell, where mapped.
    pub ge_cell: Option<String>,
    /// Its stage.
    pub stage: PlanStage,
    /// Nets of the last three whole fiscal years, oldest first; `None` for a year its history does not cover.
    pub years: [Option<Decimal>; 3],
    /// Net of the last 12 months; `None` without any sale ever.
    pub net_l12: Option<Decimal>,
    /// Whole months from its first sale to the end of the history, that month included.
    pub months_of_history: u32,
    /// Net of the last 12 months by category; sums to `net_l12`.
    pub net_by_category: BTreeMap<String, Decimal>,
    /// Net by month of the last 36; months without sales may be absent.
    pub net_by_month: BTreeMap<Month, Decimal>,
    /// What it buys a year from anyone, by category; a category that is absent is unknown.
    pub potential_by_category: BTreeMap<String, Decimal>,
}

/// Headroom (potential - our sales) that is known of the market itself, beyond the customers' own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MarketHeadroom {
    /// By territory code; an absent one is taken from its customers.
    pub by_territory: BTreeMap<String, Decimal>,
    /// By category code; an absent one is taken from the customers.
    pub by_category: BTreeMap<String, Decimal>,
}

/// What both generators are given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanBook {
    /// The fiscal year to plan; begins after the history ends.
    pub year: FiscalYear,
    /// The base currency.
    pub currency: Currency,
    /// Decimal places of its minor unit: 2 for most, at most 4.
    pub places: u32,
    /// The last month of the history: the last 12 months end with it.
    pub as_of: Month,
    /// The customers, in any order.
    pub customers: Vec<PlanCustomer>,
    /// Names of the categories by code; a code without a name is its own.
    pub category_names: BTreeMap<String, String>,
    /// Net by calendar month (January first) of each category over the last 36 months.
    pub category_months: BTreeMap<String, MonthlyProfile>,
    /// What is known of the market.
    pub market: MarketHeadroom,
    /// The settings.
    pub settings: PlanSettings,
}

impl PlanCustomer {
    /// Net of the last 12 months, 0 without sales.
    pub fn sales(&self) -> Decimal {
        self.net_l12.unwrap_or_default()
    }

    /// Its yearly purchase potential; `None` where unknown.
    pub fn potential(&self) -> Option<Decimal> {
        (!self.potential_by_category.is_empty()).then(|| self.potential_by_category.values().sum())
    }

    /// What it could buy of us beyond what it does, category by category, never below 0; `None` where unknown.
    pub fn headroom(&self) -> Option<Decimal> {
        let room = |(category, _): (&String, _)| self.headroom_in(category).unwrap_or_default();
        (!self.potential_by_category.is_empty()).then(|| self.potential_by_category.iter().map(room).sum())
    }

    /// The same in one category.
    pub fn headroom_in(&self, category: &str) -> Option<Decimal> {
        let sold = self.net_by_category.get(category).copied().unwrap_or_default();
        self.potential_by_category.get(category).map(|potential| (potential - sold).max(Decimal::ZERO))
    }
}

impl PlanBook {
    /// The customers in the order of every table: by external id, then id.
    pub(super) fn ordered(&self) -> Vec<&PlanCustomer> {
        let mut customers: Vec<&PlanCustomer> = self.customers.iter().collect();
        customers.sort_by(|a, b| a.external_id.cmp(&b.external_id).then_with(|| a.id.cmp(&b.id)));
        customers
    }

    /// Every category that is sold, could be sold or is known of the market.
    pub(super) fn categories(&self) -> BTreeSet<&str> {
        let of_customers = self
            .customers
            .iter()
            .flat_map(|customer| customer.net_by_category.keys().chain(customer.potential_by_category.keys()));
        of_customers.chain(self.market.by_category.keys()).map(String::as_str).collect()
    }

    /// A category's name.
    pub(super) fn category_label(&self, code: &str) -> Label {
        match self.category_names.get(code) {
            Some(name) => Label::new(name, name),
            None if code.is_empty() => unassigned(),
            None => Label::new(code, code),
        }
    }

    /// What the settings or the book keep a plan from.
    pub(super) fn problems(&self) -> Vec<FieldProblem> {
        let mut problems = self.settings.validate();
        for problem in &mut problems {
            problem.pointer.insert_str(0, "/settings");
        }
        if self.places > 4 {
            let detail = Label::new("A minor unit has at most 4 places.", "最小货币单位最多 4 位小数。");
            problems.push(field_problem("/places", "out_of_range", detail));
        }
        problems
    }

    /// The summary that goes into the plan.
    pub(super) fn summary(&self, target: Option<Decimal>) -> PlanInputs {
        let count = |keep: fn(&PlanCustomer) -> bool| {
            u32::try_from(self.customers.iter().filter(|customer| keep(customer)).count()).unwrap_or(u32::MAX)
        };
        PlanInputs {
            year: self.year.year,
            start_month: self.year.start_month,
            currency: self.currency,
            places: self.places,
            as_of: self.as_of,
            target: target.map(Exact),
            customers: count(|_| true),
            customers_with_history: count(|customer| customer.net_l12.is_some()),
            customers_with_potential: count(|customer| !customer.potential_by_category.is_empty()),
            net_l12: Exact(self.customers.iter().map(PlanCustomer::sales).sum()),
            last_whole_year: last_whole_year(self.as_of, self.year.start_month).year,
            trend: TrendParameters::default(),
        }
    }
}

/// Name of the line that takes what has no territory, owner or category.
pub(super) fn unassigned() -> Label {
    Label::new("Unassigned", "未分配")
}
