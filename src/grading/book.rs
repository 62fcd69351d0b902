//! Grades a whole book: the scores of all first, because quotas rank everyone against everyone.

use rust_decimal::Decimal;

use crate::error::{Error, Result};
use crate::metrics::Fact;
use crate::scales::{
    Facts, GradeBands, Graded, ScaleDefinition, Scored, Scorer, Standing, Tie, assign_grades, places_used,
};
use crate::values::{Code, CustomerId, Exact, round_score};

use super::packed::PackedBook;
use super::pieces::in_pieces;
use super::wire::{GradeCount, QuotaUse, ScaleGrade};

/// Everyone's facts with everyone's grade. Explanations are made a chunk at a time, because those of 100,000 customers
/// together take more memory than a machine should lend.
#[derive(Debug)]
pub struct GradedBook {
    scorer: Scorer,
    book: PackedBook,
    /// How many of a customer's facts are those of factors and their bases.
    factors: usize,
    grades: Vec<Option<Graded>>,
}

/// One customer's result with its explanation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GradedCustomer {
    /// The customer.
    pub customer_id: CustomerId,
    /// The scores, factor by factor.
    pub scored: Scored,
    /// Its place in the book, 1 is the best; null where it cannot be graded.
    pub rank: Option<u32>,
    /// The grade by the score.
    pub scored_grade: Option<Code>,
    /// The grade after the caps.
    pub grade: Option<Code>,
    /// Its place among equal scores at a border of two grades.
    pub tie: Option<Tie>,
}

impl GradedBook {
    /// Scores and grades a book.
    ///
    /// # Errors
    /// `internal` where the definition is not valid: a published version always is.
    pub fn new(definition: &ScaleDefinition, book: PackedBook) -> Result<Self> {
        let bases = definition.bases().len();
        let factors = definition.factors().count() + bases;
        let facts = |place: usize| {
            let mut facts = Vec::new();
            book.read(place, &mut facts);
            facts
        };
        let scorer = Scorer::among(definition, (0..book.len()).map(facts))
            .map_err(|problems| Error::internal(format!("the scale has {} problem(s)", problems.len())))?;
        let scored = in_pieces(book.len(), |places| {
            let mut facts = Vec::new();
            let score = |place: usize| {
                book.read(place, &mut facts);
                let (factors, caps) = facts.split_at_checked(factors).unwrap_or((&facts, &[]));
                (scorer.totals(factors).total, scorer.at_best(caps))
            };
            places.map(score).collect()
        });
        let standing = |(place, (total, at_best)): (usize, (Option<Decimal>, Option<usize>))| Standing {
            external_id: book.external_id(place),
            total,
            at_best,
        };
        let standings: Vec<Standing<'_>> = scored.into_iter().enumerate().map(standing).collect();
        let grades = assign_grades(&definition.grade_bands, &standings);
        drop(standings);
        Ok(Self { scorer, book, factors, grades })
    }

    /// How many customers it holds.
    pub fn len(&self) -> usize {
        self.book.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.book.is_empty()
    }

    /// How many could be graded.
    pub fn gradable(&self) -> usize {
        self.grades.iter().flatten().count()
    }

    /// The results of those from `start` on, `size` at most, in the book's order.
    pub fn chunk(&self, start: usize, size: usize) -> Vec<GradedCustomer> {
        let end = self.len().min(start.saturating_add(size));
        in_pieces(end.saturating_sub(start), |places| {
            let mut facts = Vec::new();
            places.filter_map(|place| self.result(start + place, &mut facts)).collect()
        })
    }

    fn result(&self, place: usize, facts: &mut Vec<Fact>) -> Option<GradedCustomer> {
        self.book.read(place, facts);
        let (factors, caps) = facts.split_at_checked(self.factors).unwrap_or((facts, &[]));
        let graded = self.grades.get(place).copied().flatten();
        let grade = |place: u32| self.scorer.definition().grade_bands.grade_at(place).cloned();
        Some(GradedCustomer {
            customer_id: self.book.id(place)?,
            scored: self.scorer.score(Facts { factors, caps }),
            rank: graded.map(|graded| graded.rank),
            scored_grade: graded.and_then(|graded| grade(graded.scored_place)),
            grade: graded.and_then(|graded| grade(graded.place)),
            tie: graded.and_then(|graded| graded.tie),
        })
    }

    /// The smallest base that each factor asked for, in the order of the definition; empty where none did.
    pub fn min_bases(&self) -> Vec<Option<Exact>> {
        self.scorer.min_bases()
    }

