//! Plans as both faces show them.

use std::collections::BTreeMap;

use async_graphql::{Enum, InputObject, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::problem::check_amount;
use super::replacing::PlanReplacementOut;
use super::strategy_led::{Replacement, check_replacements};
use super::task_decomposition::pin_problems;
use super::{PlanInputs, PlanLineKind, PlanMethod, PlanNote, PlanSettings, Verdict};
use crate::error::{FieldProblem, Problems};
use crate::grading::check_month_over;
use crate::jobs::JobOut;
use crate::values::{Currency, CustomerId, Exact, FiscalYear, Label, Month, PlanId};

/// The first and the last fiscal year that can be planned.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2200;

/// A plan to generate.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema, InputObject)]
#[graphql(name = "CreatePlanInput")]
#[serde(deny_unknown_fields)]
pub struct PlanIn {
    /// Its name, 1 to 200 characters.
    #[schema(example = "2014, first draft", max_length = 200)]
    pub name: String,
    /// The fiscal year to plan, named by the calendar year in which it starts; 1900 to 2200.
    #[schema(example = 2014, minimum = 1900, maximum = 2200)]
    pub fiscal_year: i32,
    /// How to make it.
    pub method: PlanMethod,
    /// The year's target in the base currency, 0 or more, whole minor units. A task decomposition needs it; a
    /// strategy-led plan takes what the customers do not bring of it as new business.
    #[schema(example = "40000000.00")]
    pub target: Option<Exact>,
    /// The last month of the history, before the fiscal year starts; nothing after it is used. It must be over, by UTC.
    /// Where absent, the month before the fiscal year, or the last one that is over where that comes first.
    pub as_of: Option<Month>,
    /// Allows a history that ends with the running month, never a later one. Such a plan is nobody's current one.
    pub provisional: Option<bool>,
    /// The settings; those left out have their defaults.
    pub settings: Option<PlanSettings>,
    /// Expected outputs that salespeople replace, by the customers' external ids; in a strategy-led plan only.
    pub replacements: Option<BTreeMap<String, Replacement>>,
    /// A strategy-led plan whose replacements are taken over: those it was made with and those that came since, of customers
    /// that are still there. `replacements` goes before them.
    pub replacements_of: Option<PlanId>,
}

/// Where a plan stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum PlanState {
    /// Generated, or being generated.
    Draft,
    /// Handed in.
    Submitted,
    /// Signed.
    Approved,
    /// Over.
    Closed,
}

/// A sales plan, without its steps. A salesperson is not told what is of the whole company: `target`, `total`, `settings` and
/// `inputs` are null, the job has no progress, result and problem, and replacements are those of own customers.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Plan")]
pub struct PlanOut {
    /// Its id.
    pub id: PlanId,
    /// The job that generates it; where that fails, its problem says why.
    pub job: JobOut,
    /// Its name.
    #[schema(example = "2014, first draft")]
    pub name: String,
    /// The fiscal year it plans, named by the calendar year in which it starts.
    #[schema(example = 2014)]
    pub fiscal_year: i32,
    /// How it is made.
    pub method: PlanMethod,
    /// Where it stands.
    pub state: PlanState,
    /// The target handed down; null where there was none, and for a salesperson.
    #[schema(example = "40000000.00")]
    pub target: Option<Exact>,
    /// What is planned for the year; null until the plan is generated, where nothing is planned, and for a salesperson.
    #[schema(example = "40000000.00")]
    pub total: Option<Exact>,
    /// The currency of all its amounts, the tenant's base currency.
    pub currency: Currency,
    /// The last month of the history it is made from.
    pub as_of: Month,
    /// Whether that month was still running.
    pub provisional: bool,
    /// The settings it is made with; null for a salesperson.
    pub settings: Option<PlanSettings>,
    /// Expected outputs that the plan was made with in the place of the computed ones, by the customers' external ids.
    pub replacements: BTreeMap<String, Replacement>,
    /// Those that came since, by the customers' external ids. The plan stays as it is; a new one takes them over by
    /// `replacements_of`.
    pub pending_replacements: Vec<PlanReplacementOut>,
    /// What it was made from; null until it is generated, and for a salesperson.
    pub inputs: Option<PlanInputs>,
    /// Who asked for it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was generated; null until then.
    pub completed_at: Option<DateTime<Utc>>,
}

