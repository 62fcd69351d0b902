//! A definition tried on a held book: everyone's scores and grades, and the explanation of whom one asks for.
//!
//! Customers are scored on all processors. A customer's score depends on nobody else's, so that neither their order nor
//! the number of threads changes anything; grades are cut from the whole book afterwards.

use super::explanation::grade_label;
use super::held_book::{HeldBook, fact_at};
use super::pieces::in_pieces;
use super::wire::GradeCount;
use crate::metrics::Fact;
use crate::scales::{
    Facts, Graded, Problem, ScaleDefinition, Scored, Scorer, ScoringRule, Standing, Totals, assign_grades,
};
use crate::values::Code;

/// A scorer that knows everyone in the book, where the definition has factors whose points depend on all.
fn prepared(definition: &ScaleDefinition, book: &HeldBook, factors: &[Option<usize>]) -> Result<Scorer, Vec<Problem>> {
    if !definition.factors().any(|factor| matches!(factor.rule, ScoringRule::Percentile(_))) {
        return Scorer::new(definition);
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

    /// How many of these customers got each grade, the best first.
    pub fn distribution(&self, customers: &[usize]) -> Vec<GradeCount> {
        let bands = &self.definition().grade_bands;
        let mut counts = vec![0; bands.grades().len()];
        for place in customers.iter().filter_map(|customer| self.position(*customer)) {
            if let Some(count) = counts.get_mut(place) {
                *count += 1;
            }
        }
        let count = |(grade, customers): (&Code, i64)| GradeCount {
            grade: grade.clone(),
            label: grade_label(bands, grade),
            customers,
        };
        bands.grades().into_iter().zip(counts).map(count).collect()
    }
}
