//! Numbers of JSON as plain decimals.

/// Digits that are written out at most.
const MOST_DIGITS: usize = 60;

/// The same number digit by digit, without exponent and without zeros at the end of its places; `None` where it would
/// have more digits than any column takes. `text` is a number by the grammar of JSON.
pub(in crate::imports) fn plain_number(text: &str) -> Option<String> {
    let (sign, unsigned) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, places) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent: i32 = exponent.strip_prefix('+').unwrap_or(exponent).parse().ok()?;
    let digits = format!("{whole}{places}");
    let significant = digits.trim_start_matches('0').trim_end_matches('0');
    if significant.is_empty() {
        return Some("0".to_owned());
    }
    // Where the point stands among the significant digits.
    let leading = digits.len() - digits.trim_start_matches('0').len();
    let point = i32::try_from(whole.len()).ok()?.checked_sub(i32::try_from(leading).ok()?)?.checked_add(exponent)?;
    let length = significant.len();
    let written = match usize::try_from(point) {
        Err(_) | Ok(0) => {
            let zeros = usize::try_from(point.checked_neg()?).ok()?;
            (zeros + length <= MOST_DIGITS).then(|| format!("0.{}{significant}", "0".repeat(zeros)))?
        }
        Ok(point) if point >= length => {
            (point <= MOST_DIGITS).then(|| format!("{significant}{}", "0".repeat(point - length)))?
        }
        Ok(_) if length > MOST_DIGITS => return None,
        Ok(point) => format!("{}.{}", &significant[..point], &significant[point..]),
    };
    Some(format!("{sign}{written}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_written_out() {
        for (text, expected) in [
            ("0", "0"),
            ("-0.0", "0"),
            ("120", "120"),
            ("1001.0", "1001"),
            ("12345678901234567", "12345678901234567"),
            ("1.50", "1.5"),
            ("-12.25e2", "-1225"),
            ("1.5E-3", "0.0015"),
            ("0.001e3", "1"),
            ("100e-2", "1"),
            ("1e5", "100000"),
        ] {
            assert_eq!(plain_number(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(plain_number("1e400"), None);
        assert_eq!(plain_number("1e-99"), None);
        assert_eq!(plain_number("1e99999999999"), None);
    }

    proptest! {
        #[test]
        fn a_number_is_the_same_with_any_exponent(units in -1_000_000_000_i64..1_000_000_000, by in -9_i32..9) {
            let value = rust_decimal::Decimal::new(units, 4).normalize();
            let shifted = rust_decimal::Decimal::new(units, 13) * rust_decimal::Decimal::from(10_i64.pow((9 + by) as u32));
            let text = format!("{}e{}", shifted, -by);
            prop_assert_eq!(plain_number(&text), Some(value.to_string()), "{}", text);
        }
    }
}
