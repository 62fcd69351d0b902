//! Grades of a whole book: fixed thresholds or quotas, then caps.

use rust_decimal::Decimal;

use super::quota::{self, Placed, Ranked, Tie};
use super::{FixedBand, GradeBands};
use crate::values::round_score;

/// Where one customer stands before grading.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// By which ties are settled.
    pub external_id: &'a str,
    /// The total; `None` where the customer cannot be graded.
    pub total: Option<Decimal>,
    /// The place (0 is the best) of the best grade that the caps leave.
    pub at_best: Option<usize>,
}

/// A customer's grade: places among the grades, 0 being the best, whose codes [`GradeBands::grade_at`] tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Graded {
    /// 1 is the highest total of the book; ties by external id.
    pub rank: u32,
    /// The place of the grade by the score.
    pub scored_place: u32,
    /// The place of the grade after the caps.
    pub place: u32,
    /// Whether a cap leaves no grade as good as that by the score.
    pub is_capped: bool,
    /// Where a border between two grades runs through equal scores, the place among these.
    pub tie: Option<Tie>,
}

/// Grades a book; the answers are in its order, `None` for those who cannot be graded.
///
/// The total counts as it is shown, with 4 places: 79.99996 is 80.0000 and an A from 80. Caps only lower. With quotas a
/// customer who is lowered keeps its place, and nobody moves up for it, unless the bands refill places.
pub fn assign_grades(bands: &GradeBands, book: &[Standing<'_>]) -> Vec<Option<Graded>> {
    let last = u32::try_from(bands.grades().len().saturating_sub(1)).unwrap_or(u32::MAX);
    let capped_at = |place: usize| u32::try_from(place).unwrap_or(u32::MAX).min(last);
    let mut order: Vec<(usize, Decimal, &Standing<'_>)> = book
        .iter()
        .enumerate()
        .filter_map(|(index, standing)| standing.total.map(|total| (index, round_score(total), standing)))
        .collect();
    order.sort_unstable_by(|(_, a, x), (_, b, y)| b.cmp(a).then_with(|| x.external_id.cmp(y.external_id)));
    let placed: Vec<Placed> = match bands {
        GradeBands::Fixed(bands) => {
            let by_score = |(_, total, standing): &(usize, Decimal, &Standing<'_>)| {
                let scored = fixed_position(bands, *total);
                Placed { scored, place: scored.max(standing.at_best.unwrap_or(0)), tie: None }
            };
            order.iter().map(by_score).collect()
        }
        GradeBands::Quota(quota) => {
            let ranked: Vec<Ranked> =
                order.iter().map(|(_, total, standing)| (*total, standing.at_best.unwrap_or(0))).collect();
            quota::place(quota, &ranked)
        }
    };
    let mut answers = vec![None; book.len()];
    for ((rank, (index, _, standing)), placed) in (1u32..).zip(order).zip(placed) {
        if let Some(answer) = answers.get_mut(index) {
            *answer = Some(Graded {
                rank,
                scored_place: capped_at(placed.scored),
                place: capped_at(placed.place),
                is_capped: standing.at_best.is_some_and(|at_best| at_best > placed.scored),
                tie: placed.tie,
            });
        }
    }
    answers
}

fn fixed_position(bands: &[FixedBand], total: Decimal) -> usize {
    bands.iter().position(|band| total >= band.min_score.0).unwrap_or(bands.len().saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::scales::quota_counts;

    fn bands(json: serde_json::Value) -> GradeBands {
        serde_json::from_value(json).unwrap()
    }

    fn quota() -> GradeBands {
        let label = serde_json::json!({"en": "x", "zh": "x"});
        bands(serde_json::json!({"quota": [
            {"grade": "A", "label": label, "share": "0.2"},
            {"grade": "B", "label": label, "share": "0.3"},
            {"grade": "C", "label": label, "share": null}]}))
    }

    fn fixed() -> GradeBands {
        let label = serde_json::json!({"en": "x", "zh": "x"});
        bands(serde_json::json!({"fixed": [
            {"grade": "A", "label": label, "min_score": "80"},
            {"grade": "B", "label": label, "min_score": "50"},
            {"grade": "C", "label": label, "min_score": "0"}]}))
    }

    fn letters(bands: &GradeBands, book: &[Standing<'_>]) -> String {
        assign_grades(bands, book)
            .iter()
            .map(|g| g.map_or("-", |g| bands.grade_at(g.place).unwrap().as_str()))
            .collect()
    }

    fn at<'a>(external_id: &'a str, total: &str) -> Standing<'a> {
        Standing { external_id, total: total.parse().ok(), at_best: None }
    }

    #[test]
    fn a_fixed_grade_begins_at_its_threshold_as_it_is_shown() {
        let book =
            [at("a", "80"), at("b", "79.9999"), at("c", "79.99996"), at("d", "50"), at("e", "0"), at("f", "none")];
        assert_eq!(letters(&fixed(), &book), "ABABC-");
    }

    #[test]
    fn a_cap_lowers_and_never_lifts() {
        let book = [
            Standing { at_best: Some(2), ..at("a", "90") },
            Standing { at_best: Some(1), ..at("b", "10") },
            Standing { at_best: Some(0), ..at("c", "60") },
        ];
        let graded = assign_grades(&fixed(), &book);
        assert_eq!(letters(&fixed(), &book), "CCB");
        assert_eq!(graded[0].unwrap().scored_place, 0);
    }

    #[test]
    fn quotas_give_exact_counts_and_ties_go_by_external_id() {
        let GradeBands::Quota(super::super::QuotaBands { bands: q, .. }) = quota() else { panic!("a quota") };
        assert_eq!(quota_counts(&q, 10), [2, 3, 5]);
        // 1.4, 2.1, 3.5: the one left over goes to the largest remainder.
        assert_eq!(quota_counts(&q, 7), [1, 2, 4]);
        assert_eq!(quota_counts(&q, 1), [0, 0, 1]);
        assert_eq!(quota_counts(&q, 0), [0, 0, 0]);
        let book = [at("e", "5"), at("d", "7"), at("c", "7"), at("b", "7"), at("a", "1")];
        // 1, 1.5, 2.5 of five: remainders are equal, the better grade takes it.
        assert_eq!(letters(&quota(), &book), "CBBAC");
        let ranks: Vec<u32> = assign_grades(&quota(), &book).into_iter().map(|g| g.unwrap().rank).collect();
        assert_eq!(ranks, [4, 3, 2, 1, 5]);
    }

    proptest! {
        #[test]
        fn counts_always_sum_to_the_book(customers in 0usize..5000, a in 1u32..50, b in 1u32..50) {
            let GradeBands::Quota(super::super::QuotaBands { bands: mut q, .. }) = quota() else { panic!("a quota") };
            q[0].share = Some(crate::values::Exact(Decimal::new(a.into(), 2)));
            q[1].share = Some(crate::values::Exact(Decimal::new(b.into(), 2)));
            prop_assert_eq!(quota_counts(&q, customers).iter().sum::<u64>(), customers as u64);
        }

        #[test]
        fn caps_only_lower_and_move_nobody_else(
            rows in prop::collection::vec((0i64..100, prop::option::of(0usize..3)), 1..40), by_quota: bool
        ) {
            let bands = if by_quota { quota() } else { fixed() };
            let ids: Vec<String> = (0..rows.len()).map(|i| format!("c{i:03}")).collect();
            let book = |capped: bool| -> Vec<Standing<'_>> {
                let each = ids.iter().zip(&rows).map(|(id, (total, cap))| Standing {
                    external_id: id, total: Some(Decimal::from(*total)), at_best: cap.filter(|_| capped) });
                each.collect()
            };
            let (free, capped) = (assign_grades(&bands, &book(false)), assign_grades(&bands, &book(true)));
            for ((free, capped), (_, cap)) in free.into_iter().flatten().zip(capped.into_iter().flatten()).zip(&rows) {
                prop_assert_eq!(free.place, capped.scored_place);
                prop_assert_eq!(capped.place as usize, (free.place as usize).max(cap.unwrap_or(0)));
            }
        }

        #[test]
        fn the_order_of_customers_changes_nothing(totals in prop::collection::vec(0i64..20, 1..40), turn in 0usize..40) {
            let ids: Vec<String> = (0..totals.len()).map(|i| format!("c{i:03}")).collect();
            let book: Vec<Standing<'_>> = ids.iter().zip(&totals)
                .map(|(id, t)| Standing { external_id: id, total: Some(Decimal::from(*t)), at_best: None }).collect();
            let mut turned = book.clone();
            turned.rotate_left(turn % book.len());
            let mut graded = assign_grades(&quota(), &book);
            graded.rotate_left(turn % book.len());
            prop_assert_eq!(graded, assign_grades(&quota(), &turned));
        }
    }
}
