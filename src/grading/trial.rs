//! A definition tried on a held book: everyone's scores and grades, and the explanation of whom one asks for.
//!
//! Customers are scored on all processors. A customer's score depends on nobody else's, so that neither their order nor
//! the number of threads changes anything; grades are cut from the whole book afterwards.

use super::explanation::grade_label;
use super::held_book::{HeldBook, fact_at};
use super::pieces::in_pieces;
use super::wire::{GradeCount, QuotaUse};
use crate::metrics::Fact;
use crate::scales::{
    Facts, GradeBands, Graded, Problem, ScaleDefinition, Scored, Scorer, Standing, Totals, assign_grades, places_used,
};
use crate::values::Code;

/// A scorer that knows everyone in the book, where the definition has factors whose points depend on all.
fn prepared(definition: &ScaleDefinition, book: &HeldBook, factors: &[Option<usize>]) -> Result<Scorer, Vec<Problem>> {
    let scorer = Scorer::new(definition)?;
    if !scorer.needs_book() {
        return Ok(scorer);
    }
    let row = |customer| factors.iter().map(|place| fact_at(book.row(customer), *place).clone()).collect::<Vec<_>>();
    Scorer::among(definition, (0..book.customers().len()).map(row))
}

/// How a definition comes out on a book.
#[derive(Clone, Debug)]
pub struct Trial {
    scorer: Scorer,
    factors: Vec<Option<usize>>,
    caps: Vec<Option<usize>>,
    totals: Vec<Totals>,
    at_best: Vec<Option<usize>>,
    grades: Vec<Option<Graded>>,
}

impl Trial {
    /// Scores and grades everyone in the book, which must cover what the definition reads.
    ///
    /// # Errors
    /// All that is wrong with the definition.
    pub fn new(definition: &ScaleDefinition, book: &HeldBook) -> Result<Self, Vec<Problem>> {
        let (factors, caps) = (book.places_of_factors(definition), book.places_of_caps(definition));
        let scorer = prepared(definition, book, &factors)?;
        let mut trial = Self { scorer, factors, caps, totals: Vec::new(), at_best: Vec::new(), grades: Vec::new() };
        let scored = trial.score_all(book);
        let standings: Vec<Standing<'_>> = book
            .customers()
            .iter()
            .zip(&scored)
            .map(|(customer, (totals, at_best))| Standing {
                external_id: &customer.external_id,
                total: totals.total,
                at_best: *at_best,
            })
            .collect();
        trial.grades = assign_grades(&definition.grade_bands, &standings);
        (trial.totals, trial.at_best) = scored.into_iter().unzip();
        Ok(trial)
    }

    fn score_all(&self, book: &HeldBook) -> Vec<(Totals, Option<usize>)> {
        in_pieces(book.customers().len(), |customers| {
            let mut scratch = Vec::new();
            customers.map(|customer| self.score_row(book.row(customer), &mut scratch)).collect()
        })
    }

    fn score_row(&self, row: &[Fact], scratch: &mut Vec<Fact>) -> (Totals, Option<usize>) {
        let in_order = self.factors.iter().enumerate().all(|(slot, place)| *place == Some(slot));
        let totals = match row.get(..self.factors.len()).filter(|_| in_order) {
            Some(facts) => self.scorer.totals(facts),
            None => {
                scratch.clear();
                scratch.extend(self.factors.iter().map(|place| fact_at(row, *place).clone()));
                self.scorer.totals(scratch)
            }
        };
        (totals, self.scorer.at_best(self.caps.iter().map(|place| fact_at(row, *place))))
    }

    /// The definition.
    pub fn definition(&self) -> &ScaleDefinition {
        self.scorer.definition()
    }

    /// A customer's scores before rounding.
    pub fn totals(&self, customer: usize) -> Option<&Totals> {
        self.totals.get(customer)
    }

    /// A customer's grade and rank among the whole book; none where it cannot be graded.
    pub fn graded(&self, customer: usize) -> Option<Graded> {
        self.grades.get(customer).copied().flatten()
    }

    /// A customer's grade; none where it cannot be graded.
    pub fn grade(&self, customer: usize) -> Option<&Code> {
        self.definition().grade_bands.grade_at(self.graded(customer)?.place)
    }

    /// The place of a customer's grade, 0 is the best.
    pub fn position(&self, customer: usize) -> Option<usize> {
        usize::try_from(self.graded(customer)?.place).ok()
    }

    /// The place of the best grade that the caps leave a customer; none where no cap applies.
    pub fn at_best(&self, customer: usize) -> Option<usize> {
        self.at_best.get(customer).copied().flatten()
    }

    /// One customer's scores explained.
    pub fn scored(&self, book: &HeldBook, customer: usize) -> Scored {
        let row = book.row(customer);
        let pick = |places: &[Option<usize>]| -> Vec<Fact> {
            places.iter().map(|place| fact_at(row, *place).clone()).collect()
        };
        self.scorer.score(Facts { factors: &pick(&self.factors), caps: &pick(&self.caps) })
    }

