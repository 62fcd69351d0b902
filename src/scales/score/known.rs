//! What counts as known: coverage, and growths from a base that is large enough.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn number(text: &str) -> Fact {
    Ok(FactValue::number(d(text)))
}

fn factor(code: &str, max: &str, missing: &str) -> Value {
    json!({"code": code, "label": {"en": code, "zh": code}, "max_points": max, "source": {"attribute": code},
        "rule": {"linear": {"from": "0", "to": "10"}}, "missing": missing})
}

fn dimension(code: &str, weight: &str, factors: &[Value]) -> Value {
    json!({"code": code, "label": {"en": code, "zh": code}, "axis": "quality", "weight": weight, "factors": factors})
}

fn scale(dimensions: &[Value], min_coverage: Option<&str>) -> ScaleDefinition {
    let label = json!({"en": "x", "zh": "x"});
    let mut scale = json!({"dimensions": dimensions,
        "grade_bands": {"fixed": [{"grade": "A", "label": label, "min_score": "0"}]}});
    if let Some(coverage) = min_coverage {
        scale["min_coverage"] = json!(coverage);
    }
    serde_json::from_value(scale).unwrap()
}

/// 70 % of trust, at most 6 points, and size, at most 4; 30 % of reach, at most 10.
fn three(missing: &str, min_coverage: Option<&str>) -> ScaleDefinition {
    let first = [factor("trust", "6", missing), factor("size", "4", missing)];
    scale(
        &[dimension("now", "0.7", &first), dimension("later", "0.3", &[factor("reach", "10", missing)])],
        min_coverage,
    )
}

fn run(definition: &ScaleDefinition, factors: &[Fact]) -> Scored {
    score(definition, Facts { factors, caps: &[] }).unwrap()
}

#[test]
fn a_missing_fact_is_never_covered_whatever_is_done_about_it() {
    for missing in ["zero", "neutral", "excluded"] {
        let scored = run(&three(missing, Some("0")), &[Err(Missing::NotJudged), number("5"), Err(Missing::NoData)]);
        // 4 of 20 points.
        assert_eq!((scored.data_coverage.to_string().as_str(), scored.ungradable), ("0.200000", None), "{missing}");
    }
    // A value that the rule cannot read is not known either.
    let text = run(&three("zero", None), &[Ok(FactValue::text("gold")), number("5"), number("5")]);
    assert_eq!(text.data_coverage.to_string(), "0.700000");
}

#[test]
fn below_the_coverage_nobody_is_graded_and_the_heaviest_facts_are_named_first() {
    let scored = run(&three("excluded", None), &[Err(Missing::NotJudged), number("5"), Err(Missing::NoData)]);
    assert_eq!((scored.total, scored.quality, scored.growth), (None, None, None));
    let why = scored.ungradable.unwrap();
    assert_eq!(why.reason, UngradableReason::LowCoverage);
    assert_eq!((why.data_coverage, why.min_coverage), (Some(Exact(d("0.2"))), Some(Exact(d("0.5")))));
    let lacks: Vec<_> = why.lacks.iter().map(|lack| (lack.factor.as_str(), lack.weight.to_string())).collect();
    // 0.7 x 6/10, and 0.3 x 10/10.
    assert_eq!(lacks, [("trust", "0.420000".to_owned()), ("reach", "0.300000".to_owned())]);
    assert_eq!(why.lacks[0].label.as_ref().unwrap().en, "trust");
}

#[test]
fn what_is_asked_for_is_enough_as_it_is_shown() {
    // 10 of 20 points.
    let half = [number("5"), number("5"), Err(Missing::NoData)];
    assert!(run(&three("excluded", None), &half).total.is_some());
    assert!(run(&three("excluded", Some("0.500001")), &half).total.is_none());
    // One of three points: 0.333333 as shown.
    let third = scale(&[dimension("d", "1", &[factor("a", "1", "zero"), factor("b", "2", "zero")])], Some("0.333333"));
    let facts = [number("5"), Err(Missing::NoData)];
    assert!(run(&third, &facts).total.is_some());
}

