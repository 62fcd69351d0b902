//! Square roots of ratios, right to the last of six places.
//!
//! They are taken on integers, so that no digit depends on how far an approximation was carried.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::values::round_ratio;

/// Ten to the fourteenth: a ratio scaled by it has a root with seven places.
const SCALE: i128 = 100_000_000_000_000;
/// Places of that root, one more than is shown.
const ROOT_PLACES: u32 = 7;

/// A root cut off after seven places, and whether anything was cut.
struct Root {
    floor: Decimal,
    inexact: bool,
}

/// `(last / first)^(1/2) - 1`: the yearly growth over three years, two intervals; 6 places.
///
/// `None` where `first` is not positive or `last` is negative; -1 where `last` is 0.
pub fn cagr_two_intervals(first: Decimal, last: Decimal) -> Option<Decimal> {
    let Root { floor, inexact } = root(last, first)?;
    let growth = floor - Decimal::ONE;
    // Below zero the digits cut off point towards zero: the magnitude's own last digit is one less.
    let cut = if inexact && growth < Decimal::ZERO { growth + Decimal::new(1, ROOT_PLACES) } else { growth };
    Some(round_ratio(cut))
}

/// `(numerator / denominator)^(1/2)`, 6 places; `None` where the denominator is not positive or the numerator negative.
pub fn sqrt_of_ratio(numerator: Decimal, denominator: Decimal) -> Option<Decimal> {
    root(numerator, denominator).map(|r| round_ratio(r.floor))
}

/// The root of a ratio given as the whole part of `10^14 x ratio`, 6 places; `None` where it is negative.
pub fn sqrt_of_scaled_square(scaled: Decimal) -> Option<Decimal> {
    root_of_units(scaled.to_i128()?, false).map(|r| round_ratio(r.floor))
}

/// The root of `numerator / denominator`.
fn root(numerator: Decimal, denominator: Decimal) -> Option<Root> {
    if denominator <= Decimal::ZERO || numerator < Decimal::ZERO {
        return None;
    }
    let (numerator, denominator) = (numerator.normalize(), denominator.normalize());
    let places = numerator.scale().max(denominator.scale());
    let numerator = units(numerator, places)?.checked_mul(SCALE)?;
    let denominator = units(denominator, places)?;
    root_of_units(numerator / denominator, numerator % denominator != 0)
}

/// A decimal as a count of its `places`-th decimal place.
fn units(value: Decimal, places: u32) -> Option<i128> {
    value.mantissa().checked_mul(10_i128.checked_pow(places - value.scale())?)
}

/// The root of a whole number of 10^-14; the floor of the root of a floor is the floor of the root.
fn root_of_units(square: i128, remainder: bool) -> Option<Root> {
    let square = u128::try_from(square).ok()?;
    let root = square.isqrt();
    let floor = Decimal::try_from_i128_with_scale(i128::try_from(root).ok()?, ROOT_PLACES).ok()?;
    Some(Root { floor, inexact: remainder || root * root != square })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn d(s: &str) -> Decimal {
        s.parse().unwrap()
    }

    fn cagr(first: &str, last: &str) -> Option<String> {
        cagr_two_intervals(d(first), d(last)).map(|g| g.to_string())
    }

    #[test]
    fn growth_of_worked_cases() {
        assert_eq!(cagr("100", "150").as_deref(), Some("0.224745"));
        assert_eq!(cagr("185995.5590", "397237.2419").as_deref(), Some("0.461415"));
        assert_eq!(cagr("300525.6619", "255750.5176").as_deref(), Some("-0.077498"));
        assert_eq!(cagr("85177.0812", "0.0000").as_deref(), Some("-1.000000"));
        assert_eq!(cagr("0", "5"), None);
        assert_eq!(cagr("5", "-1"), None);
    }

    #[test]
    fn an_exact_half_goes_away_from_zero() {
        // 0.9999995 squared, and 1.0000005 squared.
        assert_eq!(cagr("1", "0.99999900000025").as_deref(), Some("-0.000001"));
        assert_eq!(cagr("1", "0.99999900000026").as_deref(), Some("0.000000"));
        assert_eq!(cagr("1", "1.00000100000025").as_deref(), Some("0.000001"));
        assert_eq!(cagr("1", "1.00000100000024").as_deref(), Some("0.000000"));
    }

    #[test]
    fn the_largest_amounts_fit() {
        assert_eq!(cagr("0.0001", "9999999999999999.9999").as_deref(), Some("9999999999.000000"));
    }

    #[test]
    fn roots_of_ratios_and_of_scaled_squares_agree() {
        assert_eq!(sqrt_of_ratio(d("2"), d("1")), Some(d("1.414214")));
        assert_eq!(sqrt_of_scaled_square(d("200000000000000")), Some(d("1.414214")));
        assert_eq!(sqrt_of_scaled_square(d("-1")), None);
    }

    proptest! {
        #[test]
        fn a_root_is_within_half_a_place(a in 0_i64..10_000_000_000, b in 1_i64..10_000_000_000) {
            let (a, b) = (Decimal::new(a, 4), Decimal::new(b, 4));
            let root = sqrt_of_ratio(a, b).unwrap();
            let half = d("0.0000005");
            let low = (root - half).max(Decimal::ZERO);
            let high = root + half;
            // Compared as squares times b, which is exact enough at these sizes.
            let slack = d("0.000000000001") * b;
            prop_assert!(low * low * b <= a + slack);
            prop_assert!(high * high * b >= a - slack);
        }
    }
}