/// The head of a plan's step; its lines are a list of their own. For a salesperson it counts the lines of own customers and
/// the own lines among those of salespeople, which are the ones listed; it has no total and no notes.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "PlanStep")]
pub struct PlanStepOut {
    /// From 1.
    #[schema(example = 2)]
    pub number: i32,
    /// Stable code.
    #[schema(example = "product_structure")]
    pub code: String,
    /// Its name.
    pub label: Label,
    /// How its numbers come about.
    pub basis: Label,
    /// What is to be known of the step as a whole.
    pub notes: Vec<PlanNote>,
    /// How many lines it has.
    #[schema(example = 25)]
    pub line_count: i32,
    /// Sum of the level of the plan that the step adds: its lines that are no part of another line of the step, of the
    /// kind that comes first; null where nothing of it is planned, and for a salesperson.
    #[schema(example = "40000000.00")]
    pub total: Option<Exact>,
}

/// What a plan expects of one customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "CustomerPlan")]
pub struct CustomerPlanOut {
    /// The plan.
    pub plan_id: PlanId,
    /// The fiscal year it plans.
    #[schema(example = 2014)]
    pub fiscal_year: i32,
    /// The currency of the amounts.
    pub currency: Currency,
    /// The planned net; null = not planned, 0.00 = none expected.
    #[schema(example = "120000.00")]
    pub amount: Option<Exact>,
    /// Where it lies against three years; null where nothing is planned.
    pub verdict: Option<Verdict>,
    /// The verdict, for a reader.
    pub verdict_label: Option<Label>,
    /// Where the verdict is `insufficient`: against the growth of the customer's peers, where there is a basis for it.
    pub peer_verdict: Option<Verdict>,
    /// The peers' verdict, for a reader.
    pub peer_verdict_label: Option<Label>,
    /// The least the past supports; null where there is no basis.
    pub low: Option<Exact>,
    /// The most the past supports, with tolerance; null where there is no basis.
    pub high: Option<Exact>,
}

/// Which plans to list.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PlanFilter {
    pub(super) fiscal_year: Option<i32>,
    pub(super) method: Option<PlanMethod>,
}

/// Which lines of a step to list.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LineFilter {
    pub(super) kind: Option<PlanLineKind>,
    pub(super) customer: Option<CustomerId>,
    /// Position of the line they are a part of.
    pub(super) parent: Option<i32>,
    /// The step that line is in; the lines' own where absent.
    pub(super) parent_step: Option<i32>,
}

impl PlanIn {
    /// The month the history ends with, in a tenant's fiscal year, on a day.
    pub(super) fn history_end(&self, year: FiscalYear, today: NaiveDate) -> Month {
        self.as_of.unwrap_or_else(|| year.first_month().plus(-1).min(Month::last_over(today)))
    }

    /// Whether its history ends with a month that is still running on a day, as it may where it is provisional.
    pub(super) fn is_provisional(&self, today: NaiveDate) -> bool {
        self.provisional == Some(true) && self.as_of == Some(Month::of(today))
    }

