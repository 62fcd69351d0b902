//! Where a number stands among those of all who are scored together.

use rust_decimal::Decimal;

use super::rule::Better;

/// The numbers of one factor over a whole book, in ascending order. Who has no number is not in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Ranking(Vec<Decimal>);

/// A share as an exact fraction, so that nothing is lost before points are made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Twice the others who are worse, and once those who are equal.
    doubled: u64,
    /// Twice the others.
    all: u64,
}

impl Ranking {
    pub(super) fn of(mut numbers: Vec<Decimal>) -> Self {
        numbers.sort_unstable();
        Self(numbers)
    }

    /// The share of the others who are worse, of equals half; half where there are no others. A number that is not in
    /// the book is placed as if it came in.
    pub(super) fn place(&self, number: Decimal, better: Better) -> Place {
        let below = self.0.partition_point(|other| *other < number);
        let up_to = self.0.partition_point(|other| *other <= number);
        let (equal, above) = ((up_to - below).saturating_sub(1), self.0.len() - up_to);
        let worse = match better {
            Better::Higher => below,
            Better::Lower => above,
        };
        match (below + equal + above) as u64 {
            0 => Place { doubled: 1, all: 2 },
            others => Place { doubled: (2 * worse + equal) as u64, all: 2 * others },
        }
    }
}

impl Place {
    /// This share of a whole; multiplied first, so that a quotient that is exact stays exact.
    pub(super) fn share_of(self, whole: Decimal) -> Decimal {
        (whole * Decimal::from(self.doubled)).checked_div(Decimal::from(self.all)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shares(numbers: &[i64], better: Better) -> Vec<String> {
        let ranking = Ranking::of(numbers.iter().map(|n| Decimal::from(*n)).collect());
        let share = |n: &i64| ranking.place(Decimal::from(*n), better).share_of(Decimal::ONE).normalize().to_string();
        numbers.iter().map(share).collect()
    }

    #[test]
    fn the_best_gets_all_the_worst_nothing_and_equals_share_their_places() {
        assert_eq!(shares(&[10, 20, 30, 40, 50], Better::Higher), ["0", "0.25", "0.5", "0.75", "1"]);
        assert_eq!(shares(&[10, 20, 30, 40, 50], Better::Lower), ["1", "0.75", "0.5", "0.25", "0"]);
        // Places 2 and 3 of five are shared: (0.25 + 0.5) / 2.
        assert_eq!(shares(&[10, 20, 20, 40, 50], Better::Higher), ["0", "0.375", "0.375", "0.75", "1"]);
        assert_eq!(shares(&[7, 7, 7], Better::Higher), ["0.5", "0.5", "0.5"]);
        assert_eq!(shares(&[7], Better::Lower), ["0.5"]);
    }

    #[test]
    fn a_number_from_elsewhere_is_placed_as_if_it_came_in() {
        let ranking = Ranking::of(vec![Decimal::ONE, Decimal::TEN]);
        assert_eq!(ranking.place(Decimal::TWO, Better::Higher), Place { doubled: 2, all: 4 });
        assert_eq!(Ranking::default().place(Decimal::TWO, Better::Lower), Place { doubled: 1, all: 2 });
    }

    proptest! {
        #[test]
        fn shares_are_half_on_average_and_both_ways_make_one(numbers in prop::collection::vec(-20i64..20, 1..60)) {
            let ranking = Ranking::of(numbers.iter().map(|n| Decimal::from(*n)).collect());
            let doubled = |better| -> u64 {
                numbers.iter().map(|n| ranking.place(Decimal::from(*n), better)).map(|place| place.doubled).sum()
            };
            if numbers.len() > 1 {
                let (n, others) = (numbers.len() as u64, numbers.len() as u64 - 1);
                prop_assert_eq!(doubled(Better::Higher), n * others);
                prop_assert_eq!(doubled(Better::Lower), n * others);
            }
        }
    }
}