#[test]
fn what_is_required_and_what_leaves_nothing_to_score_are_told_before_coverage() {
    let reason = |definition: &ScaleDefinition, facts: &[Fact]| run(definition, facts).ungradable.unwrap().reason;
    assert_eq!(reason(&three("required", None), &[number("5")]), UngradableReason::RequiredMissing);
    assert_eq!(reason(&three("excluded", None), &[]), UngradableReason::NothingToScore);
    assert_eq!(reason(&three("zero", None), &[]), UngradableReason::LowCoverage);
}

#[test]
fn a_refusal_for_its_coverage_survives_storage() {
    for (missing, coverage) in [("zero", None), ("neutral", Some("0.9")), ("excluded", Some("1"))] {
        let definition = three(missing, coverage);
        let scored = run(&definition, &[Err(Missing::NotJudged), number("5"), number("1")]);
        let Scored { total, quality, growth, data_coverage, .. } = scored;
        let kept = StoredScore::of(&scored).scored(&definition, StoredTotals { total, quality, growth, data_coverage });
        assert_eq!(kept, scored, "{missing}");
    }
}

/// Growth over the year before, by place or by bands, beside a factor that is always known. Facts: growth, steady, and
/// behind them `revenue_l12` where a median is read, and `revenue_p12`.
fn growing(min_base: &Value, rule: &Value) -> ScaleDefinition {
    let mut growth = factor("growth", "10", "zero");
    (growth["source"], growth["rule"], growth["min_base"]) =
        (json!({"metric": "growth_l12"}), rule.clone(), min_base.clone());
    scale(&[dimension("d", "1", &[growth, factor("steady", "10", "zero")])], None)
}

fn line() -> Value {
    json!({"linear": {"from": "0", "to": "1"}})
}

#[test]
fn a_growth_from_less_than_its_base_is_missing_and_the_base_is_told() {
    let definition = growing(&json!({"amount": "5000"}), &line());
    assert_eq!(definition.bases(), [crate::metrics::Metric::RevenueP12]);
    let growth = |base: Fact| run(&definition, &[number("0.5"), number("5"), base]).dimensions[0].factors[0].clone();
    let enough = growth(number("5000"));
    assert_eq!((enough.missing, enough.points), (None, Some(Exact(d("5")))));
    let small = growth(number("4999.9999"));
    assert_eq!((small.missing, small.points, small.value), (Some(Missing::SmallBase), Some(Exact(d("0"))), None));
    assert_eq!((small.base, small.min_base), (Some(Exact(d("4999.9999"))), Some(Exact(d("5000")))));
    // A growth that is not known keeps its own reason.
    let none = run(&definition, &[Err(Missing::Undefined), number("5"), number("0")]).dimensions[0].factors[0].clone();
    assert_eq!(none.missing, Some(Missing::Undefined));
}

#[test]
fn the_median_is_that_of_all_who_are_scored_together_and_have_revenue() {
    let definition = growing(&json!({"median_share": "0.5", "at_least": "30"}), &line());
    // Revenue known of three: median 100, half of it 50.
    let book: Vec<Vec<Fact>> = [(Some("20"), "49"), (Some("100"), "50"), (Some("900"), "51"), (None, "10")]
        .iter()
        .map(|(now, before)| vec![number("0.5"), number("5"), now.map_or(Err(Missing::NoData), number), number(before)])
        .collect();
    let scorer = Scorer::among(&definition, &book).unwrap();
    assert!(scorer.needs_book());
    assert_eq!(scorer.min_bases(), [Some(Exact(d("50"))), None]);
    let missing: Vec<_> = book
        .iter()
        .map(|facts| scorer.score(Facts { factors: facts, caps: &[] }).dimensions[0].factors[0].missing)
        .collect();
    assert_eq!(missing, [Some(Missing::SmallBase), None, None, Some(Missing::SmallBase)]);
    // Without the book nobody knows the base.
    let alone = Scorer::new(&definition).unwrap().score(Facts { factors: &book[1], caps: &[] });
    assert_eq!(alone.dimensions[0].factors[0].missing, Some(Missing::NotAvailable));
}

