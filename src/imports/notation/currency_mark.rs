//! Signs and codes of currencies that stand beside an amount.

use std::fmt;

use crate::values::Currency;

/// What an amount says of its currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::imports) enum CurrencyMark {
    /// An ISO 4217 code.
    Code(Currency),
    /// A sign, which several currencies may share.
    Sign(char),
}

/// The currencies that a sign may stand for.
const SIGNS: [(char, &[&str]); 16] = [
    (
        '$',
        &[
            "USD", "ARS", "AUD", "BBD", "BMD", "BND", "BSD", "BZD", "CAD", "CLP", "COP", "CUP", "DOP", "FJD", "GYD",
            "HKD", "JMD", "KYD", "LRD", "MXN", "NAD", "NZD", "SBD", "SGD", "SRD", "TTD", "TWD", "UYU", "XCD",
        ],
    ),
    ('€', &["EUR"]),
    ('£', &["GBP", "EGP", "FKP", "GIP", "SHP", "SSP", "SYP"]),
    ('¥', &["CNY", "JPY"]),
    ('元', &["CNY", "HKD", "MOP", "TWD"]),
    ('₩', &["KRW", "KPW"]),
    ('₹', &["INR"]),
    ('₽', &["RUB"]),
    ('₺', &["TRY"]),
    ('₫', &["VND"]),
    ('฿', &["THB"]),
    ('₴', &["UAH"]),
    ('₪', &["ILS"]),
    ('₱', &["PHP"]),
    ('₦', &["NGN"]),
    ('₸', &["KZT"]),
];

impl CurrencyMark {
    /// A mark at the beginning or end of a text, and the rest of it.
    pub(super) fn part(text: &str) -> Option<(Self, &str)> {
        let known = |sign: char| SIGNS.iter().any(|(known, _)| *known == sign);
        if let Some(sign) = text.chars().next().filter(|sign| known(*sign)) {
            return Some((Self::Sign(sign), &text[sign.len_utf8()..]));
        }
        if let Some(sign) = text.chars().next_back().filter(|sign| known(*sign)) {
            return Some((Self::Sign(sign), &text[..text.len() - sign.len_utf8()]));
        }
        let before = text.get(..3).and_then(|code| Some((code.parse().ok()?, &text[3..])));
        let after = || {
            let at = text.len().checked_sub(3)?;
            Some((text.get(at..)?.parse().ok()?, &text[..at]))
        };
        // Four letters are no code.
        let is_apart = |rest: &str| !rest.starts_with(char::is_alphabetic) && !rest.ends_with(char::is_alphabetic);
        let (code, rest) = before.or_else(after)?;
        is_apart(rest).then_some((Self::Code(code), rest))
    }

    /// Whether an amount with this mark may be in a currency.
    pub(in crate::imports) fn admits(self, currency: Currency) -> bool {
        match self {
            Self::Code(code) => code == currency,
            Self::Sign(_) => self.currencies().contains(&currency.as_str()),
        }
    }

    /// The only currency that it can mean.
    pub(in crate::imports) fn only(self) -> Option<Currency> {
        match (self, self.currencies()) {
            (Self::Code(code), _) => Some(code),
            (Self::Sign(_), [only]) => only.parse().ok(),
            (Self::Sign(_), _) => None,
        }
    }

    fn currencies(self) -> &'static [&'static str] {
        let of = |sign| SIGNS.iter().find(|(known, _)| *known == sign).map(|(_, currencies)| *currencies);
        match self {
            Self::Code(_) => &[],
            Self::Sign(sign) => of(sign).unwrap_or_default(),
        }
    }
}

impl fmt::Display for CurrencyMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => code.fmt(f),
            Self::Sign(sign) => sign.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_stand_before_or_behind() {
        let part = |text| CurrencyMark::part(text).map(|(mark, rest)| (mark.to_string(), rest));
        for (text, mark, rest) in
            [("$5", "$", "5"), ("5 €", "€", "5 "), ("EUR 5", "EUR", " 5"), ("5CNY", "CNY", "5"), ("100元", "元", "100")]
        {
            assert_eq!(part(text), Some((mark.to_owned(), rest)), "{text}");
        }
        for text in ["5", "5 DR", "5 Eur", "5 EURO", "USDT 5", "", "CR"] {
            assert_eq!(part(text), None, "{text}");
        }
    }

    #[test]
    fn every_sign_stands_for_codes() {
        for (sign, currencies) in SIGNS {
            for code in currencies {
                assert!(CurrencyMark::Sign(sign).admits(code.parse().unwrap()), "{sign} {code}");
            }
        }
        assert!(!CurrencyMark::Sign('€').admits("USD".parse().unwrap()));
        assert_eq!(CurrencyMark::Sign('€').only().map(|c| c.to_string()).as_deref(), Some("EUR"));
        assert_eq!(CurrencyMark::Sign('¥').only(), None);
    }
}
