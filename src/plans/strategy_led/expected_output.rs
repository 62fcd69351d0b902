//! Step 2: what each customer can yield: baseline x uplift, or what its salesperson puts in the place of that.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::annual_plan::EXISTING;
use super::{Context, Replacement};
use crate::plans::allocation::whole_units;
use crate::plans::draft::{PlanLine, PlanLineKind, PlanNote, PlanStep};
use crate::plans::history::TrendWindow;
use crate::plans::input::{PlanBook, PlanCustomer, PlanStage};
use crate::plans::{Baseline, BaselineMethod, PlanSettings, TrendParameters, baseline, notes};
use crate::values::Label;

/// A customer's expected output.
pub(super) struct Output<'a> {
    pub(super) customer: &'a PlanCustomer,
    /// `None` = not planned.
    pub(super) amount: Option<Decimal>,
    /// Its position in step 2.
    pub(super) position: u32,
}

impl Output<'_> {
    /// A line for the customer in a later step, under its line here.
    pub(super) fn line(&self) -> PlanLine {
        customer_line(self.customer, self.amount).under(2, self.position)
    }
}

pub(super) fn step<'a>(
    context: &Context<'a>,
    replacements: &BTreeMap<String, Replacement>,
) -> (Vec<Output<'a>>, PlanStep) {
    let mut step = PlanStep::new(
        2,
        "expected_output",
        Label::new("Expected output of each customer", "各客户预期产出"),
        Label::new(
            "Damped trend over the last three fiscal years, the last 12 months for a year still running (from 24 months of \
             history; else the last 12 months) x uplift of the GE cell or grade.",
            "近三个财年的阻尼趋势（未完财年以近12个月代替；需 24 个月历史，否则取近12个月）× GE 单元或等级的提升系数。",
        ),
    );
    let book = context.book;
    let window = TrendWindow::of(book.as_of, book.year);
    let output = |customer: &&'a PlanCustomer| {
        let replacement = replacements.get(&customer.external_id);
        let (amount, line) = expected(customer, book, window, replacement);
        let position = step.push(line.under(1, EXISTING));
        Output { customer, amount, position }
    };
    (context.customers.iter().map(output).collect(), step)
}

fn expected(
    customer: &PlanCustomer,
    book: &PlanBook,
    window: TrendWindow,
    replacement: Option<&Replacement>,
) -> (Option<Decimal>, PlanLine) {
    let places = book.places;
    let years = window.years(&customer.years, customer.net_l12);
    let base = baseline(&years, window.ahead, customer.net_l12, customer.months_of_history);
    let (uplift, uplift_note) = uplift(customer, &book.settings);
    let lost = customer.stage == PlanStage::Lost;
    let computed = if lost {
        Some(whole_units(Decimal::ZERO, places))
    } else {
        base.amount.map(|amount| whole_units(amount * uplift, places))
    };
    let amount = match replacement {
        Some(replacement) => replacement.amount.map(|amount| whole_units(amount.into(), places)),
        None => computed,
    };
    let line = customer_line(customer, amount)
        .figure("baseline", base.amount)
        .figure("uplift", Some(uplift))
        .figure("computed", computed)
        .figure("net_l12", customer.net_l12)
        .noted(baseline_notes(base, window))
        .noted(uplift_note)
        .noted(
            lost.then(|| PlanNote::new("lost", "The customer is lost: nothing is expected.", "客户已流失：预期为 0。")),
        )
        .noted(replacement.map(|replacement| {
            PlanNote::new("replaced", "Replaced by the salesperson.", "由销售人员调整。").about(&replacement.reason)
        }));
    (amount, line)
}

/// A customer's line without parent.
fn customer_line(customer: &PlanCustomer, amount: Option<Decimal>) -> PlanLine {
    let label = Label::new(&customer.name, &customer.name);
    let line = PlanLine::new(PlanLineKind::Customer, &customer.external_id, label, amount);
    PlanLine { customer_id: Some(customer.id), ..line }
}

/// The factor of the GE cell, else of the grade, else 1; and which it is.
fn uplift(customer: &PlanCustomer, settings: &PlanSettings) -> (Decimal, Option<PlanNote>) {
    let of = |code: &Option<String>, table: &BTreeMap<String, crate::values::Exact>| {
        let code = code.as_ref()?;
        table.get(code).map(|uplift| (**uplift, code.clone()))
    };
    if let Some((uplift, cell)) = of(&customer.ge_cell, &settings.uplift_by_cell) {
        return (
            uplift,
            Some(PlanNote::new("uplift_of_cell", "Uplift of the GE cell.", "GE 单元的提升系数。").about(cell)),
        );
    }
    match of(&customer.grade, &settings.uplift_by_grade) {
        Some((uplift, grade)) => {
            (uplift, Some(PlanNote::new("uplift_of_grade", "Uplift of the grade.", "等级的提升系数。").about(grade)))
        }
        None => (Decimal::ONE, None),
    }
}

fn baseline_notes(base: Baseline, window: TrendWindow) -> Vec<PlanNote> {
    let method = match base.method {
        BaselineMethod::DampedTrend => {
            let TrendParameters { alpha, beta, phi } = TrendParameters::default();
            let en = format!("Damped trend: alpha {alpha}, beta {beta}, phi {phi}.");
            PlanNote::new("damped_trend", &en, &format!("阻尼趋势：α {alpha}，β {beta}，φ {phi}。"))
        }
        BaselineMethod::Lapsed => PlanNote::new(
            "lapsed",
            "Bought before, but nothing in the last 12 months: nothing is expected of itself.",
            "曾经购买，但近12个月没有采购：不预期自然产出。",
        ),
        BaselineMethod::LastTwelveMonths => PlanNote::new(
            "last_twelve_months",
            "History too short for a trend: the last 12 months.",
            "历史不足以计算趋势：取近12个月。",
        ),
        BaselineMethod::NoHistory => notes::no_history(),
    };
    let floored =
        || PlanNote::new("baseline_floored", "The baseline is below 0: 0 stands instead.", "基线小于 0：按 0 计。");
    let running = || {
        PlanNote::new(
            "running_year",
            "The last year of the trend still runs: the last 12 months stand for it.",
            "趋势的最后一个财年尚未结束：以近12个月代替。",
        )
    };
    let trend = base.method == BaselineMethod::DampedTrend;
    [Some(method), (trend && window.running).then(running), base.floored.then(floored)].into_iter().flatten().collect()
}