#[test]
fn a_growth_from_too_small_a_base_has_no_place_among_the_others() {
    let definition = growing(&json!({"amount": "50"}), &json!({"percentile": {"better": "higher"}}));
    let book: Vec<Vec<Fact>> = [("9", "10"), ("0.1", "100"), ("0.2", "100")]
        .iter()
        .map(|(growth, before)| vec![number(growth), number("5"), number(before)])
        .collect();
    let scorer = Scorer::among(&definition, &book).unwrap();
    let places: Vec<_> = book
        .iter()
        .map(|facts| scorer.score(Facts { factors: facts, caps: &[] }).dimensions[0].factors[0].percentile)
        .collect();
    // 900 % from 10 is nobody's measure: the other two are the best and the worst.
    assert_eq!(places, [None, Some(Exact(d("0"))), Some(Exact(d("1")))]);
}

proptest! {
    #[test]
    fn with_a_base_an_explanation_adds_up_and_the_order_of_the_book_changes_nothing(
        book in prop::collection::vec((-10i64..30, 0i64..200, prop::option::of(0i64..200)), 1..30),
        turn in 0usize..30, ranked: bool, share in 1i64..100, least in 0i64..60,
    ) {
        let rule = if ranked { json!({"percentile": {"better": "higher"}}) } else { line() };
        let base = json!({"median_share": Decimal::new(share, 2).to_string(), "at_least": least.to_string()});
        let definition = growing(&base, &rule);
        let facts = |(growth, before, now): &(i64, i64, Option<i64>)| -> Vec<Fact> {
            let known = |n: i64, places| Ok(FactValue::number(Decimal::new(n, places)));
            vec![known(*growth, 1), known(5, 0), now.map_or(Err(Missing::NoData), |now| known(now, 0)), known(*before, 0)]
        };
        let facts: Vec<Vec<Fact>> = book.iter().map(facts).collect();
        let scorer = Scorer::among(&definition, &facts).unwrap();
        let mut turned = facts.clone();
        turned.rotate_left(turn % facts.len());
        let other = Scorer::among(&definition, &turned).unwrap();
        let mut known: Vec<i64> = book.iter().filter_map(|(_, _, now)| *now).collect();
        known.sort_unstable();
        let median = match known.len() {
            0 => Decimal::ZERO,
            n if n % 2 == 1 => Decimal::from(known[n / 2]),
            n => Decimal::from(known[n / 2 - 1] + known[n / 2]) / Decimal::TWO,
        };
        let asked = (median * Decimal::new(share, 2)).max(least.into());
        prop_assert_eq!(scorer.min_bases(), [Some(Exact(asked)), None]);
        for (facts, (_, before, _)) in facts.iter().zip(&book) {
            let scored = scorer.score(Facts { factors: facts, caps: &[] });
            prop_assert_eq!(&scored, &other.score(Facts { factors: facts, caps: &[] }));
            let growth = &scored.dimensions[0].factors[0];
            prop_assert_eq!(growth.missing == Some(Missing::SmallBase), Decimal::from(*before) < asked);
            let sum: Decimal = scored.dimensions.iter().flat_map(|d| &d.factors).map(|f| f.contribution.0).sum();
            prop_assert_eq!(sum, scored.total.map_or(Decimal::ZERO, |total| total.0));
            let Scored { total, quality, growth, data_coverage, .. } = scored;
            let kept = StoredScore::of(&scored).scored(&definition, StoredTotals { total, quality, growth, data_coverage });
            prop_assert_eq!(kept, scored);
        }
    }
}
