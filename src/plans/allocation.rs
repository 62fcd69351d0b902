//! Splits an amount in minor units by largest remainder, so that the parts always sum exactly to the whole.
//!
//! Every part first gets the floor of its exact quota `units x weight / sum of weights`; the units left over go one each
//! to the largest remainders, ties by key. All of it is integer arithmetic, so that equal remainders are seen as equal.
//! A total below zero is split as its absolute value and negated. Without any weight the split is even.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::values::divide;

/// Decimal places to which the shares of weights too fine for 64-bit integers are rounded.
const SHARE_PLACES: u32 = 18;
/// Integer weights sum to at most this, units are at most this: their product fits 128 bits.
const LIMIT: i128 = 1 << 62;

/// What a person has fixed for one part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pin {
    /// This amount, whatever the weight; 0 or more.
    Amount(Decimal),
    /// Nothing is planned for it: it gets no amount, not even 0.00.
    NotPlanned,
}

/// One part that takes part in a split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share<K> {
    /// Breaks ties, lower first; unique within a split.
    pub key: K,
    /// How much it weighs against the others; below 0 counts as 0.
    pub weight: Decimal,
    /// The fixed amount, where there is one.
    pub pin: Option<Pin>,
}

impl<K> Share<K> {
    /// A part without a pin.
    pub fn free(key: K, weight: Decimal) -> Self {
        Self { key, weight, pin: None }
    }
}

/// An amount, split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// One amount a share, in the order of the shares; `None` where it is pinned as not planned.
    pub amounts: Vec<Option<Decimal>>,
    /// Weights below 0 were counted as 0.
    pub negative_weights: bool,
    /// No free share had a weight, so the rest was split evenly.
    pub even: bool,
}

/// Why an amount cannot be split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AllocationProblem {
    /// The amount, or a pin, is finer than the currency's minor unit.
    FinerThanMinorUnit(Decimal),
    /// The amount has more than 2^62 minor units.
    TooLarge(Decimal),
    /// A pin is below 0.
    NegativePin(Decimal),
    /// The pins sum to more than there is.
    PinsExceedTotal {
        /// Sum of the pins.
        pinned: Decimal,
        /// What there is to split.
        total: Decimal,
    },
    /// Every share is pinned, and together they are less than there is.
    PinsFallShort {
        /// Sum of the pins.
        pinned: Decimal,
        /// What there is to split.
        total: Decimal,
    },
}

/// Splits `total` over `shares` in units of `10^-places`: pins first, the rest by weight among the others.
///
/// # Errors
/// See [`AllocationProblem`]. Without shares, anything but 0 falls short.
pub fn split<K: Ord>(total: Decimal, places: u32, shares: &[Share<K>]) -> Result<Split, AllocationProblem> {
    let units = to_units(total, places)?;
    let mut amounts = vec![None; shares.len()];
    let mut pinned = 0;
    for (amount, share) in amounts.iter_mut().zip(shares) {
        if let Some(Pin::Amount(pin)) = share.pin {
            if pin < Decimal::ZERO {
                return Err(AllocationProblem::NegativePin(pin));
            }
            let pin = to_units(pin, places)?;
            pinned += pin;
            *amount = Some(pin);
        }
    }
    let free: Vec<usize> = (0..shares.len()).filter(|&i| shares[i].pin.is_none()).collect();
    let rest = units - pinned;
    let pinned = from_units(pinned, places);
    if rest < 0 && units >= 0 {
        return Err(AllocationProblem::PinsExceedTotal { pinned, total });
    }
    if rest != 0 && free.is_empty() {
        return Err(AllocationProblem::PinsFallShort { pinned, total });
    }
    let weights: Vec<Decimal> = free.iter().map(|&i| shares[i].weight).collect();
    let keys: Vec<&K> = free.iter().map(|&i| &shares[i].key).collect();
    for (&i, part) in free.iter().zip(largest_remainder(rest, &weights, &keys)) {
        amounts[i] = Some(part);
    }
    Ok(Split {
        amounts: amounts.into_iter().map(|units| units.map(|units| from_units(units, places))).collect(),
        negative_weights: weights.iter().any(|w| *w < Decimal::ZERO),
        even: !free.is_empty() && weights.iter().all(|w| *w <= Decimal::ZERO),
    })
}

