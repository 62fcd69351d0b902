//! Cases worked by hand: one for each rule and each missing-data policy, and what follows from them.
//!
//! Unless a case says otherwise the scale is Main 70 % (the factor in question, at most 8 points, and an anchor with 9 of
//! 12) and Side 30 % (4 of 10, so 40).

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::*;
use crate::scales::{GradeBands, Standing, assign_grades, quota_counts};

fn label() -> Value {
    json!({"en": "x", "zh": "x"})
}

fn factor(code: &str, max: &str, rule: Value, missing: &str) -> Value {
    json!({"code": code, "label": label(), "max_points": max, "source": {"attribute": code}, "rule": rule, "missing": missing})
}

fn dimension(code: &str, axis: &str, weight: &str, factors: &[Value]) -> Value {
    json!({"code": code, "label": label(), "axis": axis, "weight": weight, "factors": factors})
}

fn of(dimensions: &[Value]) -> ScaleDefinition {
    let band = |grade: &str, from: &str| json!({"grade": grade, "label": label(), "min_score": from});
    serde_json::from_value(
        json!({"dimensions": dimensions, "grade_bands": {"fixed": [band("A", "60"), band("B", "0")]}}),
    )
    .unwrap()
}

fn usual(rule: Value, missing: &str) -> ScaleDefinition {
    let line = |to: &str| json!({"linear": {"from": "0", "to": to}});
    of(&[
        dimension(
            "main",
            "quality",
            "0.7",
            &[factor("asked", "8", rule, missing), factor("anchor", "12", line("12"), "zero")],
        ),
        dimension("side", "growth", "0.3", &[factor("steady", "10", line("10"), "zero")]),
    ])
}

fn number(text: &str) -> Fact {
    Ok(FactValue::number(text.parse().unwrap()))
}

/// Points of the factor in question, total, and coverage.
fn told(definition: &ScaleDefinition, asked: Fact, book: &[Vec<Fact>]) -> [String; 3] {
    let scorer = Scorer::among(definition, book.iter().map(Vec::as_slice)).unwrap();
    let scored = scorer.score(Facts { factors: &[asked, number("9"), number("4")], caps: &[] });
    let shown = |value: Option<Exact>| value.map_or_else(|| "none".to_owned(), |value| value.to_string());
    [shown(scored.dimensions[0].factors[0].points), shown(scored.total), scored.data_coverage.to_string()]
}

fn expect(rule: Value, asked: Fact, points: &str, total: &str) {
    let found = told(&usual(rule, "zero"), asked, &[]);
    assert_eq!(found, [points, total, "1.000000"]);
}

#[test]
fn levels() {
    let level = |code: &str, points: &str| json!({"code": code, "label": label(), "points": points});
    let rule = json!({"levels": [level("A", "8"), level("B", "5"), level("C", "1")]});
    // (5 + 9) of 20 is 70; 0.7 x 70 + 0.3 x 40.
    expect(rule, Ok(FactValue::text("B")), "5.0000", "61.0000");
}

#[test]
fn bands() {
    let band = |from: Option<&str>, points: &str| json!({"from": from, "points": points});
    let rule = json!({"bands": [band(None, "1"), band(Some("0.05"), "4"), band(Some("0.2"), "8")]});
    // (4 + 9) of 20 is 65; 45.5 + 12. At the threshold the band has begun.
    expect(rule.clone(), number("0.12"), "4.0000", "57.5000");
    expect(rule.clone(), number("0.2"), "8.0000", "71.5000");
    // (1 + 9) of 20 is 50; 35 + 12.
    expect(rule, number("-3"), "1.0000", "47.0000");
}

#[test]
fn choices() {
    let rule = json!({"choices": {"choices": [{"value": "steel", "points": "6"}], "otherwise": "1"}});
    // (6 + 9) of 20 is 75; 52.5 + 12.
    expect(rule.clone(), Ok(FactValue::text("steel")), "6.0000", "64.5000");
    expect(rule, Ok(FactValue::text("paper")), "1.0000", "47.0000");
    // A value that the rule does not name is no value; half of 8.
    let closed = json!({"choices": {"choices": [{"value": "steel", "points": "6"}], "otherwise": null}});
    let found = told(&usual(closed, "neutral"), Ok(FactValue::text("paper")), &[]);
    assert_eq!(found, ["4.0000", "57.5000", "0.733333"]);
}