    /// All that is wrong with it on a day, as far as it can be seen without the customers.
    pub(super) fn problems(&self, year: FiscalYear, places: u32, today: NaiveDate) -> Problems {
        let mut problems = Problems::new();
        problems.text("/name", &self.name, 200);
        if let Some(as_of) = self.as_of {
            check_month_over(&mut problems, as_of, self.provisional.unwrap_or_default(), today);
        }
        if !YEARS.contains(&self.fiscal_year) {
            problems.add("/fiscal_year", "range", "1900 to 2200.", "1900 至 2200。");
        } else if self.history_end(year, today) >= year.first_month() {
            let (en, zh) = ("The history must end before the fiscal year starts", "历史须在财年开始之前结束");
            let first = year.first_month();
            problems.add(
                "/as_of",
                "not_before_year",
                format!("{en}: before {first}."),
                format!("{zh}：早于 {first}。"),
            );
        }
        if self.method == PlanMethod::TaskDecomposition && self.target.is_none() {
            problems.add("/target", "required", "A task decomposition needs a target.", "任务分解型计划需要目标。");
        }
        let mut found = Vec::new();
        check_amount(&mut found, "/target", self.target.map(Decimal::from), places);
        if let Some(settings) = &self.settings {
            let under = |p: FieldProblem| FieldProblem { pointer: format!("/settings{}", p.pointer), ..p };
            found.extend(settings.validate().into_iter().map(under));
            for (pointer, amount) in settings.amounts() {
                // Whether it is below 0 has been looked at.
                check_amount(&mut found, &format!("/settings{pointer}"), Some(amount.abs()), places);
            }
            if let Some(target) = self.target.filter(|_| self.method == PlanMethod::TaskDecomposition) {
                found.extend(pin_problems(settings, *target));
            }
        }
        if let Some(replacements) = self.replacements.as_ref().filter(|list| !list.is_empty()) {
            if self.method == PlanMethod::TaskDecomposition {
                let (en, zh) =
                    ("Only a strategy-led plan has outputs to replace.", "只有策略引领型计划可调整客户产出。");
                problems.add("/replacements", "not_applicable", en, zh);
            }
            check_replacements(&mut found, replacements, places);
        }
        if self.replacements_of.is_some() && self.method == PlanMethod::TaskDecomposition {
            let (en, zh) = ("Only a strategy-led plan has outputs to replace.", "只有策略引领型计划可调整客户产出。");
            problems.add("/replacements_of", "not_applicable", en, zh);
        }
        found.into_iter().for_each(|problem| problems.push(problem));
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointers(json: serde_json::Value) -> Vec<String> {
        let input: PlanIn = serde_json::from_value(json).unwrap();
        let year = FiscalYear::new(input.fiscal_year, 4).unwrap();
        let today = "2014-04-02".parse().unwrap();
        let Err(error) = input.problems(year, 2, today).into_result() else { return Vec::new() };
        error.problems().iter().map(|problem| problem.pointer.clone()).collect()
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let wrong = serde_json::json!({
            "name": " ", "fiscal_year": 2014, "method": "task_decomposition", "as_of": "2014-04",
            "settings": {"win_rate": "0"}, "replacements": {"a/b": {"amount": "0.001", "reason": ""}},
        });
        let expected = [
            "/name",
            "/as_of",
            "/as_of",
            "/target",
            "/replacements",
            "/settings/win_rate",
            "/replacements/a~1b/reason",
            "/replacements/a~1b/amount",
        ];
        assert_eq!(pointers(wrong), expected);
        let right = serde_json::json!({
            "name": "x", "fiscal_year": 2014, "method": "strategy_led", "as_of": "2014-03", "target": "0.10",
        });
        assert_eq!(pointers(right), Vec::<String>::new());
    }

    #[test]
    fn the_history_ends_with_the_month_before_the_year_or_the_last_that_is_over() {
        let json = serde_json::json!({"name": "x", "fiscal_year": 2014, "method": "strategy_led"});
        let input: PlanIn = serde_json::from_value(json).unwrap();
        let end =
            |today: &str| input.history_end(FiscalYear::new(2014, 4).unwrap(), today.parse().unwrap()).to_string();
        assert_eq!(end("2014-04-01"), "2014-03");
        assert_eq!(end("2019-01-01"), "2014-03");
        assert_eq!(end("2014-03-31"), "2014-02");
        assert_eq!(end("2013-11-20"), "2013-10");
    }

    #[test]
    fn a_history_ends_with_a_month_that_is_over() {
        let told = |as_of: &str, provisional: bool| {
            pointers(serde_json::json!({"name": "x", "fiscal_year": 2015, "method": "strategy_led", "as_of": as_of,
                                        "provisional": provisional}))
        };
        assert_eq!((told("2014-03", false), told("2014-04", true)), (vec![], vec![]));
        assert_eq!((told("2014-04", false), told("2014-05", true)), (vec!["/as_of".into()], vec!["/as_of".into()]));
    }
}
