//! Cohen's kappa of two who put the same things into the same ordered classes.

use rust_decimal::Decimal;

use crate::values::ratio;

/// How many things one put into the class of the row and the other into the class of the column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(Vec<Vec<u64>>);

/// How far two agree beyond what chance explains: 1 is always, 0 is chance, below it is worse. Each has 6 places, and is
/// null where chance alone would make them agree always.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kappas {
    /// A disagreement counts by the number of classes between.
    pub linear: Option<Decimal>,
    /// Every disagreement counts alike.
    pub unweighted: Option<Decimal>,
    /// A disagreement counts by the square of the number of classes between.
    pub quadratic: Option<Decimal>,
}

impl Counts {
    /// None yet, of so many classes.
    pub fn new(classes: usize) -> Self {
        Self(vec![vec![0; classes]; classes])
    }

    /// Counts one more; classes that there are not are not counted.
    pub fn add(&mut self, row: usize, column: usize) {
        if let Some(count) = self.0.get_mut(row).and_then(|row| row.get_mut(column)) {
            *count += 1;
        }
    }

    /// Row by row.
    pub fn rows(&self) -> &[Vec<u64>] {
        &self.0
    }

    /// How many things there are.
    pub fn total(&self) -> u64 {
        self.0.iter().flatten().sum()
    }

    /// The share that both put into the same class, 6 places; null where there is nothing.
    pub fn equal_share(&self) -> Option<Decimal> {
        let equal: u64 = self.cells().filter(|(row, column, _)| row == column).map(|(.., count)| count).sum();
        ratio(equal.into(), self.total().into())
    }

    /// Kappa by each weighting.
    pub fn kappas(&self) -> Kappas {
        Kappas {
            linear: self.kappa(|apart| apart),
            unweighted: self.kappa(|apart| apart.min(1)),
            quadratic: self.kappa(|apart| apart * apart),
        }
    }

    /// (expected - observed) / expected disagreement, both multiplied by the number of things, so that they are whole.
    fn kappa(&self, weight: impl Fn(u64) -> u64) -> Option<Decimal> {
        let rows: Vec<u64> = self.0.iter().map(|row| row.iter().sum()).collect();
        let column = |place: usize| self.0.iter().filter_map(|row| row.get(place)).sum::<u64>();
        let columns: Vec<u64> = (0..self.0.len()).map(column).collect();
        let total = Decimal::from(self.total());
        let mut observed = Decimal::ZERO;
        let mut expected = Decimal::ZERO;
        for (row, column, count) in self.cells() {
            let weight = Decimal::from(weight(row.abs_diff(column) as u64));
            let of = |sums: &[u64], place: usize| Decimal::from(sums.get(place).copied().unwrap_or_default());
            observed += weight * Decimal::from(count) * total;
            expected += weight * of(&rows, row) * of(&columns, column);
        }
        ratio(expected - observed, expected)
    }

    fn cells(&self) -> impl Iterator<Item = (usize, usize, u64)> {
        let rows = self.0.iter().enumerate();
        rows.flat_map(|(row, counts)| counts.iter().enumerate().map(move |(column, count)| (row, column, *count)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(counts: &[&[u64]]) -> [String; 4] {
        let counts = Counts(counts.iter().map(|row| row.to_vec()).collect());
        let Kappas { linear, unweighted, quadratic } = counts.kappas();
        let shown = |value: Option<Decimal>| value.map_or_else(|| "null".to_owned(), |value| value.to_string());
        [linear, unweighted, quadratic, counts.equal_share()].map(shown)
    }

    #[test]
    fn the_three_kappas_of_a_known_table() {
        let table: [&[u64]; 3] = [&[20, 5, 1], &[4, 30, 6], &[0, 7, 27]];
        assert_eq!(told(&table), ["0.708738", "0.648318", "0.776632", "0.770000"]);
        // Two classes: all weightings are the same. po = 0.7, pe = 0.5.
        assert_eq!(told(&[&[20, 5], &[10, 15]]), ["0.400000", "0.400000", "0.400000", "0.700000"]);
        // Always the opposite.
        assert_eq!(told(&[&[0, 5], &[5, 0]])[1], "-1.000000");
    }

    #[test]
    fn where_all_are_in_one_class_there_is_nothing_to_agree_on() {
        assert_eq!(told(&[&[9, 0], &[0, 0]]), ["null", "null", "null", "1.000000"]);
        assert_eq!(told(&[&[9]]), ["null", "null", "null", "1.000000"]);
        assert_eq!(told(&[&[0, 0], &[0, 0]]), ["null", "null", "null", "null"]);
        // One puts all into A, the other all into B: that is no more than chance.
        assert_eq!(told(&[&[0, 9], &[0, 0]]), ["0.000000", "0.000000", "0.000000", "0.000000"]);
    }

    proptest! {
        #[test]
        fn kappa_is_at_most_one_and_the_same_from_both_sides(cells in prop::collection::vec(0u64..50, 16)) {
            let counts = Counts(cells.chunks(4).map(<[u64]>::to_vec).collect());
            let turned = Counts((0..4).map(|c| counts.0.iter().map(|row| row[c]).collect()).collect());
            prop_assert_eq!(counts.kappas(), turned.kappas());
            let Kappas { linear, unweighted, quadratic } = counts.kappas();
            for kappa in [linear, unweighted, quadratic].into_iter().flatten() {
                prop_assert!(kappa <= Decimal::ONE && kappa >= -Decimal::from(4));
                prop_assert_eq!(kappa == Decimal::ONE, counts.equal_share() == Some(Decimal::ONE));
            }
        }
    }
}
