//! Grades a whole book: the scores of all first, because quotas rank everyone against everyone.

use rust_decimal::Decimal;

use crate::error::{Error, Result};
use crate::metrics::Missing;
use crate::scales::{Facts, Graded, ScaleDefinition, Scored, Scorer, Standing, assign_grades};
use crate::values::CustomerId;

use super::facts::CustomerFacts;
use super::wire::GradeCount;

/// Everyone's facts with everyone's grade. Explanations are made a chunk at a time, because those of 100,000 customers
/// together take more memory than a machine should lend.
#[derive(Debug)]
pub struct GradedBook {
    scorer: Scorer,
    book: Vec<CustomerFacts>,
    grades: Vec<Option<Graded>>,
}

/// One customer's result with its explanation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GradedCustomer {
    /// The customer.
    pub customer_id: CustomerId,
    /// The scores, factor by factor.
    pub scored: Scored,
    /// Null where it cannot be graded.
    pub graded: Option<Graded>,
}

impl GradedBook {
    /// Scores and grades a book.
    ///
    /// # Errors
    /// `internal` where the definition is not valid: a published version always is.
    pub fn new(definition: &ScaleDefinition, book: Vec<CustomerFacts>) -> Result<Self> {
        let scorer = Scorer::among(definition, book.iter().map(|customer| customer.factors.as_slice()))
            .map_err(|problems| Error::internal(format!("the scale has {} problem(s)", problems.len())))?;
        let standings: Vec<Standing<'_>> = book
            .iter()
            .map(|customer| Standing {
                external_id: &customer.external_id,
                total: scorer.totals(&customer.factors).total,
                at_best: best_left(&scorer, customer),
            })
            .collect();
        let grades = assign_grades(&definition.grade_bands, &standings);
        Ok(Self { scorer, book, grades })
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
        self.book
            .iter()
            .zip(&self.grades)
            .skip(start)
            .take(size)
            .map(|(customer, graded)| GradedCustomer {
                customer_id: customer.customer_id,
                scored: self.scorer.score(Facts { factors: &customer.factors, caps: &customer.caps }),
                graded: graded.clone(),
            })
            .collect()
    }

    /// Each customer's facts, total and grade, in the book's order, without explanations.
    pub fn grades(&self) -> impl Iterator<Item = (&CustomerFacts, Option<Decimal>, Option<&Graded>)> {
        let each = self.book.iter().zip(&self.grades);
        each.map(|(customer, graded)| (customer, self.scorer.totals(&customer.factors).total, graded.as_ref()))
    }

    /// How many customers got each grade, the best first, each grade also where nobody got it.
    pub fn distribution(&self) -> Vec<GradeCount> {
        let bands = &self.scorer.definition().grade_bands;
        bands
            .grades()
            .into_iter()
            .map(|grade| GradeCount {
                grade: grade.clone(),
                label: super::explanation::grade_label(bands, grade),
                customers: self.grades.iter().flatten().filter(|graded| graded.grade == *grade).count() as i64,
            })
            .collect()
    }
}

/// The place of the best grade that the caps leave.
fn best_left(scorer: &Scorer, customer: &CustomerFacts) -> Option<usize> {
    let caps = &scorer.definition().caps;
    if caps.is_empty() {
        return None;
    }
    let known = customer.caps.iter().chain(std::iter::repeat(&Err(Missing::NoData)));
    let checks: Vec<_> = caps.iter().zip(known).map(|(cap, fact)| cap.check(fact)).collect();
    scorer.at_best(&checks)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::metrics::{Fact, FactValue};

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
        let book = vec![
            customer(1, Some(90), 200),
            customer(2, Some(50), 1),
            customer(3, None, 1),
            customer(4, Some(70), 1),
            customer(5, Some(50), 1),
        ];
        let graded = GradedBook::new(&definition(), book).unwrap();
        assert_eq!((graded.len(), graded.gradable()), (5, 4));
        let all = graded.chunk(0, 5);
        let told: Vec<_> = all
            .iter()
            .map(|c| c.graded.as_ref().map(|g| (g.rank, g.scored_grade.to_string(), g.grade.to_string())))
            .collect();
        let one = |rank: u32, scored: &str, grade: &str| Some((rank, scored.to_owned(), grade.to_owned()));
        // Half of four are A by score: C1 and C4; the cap takes C1 down, and nobody moves up for it.
        assert_eq!(told, [one(1, "A", "B"), one(3, "B", "B"), None, one(2, "A", "A"), one(4, "B", "B")]);
        assert_eq!([graded.chunk(0, 2), graded.chunk(2, 2), graded.chunk(4, 2)].concat(), all);
        let counts: Vec<i64> = graded.distribution().iter().map(|c| c.customers).collect();
        assert_eq!(counts, [1, 3]);
    }
}