    /// Each customer's total and grade, in the book's order, without explanations.
    pub fn scale_grades(&self) -> impl Iterator<Item = ScaleGrade> {
        let mut facts = Vec::new();
        self.grades.iter().enumerate().filter_map(move |(place, graded)| {
            self.book.read(place, &mut facts);
            let (factors, _) = facts.split_at_checked(self.factors).unwrap_or((&facts, &[]));
            let total = self.scorer.totals(factors).total;
            let grade = graded.and_then(|graded| self.scorer.definition().grade_bands.grade_at(graded.place));
            Some(ScaleGrade {
                customer_id: self.book.id(place)?,
                external_id: self.book.external_id(place).to_owned(),
                grade: grade.cloned(),
                score: total.map(|total| Exact(round_score(total))),
            })
        })
    }

    /// How many customers got each grade, the best first, each grade also where nobody got it, and how its places were used.
    pub fn distribution(&self) -> Vec<GradeCount> {
        let bands = &self.scorer.definition().grade_bands;
        let used = match bands {
            GradeBands::Quota(quota) => places_used(quota, &self.grades),
            GradeBands::Fixed(_) => Vec::new(),
        };
        let used = used.into_iter().map(|used| Some(used.into())).chain(std::iter::repeat(None));
        let count = |((place, grade), quota): ((u32, &Code), Option<QuotaUse>)| GradeCount {
            grade: grade.clone(),
            label: super::explanation::grade_label(bands, grade),
            customers: self.grades.iter().flatten().filter(|graded| graded.place == place).count() as i64,
            quota,
        };
        (0..).zip(bands.grades()).zip(used).map(count).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::grading::facts::CustomerFacts;
    use crate::metrics::{FactValue, Missing};

    fn definition() -> ScaleDefinition {
        let label = json!({"en": "x", "zh": "x"});
        serde_json::from_value(json!({
            "dimensions": [{"code": "d", "label": label, "axis": "quality", "weight": "1", "factors": [
                {"code": "f", "label": label, "max_points": "10", "source": {"metric": "revenue_l12"},
                 "rule": {"linear": {"from": "0", "to": "100"}}, "missing": "required"}]}],
            "grade_bands": {"quota": [{"grade": "A", "label": label, "share": "0.5"}, {"grade": "B", "label": label, "share": null}]},
            "caps": [{"condition": {"source": {"metric": "recency_days"}, "op": "gt", "value": {"number": "180"}},
                      "at_best": "B", "label": label}]
        }))
        .unwrap()
    }

    fn customer(n: u128, revenue: Option<i64>, recency: i64) -> CustomerFacts {
        let number = |n: i64| -> Fact { Ok(FactValue::number(Decimal::from(n))) };
        CustomerFacts {
            customer_id: CustomerId(Uuid::from_u128(n)),
            external_id: format!("C{n}"),
            factors: vec![revenue.map_or(Err(Missing::NoData), number)],
            caps: vec![number(recency)],
        }
    }

    #[test]
    fn the_book_is_ranked_as_a_whole_and_explained_in_chunks() {
        let book = [
            customer(1, Some(90), 200),
            customer(2, Some(50), 1),
            customer(3, None, 1),
            customer(4, Some(70), 1),
            customer(5, Some(50), 1),
        ];
        let mut packed = PackedBook::default();
        book.iter().for_each(|customer| packed.push(customer));
        let graded = GradedBook::new(&definition(), packed).unwrap();
        assert_eq!((graded.len(), graded.gradable()), (5, 4));
        let all = graded.chunk(0, 5);
        let told: Vec<_> = all
            .iter()
            .map(|c| {
                let grade = |grade: &Option<Code>| grade.as_ref().unwrap().to_string();
                c.rank.map(|rank| (rank, grade(&c.scored_grade), grade(&c.grade)))
            })
            .collect();
        let one = |rank: u32, scored: &str, grade: &str| Some((rank, scored.to_owned(), grade.to_owned()));
        // Half of four are A by score: C1 and C4; the cap takes C1 down, and nobody moves up for it.
        assert_eq!(told, [one(1, "A", "B"), one(3, "B", "B"), None, one(2, "A", "A"), one(4, "B", "B")]);
        assert_eq!([graded.chunk(0, 2), graded.chunk(2, 2), graded.chunk(4, 2)].concat(), all);
        let counts: Vec<i64> = graded.distribution().iter().map(|c| c.customers).collect();
        assert_eq!(counts, [1, 3]);
        let used: Vec<_> = graded.distribution().iter().map(|c| c.quota.unwrap()).collect();
        assert_eq!(
            used.iter().map(|q| (q.places, q.lost_to_caps, q.passed_on)).collect::<Vec<_>>(),
            [(2, 1, 0), (2, 0, 0)]
        );
    }
}
