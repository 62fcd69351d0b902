use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::scales::Factor;

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn number(text: &str) -> Fact {
    Ok(FactValue::number(d(text)))
}

/// A factor whose value is its points.
fn factor(code: &str, missing: &str) -> Value {
    json!({"code": code, "label": {"en": code, "zh": code}, "max_points": "10", "source": {"attribute": code},
        "rule": {"linear": {"from": "0", "to": "10"}}, "missing": missing})
}

fn dimension(code: &str, axis: &str, weight: &str, factors: Vec<Value>) -> Value {
    json!({"code": code, "label": {"en": code, "zh": code}, "axis": axis, "weight": weight, "factors": factors})
}

fn scale(dimensions: Vec<Value>) -> ScaleDefinition {
    let label = json!({"en": "x", "zh": "x"});
    serde_json::from_value(json!({"dimensions": dimensions, "grade_bands": {"fixed": [
        {"grade": "A", "label": label, "min_score": "80"}, {"grade": "C", "label": label, "min_score": "0"}]},
        "caps": [{"condition": {"source": {"metric": "overdue_days_max"}, "op": "gt", "value": {"number": "180"}},
            "at_best": "C", "label": label}]}))
    .unwrap()
}

/// The example of the glossary: Value 60 %, Future 40 %.
fn example(wallet: &str) -> ScaleDefinition {
    scale(vec![
        dimension("value", "quality", "0.6", vec![factor("revenue", "zero"), factor("margin", "zero")]),
        dimension("future", "growth", "0.4", vec![factor("growth", "zero"), factor("wallet", wallet)]),
    ])
}

fn example_facts() -> [Fact; 4] {
    [number("8"), number("6"), number("10"), Err(Missing::NoData)]
}

fn run(definition: &ScaleDefinition, factors: &[Fact]) -> Scored {
    score(definition, Facts { factors, caps: &[] }).unwrap()
}

/// What is told of a score that was kept.
fn kept(definition: &ScaleDefinition, scored: &Scored) -> Scored {
    let Scored { total, quality, growth, data_coverage, .. } = *scored;
    StoredScore::of(scored).scored(definition, StoredTotals { total, quality, growth, data_coverage })
}

fn shown(score: Option<Exact>) -> String {
    score.map_or("none".into(), |score| score.to_string())
}

#[test]
fn the_example_comes_out_to_the_digit() {
    let scored = run(&example("excluded"), &example_facts());
    assert_eq!(shown(scored.total), "82.0000");
    assert_eq!((shown(scored.quality), shown(scored.growth)), ("70.0000".into(), "100.0000".into()));
    assert_eq!(scored.data_coverage.0, d("0.75"));
    let contributions: Vec<String> =
        scored.dimensions.iter().flat_map(|d| &d.factors).map(|f| f.contribution.to_string()).collect();
    assert_eq!(contributions, ["24.0000", "18.0000", "40.0000", "0.0000"]);
    assert_eq!(scored.dimensions[1].factors[1].policy, Some(MissingPolicy::Excluded));
    assert_eq!(scored.dimensions[1].factors[1].points, None);
}

#[test]
fn each_missing_policy_does_what_it_says() {
    let total = |policy| shown(run(&example(policy), &example_facts()).total);
    // Future is 10, 15 of 20, or 10 of 10.
    assert_eq!([total("zero"), total("neutral"), total("excluded")], ["62.0000", "72.0000", "82.0000"]);
    let refused = run(&example("required"), &example_facts());
    assert_eq!(shown(refused.total), "none");
    let why = refused.ungradable.unwrap();
    assert_eq!(why.reason, UngradableReason::RequiredMissing);
    assert_eq!(why.lacks.len(), 1);
    assert_eq!((why.lacks[0].dimension.as_str(), why.lacks[0].factor.as_str()), ("future", "wallet"));
}

#[test]
fn a_dimension_without_factors_drops_out_and_the_others_are_scaled() {
    let definition = scale(vec![
        dimension("a", "quality", "0.5", vec![factor("x", "excluded")]),
        dimension("b", "quality", "0.2", vec![factor("y", "excluded")]),
        dimension("c", "growth", "0.3", vec![factor("z", "excluded")]),
    ]);
    let scored = run(&definition, &[number("9"), number("4"), Err(Missing::Undefined)]);
    // (0.5 x 90 + 0.2 x 40) / 0.7 = 75.714285..
    assert_eq!(shown(scored.total), "75.7143");
    assert_eq!((shown(scored.quality), shown(scored.growth)), ("75.7143".into(), "none".into()));
    let weights: Vec<String> = scored.dimensions.iter().map(|d| d.effective_weight.to_string()).collect();
    assert_eq!(weights, ["0.714286", "0.285714", "0.000000"]);
    assert_eq!(scored.dimensions[2].score, None);

    let nothing = run(&definition, &[]);
    assert_eq!(
        nothing.ungradable.as_ref().map(|u| (u.reason, u.lacks.len())),
        Some((UngradableReason::NothingToScore, 3))
    );
    assert_eq!(shown(nothing.total), "none");
}

#[test]
fn a_cap_tells_what_it_saw() {
    let scorer = Scorer::new(&example("zero")).unwrap();
    let caps = |fact: Fact| scorer.score(Facts { factors: &example_facts(), caps: &[fact] }).caps;
    assert_eq!(caps(number("181"))[0].applies, Some(true));
    assert_eq!(scorer.at_best([&number("181")]), Some(1));
    assert_eq!(scorer.at_best([&number("180")]), None);
    let unknown = caps(Err(Missing::NotAvailable));
    assert_eq!((unknown[0].applies, unknown[0].missing), (None, Some(Missing::NotAvailable)));
    assert_eq!(scorer.at_best([&Err(Missing::NotAvailable)]), None);
}

