use serde_json::json;

use super::*;
use crate::scales::templates;

fn definition() -> Value {
    let label = json!({"en": "x", "zh": "x"});
    let levels = json!([{"code": "A", "label": label, "points": "10"}, {"code": "B", "label": label, "points": "4"}]);
    let factor = |code: &str, rule: Value| {
        json!({"code": code, "label": label, "max_points": "10", "source": {"attribute": code}, "rule": rule,
               "missing": "zero"})
    };
    json!({
        "dimensions": [
            {"code": "a", "label": label, "axis": "quality", "weight": "0.6",
             "factors": [factor("f", json!({"levels": levels})), factor("g", json!({"linear": {"from": "0", "to": "9"}}))]},
            {"code": "b", "label": label, "axis": "growth", "weight": "0.4",
             "factors": [factor("h", json!({"bands": [{"from": null, "points": "1"}, {"from": "5", "points": "10"}]}))]}],
        "grade_bands": {"fixed": [{"grade": "A", "label": label, "min_score": "80"}, {"grade": "C", "label": label, "min_score": "0"}]},
        "caps": [{"condition": {"source": {"metric": "recency_days"}, "op": "gt", "value": {"number": "365"}}, "at_best": "C", "label": label}],
        "min_coverage": "0.5"
    })
}

/// Kind, subject, pointers, and values as text.
fn told(changes: &[(&str, Value)]) -> Vec<(ScaleChangeKind, Subject, String, String, String)> {
    let mut document = definition();
    for (pointer, value) in changes {
        *document.pointer_mut(pointer).unwrap() = value.clone();
    }
    let read = |value: Value| -> ScaleDefinition { serde_json::from_value(value).unwrap() };
    let pointer = |p: Option<String>| p.unwrap_or_else(|| "-".to_owned());
    let value =
        |v: Option<Value>| v.map_or_else(|| "-".to_owned(), |v| v.as_str().map_or(v.to_string(), str::to_owned));
    compare(&read(definition()), &read(document))
        .into_iter()
        .map(|c| {
            let place = format!("{} {}", pointer(c.old_pointer), pointer(c.new_pointer));
            (c.kind, c.subject, place, value(c.old), value(c.new))
        })
        .collect()
}

fn one(pointer: &str, value: Value, subject: Subject, was: &str, is: &str) {
    let place = format!("{pointer} {pointer}");
    assert_eq!(told(&[(pointer, value)]), [(Changed, subject, place, was.to_owned(), is.to_owned())]);
}

#[test]
fn each_field_is_told_where_it_stands() {
    assert_eq!(told(&[]), []);
    assert_eq!(told(&[("/dimensions/0/weight", json!("0.6000"))]), []);
    one("/dimensions/0/weight", json!("0.5"), Subject::Weight, "0.6", "0.5");
    one("/dimensions/1/axis", json!("quality"), Subject::Axis, "growth", "quality");
    one("/dimensions/0/label/zh", json!("y"), Subject::Label, "x", "y");
    one("/dimensions/0/factors/1/max_points", json!("8"), Subject::Points, "10", "8");
    one("/dimensions/0/factors/0/rule/levels/1/points", json!("5"), Subject::Rule, "4", "5");
    one("/dimensions/0/factors/1/missing", json!("neutral"), Subject::Missing, "zero", "neutral");
    one("/dimensions/0/factors/1/source/attribute", json!("z"), Subject::Source, "g", "z");
    one("/grade_bands/fixed/0/min_score", json!("75"), Subject::GradeBand, "80", "75");
    one("/caps/0/condition/value/number", json!("180"), Subject::Cap, "365", "180");
    one("/min_coverage", json!("0.75"), Subject::MinCoverage, "0.5", "0.75");
    assert_eq!(told(&[("/min_coverage", json!("0.50"))]), []);
}

