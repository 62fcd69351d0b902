//! What is wrong with a plan's input.

use rust_decimal::Decimal;

use super::allocation::to_units;
use super::level::explain;
use crate::error::FieldProblem;
use crate::values::Label;

/// The largest amount that can be given: sums of many such still fit where amounts are kept.
const MOST: i64 = 1_000_000_000_000_000;

/// One thing that keeps a plan from being made: the place (JSON Pointer, such as `/settings/win_rate`), the rule, the text.
pub(super) fn field_problem(pointer: impl Into<String>, code: &'static str, detail: Label) -> FieldProblem {
    FieldProblem { pointer: pointer.into(), code, detail }
}

/// Whether an amount, where there is one, is 0 or more and of whole minor units.
pub(super) fn check_amount(problems: &mut Vec<FieldProblem>, pointer: &str, amount: Option<Decimal>, places: u32) {
    let Some(amount) = amount else { return };
    if amount < Decimal::ZERO {
        problems.push(field_problem(pointer, "negative", Label::new("The amount is below 0.", "金额小于 0。")));
    }
    if amount.abs() > Decimal::from(MOST) {
        let (en, zh) = (format!("At most {MOST}."), format!("不大于 {MOST}。"));
        problems.push(field_problem(pointer, "too_large", Label::new(en, zh)));
    } else if let Err(problem) = to_units(amount, places) {
        problems
            .push(FieldProblem { pointer: pointer.to_owned(), ..explain(problem, &Label::new("amount", "金额")) });
    }
}