/// `amount` in minor units.
///
/// # Errors
/// When it is finer than a minor unit, or beyond 2^62 of them.
pub(super) fn to_units(amount: Decimal, places: u32) -> Result<i128, AllocationProblem> {
    let mut exact = amount.normalize();
    if exact.scale() > places {
        return Err(AllocationProblem::FinerThanMinorUnit(amount));
    }
    exact.rescale(places);
    let units = exact.mantissa();
    if exact.scale() != places || units.abs() > LIMIT {
        return Err(AllocationProblem::TooLarge(amount));
    }
    Ok(units)
}

/// Minor units as an amount.
pub(super) fn from_units(units: i128, places: u32) -> Decimal {
    Decimal::try_from_i128_with_scale(units, places).unwrap_or_default()
}

/// `amount` rounded half away from zero to the minor unit, and padded to it.
pub(super) fn whole_units(amount: Decimal, places: u32) -> Decimal {
    let mut rounded = amount.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(places);
    rounded
}

/// The parts of `units`, in the order of the weights. Empty for no weights.
fn largest_remainder<K: Ord>(units: i128, weights: &[Decimal], keys: &[&K]) -> Vec<i128> {
    let mut weights = integers(weights);
    if weights.iter().all(|w| *w == 0) {
        weights.fill(1);
    }
    let sum: i128 = weights.iter().sum();
    let whole = units.abs();
    let mut parts: Vec<i128> = weights.iter().map(|w| whole * w / sum).collect();
    let left = whole - parts.iter().sum::<i128>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|&a, &b| {
        let remainder = |i: usize| whole * weights[i] % sum;
        remainder(b).cmp(&remainder(a)).then_with(|| keys[a].cmp(keys[b]))
    });
    for &i in order.iter().take(usize::try_from(left).unwrap_or_default()) {
        parts[i] += 1;
    }
    if units < 0 {
        parts.iter_mut().for_each(|part| *part = -*part);
    }
    parts
}

/// The weights as integers in the same proportion; exact up to 18 digits, then as shares of 18 places.
fn integers(weights: &[Decimal]) -> Vec<i128> {
    let clamped: Vec<Decimal> = weights.iter().map(|w| (*w).max(Decimal::ZERO).normalize()).collect();
    let scale = clamped.iter().map(Decimal::scale).max().unwrap_or_default();
    exact_integers(&clamped, scale).unwrap_or_else(|| {
        let sum = clamped.iter().try_fold(Decimal::ZERO, |sum, w| sum.checked_add(*w)).unwrap_or(Decimal::MAX);
        let share = |w: &Decimal| divide(*w, sum).unwrap_or_default().round_dp(SHARE_PLACES);
        clamped
            .iter()
            .map(|w| {
                let mut share = share(w);
                share.rescale(SHARE_PLACES);
                share.mantissa()
            })
            .collect()
    })
}

