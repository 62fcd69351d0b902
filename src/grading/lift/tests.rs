use serde_json::{Value, json};

use super::*;
use crate::scales::{Facts, ScoreBand};

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// Value 60 % (revenue linear to 1000, service by level), Future 40 % (growth by bands).
fn definition() -> ScaleDefinition {
    let label = json!({"en": "x", "zh": "x"});
    let factor = |code: &str, source: Value, rule: Value| json!({"code": code, "label": label, "max_points": "10", "source": source, "rule": rule, "missing": "zero"});
    let level = |code: &str, points: &str| json!({"code": code, "label": {"en": code, "zh": code}, "points": points});
    serde_json::from_value(json!({
        "dimensions": [
            {"code": "value", "label": label, "axis": "quality", "weight": "0.6", "factors": [
                factor("revenue", json!({"metric": "revenue_l12"}), json!({"linear": {"from": "0", "to": "1000"}})),
                factor("service", json!({"judgement": {}}), json!({"levels": [level("A", "10"), level("B", "6"), level("C", "2")]}))]},
            {"code": "future", "label": label, "axis": "growth", "weight": "0.4", "factors": [
                factor("growth", json!({"metric": "growth_l12"}), json!({"bands": [{"from": null, "points": "0"}, {"from": "0.05", "points": "5"}, {"from": "0.2", "points": "10"}]}))]}],
        "grade_bands": {"fixed": [
            {"grade": "A", "label": label, "min_score": "80"}, {"grade": "B", "label": label, "min_score": "60"}, {"grade": "C", "label": label, "min_score": "0"}]}
    }))
    .unwrap()
}

fn scored(revenue: &str, service: &str, growth: Fact) -> Scored {
    let facts = [Ok(FactValue::number(d(revenue))), Ok(FactValue::text(service)), growth];
    Scorer::new(&definition()).unwrap().score(Facts { factors: &facts, caps: &[] })
}

fn lifted(definition: &ScaleDefinition, scored: &Scored, needed: Decimal) -> Lift {
    lift(definition, scored, &BTreeMap::new(), needed).unwrap()
}

fn number(text: &str) -> Fact {
    Ok(FactValue::number(d(text)))
}

#[test]
fn every_single_change_that_is_enough_is_told_the_cheapest_first() {
    // 0.6 x 100 x 12/20 + 0.4 x 50 = 56; B from 60: 4 points of the score.
    let lift = lifted(&definition(), &scored("600", "B", number("0.1")), d("60"));
    let told: Vec<_> = lift.single.iter().map(|step| (step.factor.as_str(), step.cost.normalize())).collect();
    // Revenue gives 3 a point: 4 / 3 = 1.3333 points, which is 733.3317 at the rounding's edge.
    assert_eq!(told, [("revenue", d("0.133332")), ("service", d("0.4")), ("growth", d("0.5"))]);
    assert_eq!(lift.single[0].at_least, Some("733.331667".parse().unwrap()));
    assert_eq!(lift.single[0].score_after, Some(Exact(d("60.0000"))));
    assert_eq!((lift.single[1].value.as_deref(), &lift.single[2].at_least), (Some("A"), &Some(Exact(d("0.2")))));
    assert!(lift.together.is_empty());
}

#[test]
fn where_no_single_change_is_enough_the_fewest_do_it_together() {
    // 0.6 x 100 x 4/20 = 12; A from 80.
    let lift = lifted(&definition(), &scored("200", "C", Err(Missing::NoData)), d("80"));
    assert!(lift.single.is_empty());
    // Growth gives 40, revenue and service 24 each: growth and one of them make 76, so all three are needed.
    let told: Vec<_> = lift.together.iter().map(|step| step.factor.as_str()).collect();
    assert_eq!(told, ["growth", "revenue", "service"]);
    // The last one need not go all the way: 12 + 40 + 24 = 76, 4 more are 1.34 points of service, which is B.
    assert_eq!(lift.together[2].value.as_deref(), Some("B"));
    assert!(lift.together.iter().all(|step| step.score_after.unwrap().0 >= d("80")));
}

#[test]
fn what_cannot_be_reached_has_no_way_and_what_is_reached_needs_none() {
    let low = scored("0", "A", number("0.3"));
    let all = lifted(&definition(), &low, d("100.0001"));
    assert!(all.single.is_empty() && all.together.is_empty());
    let done = lifted(&definition(), &low, d("70"));
    assert!(done.single.is_empty() && done.together.is_empty());
}

/// Half by revenue, half by size.
fn of_size(influence: Option<&str>) -> ScaleDefinition {
    let mut of_size = serde_json::to_value(definition()).unwrap();
    let size = &mut of_size["dimensions"][0]["factors"][1];
    size["source"] = json!({"attribute": "employees"});
    size["rule"] = json!({"linear": {"from": "0", "to": "100"}});
    if let Some(influence) = influence {
        size["influence"] = json!(influence);
    }
    serde_json::from_value(of_size).unwrap()
}

