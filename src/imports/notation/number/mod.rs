//! Numbers as text.
//!
//! What has one meaning everywhere needs no setting: a sign before or behind, brackets for less than nothing, the minus
//! of typographers, full-width digits. What means different things to different people (a comma, a point that groups)
//! is read as a column's form says, and refused where it does not fit.

use async_graphql::{Enum, InputObject, SimpleObject};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::CurrencyMark;
use crate::values::Label;

/// How a source writes numbers in a column. A minus or plus before or behind, brackets for negative amounts, full-width
/// digits, and a currency's sign or ISO 4217 code need not be said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "NumberFormInput")]
#[serde(deny_unknown_fields)]
pub struct NumberForm {
    /// What stands before the decimal places.
    #[serde(default)]
    #[graphql(default)]
    pub decimal: DecimalMark,
    /// What stands between groups of three digits; a number may also go without.
    #[serde(default)]
    #[graphql(default)]
    pub grouping: NumberGrouping,
}

/// What stands before the decimal places of a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum DecimalMark {
    /// A point: `1234.5`.
    #[default]
    Point,
    /// A comma: `1234,5`.
    Comma,
}

/// What stands between groups of three digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum NumberGrouping {
    /// Nothing: `1234567`.
    #[default]
    None,
    /// A comma: `1,234,567`.
    Comma,
    /// A point: `1.234.567`.
    Point,
    /// A blank of any width: `1 234 567`.
    Blank,
    /// An apostrophe: `1'234'567`.
    Apostrophe,
}

/// A way of writing numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::imports) struct Notation {
    decimal: char,
    groups: &'static [char],
    /// Whether a currency may stand beside a number.
    has_currencies: bool,
}

/// A number that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::imports) struct Number {
    /// Its digits, with a point and a leading minus as they have it.
    pub(in crate::imports) text: String,
    /// The currency that stands beside it.
    pub(in crate::imports) mark: Option<CurrencyMark>,
}

/// Why a text is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::imports) enum NumberFault {
    /// It has another form.
    OtherForm,
    /// This mark stands between groups of three digits, and does not here.
    NoGroup(char),
    /// It has an exponent, which a program has put there that has rounded the digits away.
    Exponent,
}

impl NumberForm {
    /// Whether one mark would have two meanings.
    pub(in crate::imports) fn is_ambiguous(self) -> bool {
        matches!(
            (self.decimal, self.grouping),
            (DecimalMark::Point, NumberGrouping::Point) | (DecimalMark::Comma, NumberGrouping::Comma)
        )
    }

    /// How it is read.
    pub(in crate::imports) fn notation(self) -> Notation {
        let groups: &[char] = match self.grouping {
            NumberGrouping::None => &[],
            NumberGrouping::Comma => &[','],
            NumberGrouping::Point => &['.'],
            NumberGrouping::Blank => &[' '],
            NumberGrouping::Apostrophe => &['\''],
        };
        let decimal = match self.decimal {
            DecimalMark::Point => '.',
            DecimalMark::Comma => ',',
        };
        Notation { decimal, groups, has_currencies: true }
    }
}

impl NumberFault {
    /// What is wrong with a text that should be a number in a notation.
    pub(in crate::imports) fn label(self, notation: Notation) -> Label {
        match self {
            Self::OtherForm if notation == Notation::PLAIN => Label::new(
                "Expected a decimal such as -1234.5: a point, no grouping, no currency sign. A mapping's number_form names other forms.",
                "应为小数，例如 -1234.5：使用小数点，不含千分位和货币符号。其他格式可用映射的 number_form 指定。",
            ),
            Self::OtherForm => Label::new(
                format!("Expected a number such as {}.", notation.example()),
                format!("应为数字，例如 {}。", notation.example()),
            ),
            Self::NoGroup(mark) => Label::new(
                format!("\"{mark}\" stands between groups of three digits in this column, and does not here."),
                format!("本列中“{mark}”为千分位符号，此处却并非三位一组。"),
            ),
            Self::Exponent => Label::new(
                "A number with an exponent has been rounded: write all its digits.",
                "科学计数法表示的数字已被舍入：请写出全部数位。",
            ),
        }
    }
}

