//! Grades by place: the shares of a book in the order of its scores, equal scores at a border, and the places that caps take.

use std::collections::BTreeMap;
use std::ops::Range;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::grade::Graded;
use super::{QuotaBand, QuotaBands, QuotaTies};

/// A customer's place among those with the same score, where a border between two grades runs through them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tie {
    /// Its place among them by external id, from 1.
    pub place: u32,
    /// How many they are.
    pub of: u32,
}

/// How the places of one grade were used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlacesUsed {
    /// The places that its share of the gradable customers is.
    pub places: u64,
    /// Places whose holders by score have a worse grade because of a cap.
    pub lost_to_caps: u64,
    /// Customers from further down in rank who have the grade because places were passed on to them.
    pub passed_on: u64,
}

/// Where one customer of the order comes out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed {
    /// The place of the grade by score.
    pub(super) scored: usize,
    /// The place of the grade that it gets.
    pub(super) place: usize,
    pub(super) tie: Option<Tie>,
}

/// One customer in the order of scores: the score as it is shown, and the place of the best grade that caps leave.
pub(super) type Ranked = (Decimal, usize);

/// How many of `customers` get each grade: share x customers, made whole by largest remainder (ties to the better
/// grade); the last grade takes the rest.
pub fn quota_counts(bands: &[QuotaBand], customers: usize) -> Vec<u64> {
    let all = Decimal::from(customers);
    let given: Decimal = bands.iter().filter_map(|band| band.share).map(|share| share.0).sum();
    let exact = |band: &QuotaBand| band.share.map_or(Decimal::ONE - given, |share| share.0) * all;
    let mut counts: Vec<u64> = bands.iter().map(|band| exact(band).to_u64().unwrap_or(0)).collect();
    let mut by_remainder: Vec<(usize, Decimal)> = bands.iter().map(|band| exact(band).fract()).enumerate().collect();
    by_remainder.sort_by(|(i, a), (j, b)| b.cmp(a).then(i.cmp(j)));
    let left = (customers as u64).saturating_sub(counts.iter().sum());
    for ((index, _), _) in by_remainder.into_iter().zip(0..left) {
        if let Some(count) = counts.get_mut(index) {
            *count += 1;
        }
    }
    counts
}

/// How the places of each grade were used, by the grades that came of them.
pub fn places_used(quota: &QuotaBands, graded: &[Option<Graded>]) -> Vec<PlacesUsed> {
    let counts = quota_counts(&quota.bands, graded.iter().flatten().count());
    let mut used: Vec<PlacesUsed> =
        counts.into_iter().map(|places| PlacesUsed { places, ..PlacesUsed::default() }).collect();
    let mut add = |place: u32, change: fn(&mut PlacesUsed)| {
        if let Some(grade) = usize::try_from(place).ok().and_then(|place| used.get_mut(place)) {
            change(grade);
        }
    };
    for graded in graded.iter().flatten() {
        if graded.is_capped {
            add(graded.scored_place, |grade| grade.lost_to_caps += 1);
        }
        if graded.place < graded.scored_place {
            add(graded.place, |grade| grade.passed_on += 1);
        }
    }
    used
}

/// Grades the customers of an order, the best score first, equal scores by external id.
pub(super) fn place(quota: &QuotaBands, order: &[Ranked]) -> Vec<Placed> {
    let counts = quota_counts(&quota.bands, order.len());
    let ends: Vec<u64> = counts
        .iter()
        .scan(0, |end, count| {
            *end += count;
            Some(*end)
        })
        .collect();
    let by_rank = |rank: usize| ends.partition_point(|end| *end <= rank as u64);
    let shares_better = quota.ties == QuotaTies::Better;
    let groups = groups(order);
    let mut placed = Vec::with_capacity(order.len());
    for group in &groups {
        let is_cut = by_rank(group.start) != by_rank(group.end.saturating_sub(1));
        for rank in group.clone() {
            let scored = by_rank(if shares_better { group.start } else { rank });
            let place = scored.max(order.get(rank).map_or(0, |(_, at_best)| *at_best));
            placed.push(Placed { scored, place, tie: is_cut.then(|| Tie::of(rank, group)) });
        }
    }
    if quota.refill {
        for (placed, place) in placed.iter_mut().zip(refilled(&counts, order, &groups, shares_better)) {
            placed.place = place;
        }
        if !shares_better {
            tell_cut_groups(order, &groups, &mut placed);
        }
    }
    placed
}

/// Stretches of equal scores.
fn groups(order: &[Ranked]) -> Vec<Range<usize>> {
    let mut start = 0;
    let end_of = |chunk: &[Ranked]| {
        let range = start..start + chunk.len();
        start = range.end;
        range
    };
    order.chunk_by(|(a, _), (b, _)| a == b).map(end_of).collect()
}