    /// How many of these customers got each grade, the best first. How places were used is told where these are all.
    pub fn distribution(&self, customers: &[usize]) -> Vec<GradeCount> {
        let bands = &self.definition().grade_bands;
        let mut counts = vec![0; bands.grades().len()];
        for place in customers.iter().filter_map(|customer| self.position(*customer)) {
            if let Some(count) = counts.get_mut(place) {
                *count += 1;
            }
        }
        let used = match bands {
            GradeBands::Quota(quota) if customers.len() == self.grades.len() => places_used(quota, &self.grades),
            GradeBands::Quota(_) | GradeBands::Fixed(_) => Vec::new(),
        };
        let used = used.into_iter().map(|used| Some(used.into())).chain(std::iter::repeat(None));
        let count = |((grade, customers), quota): ((&Code, i64), Option<QuotaUse>)| GradeCount {
            grade: grade.clone(),
            label: grade_label(bands, grade),
            customers,
            quota,
        };
        bands.grades().into_iter().zip(counts).zip(used).map(count).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::Decimal;
    use serde_json::{Map, Value, json};
    use uuid::Uuid;

    use super::*;
    use crate::grading::book::GradedBook;
    use crate::grading::facts::{CustomerFacts, DossierFacts, Known};
    use crate::grading::held_book::{Columns, HeldCustomer};
    use crate::grading::packed::PackedBook;
    use crate::values::CustomerId;

    /// Places among all by two attributes, one of which is better low; a third, which caps read too, on a line.
    fn definition(bands: &Value, missing: &str) -> ScaleDefinition {
        let label = json!({"en": "x", "zh": "x"});
        let factor = |code: &str, rule: Value| json!({"code": code, "label": label, "max_points": "10", "source": {"attribute": code}, "rule": rule, "missing": missing});
        let higher = factor("a", json!({"percentile": {"better": "higher"}}));
        let lower = factor("b", json!({"percentile": {"better": "lower"}}));
        let line = factor("c", json!({"linear": {"from": "0", "to": "9"}}));
        serde_json::from_value(json!({
            "dimensions": [
                {"code": "now", "label": label, "axis": "quality", "weight": "0.55", "factors": [higher, line]},
                {"code": "later", "label": label, "axis": "growth", "weight": "0.45", "factors": [lower]}],
            "grade_bands": bands,
            "caps": [{"condition": {"source": {"attribute": "c"}, "op": "gt", "value": {"number": "7"}}, "at_best": "B", "label": label}]
        }))
        .unwrap()
    }

    fn bands(is_quota: bool) -> Value {
        let label = json!({"en": "x", "zh": "x"});
        if is_quota {
            json!({"quota": [{"grade": "A", "label": label, "share": "0.3"}, {"grade": "B", "label": label, "share": "0.3"}, {"grade": "C", "label": label, "share": null}]})
        } else {
            json!({"fixed": [{"grade": "A", "label": label, "min_score": "60"}, {"grade": "B", "label": label, "min_score": "40"}, {"grade": "C", "label": label, "min_score": "0"}]})
        }
    }

    fn dossier(n: usize, values: [Option<i8>; 3]) -> DossierFacts {
        let known = ["a", "b", "c"].into_iter().zip(values);
        let attributes: Map<String, Value> =
            known.filter_map(|(code, value)| Some((code.to_owned(), json!(value?.to_string())))).collect();
        DossierFacts {
            customer_id: CustomerId(Uuid::from_u128(n as u128 + 1)),
            external_id: format!("C{n:03}"),
            stage: "active".into(),
            industry: None,
            territory: None,
            city: None,
            country: None,
            currency: None,
            segment_hint: None,
            employees: None,
            annual_revenue: None,
            credit_limit: None,
            attributes: attributes.into(),
        }
    }

    fn held(dossier: &DossierFacts) -> HeldCustomer {
        HeldCustomer {
            id: dossier.customer_id,
            external_id: dossier.external_id.clone(),
            name: String::new(),
            owner: None,
            net: Decimal::ZERO,
            margin: None,
        }
    }

    proptest! {
        /// A trial and a run are two ways through the same book, also where a customer's points hang on all others'.
        #[test]
        fn a_trial_says_what_a_run_says(
            values in prop::collection::vec(prop::array::uniform3(prop::option::weighted(0.8, -5i8..10)), 1..40),
            is_quota: bool,
            missing in prop::sample::select(vec!["zero", "neutral", "excluded", "required"]),
        ) {
            let definition = definition(&bands(is_quota), missing);
            let dossiers: Vec<DossierFacts> = values.iter().enumerate().map(|(n, values)| dossier(n, *values)).collect();
            // Another definition's columns come first, so that rows lie in another order than the definition.
            let mut other = definition.clone();
            other.dimensions.reverse();
            let mut book = HeldBook::new(Columns::of([&other, &definition]));
            let mut packed = PackedBook::default();
            for dossier in &dossiers {
                let known = Known { dossier, figures: None, finances: None, efforts: None, upkeep: None, judgements: None };
                book.push(held(dossier), known);
                packed.push(&CustomerFacts::of(&definition, known));
            }
            let trial = Trial::new(&definition, &book).unwrap();
            let run = GradedBook::new(&definition, packed).unwrap();
            for (place, result) in run.chunk(0, dossiers.len()).iter().enumerate() {
                prop_assert_eq!(&trial.scored(&book, place), &result.scored);
                let graded = trial.graded(place);
                let grade = |place: u32| definition.grade_bands.grade_at(place).cloned();
                prop_assert_eq!(graded.map(|graded| graded.rank), result.rank);
                prop_assert_eq!(graded.and_then(|graded| grade(graded.scored_place)), result.scored_grade.clone());
                prop_assert_eq!(trial.grade(place), result.grade.as_ref());
            }
            let everyone: Vec<usize> = (0..dossiers.len()).collect();
            prop_assert_eq!(trial.distribution(&everyone), run.distribution());
        }
    }
}