/// The weights times `10^scale`, unless they grow beyond the limit.
fn exact_integers(weights: &[Decimal], scale: u32) -> Option<Vec<i128>> {
    let mut sum = 0_i128;
    weights
        .iter()
        .map(|w| {
            let integer = w.mantissa().checked_mul(10_i128.checked_pow(scale - w.scale())?)?;
            sum = sum.checked_add(integer)?;
            (sum <= LIMIT).then_some(integer)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn d(s: &str) -> Decimal {
        s.parse().unwrap()
    }

    fn amounts(split: &Split) -> Vec<String> {
        split.amounts.iter().map(|a| a.map_or("-".into(), |a| a.to_string())).collect()
    }

    #[test]
    fn the_odd_cent_goes_to_the_lower_key() {
        let shares = [Share::free("b", d("1")), Share::free("a", d("1")), Share::free("c", d("1"))];
        assert_eq!(amounts(&split(d("100"), 2, &shares).unwrap()), ["33.33", "33.34", "33.33"]);
    }

    #[test]
    fn the_largest_remainder_wins_before_the_key() {
        // quotas of 10 units: 1.6667, 3.3333, 5: floors 1, 3, 5, the last unit to the first
        let shares = [Share::free("z", d("1")), Share::free("a", d("2")), Share::free("b", d("3"))];
        assert_eq!(amounts(&split(d("10"), 0, &shares).unwrap()), ["2", "3", "5"]);
    }

    #[test]
    fn pins_come_first_and_not_planned_is_not_zero() {
        let pin = |key, pin| Share { key, weight: d("5"), pin: Some(pin) };
        let shares = [
            pin("a", Pin::Amount(d("40"))),
            pin("b", Pin::NotPlanned),
            Share::free("c", d("3")),
            Share::free("d", d("0")),
        ];
        assert_eq!(amounts(&split(d("100"), 2, &shares).unwrap()), ["40.00", "-", "60.00", "0.00"]);
        assert!(matches!(split(d("39"), 2, &shares), Err(AllocationProblem::PinsExceedTotal { .. })));
        assert!(matches!(split(d("41"), 2, &shares[..2]), Err(AllocationProblem::PinsFallShort { .. })));
        assert_eq!(amounts(&split(d("40"), 2, &shares[..2]).unwrap()), ["40.00", "-"]);
    }

    #[test]
    fn a_negative_weight_counts_as_zero_and_is_told() {
        let split = split(d("10"), 2, &[Share::free("a", d("-5")), Share::free("b", d("1"))]).unwrap();
        assert_eq!((amounts(&split), split.negative_weights), (vec!["0.00".to_owned(), "10.00".to_owned()], true));
    }

    #[test]
    fn without_weights_the_split_is_even_and_says_so() {
        let split = split(d("0.01"), 2, &[Share::free("a", d("0")), Share::free("b", d("0"))]).unwrap();
        assert_eq!((amounts(&split), split.even), (vec!["0.01".to_owned(), "0.00".to_owned()], true));
    }

    #[test]
    fn an_amount_finer_than_a_cent_is_refused() {
        let shares = [Share::free("a", d("1"))];
        assert!(matches!(split(d("0.001"), 2, &shares), Err(AllocationProblem::FinerThanMinorUnit(_))));
        assert_eq!(amounts(&split(d("0.1000"), 2, &shares).unwrap()), ["0.10"]);
        assert!(matches!(split(d("99999999999999999999999"), 2, &shares), Err(AllocationProblem::TooLarge(_))));
    }

    proptest! {
        #[test]
        fn parts_sum_exactly_and_order_changes_nothing(
            units in -1_000_000_000_000_i64..1_000_000_000_000,
            weights in prop::collection::vec((-1_000_i64..1_000_000_000_000_000, 0_u32..10), 1..12),
        ) {
            let total = Decimal::new(units, 2);
            let mut shares: Vec<_> = weights.iter().enumerate()
                .map(|(key, (mantissa, scale))| Share::free(key, Decimal::new(*mantissa, *scale))).collect();
            let one = split(total, 2, &shares).unwrap();
            prop_assert_eq!(one.amounts.iter().flatten().sum::<Decimal>(), total);
            shares.reverse();
            let mut other = split(total, 2, &shares).unwrap().amounts;
            other.reverse();
            prop_assert_eq!(one.amounts, other);
        }

        #[test]
        fn no_part_is_a_unit_or_more_from_its_quota(units in 0_i64..1_000_000, weights in prop::collection::vec(0_i64..1_000, 1..12)) {
            prop_assume!(weights.iter().sum::<i64>() > 0);
            let sum = Decimal::from(weights.iter().sum::<i64>());
            let shares: Vec<_> = weights.iter().enumerate().map(|(k, w)| Share::free(k, Decimal::from(*w))).collect();
            for (amount, weight) in split(Decimal::from(units), 0, &shares).unwrap().amounts.iter().zip(&weights) {
                let quota = Decimal::from(units) * Decimal::from(*weight) / sum;
                prop_assert!((amount.unwrap() - quota).abs() < Decimal::ONE);
            }
        }
    }
}