/// Gives each grade's places, from the best grade on, to the first in rank whom caps leave that grade. What nobody may take
/// stays empty; the last grade takes whoever is left. Where equal scores share the better grade, those who come in beyond
/// its places take them from the grades below.
fn refilled(counts: &[u64], order: &[Ranked], groups: &[Range<usize>], shares_better: bool) -> Vec<usize> {
    let last = counts.len().saturating_sub(1);
    let mut places = vec![last; order.len()];
    let mut waiting: Vec<Vec<usize>> = groups.iter().map(|group| group.clone().collect()).collect();
    let mut beyond = 0;
    for (grade, count) in counts.iter().enumerate().take(last) {
        let room = count.saturating_sub(beyond);
        let mut taken = 0;
        for group in &mut waiting {
            let is_open = taken < room;
            group.retain(|rank| {
                let may = order.get(*rank).is_some_and(|(_, at_best)| *at_best <= grade);
                let takes = may && if shares_better { is_open } else { taken < room };
                if takes {
                    taken += 1;
                    if let Some(place) = places.get_mut(*rank) {
                        *place = grade;
                    }
                }
                !takes
            });
            if taken >= room {
                break;
            }
        }
        beyond = (beyond + taken).saturating_sub(*count);
    }
    places
}

/// With refill a border also runs where customers of one score, whom caps leave the same, got different grades.
fn tell_cut_groups(order: &[Ranked], groups: &[Range<usize>], placed: &mut [Placed]) {
    for group in groups.iter().filter(|group| group.len() > 1) {
        let mut grades = BTreeMap::new();
        let members = order.iter().zip(placed.iter()).skip(group.start).take(group.len());
        let is_cut = members
            .into_iter()
            .any(|((_, at_best), placed)| *grades.entry(*at_best).or_insert(placed.place) != placed.place);
        if is_cut {
            for (rank, placed) in placed.iter_mut().enumerate().skip(group.start).take(group.len()) {
                placed.tie = Some(Tie::of(rank, group));
            }
        }
    }
}

