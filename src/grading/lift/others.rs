//! Which number stands far enough ahead of the others to give so many points, where points go by the place among all.

use rust_decimal::Decimal;

use crate::scales::Better;

/// The numbers that the other customers of a run have for one factor.
#[derive(Clone, Debug, Default)]
pub struct Others(Vec<Decimal>);

impl Others {
    /// Of all numbers of a run, the customer's own among them.
    pub fn of(mut all: Vec<Decimal>, own: Option<Decimal>) -> Self {
        if let Some(place) = own.and_then(|own| all.iter().position(|number| *number == own)) {
            all.swap_remove(place);
        }
        all.sort_unstable();
        Self(all)
    }

    /// The number that is least far away and gives at least these points of a maximum, and the points that it gives; numbers
    /// come in steps. None where the others stay ahead, or where there are none.
    pub fn reaching(&self, points: Decimal, max: Decimal, better: Better, step: Decimal) -> Option<(Decimal, Decimal)> {
        match better {
            Better::Higher => upward(&self.0, points, max, step),
            Better::Lower => {
                let turned: Vec<Decimal> = self.0.iter().rev().map(|number| -*number).collect();
                upward(&turned, points, max, step).map(|(number, points)| (-number, points))
            }
        }
    }
}

/// With numbers in ascending order, of which the largest is the best.
fn upward(numbers: &[Decimal], points: Decimal, max: Decimal, step: Decimal) -> Option<(Decimal, Decimal)> {
    let at = |number: Decimal| -> Decimal {
        let below = numbers.partition_point(|other| *other < number);
        let equal = numbers.partition_point(|other| *other <= number) - below;
        let doubled = Decimal::from(2 * below + equal);
        (max * doubled).checked_div(Decimal::from(2 * numbers.len())).unwrap_or_default()
    };
    let first = numbers.partition_point(|other| at(*other) < points);
    let just_ahead = first.checked_sub(1).and_then(|before| numbers.get(before)?.checked_add(step));
    let candidates = just_ahead.into_iter().chain(numbers.get(first).copied());
    candidates.map(|number| (number, at(number))).find(|(_, given)| *given >= points)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(n: i64) -> Decimal {
        n.into()
    }

    fn others(numbers: &[i64], own: Option<i64>) -> Others {
        Others::of(numbers.iter().map(|n| d(*n)).collect(), own.map(d))
    }

    #[test]
    fn the_nearest_number_that_is_far_enough_ahead_is_found() {
        // Besides 20 there are 10, 30, 30 and 50: equal to 30 is ahead of one and level with two, 2 of 4.
        let others = others(&[10, 20, 30, 50, 30], Some(20));
        let at = |points: i64, better| others.reaching(d(points), d(8), better, Decimal::ONE);
        assert_eq!(at(4, Better::Higher), Some((d(30), d(4))));
        assert_eq!(at(5, Better::Higher), Some((d(31), d(6))));
        assert_eq!(at(8, Better::Higher), Some((d(51), d(8))));
        assert_eq!(at(9, Better::Higher), None);
        // Less is better: below 50 is ahead of one of four.
        assert_eq!(at(2, Better::Lower), Some((d(49), d(2))));
        assert_eq!(at(8, Better::Lower), Some((d(9), d(8))));
    }

    #[test]
    fn who_stands_alone_is_nowhere_ahead() {
        assert_eq!(others(&[7], Some(7)).reaching(d(1), d(8), Better::Higher, Decimal::ONE), None);
    }
}