impl Notation {
    /// A decimal point, no groups and no currency.
    pub(in crate::imports) const PLAIN: Self = Self { decimal: '.', groups: &[], has_currencies: false };
    /// A decimal comma, and groups by points, blanks or apostrophes.
    pub(in crate::imports) const DECIMAL_COMMA: Self =
        Self { decimal: ',', groups: &['.', ' ', '\''], has_currencies: true };

    /// A number in this notation.
    pub(in crate::imports) const fn example(self) -> &'static str {
        match (self.decimal, self.groups) {
            (',', ['.']) => "-1.234,5",
            (',', [' ']) => "-1 234,5",
            (',', ['\'']) => "-1'234,5",
            (',', [_, ..]) => "-1.234,5",
            (',', []) => "-1234,5",
            (_, [',']) => "-1,234.5",
            (_, [' ']) => "-1 234.5",
            (_, ['\'']) => "-1'234.5",
            _ => "-1234.5",
        }
    }

    /// Reads a number.
    ///
    /// # Errors
    /// Why it is none.
    pub(in crate::imports) fn read(self, text: &str) -> Result<Number, NumberFault> {
        let narrow: String = text.chars().map(narrow).collect();
        let mut rest = narrow.trim();
        let (mut sign, mut mark) = (None, None);
        loop {
            if let (None, Some((is_negative, inner))) = (sign, signed(rest)) {
                (sign, rest) = (Some(is_negative), inner);
            } else if let (true, None, Some((found, inner))) = (self.has_currencies, mark, CurrencyMark::part(rest)) {
                (mark, rest) = (Some(found), inner.trim());
            } else {
                break;
            }
        }
        let (whole, places) = match rest.split_once(self.decimal) {
            Some((whole, places)) => (whole, Some(places)),
            None => (rest, None),
        };
        let whole =
            self.ungrouped(whole).map_err(|fault| if has_exponent(rest) { NumberFault::Exponent } else { fault })?;
        if let Some(places) = places.filter(|places| !all_digits(places)) {
            return Err(match places.chars().find(|c| self.groups.contains(c)) {
                _ if has_exponent(rest) => NumberFault::Exponent,
                Some(group) => NumberFault::NoGroup(group),
                None => NumberFault::OtherForm,
            });
        }
        let digits = places.map_or_else(|| whole.clone(), |places| format!("{whole}.{places}"));
        // There is one zero.
        let is_zero = digits.bytes().all(|b| matches!(b, b'0' | b'.'));
        let minus = if sign == Some(true) && !is_zero { "-" } else { "" };
        Ok(Number { text: format!("{minus}{digits}"), mark })
    }

    /// The digits without what groups them, which is one and the same mark before every three.
    fn ungrouped(self, whole: &str) -> Result<String, NumberFault> {
        if all_digits(whole) {
            return Ok(whole.to_owned());
        }
        let Some(group) = whole.chars().find(|c| self.groups.contains(c)) else { return Err(NumberFault::OtherForm) };
        let (first, rest) = whole.split_once(group).unwrap_or((whole, ""));
        let is_grouped = all_digits(first)
            && first.len() <= 3
            && !first.starts_with('0')
            && rest.split(group).all(|digits| digits.len() == 3 && all_digits(digits));
        match is_grouped {
            true => Ok(whole.split(group).collect()),
            false => Err(NumberFault::NoGroup(group)),
        }
    }
}

/// The character that a wide or typographic one stands for.
fn narrow(c: char) -> char {
    match c {
        '\u{2212}' | '\u{fe63}' => '-',
        '\u{2019}' | '\u{ff07}' => '\'',
        '\u{a0}' | '\u{2007}' | '\u{2009}' | '\u{202f}' | '\u{3000}' => ' ',
        '\u{ffe5}' => '¥',
        '\u{ffe1}' => '£',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// Whether a text has a sign, and the text without it.
fn signed(text: &str) -> Option<(bool, &str)> {
    let bracketed = || Some((true, text.strip_prefix('(')?.strip_suffix(')')?.trim()));
    let minus = || Some((true, text.strip_prefix('-').or_else(|| text.strip_suffix('-'))?));
    let plus = || Some((false, text.strip_prefix('+').or_else(|| text.strip_suffix('+'))?));
    bracketed().or_else(minus).or_else(plus)
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a text is a number with an exponent: `1.23E+3`.
fn has_exponent(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return false };
    mantissa.starts_with(|c: char| c.is_ascii_digit())
        && mantissa.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','))
        && all_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
}

#[cfg(test)]
mod tests;
