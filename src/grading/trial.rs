//! A definition tried on a held book: everyone's scores and grades, and the explanation of whom one asks for.
//!
//! Customers are scored on all processors. A customer's score depends on nobody else's, so that neither their order nor
//! the number of threads changes anything; grades are cut from the whole book afterwards.

use std::num::NonZero;
use std::thread;

use super::explanation::grade_label;
use super::held_book::{HeldBook, fact_at};
use super::wire::GradeCount;
use crate::metrics::Fact;
use crate::scales::{
    CapCheck, Facts, Graded, Problem, ScaleDefinition, Scored, Scorer, ScoringRule, Standing, Totals, assign_grades,
};

/// So few customers are scored by one thread.
const FEW: usize = 2_000;

/// A scorer that knows everyone in the book, where the definition has factors whose points depend on all.
fn prepared(definition: &ScaleDefinition, book: &HeldBook, factors: &[Option<usize>]) -> Result<Scorer, Vec<Problem>> {
    if !definition.factors().any(|factor| matches!(factor.rule, ScoringRule::Percentile(_))) {
        return Scorer::new(definition);
    }
    let row = |customer| factors.iter().map(|place| fact_at(book.row(customer), *place).clone()).collect::<Vec<_>>();
    let rows: Vec<_> = (0..book.customers().len()).map(row).collect();
    Scorer::among(definition, rows.iter().map(Vec::as_slice))
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
    /// The places of the grades, 0 is the best.
    positions: Vec<Option<usize>>,
}

impl Trial {
    /// Scores and grades everyone in the book, which must cover what the definition reads.
    ///
    /// # Errors
    /// All that is wrong with the definition.
    pub fn new(definition: &ScaleDefinition, book: &HeldBook) -> Result<Self, Vec<Problem>> {
        let (factors, caps) = (book.places_of_factors(definition), book.places_of_caps(definition));
        let scorer = prepared(definition, book, &factors)?;
        let mut trial = Self {
            scorer,
            factors,
            caps,
            totals: Vec::new(),
            at_best: Vec::new(),
            grades: Vec::new(),
            positions: Vec::new(),
        };
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
        let names = definition.grade_bands.grades();
        let position = |graded: &Graded| names.iter().position(|name| **name == graded.grade);
        trial.positions = trial.grades.iter().map(|graded| graded.as_ref().and_then(position)).collect();
        (trial.totals, trial.at_best) = scored.into_iter().unzip();
        Ok(trial)
    }

    fn score_all(&self, book: &HeldBook) -> Vec<(Totals, Option<usize>)> {
        let customers = book.customers().len();
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let piece = customers.div_ceil(threads).max(FEW);
        let score = |start: usize| -> Vec<_> {
            let mut scratch = Vec::new();
            let rows = (start..customers.min(start + piece)).map(|customer| book.row(customer));
            rows.map(|row| self.score_row(row, &mut scratch)).collect()
        };
        thread::scope(|scope| {
            let score = &score;
            let others = (piece..customers).step_by(piece);
            let workers: Vec<_> = others.map(|start| scope.spawn(move || score(start))).collect();
            let mut all = score(0);
            for worker in workers {
                // A thread that panics has nothing to say; its customers would be missing, so the panic goes on.
                all.extend(worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
            all
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
        (totals, self.scorer.at_best(&self.cap_checks(row)))
    }

    fn cap_checks(&self, row: &[Fact]) -> Vec<CapCheck> {
        let caps = &self.scorer.definition().caps;
        caps.iter().zip(&self.caps).map(|(cap, place)| cap.check(fact_at(row, *place))).collect()
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
    pub fn graded(&self, customer: usize) -> Option<&Graded> {
        self.grades.get(customer).and_then(Option::as_ref)
    }

    /// The place of a customer's grade, 0 is the best.
    pub fn position(&self, customer: usize) -> Option<usize> {
        self.positions.get(customer).copied().flatten()
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
        let count = |(grade, customers): (&crate::values::Code, i64)| GradeCount {
            grade: grade.clone(),
            label: grade_label(bands, grade),
            customers,
        };
        bands.grades().into_iter().zip(counts).map(count).collect()
    }
}