#[test]
fn linear() {
    // Less is better: 45 of 90 to 30 is three quarters of 8.
    let rule = json!({"linear": {"from": "90", "to": "30"}});
    expect(rule.clone(), number("45"), "6.0000", "64.5000");
    expect(rule.clone(), number("12"), "8.0000", "71.5000");
    expect(rule, number("400"), "0.0000", "43.5000");
    // A third of the way: 2.6667 shown, (8/3 + 9) of 20 is 58.33..; 40.8333 + 12.
    expect(json!({"linear": {"from": "0", "to": "3"}}), number("1"), "2.6667", "52.8333");
}

#[test]
fn percentile() {
    let book: Vec<Vec<Fact>> = ["10", "20", "20", "40", "50"].iter().map(|n| vec![number(n)]).collect();
    let ranked = |better: &str, asked: &str, book: &[Vec<Fact>]| {
        told(&usual(json!({"percentile": {"better": better}}), "zero"), number(asked), book)
    };
    // Of four others one is worse and one equal: 1.5 of 4, 3 points; (3 + 9) of 20 is 60; 42 + 12.
    assert_eq!(ranked("higher", "20", &book), ["3.0000", "54.0000", "1.000000"]);
    // Two are worse and one equal: 2.5 of 4, 5 points.
    assert_eq!(ranked("lower", "20", &book), ["5.0000", "61.0000", "1.000000"]);
    assert_eq!(ranked("higher", "50", &book), ["8.0000", "71.5000", "1.000000"]);
    // Alone: half.
    assert_eq!(ranked("higher", "7", &[vec![number("7")]]), ["4.0000", "57.5000", "1.000000"]);
    // Who has no number is not among those who are ranked.
    let with_gaps: Vec<Vec<Fact>> = book.into_iter().chain([vec![Err(Missing::NoData)], vec![]]).collect();
    assert_eq!(ranked("higher", "20", &with_gaps)[0], "3.0000");
}

#[test]
fn a_percentile_without_the_others_is_not_available() {
    let scorer = Scorer::new(&usual(json!({"percentile": {"better": "higher"}}), "excluded")).unwrap();
    let scored = scorer.score(Facts { factors: &[number("20"), number("9"), number("4")], caps: &[] });
    let factor = &scored.dimensions[0].factors[0];
    assert_eq!((factor.missing, factor.points, factor.percentile), (Some(Missing::NotAvailable), None, None));
}

fn line() -> Value {
    json!({"linear": {"from": "0", "to": "8"}})
}

#[test]
fn no_data_gives_zero() {
    // 9 of 20 is 45; 31.5 + 12. 22 of 30 points are known, whatever stands in for the others.
    assert_eq!(told(&usual(line(), "zero"), Err(Missing::NoData), &[]), ["0.0000", "43.5000", "0.733333"]);
}

#[test]
fn no_data_gives_half() {
    assert_eq!(told(&usual(line(), "neutral"), Err(Missing::Undefined), &[]), ["4.0000", "57.5000", "0.733333"]);
}

#[test]
fn no_data_is_left_out() {
    // 9 of 12 is 75; 52.5 + 12; 22 of 30 points are known.
    assert_eq!(told(&usual(line(), "excluded"), Err(Missing::TooShort), &[]), ["none", "64.5000", "0.733333"]);
}

#[test]
fn no_data_where_it_is_required() {
    let scorer = Scorer::new(&usual(line(), "required")).unwrap();
    let scored = scorer.score(Facts { factors: &[Err(Missing::NotJudged), number("9"), number("4")], caps: &[] });
    let why = scored.ungradable.unwrap();
    assert_eq!((scored.total, why.reason), (None, UngradableReason::RequiredMissing));
    let lacks: Vec<_> = why.lacks.iter().map(|l| (l.dimension.as_str(), l.factor.as_str(), l.missing)).collect();
    assert_eq!(lacks, [("main", "asked", Missing::NotJudged)]);
}

#[test]
fn a_dimension_that_drops_out_leaves_its_weight_to_the_others() {
    let only = |code: &str| [factor(code, "10", json!({"linear": {"from": "0", "to": "10"}}), "excluded")];
    let definition = of(&[
        dimension("a", "quality", "0.2", &only("a")),
        dimension("b", "quality", "0.3", &only("b")),
        dimension("c", "growth", "0.5", &only("c")),
    ]);
    let scorer = Scorer::new(&definition).unwrap();
    let scored = scorer.score(Facts { factors: &[number("10"), number("5"), Err(Missing::NoData)], caps: &[] });
    // (0.2 x 100 + 0.3 x 50) / 0.5.
    assert_eq!(scored.total.unwrap().to_string(), "70.0000");
    assert_eq!((scored.quality.unwrap().to_string(), scored.growth), ("70.0000".into(), None));
    let parts: Vec<String> = scored.dimensions.iter().map(|d| d.contribution.to_string()).collect();
    assert_eq!(parts, ["40.0000", "30.0000", "0.0000"]);
}

