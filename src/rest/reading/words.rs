//! What is said about a fault: a code, and what is expected, in both languages. No sentence of a parser gets out.

use serde_json::Value;

use super::Input;
use super::fault::Wrong;
use super::place::escaped;
use crate::error::FieldProblem;
use crate::values::{Label, Malformed};

/// Whole numbers by the name that serde has for their type.
const WHOLE: [(&str, i128, i128); 10] = [
    ("i8", i8::MIN as i128, i8::MAX as i128),
    ("i16", i16::MIN as i128, i16::MAX as i128),
    ("i32", i32::MIN as i128, i32::MAX as i128),
    ("i64", i64::MIN as i128, i64::MAX as i128),
    ("u8", 0, u8::MAX as i128),
    ("u16", 0, u16::MAX as i128),
    ("u32", 0, u32::MAX as i128),
    ("u64", 0, u64::MAX as i128),
    ("usize", 0, u64::MAX as i128),
    ("isize", i64::MIN as i128, i64::MAX as i128),
];

/// What a reader is told about a fault at a place.
pub(super) fn problem(pointer: String, wrong: &Wrong, input: Input<'_>) -> FieldProblem {
    let (code, detail) = match wrong {
        Wrong::Missing(_) => ("required", Label::new("Must be given.", "必须提供。")),
        Wrong::Repeated => ("malformed", Label::new("May be given only once.", "只能给出一次。")),
        Wrong::Name { known, .. } => unknown(known, input),
        Wrong::Word { allowed, .. } => ("malformed", one_of(allowed)),
        Wrong::Form { expected, .. } => ("malformed", form(expected, input)),
        Wrong::Said(reason) => ("malformed", Malformed::told(reason).unwrap_or_else(|| form(reason, input))),
    };
    FieldProblem { pointer, code, detail }
}

fn unknown(known: &[&str], input: Input<'_>) -> (&'static str, Label) {
    let (code, en, zh) = match input {
        Input::Json => ("unknown_field", "There is no such field", "没有此字段"),
        Input::Query | Input::Path(_) => ("unknown_parameter", "There is no such parameter", "没有此参数"),
    };
    if known.is_empty() {
        return (code, Label::new(format!("{en} here."), format!("{zh}。")));
    }
    let (en_known, zh_known) = (known.join(", "), known.join("、"));
    (code, Label::new(format!("{en} here; there are: {en_known}."), format!("{zh}；可用：{zh_known}。")))
}

fn one_of(allowed: &[&str]) -> Label {
    if allowed.is_empty() {
        return form("", Input::Json);
    }
    Label::new(format!("Expected one of: {}.", allowed.join(", ")), format!("可选值：{}。", allowed.join("、")))
}

/// What is expected, by the words that serde, chrono and our own types have for it.
fn form(expected: &str, input: Input<'_>) -> Label {
    if let Some((_, least, most)) = WHOLE.iter().find(|(name, ..)| *name == expected) {
        return Label::new(
            format!("Expected a whole number from {least} to {most}."),
            format!("应为 {least} 至 {most} 的整数。"),
        );
    }
    let (en, zh) = match expected {
        "a string" | "string" | "str" | "a borrowed string" => ("Expected a text.", "应为文本。"),
        "a boolean" => ("Expected true or false.", "应为 true 或 false。"),
        "f32" | "f64" => ("Expected a number.", "应为数字。"),
        "null" | "unit" => ("Expected nothing here.", "此处不应有值。"),
        _ if expected.starts_with("a decimal") && input == Input::Json => {
            ("Expected a decimal as a text, such as \"1234.50\".", "应为以文本表示的小数，例如 \"1234.50\"。")
        }
        _ if expected.starts_with("a decimal") => ("Expected a decimal such as 1234.50.", "应为小数，例如 1234.50。"),
        _ if is_list(expected) => ("Expected a list.", "应为列表。"),
        _ if is_object(expected) => ("Expected an object.", "应为对象。"),
        _ if is_time(expected) => {
            ("Expected a time such as 2026-01-31T12:00:00Z.", "应为时间，例如 2026-01-31T12:00:00Z。")
        }
        _ => ("Not of the form that is expected here.", "格式不符合要求。"),
    };
    Label::new(en, zh)
}

fn is_list(expected: &str) -> bool {
    expected.contains("sequence") || expected.contains("tuple") || expected.contains("an array")
}

fn is_object(expected: &str) -> bool {
    expected.starts_with("struct ") || expected.contains("map") || expected.contains("tagged enum")
}

/// chrono's reasons name what its parser did, never what was to be read.
fn is_time(expected: &str) -> bool {
    const REASONS: [&str; 7] = [
        "premature end of input",
        "input contains invalid characters",
        "input is out of range",
        "trailing input",
        "no possible date and time matching input",
        "input is not enough for unique date and time",
        "bad or unsupported format string",
    ];
    REASONS.contains(&expected) || expected.contains("date and time")
}

/// A value that fits what is expected, to read on; `None` where no better one is known than those that are tried anyway.
pub(super) fn fitting(wrong: &Wrong) -> Option<Value> {
    match wrong {
        Wrong::Word { allowed, .. } => allowed.first().map(|word| Value::from(*word)),
        Wrong::Form { expected, .. } => match expected.as_str() {
            "a string" | "string" => Some(Value::from("")),
            "a boolean" => Some(Value::from(true)),
            expected if WHOLE.iter().any(|(name, ..)| *name == expected) => Some(Value::from(1)),
            expected if expected.starts_with("a decimal") => Some(Value::from("1")),
            expected if is_list(expected) => Some(Value::Array(Vec::new())),
            expected if is_object(expected) => Some(Value::Object(serde_json::Map::new())),
            _ => None,
        },
        _ => None,
    }
}

/// The pointer of a fault: the place that the reader knows, or, where serde kept a part of the input for later and lost
/// the place, the one below it that the fault speaks of.
pub(super) fn pointer(at: &str, wrong: &Wrong, input: &Value) -> String {
    let named = |name: &str| {
        let end = format!("/{}", escaped(name));
        if at.ends_with(&end) { at.to_owned() } else { format!("{at}{end}") }
    };
    match wrong {
        Wrong::Missing(name) => format!("{at}/{}", escaped(name)),
        Wrong::Name { given, .. } => named(given),
        Wrong::Word { given, .. } | Wrong::Form { given: Some(given), .. } => {
            let below = input.pointer(at).and_then(|value| sole_text(value, given));
            format!("{at}{}", below.unwrap_or_default())
        }
        _ => at.to_owned(),
    }
}

/// The way to the only text within a value that is this one.
fn sole_text(value: &Value, text: &str) -> Option<String> {
    let mut found = Vec::new();
    collect(value, text, String::new(), &mut found);
    found.pop().filter(|_| found.is_empty())
}

fn collect(value: &Value, text: &str, way: String, found: &mut Vec<String>) {
    match value {
        Value::String(own) if own == text => found.push(way),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| collect(item, text, format!("{way}/{index}"), found));
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, item)| collect(item, text, format!("{way}/{}", escaped(name)), found));
        }
        _ => {}
    }
}