impl Tie {
    fn of(rank: usize, group: &Range<usize>) -> Self {
        let whole = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { place: whole(rank - group.start + 1), of: whole(group.len()) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::scales::{GradeBands, Standing, assign_grades};

    /// A 0.2, B 0.3, C the rest.
    fn bands(ties: &str, refill: bool) -> GradeBands {
        let band =
            |grade: &str, share: Option<&str>| json!({"grade": grade, "label": {"en": "x", "zh": "x"}, "share": share});
        serde_json::from_value(json!({"quota": [band("A", Some("0.2")), band("B", Some("0.3")), band("C", None)],
            "ties": ties, "refill": refill}))
        .unwrap()
    }

    fn of(bands: &GradeBands) -> &QuotaBands {
        let GradeBands::Quota(quota) = bands else { panic!("a quota") };
        quota
    }

    /// Customers called `c00`, `c01` and so on: a total, and the best grade that caps leave.
    fn graded(bands: &GradeBands, rows: &[(i64, usize)]) -> Vec<Graded> {
        let ids: Vec<String> = (0..rows.len()).map(|n| format!("c{n:02}")).collect();
        let standing = |(id, (total, at_best)): (&'_ String, &(i64, usize))| {
            (id.clone(), Some(Decimal::from(*total)), Some(*at_best).filter(|at_best| *at_best > 0))
        };
        let rows: Vec<_> = ids.iter().zip(rows).map(standing).collect();
        let book: Vec<Standing<'_>> = rows
            .iter()
            .map(|(id, total, at_best)| Standing { external_id: id, total: *total, at_best: *at_best })
            .collect();
        assign_grades(bands, &book).into_iter().map(Option::unwrap).collect()
    }

    fn letters(bands: &GradeBands, rows: &[(i64, usize)]) -> String {
        graded(bands, rows).iter().map(|g| bands.grade_at(g.place).unwrap().as_str()).collect()
    }

    fn used(bands: &GradeBands, rows: &[(i64, usize)]) -> Vec<(u64, u64, u64)> {
        let graded: Vec<_> = graded(bands, rows).into_iter().map(Some).collect();
        places_used(of(bands), &graded).into_iter().map(|u| (u.places, u.lost_to_caps, u.passed_on)).collect()
    }

    /// One at 90, five at 50, four at 10: 2, 3 and 5 places.
    fn tied() -> Vec<(i64, usize)> {
        [90, 50, 50, 50, 50, 50, 10, 10, 10, 10].map(|total| (total, 0)).to_vec()
    }

    #[test]
    fn equal_scores_at_a_border_go_by_external_id_and_it_is_told() {
        let by_id = bands("external_id", false);
        assert_eq!(letters(&by_id, &tied()), "AABBBCCCCC");
        let ties: Vec<_> = graded(&by_id, &tied()).iter().map(|g| g.tie.map(|tie| (tie.place, tie.of))).collect();
        let told = [None, Some((1, 5)), Some((2, 5)), Some((3, 5)), Some((4, 5)), Some((5, 5)), None, None, None, None];
        assert_eq!(ties, told);
    }

    #[test]
    fn equal_scores_share_the_better_grade_where_the_bands_say_so() {
        let better = bands("better", false);
        // All five are A; the places of A and B are used up by rank 5, and rank 7 is C.
        assert_eq!(letters(&better, &tied()), "AAAAAACCCC");
        assert_eq!(graded(&better, &tied())[5].tie, Some(Tie { place: 5, of: 5 }));
        assert_eq!(letters(&bands("better", true), &tied()), "AAAAAACCCC");
    }

    #[test]
    fn places_that_caps_take_stay_empty_or_go_to_the_next_in_rank() {
        // 2, 3 and 5 places: the first is at best B, the third at best C.
        let mut rows: Vec<(i64, usize)> = (0..10).map(|n| (90 - n, 0)).collect();
        (rows[0].1, rows[2].1) = (1, 2);
        let (stay, pass) = (bands("external_id", false), bands("external_id", true));
        assert_eq!(letters(&stay, &rows), "BACBBCCCCC");
        assert_eq!(used(&stay, &rows), [(2, 1, 0), (3, 1, 0), (5, 0, 0)]);
        // A: the second and the fourth. B: the first, who may have it, the fifth and the sixth.
        assert_eq!(letters(&pass, &rows), "BACABBCCCC");
        assert_eq!(used(&pass, &rows), [(2, 1, 1), (3, 1, 1), (5, 0, 0)]);
    }

    #[test]
    fn a_place_that_nobody_may_take_stays_empty() {
        let rows: Vec<(i64, usize)> = (0..10).map(|n| (90 - n, 2)).collect();
        assert_eq!(letters(&bands("external_id", true), &rows), "CCCCCCCCCC");
        assert_eq!(used(&bands("external_id", true), &rows), [(2, 2, 0), (3, 3, 0), (5, 0, 0)]);
    }

    #[test]
    fn a_border_that_refill_moves_into_equal_scores_is_told() {
        // A has two places: the first may not have one, so that the third, one of four equal ones, moves up.
        let rows = [(90, 1), (80, 0), (50, 0), (50, 0), (50, 0), (50, 2), (10, 0), (10, 0), (10, 0), (10, 0)];
        let pass = bands("external_id", true);
        assert_eq!(letters(&pass, &rows), "BAABBCCCCC");
        assert_eq!(graded(&pass, &rows)[2].tie, Some(Tie { place: 1, of: 4 }));
    }

    proptest! {
        /// Scores from a few values, so that many are equal, and caps at any grade.
        #[test]
        fn options_of_quotas_hold_what_they_promise(
            rows in prop::collection::vec((0i64..6, prop_oneof![3 => Just(0usize), 1 => 0usize..3]), 1..40), turn in 0usize..40,
        ) {
            let free: Vec<(i64, usize)> = rows.iter().map(|(total, _)| (*total, 0)).collect();
            for ties in ["external_id", "better"] {
                let (stay, pass) = (bands(ties, false), bands(ties, true));
                // Without caps there is nothing to pass on.
                prop_assert_eq!(letters(&stay, &free), letters(&pass, &free));
                for bands in [&stay, &pass] {
                    let graded = graded(bands, &rows);
                    for (graded, (_, at_best)) in graded.iter().zip(&rows) {
                        prop_assert!(graded.place as usize >= *at_best, "a cap was passed over");
                    }
                    for (one, (total, at_best)) in graded.iter().zip(&rows) {
                        for (other, (other_total, other_at_best)) in graded.iter().zip(&rows) {
                            // Whoever scores more, and is not capped further down, has no worse grade.
                            prop_assert!(total <= other_total || at_best > other_at_best || one.place <= other.place);
                            let is_same = total == other_total && at_best == other_at_best;
                            prop_assert!(ties != "better" || !is_same || one.place == other.place, "equals are split");
                        }
                    }
                }
                // The order in which customers come changes nothing.
                let ids: Vec<String> = (0..rows.len()).map(|n| format!("c{n:02}")).collect();
                let mut book: Vec<Standing<'_>> = ids.iter().zip(&rows).map(|(id, (total, at_best))| Standing {
                    external_id: id, total: Some(Decimal::from(*total)), at_best: Some(*at_best) }).collect();
                let mut expected = assign_grades(&pass, &book);
                let turn = turn % rows.len();
                book.rotate_left(turn);
                expected.rotate_left(turn);
                prop_assert_eq!(assign_grades(&pass, &book), expected);
            }
            // Refill never gives more than the quota, and leaves no place empty that somebody further down may take.
            let pass = bands("external_id", true);
            let graded = graded(&pass, &rows);
            let places = quota_counts(&of(&pass).bands, rows.len());
            for (grade, places) in places.iter().enumerate().take(2) {
                let have = graded.iter().filter(|g| g.place as usize == grade).count() as u64;
                prop_assert!(have <= *places);
                let waits = graded.iter().zip(&rows).any(|(g, (_, at_best))| g.place as usize > grade && *at_best <= grade);
                prop_assert!(have == *places || !waits, "a place is empty while somebody may take it");
            }
        }
    }
}
