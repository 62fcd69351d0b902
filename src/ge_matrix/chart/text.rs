//! Words and numbers of the chart.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::ge_matrix::Cell;
use crate::values::{Currency, Locale, Month};

/// What stands in the chart beside the model's own words.
pub(super) struct Captions {
    locale: Locale,
    /// Strong first, as the columns are drawn.
    pub(super) strengths: [&'static str; 3],
    /// High first, as the rows are drawn.
    pub(super) attractivenesses: [&'static str; 3],
    pub(super) stance: &'static str,
    pub(super) size: &'static str,
    pub(super) no_revenue: &'static str,
}

impl Captions {
    pub(super) fn of(locale: Locale) -> Self {
        match locale {
            Locale::En => Self {
                locale,
                strengths: ["strong", "medium", "weak"],
                attractivenesses: ["high", "medium", "low"],
                stance: "Resources",
                size: "Revenue, 12 months",
                no_revenue: "no revenue",
            },
            Locale::ZhCn => Self {
                locale,
                strengths: ["强", "中", "弱"],
                attractivenesses: ["高", "中", "低"],
                stance: "资源取向",
                size: "近12个月销售额",
                no_revenue: "无销售额",
            },
        }
    }

    pub(super) fn title(&self, as_of: Month) -> String {
        match self.locale {
            Locale::En => format!("GE matrix, {as_of}"),
            Locale::ZhCn => format!("GE矩阵，{as_of}"),
        }
    }

    pub(super) fn counts(&self, mapped: usize, unmapped: usize, currency: Currency) -> String {
        match self.locale {
            Locale::En => format!("{}, {unmapped} not mapped; amounts in {currency}", customers(mapped)),
            Locale::ZhCn => format!("{mapped}家客户，{unmapped}家未定位；金额单位{currency}"),
        }
    }

    pub(super) fn tally(&self, count: usize, revenue: &str) -> String {
        match self.locale {
            Locale::En => format!("{} · {revenue}", customers(count)),
            Locale::ZhCn => format!("{count}家 · {revenue}"),
        }
    }

    pub(super) fn drawn(&self, count: usize) -> String {
        match self.locale {
            Locale::En => format!("largest {count} drawn"),
            Locale::ZhCn => format!("仅绘制前{count}家"),
        }
    }

    /// Where a cell lies.
    pub(super) fn cell(&self, cell: Cell) -> String {
        let at = Cell::ALL.into_iter().position(|known| known == cell).unwrap_or_default();
        let row = self.attractivenesses.get(at / 3).copied().unwrap_or_default();
        let column = self.strengths.get(at % 3).copied().unwrap_or_default();
        match self.locale {
            Locale::En => format!("{row} attractiveness, {column} strength"),
            Locale::ZhCn => format!("吸引力{row}、实力{column}"),
        }
    }
}

fn customers(count: usize) -> String {
    if count == 1 { "1 customer".to_owned() } else { format!("{count} customers") }
}

/// An amount in few characters: 1.2 M, 340 k; 1.2 亿, 34 万.
pub(super) fn compact(amount: Decimal, locale: Locale) -> String {
    let steps: &[(i64, &str)] = match locale {
        Locale::En => &[(1_000_000_000, " bn"), (1_000_000, " M"), (1_000, " k")],
        Locale::ZhCn => &[(100_000_000, "亿"), (10_000, "万")],
    };
    let (step, unit) = steps.iter().find(|(step, _)| amount.abs() >= Decimal::from(*step)).copied().unwrap_or((1, ""));
    let value = amount.checked_div(Decimal::from(step)).unwrap_or_default();
    let places = u32::from(!unit.is_empty() && value.abs() < Decimal::ONE_HUNDRED);
    format!("{}{unit}", value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero).normalize())
}

/// About how wide a text is at a font size: a Chinese character is as wide as high, a Latin letter about half of it.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    text.chars().map(|c| if c > '\u{2e80}' { size } else { size * 0.56 }).sum()
}

/// The text, cut with an ellipsis where it is wider than `width`.
pub(super) fn fit(text: &str, size: f64, width: f64) -> String {
    if text_width(text, size) <= width {
        return text.to_owned();
    }
    let mut cut = String::new();
    for c in text.chars() {
        if text_width(&cut, size) + size * 2.0 > width {
            break;
        }
        cut.push(c);
    }
    format!("{}…", cut.trim_end())
}

/// Text as XML: the five special characters escaped, characters that XML forbids left out.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(' '),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn amounts_are_short() {
        let en = |n| compact(n, Locale::En);
        assert_eq!(
            [en(d("0")), en(d("999")), en(d("1250")), en(d("-2500000")), en(d("123456789"))],
            ["0", "999", "1.3 k", "-2.5 M", "123 M"]
        );
        assert_eq!([compact(d("34000"), Locale::ZhCn), compact(d("120000000"), Locale::ZhCn)], ["3.4万", "1.2亿"]);
    }

    #[test]
    fn a_name_cannot_break_out_of_its_element() {
        assert_eq!(escape("</text><script>&\"'\u{0}\n"), "&lt;/text&gt;&lt;script&gt;&amp;&quot;&#39; ");
    }

    #[test]
    fn a_long_name_is_cut() {
        let cut = fit("A very long company name that goes on", 10.0, 100.0);
        assert!(cut.ends_with('…') && text_width(&cut, 10.0) <= 100.0, "{cut}");
    }
}
