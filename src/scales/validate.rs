//! Everything that is wrong with a definition, all at once.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::{
    Cap, CapSource, Checker, Comparison, Factor, FactorSource, FixedBand, GradeBands, LinearRule, Part, Problem,
    ProblemCode, QuotaBand, ScaleDefinition, ScoreBand, ScoreChoices, ScoreLevel, ScoringRule,
};
use crate::metrics::FactValueKind;
use crate::values::{Exact, Label};

const MAX_DIMENSIONS: usize = 20;
const MAX_FACTORS: usize = 100;
const MAX_LEVELS: usize = 50;
const MAX_GRADES: usize = 20;
const MAX_CAPS: usize = 50;
const MAX_POINTS: i64 = 10_000;
/// Thresholds beyond this are mistakes, and would leave too few digits for the arithmetic.
const MAX_THRESHOLD: i64 = 1_000_000_000_000_000;

/// All that is wrong with a scale's definition; empty where it can be used.
pub fn validate(definition: &ScaleDefinition) -> Vec<Problem> {
    let mut check = Checker::default();
    let parts: Vec<(Part<'_>, &Label)> = definition.dimensions.iter().map(|d| (d.into(), &d.label)).collect();
    check_parts(&mut check, "/dimensions", &parts);
    check.grade_bands(&definition.grade_bands);
    check.length("/caps", definition.caps.len(), 0, MAX_CAPS);
    for (index, cap) in definition.caps.iter().enumerate() {
        check.cap(&format!("/caps/{index}"), cap, &definition.grade_bands);
    }
    check.number("/min_coverage", definition.min_coverage.0, Decimal::ZERO, Decimal::ONE, 6);
    check.into_problems()
}

/// Checks a weighted list of parts that stands at `pointer`.
pub fn check_parts(check: &mut Checker, pointer: &str, parts: &[(Part<'_>, &Label)]) {
    check.length(pointer, parts.len(), 1, MAX_DIMENSIONS);
    let mut part_codes = BTreeSet::new();
    let mut factor_codes = BTreeSet::new();
    for (index, (part, label)) in parts.iter().enumerate() {
        let at = format!("{pointer}/{index}");
        check.unique(&format!("{at}/code"), &mut part_codes, part.code.as_str());
        check.label(&format!("{at}/label"), label);
        check.number(&format!("{at}/weight"), part.weight, Decimal::ZERO, Decimal::ONE, 6);
        if part.weight.is_zero() {
            check.above_zero(&format!("{at}/weight"));
        }
        check.length(&format!("{at}/factors"), part.factors.len(), 1, MAX_FACTORS);
        for (index, factor) in part.factors.iter().enumerate() {
            let at = format!("{at}/factors/{index}");
            check.unique(&format!("{at}/code"), &mut factor_codes, factor.code.as_str());
            check.factor(&at, factor);
        }
    }
    let factors: usize = parts.iter().map(|(part, _)| part.factors.len()).sum();
    if factors > MAX_FACTORS {
        check.length(pointer, factors, 1, MAX_FACTORS);
    }
    check.weights(pointer, parts.iter().map(|(part, _)| part.weight));
}

impl Checker {
    fn weights(&mut self, pointer: &str, weights: impl Iterator<Item = Decimal>) {
        let sum = weights.fold(Decimal::ZERO, Decimal::saturating_add);
        if sum != Decimal::ONE {
            let percent = sum.saturating_mul(Decimal::ONE_HUNDRED).normalize();
            let en = format!("the weights sum to {percent} %, not to 100 %");
            self.push(pointer, ProblemCode::WeightsSum, en, format!("权重合计为{percent}%，应为100%"));
        }
    }

    fn factor(&mut self, at: &str, factor: &Factor) {
        self.label(&format!("{at}/label"), &factor.label);
        let max = factor.max_points.0;
        self.number(&format!("{at}/max_points"), max, Decimal::ZERO, MAX_POINTS.into(), 4);
        if max.is_zero() {
            self.above_zero(&format!("{at}/max_points"));
        }
        if let FactorSource::Judgement(judgement) = &factor.source
            && let Some(question) = &judgement.question
        {
            self.label(&format!("{at}/source/judgement/question"), question);
        }
        self.source(at, factor);
        self.min_base(at, factor);
        match &factor.rule {
            ScoringRule::Levels(levels) => self.levels(&format!("{at}/rule/levels"), levels, max),
            ScoringRule::Bands(bands) => self.bands(&format!("{at}/rule/bands"), bands, max),
            ScoringRule::Choices(choices) => self.choices(&format!("{at}/rule/choices"), choices, max),
            ScoringRule::Linear(line) => self.linear(&format!("{at}/rule/linear"), line),
            ScoringRule::Percentile(_) => {}
        }
    }

    fn source(&mut self, at: &str, factor: &Factor) {
        let fits = match &factor.source {
            FactorSource::Metric(_) => factor.rule.needs_number(),
            FactorSource::Judgement(_) => matches!(factor.rule, ScoringRule::Levels(_)),
            FactorSource::Attribute(_) => true,
        };
        if !fits {
            self.push(
                &format!("{at}/rule"),
                ProblemCode::WrongSource,
                "a metric is scored by bands, a line or a percentile, a judgement by levels",
                "指标须用区间、线性或百分位规则，评定须用分级规则",
            );
        }
    }

    fn points(&mut self, pointer: &str, points: Exact, max: Decimal) {
        self.number(pointer, points.0, Decimal::ZERO, max.max(Decimal::ZERO), 4);
    }

    fn threshold(&mut self, pointer: &str, value: Decimal) {
        self.number(pointer, value, (-MAX_THRESHOLD).into(), MAX_THRESHOLD.into(), 12);
    }

    fn levels(&mut self, at: &str, levels: &[ScoreLevel], max: Decimal) {
        self.length(at, levels.len(), 1, MAX_LEVELS);
        let mut codes = BTreeSet::new();
        for (index, level) in levels.iter().enumerate() {
            let at = format!("{at}/{index}");
            self.unique(&format!("{at}/code"), &mut codes, level.code.as_str());
            self.label(&format!("{at}/label"), &level.label);
            self.points(&format!("{at}/points"), level.points, max);
        }
    }

    fn bands(&mut self, at: &str, bands: &[ScoreBand], max: Decimal) {
        self.length(at, bands.len(), 1, MAX_LEVELS);
        let mut before: Option<Decimal> = None;
        for (index, band) in bands.iter().enumerate() {
            let at = format!("{at}/{index}");
            self.points(&format!("{at}/points"), band.points, max);
            let at = format!("{at}/from");
            match band.from.map(|from| from.0) {
                None if index > 0 => {
                    self.push(
                        &at,
                        ProblemCode::Lacking,
                        "only the first band may be open",
                        "只有第一个区间可以不设下限",
                    );
                }
                None => {}
                Some(from) => {
                    self.threshold(&at, from);
                    if before.is_some_and(|before| from <= before) {
                        self.push(&at, ProblemCode::OutOfOrder, "thresholds must ascend", "区间下限必须递增");
                    }
                    before = Some(from);
                }
            }
        }
    }

    fn choices(&mut self, at: &str, rule: &ScoreChoices, max: Decimal) {
        self.length(&format!("{at}/choices"), rule.choices.len(), 1, MAX_LEVELS);
        let mut values = BTreeSet::new();
        for (index, choice) in rule.choices.iter().enumerate() {
            let at = format!("{at}/choices/{index}");
            if choice.value.is_empty() {
                self.push(&format!("{at}/value"), ProblemCode::Empty, "a value is needed", "取值不能为空");
            }
            self.unique(&format!("{at}/value"), &mut values, &choice.value);
            self.points(&format!("{at}/points"), choice.points, max);
        }
        if let Some(points) = rule.otherwise {
            self.points(&format!("{at}/otherwise"), points, max);
        }
    }

    fn linear(&mut self, at: &str, line: &LinearRule) {
        self.threshold(&format!("{at}/from"), line.from.0);
        self.threshold(&format!("{at}/to"), line.to.0);
        if line.from.0 == line.to.0 {
            self.push(&format!("{at}/to"), ProblemCode::OutOfRange, "from and to must differ", "起点与终点不能相同");
        }
    }

    fn grade_bands(&mut self, bands: &GradeBands) {
        let (at, labels): (&str, Vec<&Label>) = match bands {
            GradeBands::Fixed(bands) => ("/grade_bands/fixed", bands.iter().map(|band| &band.label).collect()),
            GradeBands::Quota(quota) => ("/grade_bands/quota", quota.bands.iter().map(|band| &band.label).collect()),
        };
        self.length(at, labels.len(), 1, MAX_GRADES);
        let mut codes = BTreeSet::new();
        for (index, (grade, label)) in bands.grades().into_iter().zip(labels).enumerate() {
            self.unique(&format!("{at}/{index}/grade"), &mut codes, grade.as_str());
            self.label(&format!("{at}/{index}/label"), label);
        }
        match bands {
            GradeBands::Fixed(bands) => self.fixed_bands(at, bands),
            GradeBands::Quota(quota) => self.quota_bands(at, &quota.bands),
        }
    }

    fn fixed_bands(&mut self, at: &str, bands: &[FixedBand]) {
        for (index, band) in bands.iter().enumerate() {
            let at = format!("{at}/{index}/min_score");
            self.number(&at, band.min_score.0, Decimal::ZERO, Decimal::ONE_HUNDRED, 4);
            let before = index.checked_sub(1).and_then(|before| bands.get(before));
            if before.is_some_and(|before| band.min_score >= before.min_score) {
                self.push(&at, ProblemCode::OutOfOrder, "thresholds must descend", "等级分数线必须递减");
            }
            if index + 1 == bands.len() && !band.min_score.is_zero() {
                self.push(&at, ProblemCode::Lacking, "the last grade must begin at 0", "最后一个等级必须从0分起");
            }
        }
    }

    fn quota_bands(&mut self, at: &str, bands: &[QuotaBand]) {
        let mut sum = Decimal::ZERO;
        for (index, band) in bands.iter().enumerate() {
            let here = format!("{at}/{index}/share");
            let last = index + 1 == bands.len();
            match band.share {
                None if last => {}
                None => self.push(
                    &here,
                    ProblemCode::Lacking,
                    "only the last grade takes the rest",
                    "只有最后一个等级取剩余部分",
                ),
                Some(share) => {
                    self.number(&here, share.0, Decimal::ZERO, Decimal::ONE, 6);
                    if share.is_zero() {
                        self.above_zero(&here);
                    }
                    sum = sum.saturating_add(share.0);
                }
            }
        }
        let complete = bands.last().is_some_and(|band| band.share.is_some());
        if sum > Decimal::ONE || (complete && sum != Decimal::ONE) {
            let percent = sum.saturating_mul(Decimal::ONE_HUNDRED).normalize();
            let en =
                format!("the shares sum to {percent} %; leave the last one out, so that it takes the rest of 100 %");
            self.push(at, ProblemCode::SharesSum, en, format!("比例合计为{percent}%；最后一个等级留空即取剩余部分"));
        }
    }

    fn cap(&mut self, at: &str, cap: &Cap, bands: &GradeBands) {
        self.label(&format!("{at}/label"), &cap.label);
        if bands.position(&cap.at_best).is_none() {
            let (en, zh) =
                (format!("no grade is called {:?}", cap.at_best.as_str()), format!("没有等级“{}”", cap.at_best));
            self.push(&format!("{at}/at_best"), ProblemCode::Unknown, en, zh);
        }
        let number = cap.condition.value.kind() == FactValueKind::Number;
        let needs_number = matches!(cap.condition.source, CapSource::Metric(_)) || cap.condition.op != Comparison::Eq;
        if needs_number && !number {
            self.push(
                &format!("{at}/condition/value"),
                ProblemCode::WrongSource,
                "a metric, and any comparison but eq, needs a number",
                "指标以及除eq以外的比较都需要数字",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn valid() -> Value {
        let label = json!({"en": "x", "zh": "x"});
        let factor = |code: &str| {
            json!({"code": code, "label": label, "max_points": "10", "source": {"metric": "growth_l12"},
                "rule": {"bands": [{"from": null, "points": "0"}, {"from": "0", "points": "10"}]}, "missing": "zero"})
        };
        json!({
            "dimensions": [
                {"code": "a", "label": label, "axis": "quality", "weight": "0.6", "factors": [factor("f")]},
                {"code": "b", "label": label, "axis": "growth", "weight": "0.4", "factors": [factor("g")]}],
            "grade_bands": {"fixed": [{"grade": "A", "label": label, "min_score": "80"}, {"grade": "C", "label": label, "min_score": "0"}]},
            "caps": [{"condition": {"source": {"metric": "recency_days"}, "op": "gt", "value": {"number": "365"}}, "at_best": "C", "label": label}]
        })
    }

    fn broken(changes: &[(&str, Value)]) -> Vec<(String, ProblemCode)> {
        let mut document = valid();
        for (pointer, value) in changes {
            *document.pointer_mut(pointer).unwrap() = value.clone();
        }
        let definition: ScaleDefinition = serde_json::from_value(document).unwrap();
        validate(&definition).into_iter().map(|p| (p.pointer, p.code)).collect()
    }

    #[test]
    fn a_valid_definition_has_no_problem() {
        assert_eq!(broken(&[]), []);
    }

    #[test]
    fn the_sum_of_the_weights_is_named() {
        let mut document = valid();
        *document.pointer_mut("/dimensions/1/weight").unwrap() = json!("0.39");
        let found = validate(&serde_json::from_value(document).unwrap());
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].pointer.as_str(), found[0].code), ("/dimensions", ProblemCode::WeightsSum));
        assert_eq!(found[0].detail.en, "the weights sum to 99 %, not to 100 %");
    }

    #[test]
    fn options_out_of_range_or_where_they_do_not_belong_are_found() {
        let f = "/dimensions/0/factors/0";
        let with = |base: Value, metric: &str| {
            let mut document = valid();
            document["dimensions"][0]["factors"][0]["min_base"] = base;
            document["dimensions"][0]["factors"][0]["source"]["metric"] = json!(metric);
            let found = validate(&serde_json::from_value(document).unwrap());
            found.into_iter().map(|p| (p.pointer.trim_start_matches(f).to_owned(), p.code)).collect::<Vec<_>>()
        };
        let at = |pointer: &str, code| vec![(format!("/min_base{pointer}"), code)];
        assert_eq!(with(json!({"amount": "5000"}), "growth_l12"), []);
        assert_eq!(with(json!({"median_share": "0.01", "at_least": "1000"}), "cagr_3y"), []);
        assert_eq!(with(json!({"amount": "5000"}), "revenue_l12"), at("", ProblemCode::WrongSource));
        assert_eq!(with(json!({}), "cagr_3y"), at("", ProblemCode::Lacking));
        assert_eq!(with(json!({"amount": "1", "median_share": "0.1"}), "cagr_3y"), at("", ProblemCode::Lacking));
        assert_eq!(with(json!({"amount": "1", "at_least": "1"}), "cagr_3y"), at("/at_least", ProblemCode::Lacking));
        assert_eq!(with(json!({"amount": "0"}), "growth_l12"), at("/amount", ProblemCode::OutOfRange));
        assert_eq!(with(json!({"median_share": "1.01"}), "growth_l12"), at("/median_share", ProblemCode::OutOfRange));
        for coverage in ["-0.1", "1.1", "0.1234567"] {
            let mut document = valid();
            document["min_coverage"] = json!(coverage);
            let found = validate(&serde_json::from_value(document).unwrap());
            assert_eq!((found.len(), found[0].pointer.as_str()), (1, "/min_coverage"), "{coverage}");
        }
    }

    #[test]
    fn grades_are_fixed_or_by_quota_and_options_go_with_quotas() {
        let band = json!({"grade": "A", "label": {"en": "x", "zh": "x"}});
        let read = |bands: Value| serde_json::from_value::<GradeBands>(bands).map_err(|error| error.to_string());
        let quota = read(json!({"quota": [band], "ties": "better", "refill": true})).unwrap();
        assert_eq!(serde_json::to_value(&quota).unwrap()["ties"], "better");
        let plain = read(json!({"quota": [band], "ties": "external_id", "refill": false})).unwrap();
        assert_eq!(serde_json::to_value(&plain).unwrap().as_object().unwrap().len(), 1);
        for (wrong, told) in [
            (json!({}), "exactly one"),
            (json!({"quota": [band], "fixed": []}), "exactly one"),
            (json!({"fixed": [], "ties": "better"}), "go with quota"),
            (json!({"quota": [band], "ties": "luck"}), "luck"),
        ] {
            let error = read(wrong).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
    }

    #[test]
    fn every_kind_of_mistake_is_found_where_it_is() {
        let one = |pointer: &str, value: Value| broken(&[(pointer, value)]);
        let at = |pointer: &str, code| vec![(pointer.to_owned(), code)];
        let f = "/dimensions/0/factors/0";
        assert_eq!(one("/dimensions/1/code", json!("a")), at("/dimensions/1/code", ProblemCode::Duplicate));
        assert_eq!(
            one("/dimensions/1/factors/0/code", json!("f")),
            at("/dimensions/1/factors/0/code", ProblemCode::Duplicate)
        );
        assert_eq!(one("/dimensions/0/label/zh", json!(" ")), at("/dimensions/0/label/zh", ProblemCode::Empty));
        assert_eq!(one("/dimensions/0/factors", json!([])), at("/dimensions/0/factors", ProblemCode::Empty));
        assert_eq!(
            one(&format!("{f}/rule/bands/1/points"), json!("10.5")),
            at(&format!("{f}/rule/bands/1/points"), ProblemCode::OutOfRange)
        );
        assert_eq!(
            one(&format!("{f}/rule/bands/0/from"), json!("0")),
            at(&format!("{f}/rule/bands/1/from"), ProblemCode::OutOfOrder)
        );
        assert_eq!(
            one(&format!("{f}/rule/bands/1/from"), Value::Null),
            at(&format!("{f}/rule/bands/1/from"), ProblemCode::Lacking)
        );
        assert_eq!(one(&format!("{f}/rule"), json!({"bands": []})), at(&format!("{f}/rule/bands"), ProblemCode::Empty));
        assert_eq!(
            one(&format!("{f}/rule"), json!({"linear": {"from": "1", "to": "1.0"}})),
            at(&format!("{f}/rule/linear/to"), ProblemCode::OutOfRange)
        );
        assert_eq!(
            one(&format!("{f}/source"), json!({"judgement": {}})),
            at(&format!("{f}/rule"), ProblemCode::WrongSource)
        );
        assert_eq!(
            one("/grade_bands/fixed/1/min_score", json!("5")),
            at("/grade_bands/fixed/1/min_score", ProblemCode::Lacking)
        );
        assert_eq!(one("/caps/0/at_best", json!("D")), at("/caps/0/at_best", ProblemCode::Unknown));
        assert_eq!(
            one("/caps/0/condition/value", json!({"flag": true})),
            at("/caps/0/condition/value", ProblemCode::WrongSource)
        );
        let quota = json!({"quota": [{"grade": "A", "label": {"en": "x", "zh": "x"}, "share": "0.7"}, {"grade": "C", "label": {"en": "x", "zh": "x"}, "share": "0.4"}]});
        assert_eq!(one("/grade_bands", quota), at("/grade_bands/quota", ProblemCode::SharesSum));
    }

    #[test]
    fn all_problems_come_at_once() {
        let found = broken(&[
            ("/dimensions/0/weight", json!("0")),
            ("/dimensions/0/label/en", json!("")),
            ("/caps/0/at_best", json!("Z")),
        ]);
        let pointers: Vec<&str> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(pointers, ["/dimensions/0/label/en", "/dimensions/0/weight", "/dimensions", "/caps/0/at_best"]);
    }
}