#[test]
fn options_of_a_factor_and_of_quotas_are_told_by_themselves() {
    let read = |value: &Value| -> ScaleDefinition { serde_json::from_value(value.clone()).unwrap() };
    let label = json!({"en": "x", "zh": "x"});
    let mut old = definition();
    old["grade_bands"] = json!({"quota": [{"grade": "A", "label": label, "share": "0.2"}, {"grade": "C", "label": label, "share": null}]});
    old["dimensions"][0]["factors"][1]["source"] = json!({"metric": "growth_l12"});
    let mut new = old.clone();
    new["grade_bands"]["ties"] = json!("better");
    new["grade_bands"]["refill"] = json!(true);
    new["dimensions"][0]["factors"][1]["min_base"] = json!({"amount": "5000"});
    new["dimensions"][0]["factors"][0]["influence"] = json!("theirs");
    let short = |changes: Vec<ScaleChange>| -> Vec<_> {
        changes.into_iter().map(|c| (c.kind, c.subject, c.new_pointer.or(c.old_pointer).unwrap())).collect()
    };
    let at = |kind, subject, pointer: &str| (kind, subject, pointer.to_owned());
    let expected = |kind| {
        [
            at(kind, Subject::Influence, "/dimensions/0/factors/0/influence"),
            at(kind, Subject::MinBase, "/dimensions/0/factors/1/min_base"),
            at(kind, Subject::GradeBand, "/grade_bands/refill"),
            at(kind, Subject::GradeBand, "/grade_bands/ties"),
        ]
    };
    assert_eq!(short(compare(&read(&old), &read(&new))), expected(Added));
    assert_eq!(short(compare(&read(&new), &read(&old))), expected(Removed));
    let mut more = new.clone();
    more["dimensions"][0]["factors"][1]["min_base"]["amount"] = json!("6000");
    let amount = at(Changed, Subject::MinBase, "/dimensions/0/factors/1/min_base/amount");
    assert_eq!(short(compare(&read(&new), &read(&more))), [amount]);
}

#[test]
fn what_comes_goes_or_becomes_another_kind_is_told_as_a_whole() {
    let rule = told(&[("/dimensions/0/factors/1/rule", json!({"percentile": {"better": "lower"}}))]);
    assert_eq!((rule.len(), rule[0].0, rule[0].1), (1, Changed, Subject::Rule));
    let gone = told(&[("/dimensions/1/factors", json!([])), ("/caps", json!([]))]);
    let short: Vec<_> = gone.iter().map(|c| (c.0, c.1, c.2.as_str())).collect();
    assert_eq!(short, [(Removed, Subject::Factor, "/dimensions/1/factors/0 -"), (Removed, Subject::Cap, "/caps/0 -")]);
    let level = json!([{"code": "B", "label": {"en": "x", "zh": "x"}, "points": "4"}, {"code": "C", "label": {"en": "x", "zh": "x"}, "points": "0"}]);
    let levels = told(&[("/dimensions/0/factors/0/rule/levels", level)]);
    let short: Vec<_> = levels.iter().map(|c| (c.0, c.2.as_str())).collect();
    let (old, new) = ("/dimensions/0/factors/0/rule/levels/0 -", "- /dimensions/0/factors/0/rule/levels/1");
    assert_eq!(short, [(Removed, old), (Added, new)]);
}

#[test]
fn a_factor_that_moves_stays_itself_and_an_order_is_no_difference() {
    let mut moved = definition();
    let factor = moved["dimensions"][0]["factors"].as_array_mut().unwrap().remove(0);
    moved["dimensions"][1]["factors"].as_array_mut().unwrap().push(factor);
    moved["dimensions"].as_array_mut().unwrap().reverse();
    let read = |value: Value| -> ScaleDefinition { serde_json::from_value(value).unwrap() };
    let changes = compare(&read(definition()), &read(moved));
    assert_eq!(changes.len(), 1, "{changes:?}");
    let change = &changes[0];
    assert_eq!((change.kind, change.subject), (Changed, Subject::Dimension));
    assert_eq!((change.old.clone(), change.new.clone()), (Some(json!("a")), Some(json!("b"))));
    assert_eq!(change.new_pointer.as_deref(), Some("/dimensions/0/factors/1"));
    assert_eq!(change.factor.as_ref().map(Code::as_str), Some("f"));
}

#[test]
fn every_template_is_itself_and_unlike_the_others_both_ways() {
    for (i, one) in templates().iter().enumerate() {
        for (j, other) in templates().iter().enumerate() {
            let there = compare(&one.definition, &other.definition);
            let back = compare(&other.definition, &one.definition);
            assert_eq!(there.is_empty(), i == j, "{} {}", one.code, other.code);
            let count = |changes: &[ScaleChange], kind| changes.iter().filter(|c| c.kind == kind).count();
            assert_eq!(count(&there, Added), count(&back, Removed));
            assert_eq!(count(&there, Changed), count(&back, Changed));
        }
    }
}
