//! Splits a line over the lines below it by `(1 - w) x history share + w x opportunity share`, pins first.

use rust_decimal::Decimal;

use super::allocation::{AllocationProblem, Pin, Share, split};
use super::draft::PlanNote;
use super::notes;
use super::problem::field_problem;
use super::settings::{PinLevel, PlanSettings};
use crate::error::FieldProblem;
use crate::values::{Label, divide, round_ratio};

/// One of the lines to split over.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// Breaks ties.
    pub(super) key: String,
    /// What it sold.
    pub(super) history: Decimal,
    /// What it could sell beyond that, where known.
    pub(super) opportunity: Option<Decimal>,
    /// What a person has fixed for it.
    pub(super) pin: Option<Pin>,
}

/// The lines' amounts and what is to be known of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Level {
    /// In the order of the parts; `None` = not planned.
    pub(super) amounts: Vec<Option<Decimal>>,
    /// The keys, to 6 places, in the same order.
    pub(super) keys: Vec<Decimal>,
    /// On the split as a whole.
    pub(super) notes: Vec<PlanNote>,
}

/// Splits `total`; where that is not planned, nothing below it is. `what` names the split in problems.
pub(super) fn split_level(
    total: Option<Decimal>,
    parts: &[Part],
    opportunity_weight: Decimal,
    places: u32,
    what: &Label,
) -> Result<Level, FieldProblem> {
    let (keys, mut notes) = keys(parts, opportunity_weight);
    let rounded = keys.iter().copied().map(round_ratio).collect();
    let Some(total) = total else {
        if let Some(part) = parts.iter().find(|part| matches!(part.pin, Some(Pin::Amount(_)))) {
            return Err(pinned_in_unplanned(&part.key, what));
        }
        return Ok(Level { amounts: vec![None; parts.len()], keys: rounded, notes: Vec::new() });
    };
    let shares: Vec<Share<&str>> = parts
        .iter()
        .zip(&keys)
        .map(|(part, key)| Share { key: part.key.as_str(), weight: *key, pin: part.pin })
        .collect();
    let split = split(total, places, &shares).map_err(|problem| explain(problem, what))?;
    if split.even && shares.iter().filter(|share| share.pin.is_none()).count() > 1 {
        notes.push(notes::split_evenly());
    }
    Ok(Level { amounts: split.amounts, keys: rounded, notes })
}

/// The pin for a line.
pub(super) fn pin_for(settings: &PlanSettings, level: PinLevel, key: &str, territory: Option<&str>) -> Option<Pin> {
    let pin = settings
        .pins
        .iter()
        .find(|pin| pin.level == level && pin.key == key && pin.territory.as_deref() == territory)?;
    Some(pin.amount.map_or(Pin::NotPlanned, |amount| Pin::Amount(amount.into())))
}

/// The keys, and notes on bases that dropped out or were below 0. Bases are shares among the parts without a pin, since
/// only these are split over.
fn keys(parts: &[Part], opportunity_weight: Decimal) -> (Vec<Decimal>, Vec<PlanNote>) {
    let free = |value: Decimal, part: &Part| if part.pin.is_some() { Decimal::ZERO } else { value };
    let history: Vec<Decimal> = parts.iter().map(|part| free(part.history, part)).collect();
    let opportunity: Vec<Decimal> = parts.iter().map(|part| free(part.opportunity.unwrap_or_default(), part)).collect();
    let mut notes = Vec::new();
    let mut keys = vec![Decimal::ZERO; parts.len()];
    let mut weight_used = Decimal::ZERO;
    for (basis, weight, values) in [
        (notes::HISTORY, Decimal::ONE - opportunity_weight, history),
        (notes::OPPORTUNITY, opportunity_weight, opportunity),
    ] {
        if weight.is_zero() || parts.iter().all(|part| part.pin.is_some()) {
            continue;
        }
        if values.iter().any(|value| *value < Decimal::ZERO) {
            notes.push(notes::negative_counted_as_zero(basis));
        }
        let sum: Decimal = values.iter().map(|value| (*value).max(Decimal::ZERO)).sum();
        if sum.is_zero() {
            notes.push(notes::basis_dropped(basis));
            continue;
        }
        weight_used += weight;
        for (key, value) in keys.iter_mut().zip(&values) {
            *key += weight * ((*value).max(Decimal::ZERO) / sum);
        }
    }
    for key in &mut keys {
        *key = divide(*key, weight_used).unwrap_or_default();
    }
    (keys, notes)
}

