//! Which judgements a scale asks for, and whether a rating answers one of them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::wire::JudgementIn;
use super::{FactorSource, ScaleDefinition, ScoringRule};
use crate::error::{FieldProblem, Problems};
use crate::intake::check_observed_at;
use crate::values::{Code, CustomerId, Label};

/// The longest note, in characters.
const MAX_NOTE: usize = 1_000;
/// The longest name of a member, in characters.
const MAX_AUTHOR: usize = 200;

/// A member's latest rating of a customer on a factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rating {
    /// The factor.
    pub factor: Code,
    /// The customer.
    pub customer: CustomerId,
    /// Who judged.
    pub author: String,
    /// The level's code.
    pub level: String,
}

/// Who hands in ratings, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Teller<'a> {
    /// The member, as tokens name it.
    pub(super) subject: &'a str,
    /// Whether it speaks for itself alone.
    pub(super) speaks_for_itself: bool,
    /// The present moment.
    pub(super) now: DateTime<Utc>,
}

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
    /// customer and factor by one member in one batch the second is refused: which of them counts would be a guess.
    pub(super) fn check(
        &self,
        judgements: &[JudgementIn],
        customers: &BTreeSet<CustomerId>,
        teller: Teller<'_>,
    ) -> Vec<Vec<FieldProblem>> {
        let mut seen = BTreeSet::new();
        judgements
            .iter()
            .map(|judgement| {
                let mut problems = self.problems(judgement, customers);
                problems.extend(teller.problems(judgement));
                let author = judgement.author.as_deref().unwrap_or(teller.subject);
                if !seen.insert((judgement.customer_id, &judgement.factor_code, author)) {
                    let en = "This customer and factor stand in the batch already.";
                    problems.push(problem("", "duplicate", en, "本批次中已有该客户该要素的评定。"));
                }
                problems
            })
            .collect()
    }

    /// Every level of every factor: factor and level.
    pub(super) fn levels(&self) -> Vec<(String, String)> {
        let of_factor = |(factor, levels): (&String, &BTreeSet<String>)| {
            levels.iter().map(|level| (factor.clone(), level.clone())).collect::<Vec<_>>()
        };
        self.0.iter().flat_map(of_factor).collect()
    }

    /// How many factors are judged.
    pub(super) fn factors(&self) -> usize {
        self.0.len()
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

impl Teller<'_> {
    fn problems(self, judgement: &JudgementIn) -> Vec<FieldProblem> {
        let mut problems = Problems::new();
        if let Some(author) = &judgement.author {
            problems.text("/author", author, MAX_AUTHOR);
            if self.speaks_for_itself && author != self.subject {
                let en = "A salesperson rates in no other name.";
                problems.add("/author", "not_allowed", en, "销售人员不能以他人名义评定。");
            }
        }
        let mut problems = problems.into_result().err().map_or_else(Vec::new, |error| error.problems().to_vec());
        let mut of_time = Problems::new();
        check_observed_at(&mut of_time, judgement.judged_at, self.now);
        if let Err(error) = of_time.into_result() {
            let renamed = |p: &FieldProblem| FieldProblem { pointer: "/judged_at".to_owned(), ..p.clone() };
            problems.extend(error.problems().iter().map(renamed));
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

    fn teller(speaks_for_itself: bool) -> Teller<'static> {
        Teller { subject: "li", speaks_for_itself, now: "2026-11-24T12:00:00Z".parse().unwrap() }
    }

    #[test]
    fn members_rate_beside_each_other_and_salespeople_in_no_other_name() {
        let by = |author: &str, judged_at: &str| JudgementIn {
            customer_id: CustomerId(Uuid::from_u128(1)),
            factor_code: "trust".parse().unwrap(),
            level: "A".parse().unwrap(),
            author: Some(author.to_owned()),
            judged_at: judged_at.parse().ok(),
            note: None,
        };
        let batch = [by("li", ""), by("wang", ""), by("wang", "2026-11-25T12:00:00Z")];
        let codes = |speaks_for_itself| -> Vec<Vec<(String, &str)>> {
            let found =
                form().check(&batch, &BTreeSet::from([CustomerId(Uuid::from_u128(1))]), teller(speaks_for_itself));
            found.into_iter().map(|row| row.into_iter().map(|p| (p.pointer, p.code)).collect()).collect()
        };
        let (ahead, twice) = (("/judged_at".to_owned(), "in_the_future"), (String::new(), "duplicate"));
        assert_eq!(codes(false), [vec![], vec![], vec![ahead.clone(), twice.clone()]]);
        let other = ("/author".to_owned(), "not_allowed");
        assert_eq!(codes(true), [vec![], vec![other.clone()], vec![other, ahead, twice]]);
    }

    #[test]
    fn a_rating_answers_a_judgement_of_the_scale_once() {
        let judge = |customer: u128, factor: &str, level: &str| JudgementIn {
            customer_id: CustomerId(Uuid::from_u128(customer)),
            factor_code: factor.parse().unwrap(),
            level: level.parse().unwrap(),
            author: None,
            judged_at: None,
            note: None,
        };
        let batch = [judge(1, "trust", "A"), judge(1, "trust", "B"), judge(1, "size", "A"), judge(2, "trust", "C")];
        let found = form().check(&batch, &BTreeSet::from([CustomerId(Uuid::from_u128(1))]), teller(false));
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
