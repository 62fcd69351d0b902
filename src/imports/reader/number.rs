//! Numbers of a workbook as text.

/// Digits that a binary fraction is sure to keep, and that a spreadsheet shows at most.
const SURE_DIGITS: usize = 15;
/// A number that comes down to this many digits when its last ones are rounded away was meant so.
const MEANT_DIGITS: usize = 12;

/// The shortest plain decimal that reads back as `value`, without exponent. A tail that arithmetic in binary has left
/// behind (0.1 + 0.2 = 0.30000000000000004) is rounded away.
pub(super) fn text(value: f64) -> String {
    let exact = value.to_string();
    if digits(&exact) <= SURE_DIGITS || !exact.contains('.') {
        return exact;
    }
    let rounded = format!("{value:.*e}", SURE_DIGITS - 1).parse::<f64>().unwrap_or(value).to_string();
    if digits(&rounded) <= MEANT_DIGITS { rounded } else { exact }
}

fn digits(text: &str) -> usize {
    let digits = text.bytes().filter(u8::is_ascii_digit);
    digits.skip_while(|b| *b == b'0').count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn noise_is_rounded_away_and_nothing_else() {
        assert_eq!(text(0.1 + 0.2), "0.3");
        assert_eq!(text(0.1 + 0.7), "0.8");
        assert_eq!(text(1.1 * 1.1), "1.21");
        assert_eq!(text(-1234.5), "-1234.5");
        assert_eq!(text(1001.0), "1001");
        assert_eq!(text(1e21), "1000000000000000000000");
        assert_eq!(text(9_007_199_254_740_991.0), "9007199254740991");
        assert_eq!(text(123_456_789_012.345_6), "123456789012.3456");
        assert_eq!(text(1.0 / 3.0), "0.3333333333333333");
        assert_eq!(text(0.0001), "0.0001");
    }

    proptest! {
        #[test]
        fn amounts_read_back(units in -999_999_999_999_i64..1_000_000_000_000) {
            // Four places, as money has.
            let amount = rust_decimal::Decimal::new(units, 4).normalize();
            let value: f64 = amount.to_string().parse().unwrap();
            prop_assert_eq!(text(value), amount.to_string());
        }
    }
}
