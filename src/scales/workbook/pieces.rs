//! Pieces of a definition from one row, or a few.

use super::grid::Held;
use super::rows::{Notes, Row};
use super::words::{self, ValueType};
use crate::metrics::{FactValue, Metric};
use crate::scales::{ScoreBand, ScoreChoice, ScoreChoices, ScoreLevel};
use crate::values::Code;

pub(super) fn metric(row: Row<'_>, notes: &mut Notes) -> Metric {
    let Some(text) = row.filled("of", notes) else {
        if !notes.has(&row.cell("of")) {
            row.lack("of", notes);
        }
        return Metric::RevenueL12;
    };
    let called = |metric: &Metric| {
        let label = metric.label();
        metric.code().eq_ignore_ascii_case(&text) || label.en.eq_ignore_ascii_case(&text) || label.zh == text
    };
    Metric::ALL.into_iter().find(called).unwrap_or_else(|| {
        let (en, zh) = ("No metric has this name; the sheet Help lists them.", "没有该指标；见 Help 工作表。");
        notes.add(row.cell("of"), "unknown_reference", en, zh);
        Metric::RevenueL12
    })
}

pub(super) fn level(row: Row<'_>, notes: &mut Notes) -> ScoreLevel {
    ScoreLevel {
        code: row.code("value", notes).unwrap_or_else(unread_code),
        label: row.label("en", "zh", notes),
        points: row.number("points", notes).unwrap_or_default(),
    }
}

pub(super) fn band(row: Row<'_>, notes: &mut Notes) -> ScoreBand {
    ScoreBand { from: row.maybe_number("value", notes), points: row.number("points", notes).unwrap_or_default() }
}

/// A row without a value tells what any other value gives.
pub(super) fn choices(rows: &[Row<'_>], notes: &mut Notes) -> ScoreChoices {
    let mut rule = ScoreChoices { choices: Vec::new(), otherwise: None };
    for row in rows {
        let points = row.number("points", notes).unwrap_or_default();
        match row.held("value") {
            Some(_) => rule.choices.push(ScoreChoice { value: row.text("value", notes), points }),
            None if rule.otherwise.is_none() => rule.otherwise = Some(points),
            None => {
                let (en, zh) = ("Only one row may be without a value.", "只能有一行不填取值。");
                notes.add(row.cell("value"), "duplicate", en, zh);
            }
        }
    }
    rule
}

pub(super) fn cap_value(row: Row<'_>, notes: &mut Notes) -> FactValue {
    let kind = match (row.held("kind"), row.held("value")) {
        (Some(_), _) => row.word("kind", words::VALUE_TYPES, notes),
        (None, Some(Held::Flag(_))) => Some(ValueType::Flag),
        (None, Some(Held::Text(_))) => Some(ValueType::Text),
        (None, _) => Some(ValueType::Number),
    };
    match kind {
        Some(ValueType::Number) | None => FactValue::Number(row.number("value", notes).unwrap_or_default()),
        Some(ValueType::Text) => FactValue::Text(row.text("value", notes)),
        Some(ValueType::Flag) => match row.held("value") {
            Some(Held::Flag(flag)) => FactValue::Flag(*flag),
            _ => {
                let text = row.text("value", notes).to_lowercase();
                let known = ["true", "yes", "是"].contains(&text.as_str());
                if !known && !["false", "no", "否"].contains(&text.as_str()) {
                    let (en, zh) = ("Expected yes or no.", "应为是或否。");
                    notes.add(row.cell("value"), "invalid_choice", en, zh);
                }
                FactValue::Flag(known)
            }
        },
    }
}

/// Stands for a code that could not be read, until everything that is wrong is told.
pub(super) fn unread_code() -> Code {
    "unread".parse().unwrap_or_else(|_| unread_code())
}