#[test]
fn thirds_are_rounded_at_the_end_and_the_explanation_adds_up() {
    let third = |code: &str| factor(code, "3", json!({"linear": {"from": "0", "to": "3"}}), "zero");
    let definition = of(&[dimension("a", "quality", "1", &[third("x"), third("y"), third("z")])]);
    let scorer = Scorer::new(&definition).unwrap();
    let scored = scorer.score(Facts { factors: &[number("2"), number("2"), number("2")], caps: &[] });
    // 6 of 9; of 66.6667 the step left over goes to the first by code.
    assert_eq!(scored.total.unwrap().to_string(), "66.6667");
    let parts: Vec<String> = scored.dimensions[0].factors.iter().map(|f| f.contribution.to_string()).collect();
    assert_eq!(parts, ["22.2223", "22.2222", "22.2222"]);
}

#[test]
fn a_quota_of_seven() {
    let share = |grade: &str, share: Option<&str>| json!({"grade": grade, "label": label(), "share": share});
    let bands: GradeBands =
        serde_json::from_value(json!({"quota": [share("A", Some("0.2")), share("B", Some("0.3")), share("C", None)]}))
            .unwrap();
    let GradeBands::Quota(crate::scales::QuotaBands { bands: shares, .. }) = &bands else { panic!("a quota") };
    // 1.4, 2.1 and 3.5: the one left over goes to 0.5.
    assert_eq!(quota_counts(shares, 7), [1, 2, 4]);
    let standing =
        |id: &'static str, total: i64| Standing { external_id: id, total: Some(total.into()), at_best: None };
    let book = [
        standing("g", 50),
        standing("f", 90),
        standing("e", 70),
        standing("d", 70),
        standing("c", 70),
        standing("b", 10),
        standing("a", 20),
    ];
    let grades: String = assign_grades(&bands, &book)
        .iter()
        .map(|g| g.map_or("-", |g| bands.grade_at(g.place).unwrap().as_str()))
        .collect();
    // Of three with 70 the first two by external id are B.
    assert_eq!(grades, "CACBBCC");
}

#[test]
fn the_cap_on_what_is_overdue() {
    let mut definition = usual(line(), "zero");
    definition.caps =
        serde_json::from_value(json!([{"condition": {"source": {"metric": "overdue_days_max"}, "op": "gt",
        "value": {"number": "180"}}, "at_best": "B", "label": label()}]))
        .unwrap();
    let scorer = Scorer::new(&definition).unwrap();
    let grade = |overdue: Fact| {
        let at_best = scorer.at_best([&overdue]);
        let scored = scorer.score(Facts { factors: &[number("8"), number("9"), number("4")], caps: &[overdue] });
        let book = [Standing { external_id: "x", total: scored.total.map(|t| t.0), at_best }];
        let graded = assign_grades(&definition.grade_bands, &book)[0].unwrap();
        definition.grade_bands.grade_at(graded.place).unwrap().to_string()
    };
    // 71.5 is an A from 60.
    assert_eq!([grade(number("181")), grade(number("180")), grade(Err(Missing::NoData))], ["B", "A", "A"]);
}

proptest::proptest! {
    /// Nobody's place depends on the order in which the customers come, and more is never less.
    #[test]
    fn places_are_settled(numbers in proptest::collection::vec(0i64..30, 1..40), turn in 0usize..40, more in 1i64..9) {
        let definition = usual(json!({"percentile": {"better": "higher"}}), "zero");
        let facts = |n: i64| vec![Ok(FactValue::number(n.into())), number("9"), number("4")];
        let book: Vec<Vec<Fact>> = numbers.iter().map(|n| facts(*n)).collect();
        let totals = |book: &[Vec<Fact>]| -> Vec<Option<Decimal>> {
            let scorer = Scorer::among(&definition, book.iter().map(Vec::as_slice)).unwrap();
            book.iter().map(|facts| scorer.totals(facts).total).collect()
        };
        let mut turned = book.clone();
        turned.rotate_left(turn % book.len());
        let mut expected = totals(&book);
        expected.rotate_left(turn % book.len());
        proptest::prop_assert_eq!(totals(&turned), expected);
        let mut better = book.clone();
        better[0] = facts(numbers[0] + more);
        proptest::prop_assert!(totals(&better)[0] >= totals(&book)[0]);
    }
}