fn told(definition: &ScaleDefinition, facts: [Fact; 3], needed: &str) -> Vec<(String, &'static str)> {
    let scored = Scorer::new(definition).unwrap().score(Facts { factors: &facts, caps: &[] });
    let lift = lifted(definition, &scored, d(needed));
    let steps = if lift.single.is_empty() { lift.together } else { lift.single };
    steps.iter().map(|step| (step.factor.to_string(), step.influence.code())).collect()
}

#[test]
fn what_we_can_do_comes_before_what_the_customer_alone_can_change() {
    // 0.6 x 100 x (6 + 5)/20 + 0.4 x 50 = 53: size needs 7/30 of its points, growth half of its own.
    let known = || [number("600"), number("50"), number("0.1")];
    let named = |all: &[(&str, &'static str)]| -> Vec<(String, &'static str)> {
        all.iter().map(|(factor, influence)| ((*factor).to_owned(), *influence)).collect()
    };
    let all = told(&of_size(None), known(), "60");
    assert_eq!(all, named(&[("revenue", "ours"), ("growth", "ours"), ("service", "theirs")]));
    // A definition may say otherwise; what is missing can be gathered.
    assert_eq!(told(&of_size(Some("ours")), known(), "60")[1], ("service".to_owned(), "ours"));
    let unknown = told(&of_size(None), [number("600"), Err(Missing::NoData), number("0.1")], "45");
    assert!(unknown.contains(&("service".to_owned(), "data")), "{unknown:?}");
    // Together: 0.6 x 100 x 10/20 + 40 = 70 from revenue and growth alone; beyond that it takes the customer's size too.
    let low = || [number("0"), number("0"), number("0")];
    assert_eq!(told(&of_size(None), low(), "70"), named(&[("growth", "ours"), ("revenue", "ours")]));
    assert_eq!(told(&of_size(None), low(), "80").len(), 3);
}

#[test]
fn a_change_of_an_amount_is_told_in_money() {
    let lift = lifted(&definition(), &scored("600", "B", number("0.1")), d("60"));
    let money = lift.single[0].money.unwrap();
    let shown = [money.from.unwrap(), money.to, money.change.unwrap()].map(|amount| amount.to_string());
    assert_eq!(shown, ["600.0000", "733.3317", "133.3317"]);
    assert_eq!(lift.single.iter().filter(|step| step.money.is_some()).count(), 1);
}

/// Revenue by place among five, beside service.
#[test]
fn a_place_among_all_is_told_as_the_number_that_passes_the_others() {
    let mut ranked = serde_json::to_value(definition()).unwrap();
    ranked["dimensions"][0]["factors"][0]["rule"] = json!({"percentile": {"better": "higher"}});
    let ranked: ScaleDefinition = serde_json::from_value(ranked).unwrap();
    let facts = |revenue: &str| vec![number(revenue), Ok(FactValue::text("B")), number("0.1")];
    let book: Vec<Vec<Fact>> = ["100", "200", "300", "400", "500"].map(facts).to_vec();
    let scored = Scorer::among(&ranked, &book).unwrap().score(Facts { factors: &book[1], caps: &[] });
    // Ahead of one of four: 2.5 points; 0.6 x 100 x 8.5/20 + 0.4 x 50 = 45.5. 53 needs 2.5 points more, two of four.
    let others = Others::of(["100", "200", "300", "400", "500"].map(d).to_vec(), Some(d("200")));
    let lift = lift(&ranked, &scored, &BTreeMap::from([(0, others)]), d("53")).unwrap();
    let step = lift.single.iter().find(|step| step.factor.as_str() == "revenue").unwrap();
    assert_eq!((step.at_least, step.new_points), (Some(Exact(d("300.0001"))), Exact(d("5"))));
    assert_eq!((step.score_after, step.money.unwrap().change), (Some(Exact(d("53"))), Some(Exact(d("100.0001")))));
    // Without the others nobody knows.
    assert!(lifted(&ranked, &scored, d("53")).single.iter().all(|step| step.factor.as_str() != "revenue"));
}

#[test]
fn a_growth_from_too_small_a_base_is_not_advised() {
    let lift = lifted(&definition(), &scored("600", "B", Err(Missing::SmallBase)), d("60"));
    assert!(lift.single.iter().chain(&lift.together).all(|step| step.factor.as_str() != "growth"));
}

#[test]
fn below_is_told_where_less_is_better() {
    let bands: Vec<ScoreBand> = serde_json::from_value(
        json!([{"from": null, "points": "10"}, {"from": "30", "points": "4"}, {"from": "90", "points": "0"}]),
    )
    .unwrap();
    let targets = band_targets(&bands, Some(d("120")));
    assert_eq!((targets[0].told.below, targets[0].told.at_least), (Some(Exact(d("30"))), None));
    assert_eq!(targets[1].told.below, Some(Exact(d("90"))));
}
