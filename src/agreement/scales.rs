//! Two scales on the same customers.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::Counts;
use super::wire::GradeDifference;
use crate::grading::ScaleGrade;
use crate::values::{Code, CustomerId};

/// What two scales say of the customers that both grade.
#[derive(Clone, Debug)]
pub(super) struct Compared {
    pub(super) counts: Counts,
    /// Those whom they grade differently, the furthest apart first: by classes between, then by scores, then by external
    /// id.
    pub(super) differences: Vec<GradeDifference>,
    /// Graded by the first alone, and by the second alone.
    pub(super) alone: (u64, u64),
}

/// Compares grades, given their order, the best first.
pub(super) fn compare(classes: &[Code], first: &[ScaleGrade], second: &[ScaleGrade]) -> Compared {
    let place = |grade: &Option<Code>| classes.iter().position(|class| Some(class) == grade.as_ref());
    let graded = |one: &&ScaleGrade| place(&one.grade).is_some();
    let others: BTreeMap<CustomerId, &ScaleGrade> =
        second.iter().filter(graded).map(|one| (one.customer_id, one)).collect();
    let mut counts = Counts::new(classes.len());
    let mut apart = Vec::new();
    let mut matched = 0;
    let mut alone = 0;
    for one in first.iter().filter(graded) {
        let Some(other) = others.get(&one.customer_id) else {
            alone += 1;
            continue;
        };
        matched += 1;
        if let (Some(row), Some(column)) = (place(&one.grade), place(&other.grade)) {
            counts.add(row, column);
            if row != column {
                let score = |one: &ScaleGrade| one.score.map_or(Decimal::ZERO, |score| score.0);
                let scores = (score(one) - score(other)).abs();
                apart.push((row.abs_diff(column), scores, one, *other));
            }
        }
    }
    apart.sort_by(|(a, x, one, _), (b, y, other, _)| {
        b.cmp(a).then_with(|| y.cmp(x)).then_with(|| one.external_id.cmp(&other.external_id))
    });
    let differences = apart.into_iter().map(|(steps, _, one, other)| GradeDifference::new(steps, one, other)).collect();
    Compared { counts, differences, alone: (alone, others.len() as u64 - matched) }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn grades(told: &[(u128, &str, &str)]) -> Vec<ScaleGrade> {
        let one = |(id, grade, score): &(u128, &str, &str)| ScaleGrade {
            customer_id: CustomerId(Uuid::from_u128(*id)),
            external_id: format!("C{id}"),
            grade: grade.parse().ok(),
            score: score.parse().ok(),
        };
        told.iter().map(one).collect()
    }

    #[test]
    fn only_those_whom_both_grade_are_compared_and_the_furthest_apart_come_first() {
        let classes: Vec<Code> = ["A", "B", "C"].iter().map(|class| class.parse().unwrap()).collect();
        let first =
            grades(&[(1, "A", "90"), (2, "A", "81"), (3, "B", "60"), (4, "C", "10"), (5, "", ""), (6, "A", "85")]);
        let second =
            grades(&[(6, "C", "5"), (1, "A", "95"), (2, "B", "70"), (3, "A", "80"), (5, "A", "90"), (7, "B", "60")]);
        let compared = compare(&classes, &first, &second);
        assert_eq!(compared.counts.rows(), [vec![1, 1, 1], vec![1, 0, 0], vec![0, 0, 0]]);
        assert_eq!(compared.alone, (1, 2));
        let order: Vec<_> = compared.differences.iter().map(|d| (d.external_id.as_str(), d.classes_apart)).collect();
        assert_eq!(order, [("C6", 2), ("C3", 1), ("C2", 1)]);
    }
}