#[test]
fn a_scored_customer_survives_storage() {
    let scored = run(&example("excluded"), &example_facts());
    let stored = serde_json::to_value(&scored).unwrap();
    assert_eq!(serde_json::from_value::<Scored>(stored).unwrap(), scored);
    assert_eq!(kept(&example("excluded"), &scored), scored);
    // What it lacks, what it said, and why there is no total.
    let facts = [Err(Missing::TooShort), Ok(FactValue::text("gold")), Ok(FactValue::Flag(true))];
    for policy in ["required", "excluded", "neutral"] {
        let scored = run(&example(policy), &facts);
        assert_eq!(kept(&example(policy), &scored), scored, "{policy}");
    }
}

const POLICIES: [&str; 3] = ["zero", "neutral", "excluded"];
const WEIGHTS: [[&str; 3]; 3] = [["0.5", "0.3", "0.2"], ["0.333333", "0.333333", "0.333334"], ["0.98", "0.01", "0.01"]];

/// Three dimensions of one to three factors, and a fact in tenths for each (or none).
fn books() -> impl Strategy<Value = (Vec<Value>, Vec<Fact>)> {
    let factors = prop::collection::vec((0usize..3, prop::option::of(-20i64..130)), 1..4);
    (prop::collection::vec(factors, 3), 0usize..3).prop_map(|(shape, weights)| {
        let mut facts = Vec::new();
        let dimensions = shape.iter().enumerate().map(|(i, factors)| {
            let made = factors.iter().enumerate().map(|(j, (policy, value))| {
                facts.push(value.map_or(Err(Missing::NoData), |v| Ok(FactValue::number(Decimal::new(v, 1)))));
                factor(&format!("f{i}{j}"), POLICIES[*policy])
            });
            let made = made.collect();
            dimension(&format!("d{i}"), if i == 0 { "quality" } else { "growth" }, WEIGHTS[weights][i], made)
        });
        let dimensions = dimensions.collect();
        (dimensions, facts)
    })
}

proptest! {
    #[test]
    fn the_explanation_adds_up((dimensions, facts) in books()) {
        let definition = scale(dimensions);
        let scored = run(&definition, &facts);
        let sum: Decimal = scored.dimensions.iter().flat_map(|d| &d.factors).map(|f| f.contribution.0).sum();
        let by_dimension: Decimal = scored.dimensions.iter().map(|d| d.contribution.0).sum();
        prop_assert_eq!(sum, scored.total.map_or(Decimal::ZERO, |t| t.0));
        prop_assert_eq!(by_dimension, sum);
        prop_assert!(scored.dimensions.iter().flat_map(|d| &d.factors).all(|f| f.contribution.0 >= Decimal::ZERO));
        prop_assert!(scored.total.is_none_or(|t| t.0 >= Decimal::ZERO && t.0 <= d("100")));
        prop_assert_eq!(scored.total.is_none(), scored.ungradable.is_some());
        prop_assert!(scored.data_coverage.0 <= Decimal::ONE);
        prop_assert_eq!(kept(&definition, &scored), scored);
    }

    #[test]
    fn the_total_is_the_weighted_sum_of_the_dimension_scores((dimensions, facts) in books()) {
        let scored = run(&scale(dimensions), &facts);
        let (mut sum, mut weights) = (Decimal::ZERO, Decimal::ZERO);
        for dimension in &scored.dimensions {
            if let Some(score) = dimension.score {
                sum += dimension.weight.0 * score.0;
                weights += dimension.weight.0;
            }
        }
        if let Some(total) = scored.total {
            prop_assert!((total.0 - sum / weights).abs() <= d("0.0002"));
        }
    }

    #[test]
    fn more_points_never_lower_the_total((dimensions, facts) in books(), which in 0usize..9, more in 1i64..50) {
        let scorer = Scorer::new(&scale(dimensions)).unwrap();
        let mut better = facts.clone();
        if let Some(Ok(FactValue::Number(value))) = better.get_mut(which) {
            value.0 += Decimal::new(more, 1);
        }
        prop_assert!(scorer.totals(&better).total >= scorer.totals(&facts).total);
    }

    #[test]
    fn the_order_of_the_definition_changes_nothing((dimensions, facts) in books(), turn in 0usize..3) {
        let definition = scale(dimensions);
        let mut turned = definition.clone();
        turned.dimensions.rotate_left(turn);
        for dimension in &mut turned.dimensions {
            dimension.factors.reverse();
        }
        let by_code: std::collections::BTreeMap<&Code, &Fact> = definition.factors().map(|f: &Factor| &f.code).zip(&facts).collect();
        let turned_facts: Vec<Fact> = turned.factors().map(|f| by_code[&f.code].clone()).collect();
        let (a, b) = (Scorer::new(&definition).unwrap(), Scorer::new(&turned).unwrap());
        prop_assert_eq!(a.totals(&facts), b.totals(&turned_facts));
        let flat = |scored: Scored| -> std::collections::BTreeMap<Code, Exact> {
            scored.dimensions.into_iter().flat_map(|d| d.factors).map(|f| (f.code, f.contribution)).collect()
        };
        prop_assert_eq!(
            flat(a.score(Facts { factors: &facts, caps: &[] })),
            flat(b.score(Facts { factors: &turned_facts, caps: &[] }))
        );
    }
}
