//! Which judgements a scale asks for, and whether a rating answers one of them.

use std::collections::{BTreeMap, BTreeSet};

use super::wire::JudgementIn;
use super::{FactorSource, ScaleDefinition, ScoringRule};
use crate::error::FieldProblem;
use crate::values::{CustomerId, Label};

/// The longest note, in characters.
const MAX_NOTE: usize = 1_000;

/// The levels that may be given, by factor: those of every version handed in, so that a rating asked for by a draft can
/// be given before the draft is published.
#[derive(Debug, Default)]
pub(super) struct JudgementForm(BTreeMap<String, BTreeSet<String>>);

impl JudgementForm {
    /// The form of these definitions together.
    pub(super) fn new<'a>(definitions: impl IntoIterator<Item = &'a ScaleDefinition>) -> Self {
        let mut form = BTreeMap::<String, BTreeSet<String>>::new();
        for factor in definitions.into_iter().flat_map(ScaleDefinition::factors) {
            if let (FactorSource::Judgement(_), ScoringRule::Levels(levels)) = (&factor.source, &factor.rule) {
                let known = form.entry(factor.code.as_str().to_owned()).or_default();
                known.extend(levels.iter().map(|level| level.code.as_str().to_owned()));
            }
        }
        Self(form)
    }

    /// All that is wrong with each judgement, in their order, given the customers that exist. Of two ratings of one
    /// customer and factor in one batch the second is refused: which of them counts would be a guess.
    pub(super) fn check(&self, judgements: &[JudgementIn], customers: &BTreeSet<CustomerId>) -> Vec<Vec<FieldProblem>> {
        let mut seen = BTreeSet::new();
        judgements
            .iter()
            .map(|judgement| {
                let mut problems = self.problems(judgement, customers);
                if !seen.insert((judgement.customer_id, &judgement.factor_code)) {
                    let en = "This customer and factor stand in the batch already.";
                    problems.push(problem("", "duplicate", en, "本批次中已有该客户该要素的评定。"));
                }
                problems
            })
            .collect()
    }

    fn problems(&self, judgement: &JudgementIn, customers: &BTreeSet<CustomerId>) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        if !customers.contains(&judgement.customer_id) {
            problems.push(problem("/customer_id", "unknown_reference", "There is no such customer.", "没有该客户。"));
        }
        match self.0.get(judgement.factor_code.as_str()) {
            None => {
                let known = list(self.0.keys());
                let en = format!("The scale judges by these factors: {known}.");
                problems.push(problem("/factor_code", "unknown_reference", en, format!("可评定的要素：{known}。")));
            }
            Some(levels) if !levels.contains(judgement.level.as_str()) => {
                let known = list(levels.iter());
                let en = format!("The factor's levels are {known}.");
                problems.push(problem("/level", "unknown_reference", en, format!("可选级别：{known}。")));
            }
            Some(_) => {}
        }
        if judgement.note.as_ref().is_some_and(|note| note.chars().count() > MAX_NOTE) {
            let (en, zh) = (format!("At most {MAX_NOTE} characters."), format!("最多 {MAX_NOTE} 个字符。"));
            problems.push(problem("/note", "too_long", en, zh));
        }
        problems
    }
}

fn problem(pointer: &str, code: &'static str, en: impl Into<String>, zh: impl Into<String>) -> FieldProblem {
    FieldProblem { pointer: pointer.to_owned(), code, detail: Label::new(en, zh) }
}

fn list<'a>(codes: impl Iterator<Item = &'a String>) -> String {
    let codes: Vec<&str> = codes.map(String::as_str).collect();
    if codes.is_empty() { "-".to_owned() } else { codes.join(", ") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn form() -> JudgementForm {
        let label = json!({"en": "x", "zh": "x"});
        let definition = json!({
            "dimensions": [{"code": "d", "label": label, "axis": "quality", "weight": "1", "factors": [
                {"code": "trust", "label": label, "max_points": "10", "source": {"judgement": {}}, "missing": "excluded",
                 "rule": {"levels": [{"code": "A", "label": label, "points": "10"}, {"code": "B", "label": label, "points": "5"}]}},
                {"code": "size", "label": label, "max_points": "10", "source": {"metric": "revenue_l12"}, "missing": "zero",
                 "rule": {"linear": {"from": "0", "to": "1"}}}]}],
            "grade_bands": {"fixed": [{"grade": "A", "label": label, "min_score": "0"}]}
        });
        JudgementForm::new([&serde_json::from_value(definition).unwrap()])
    }

    #[test]
    fn a_rating_answers_a_judgement_of_the_scale_once() {
        let judge = |customer: u128, factor: &str, level: &str| JudgementIn {
            customer_id: CustomerId(Uuid::from_u128(customer)),
            factor_code: factor.parse().unwrap(),
            level: level.parse().unwrap(),
            note: None,
        };
        let batch = [judge(1, "trust", "A"), judge(1, "trust", "B"), judge(1, "size", "A"), judge(2, "trust", "C")];
        let found = form().check(&batch, &BTreeSet::from([CustomerId(Uuid::from_u128(1))]));
        let places: Vec<Vec<(&str, &str)>> =
            found.iter().map(|row| row.iter().map(|p| (p.pointer.as_str(), p.code)).collect()).collect();
        assert_eq!(
            places,
            [
                vec![],
                vec![("", "duplicate")],
                vec![("/factor_code", "unknown_reference")],
                vec![("/customer_id", "unknown_reference"), ("/level", "unknown_reference")],
            ]
        );
    }
}