/// A pin within something that is not planned.
fn pinned_in_unplanned(key: &str, what: &Label) -> FieldProblem {
    let detail = Label::new(
        format!("\"{key}\" is pinned, but nothing is planned for what it is a part of ({}).", what.en),
        format!("“{key}”已固定金额，但其上级未做计划（{}）。", what.zh),
    );
    field_problem("/settings/pins", "pinned_in_unplanned", detail)
}

/// The problem as a person reads it.
pub(super) fn explain(problem: AllocationProblem, what: &Label) -> FieldProblem {
    let Label { en, zh } = what;
    let (pointer, code, en, zh) = match problem {
        AllocationProblem::FinerThanMinorUnit(amount) => (
            "/settings",
            "finer_than_minor_unit",
            format!("{amount} is finer than the currency's minor unit ({en})."),
            format!("{amount} 小于最小货币单位（{zh}）。"),
        ),
        AllocationProblem::TooLarge(amount) => {
            ("/settings", "too_large", format!("{amount} is too large ({en})."), format!("{amount} 过大（{zh}）。"))
        }
        AllocationProblem::NegativePin(amount) => (
            "/settings/pins",
            "negative",
            format!("The pin {amount} is below 0 ({en})."),
            format!("固定金额 {amount} 小于 0（{zh}）。"),
        ),
        AllocationProblem::PinsExceedTotal { pinned, total } => (
            "/settings/pins",
            "pins_exceed_total",
            format!("The pins sum to {pinned}, more than the {total} there is to split ({en})."),
            format!("固定金额合计 {pinned}，超过可分配的 {total}（{zh}）。"),
        ),
        AllocationProblem::PinsFallShort { pinned, total } => (
            "/settings/pins",
            "pins_fall_short",
            format!("Everything is pinned, and the pins sum to {pinned} of {total} ({en})."),
            format!("全部金额均已固定，合计 {pinned}，不足 {total}（{zh}）。"),
        ),
    };
    field_problem(pointer, code, Label::new(en, zh))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(key: &str, history: i64, opportunity: Option<i64>) -> Part {
        Part { key: key.into(), history: history.into(), opportunity: opportunity.map(Decimal::from), pin: None }
    }

    fn run(parts: &[Part], weight: &str) -> (Vec<String>, Vec<String>) {
        let level =
            split_level(Some(Decimal::from(1000)), parts, weight.parse().unwrap(), 2, &Label::new("test", "测试"))
                .unwrap();
        let codes = level.notes.iter().map(|n| format!("{} {}", n.code, n.detail.as_deref().unwrap_or(""))).collect();
        (level.amounts.iter().map(|a| a.unwrap().to_string()).collect(), codes)
    }

    #[test]
    fn history_and_opportunity_are_weighed() {
        // a: 0.7 x 0.75 + 0.3 x 0.2 = 0.585
        let (amounts, notes) = run(&[part("a", 75, Some(20)), part("b", 25, Some(80))], "0.3");
        assert_eq!((amounts, notes.len()), (vec!["585.00".to_owned(), "415.00".to_owned()], 0));
    }

    #[test]
    fn a_basis_of_zero_is_dropped_and_told() {
        let (amounts, notes) = run(&[part("a", 75, None), part("b", 25, None)], "0.3");
        assert_eq!(amounts, ["750.00", "250.00"]);
        assert_eq!(notes, ["basis_dropped opportunity"]);
        let (amounts, notes) = run(&[part("a", 0, None), part("b", -5, None)], "0.3");
        assert_eq!(amounts, ["500.00", "500.00"]);
        let told =
            ["negative_counted_as_zero history", "basis_dropped history", "basis_dropped opportunity", "split_evenly "];
        assert_eq!(notes, told);
    }
}
