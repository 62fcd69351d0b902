//! Words and numbers of the charts.

use rust_decimal::{Decimal, RoundingStrategy};

use super::BubbleSize;
use crate::ge_matrix::Cell;
use crate::values::{Currency, Locale, Month};

/// What stands in the chart beside the model's own words.
pub(super) struct Captions {
    pub(super) locale: Locale,
    /// Strong first, as the columns are drawn.
    pub(super) strengths: [&'static str; 3],
    /// High first, as the rows are drawn.
    pub(super) attractivenesses: [&'static str; 3],
    pub(super) stance: &'static str,
    pub(super) between_cells: &'static str,
    pub(super) outside: &'static str,
    pub(super) unmapped: &'static str,
    pub(super) absent: &'static str,
}

impl Captions {
    pub(super) fn of(locale: Locale) -> Self {
        match locale {
            Locale::En => Self {
                locale,
                strengths: ["strong", "medium", "weak"],
                attractivenesses: ["high", "medium", "low"],
                stance: "Resources",
                between_cells: "Between cells",
                outside: "Outside of the cells",
                unmapped: "not mapped",
                absent: "not there",
            },
            Locale::ZhCn => Self {
                locale,
                strengths: ["强", "中", "弱"],
                attractivenesses: ["高", "中", "低"],
                stance: "资源取向",
                between_cells: "单元格之间",
                outside: "单元格之外",
                unmapped: "未定位",
                absent: "不在其中",
            },
        }
    }

    pub(super) fn title(&self, as_of: Month) -> String {
        match self.locale {
            Locale::En => format!("GE matrix, {as_of}"),
            Locale::ZhCn => format!("GE矩阵，{as_of}"),
        }
    }

    /// The migration chart's title.
    pub(super) fn migration(&self, old: Month, new: Month) -> String {
        match self.locale {
            Locale::En => format!("GE matrix: who moved from {old} to {new}"),
            Locale::ZhCn => format!("GE矩阵：{old}至{new}的客户迁移"),
        }
    }

    pub(super) fn counts(&self, mapped: usize, unmapped: usize, size: BubbleSize, currency: Currency) -> String {
        let size = self.size(size);
        match self.locale {
            Locale::En => {
                let size = size.to_lowercase();
                format!("{}, {unmapped} not mapped; amounts: {size}, in {currency}", customers(mapped))
            }
            Locale::ZhCn => format!("{mapped}家客户，{unmapped}家未定位；金额：{size}，单位{currency}"),
        }
    }

    /// How many there are and how many moved.
    pub(super) fn moved(&self, all: i64, changed: i64, new: Month, currency: Currency) -> String {
        match self.locale {
            Locale::En => {
                let all = if all == 1 { "1 customer".to_owned() } else { format!("{all} customers") };
                format!("{all}, {changed} moved; amounts: revenue, 12 months to {new}, in {currency}")
            }
            Locale::ZhCn => {
                format!("{all}家客户，{changed}家有变动；金额：截至{new}的近12个月销售额，单位{currency}")
            }
        }
    }

    /// That the model is another one.
    pub(super) fn versions(&self, old: i32, new: i32) -> String {
        match self.locale {
            Locale::En => format!("; model version {old}, then {new}"),
            Locale::ZhCn => format!("；模型版本由{old}变为{new}"),
        }
    }

    /// What the bubbles stand for.
    pub(super) fn size(&self, size: BubbleSize) -> &'static str {
        match (self.locale, size) {
            (Locale::En, BubbleSize::Revenue) => "Revenue, 12 months",
            (Locale::En, BubbleSize::Potential) => "Potential, a year",
            (Locale::ZhCn, BubbleSize::Revenue) => "近12个月销售额",
            (Locale::ZhCn, BubbleSize::Potential) => "年采购潜力",
        }
    }

    /// What a ring stands for.
    pub(super) fn none_of(&self, size: BubbleSize) -> &'static str {
        match (self.locale, size) {
            (Locale::En, BubbleSize::Revenue) => "no revenue",
            (Locale::En, BubbleSize::Potential) => "none known",
            (Locale::ZhCn, BubbleSize::Revenue) => "无销售额",
            (Locale::ZhCn, BubbleSize::Potential) => "潜力未知",
        }
    }

    /// The name of an axis, cut where it is longer than its side.
    pub(super) fn axis(&self, name: &str, side: f64) -> String {
        fit(name, 12.0, side - 40.0)
    }

    pub(super) fn before_after(&self, before: i64, after: i64) -> String {
        let (before, after) = (self.number(before), self.number(after));
        match self.locale {
            Locale::En => format!("{before} → {after}"),
            Locale::ZhCn => format!("{before}家 → {after}家"),
        }
    }

    pub(super) fn stayed(&self, cell: Cell, count: usize) -> String {
        match self.locale {
            Locale::En => format!("{}: {} stayed", self.short_cell(cell), customers(count)),
            Locale::ZhCn => format!("{}：{count}家未变", self.short_cell(cell)),
        }
    }

    /// How many moves have no arrow, on two lines.
    pub(super) fn not_drawn(&self, moves: usize, count: i64) -> [String; 2] {
        let number = self.number(count);
        match self.locale {
            Locale::En => {
                let moves = if moves == 1 { "1 smaller move".to_owned() } else { format!("{moves} smaller moves") };
                let customers = if count == 1 { "customer" } else { "customers" };
                [moves, format!("not drawn ({number} {customers})")]
            }
            Locale::ZhCn => [format!("另有{moves}种较小的迁移"), format!("未绘制（{number}家）")],
        }
    }

    /// A count of customers in few characters.
    pub(super) fn number(&self, count: i64) -> String {
        if count < 10_000 { count.to_string() } else { compact(Decimal::from(count), self.locale) }
    }

    pub(super) fn tally(&self, count: usize, revenue: &str) -> String {
        match self.locale {
            Locale::En => format!("{} · {revenue}", customers(count)),
            Locale::ZhCn => format!("{count}家 · {revenue}"),
        }
    }

    /// How many customers are at the edge of the matrix.
    pub(super) fn at_edge(&self, count: usize) -> String {
        match self.locale {
            Locale::En => format!("{count} at the edge"),
            Locale::ZhCn => format!("边缘{count}家"),
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
        let (row, column) = self.thirds(cell);
        match self.locale {
            Locale::En => format!("attractiveness {row}, strength {column}"),
            Locale::ZhCn => format!("吸引力{row}、实力{column}"),
        }
    }

    /// The same in few words.
    pub(super) fn short_cell(&self, cell: Cell) -> String {
        let (row, column) = self.thirds(cell);
        format!("{row}/{column}")
    }

    fn thirds(&self, cell: Cell) -> (&'static str, &'static str) {
        let at = Cell::ALL.into_iter().position(|known| known == cell).unwrap_or_default();
        let row = self.attractivenesses.get(at / 3).copied().unwrap_or_default();
        (row, self.strengths.get(at % 3).copied().unwrap_or_default())
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

/// About how wide a text is at a font size, rather more than less: a Chinese character is as wide as high.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    text.chars().map(em).sum::<f64>() * size
}

/// About how wide a character is, of its height.
fn em(c: char) -> f64 {
    match c {
        c if is_wide(c) => 1.0,
        'f' | 'i' | 'j' | 'l' | 'r' | 't' | 'I' | ' ' | '.' | ',' | ':' | ';' | '\'' | '!' | '|' | '(' | ')' | '·' => {
            0.4
        }
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' | '→' | '←' => 0.95,
        'A'..='Z' | '&' | '+' | '=' | '<' | '>' => 0.7,
        _ => 0.6,
    }
}

fn is_wide(c: char) -> bool {
    c > '\u{2e80}'
}

/// Whether a text is written in characters that stand upright when they stand below one another.
pub(super) fn is_chinese(text: &str) -> bool {
    text.chars().any(is_wide)
}

/// The pieces of a text to stand below one another, at most so many: each Chinese character by itself, up to three letters
/// or digits together, longer words letter by letter. Brackets and dashes take the form that they have in vertical text.
pub(super) fn stacked(text: &str, most: usize) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut word = String::new();
    let close = |pieces: &mut Vec<String>, word: &mut String| {
        match word.chars().count() {
            0 => {}
            1..=3 => pieces.push(word.clone()),
            _ => pieces.extend(word.chars().map(String::from)),
        }
        word.clear();
    };
    for c in text.trim().chars() {
        if c.is_whitespace() {
            close(&mut pieces, &mut word);
        } else if is_wide(c) || matches!(c, '(' | ')' | '-' | '—' | '…') {
            close(&mut pieces, &mut word);
            pieces.push(upright(c).to_string());
        } else {
            word.push(c);
        }
    }
    close(&mut pieces, &mut word);
    if pieces.len() > most {
        pieces.truncate(most.saturating_sub(1));
        pieces.push("︙".to_owned());
    }
    pieces
}

fn upright(c: char) -> char {
    match c {
        '（' | '(' => '︵',
        '）' | ')' => '︶',
        '《' => '︽',
        '》' => '︾',
        '【' => '︻',
        '】' => '︼',
        '—' | '-' => '︱',
        '…' => '︙',
        c => c,
    }
}

/// About how wide a text in bold is.
pub(super) fn bold_width(text: &str, size: f64) -> f64 {
    text_width(text, size) * 1.1
}

/// The text, cut with an ellipsis where it is wider than `width`.
pub(super) fn fit(text: &str, size: f64, width: f64) -> String {
    if text_width(text, size) <= width {
        return text.to_owned();
    }
    let mut room = width / size - em('…');
    let fits = text.chars().take_while(|c| {
        room -= em(*c);
        room >= 0.0
    });
    let cut: String = fits.collect();
    format!("{}…", cut.trim_end())
}

/// The text on at most so many lines, broken between words, or anywhere in Chinese; the last one cut where it is too long.
pub(super) fn wrap(text: &str, size: f64, width: f64, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text.trim();
    while lines.len() + 1 < most && text_width(rest, size) > width {
        let fits = rest.char_indices().map(|(at, _)| at).take_while(|at| text_width(&rest[..*at], size) <= width);
        let longest = fits.last().unwrap_or_default();
        let wide = |at: usize| rest[at..].chars().next().is_some_and(is_wide);
        let breaks = |at: &usize| *at > 0 && (rest[*at..].starts_with(' ') || wide(*at));
        let at = rest.char_indices().map(|(at, _)| at).take_while(|at| *at <= longest).filter(breaks).last();
        let Some(at) = at else { break };
        let (line, after) = rest.split_at(at);
        lines.push(line.trim_end().to_owned());
        rest = after.trim_start();
    }
    lines.push(fit(rest, size, width));
    lines
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
    fn a_name_is_broken_between_words_and_then_cut() {
        let lines = |text| wrap(text, 10.0, 108.0, 2);
        assert_eq!(lines("Withdraw"), ["Withdraw"]);
        assert_eq!(lines("Limited expansion or harvest"), ["Limited expansion", "or harvest"]);
        assert_eq!(lines("保护并重新聚焦于最有吸引力的部分"), ["保护并重新聚焦于最有", "吸引力的部分"]);
        let cut = lines("Unspeakably-long-hyphenated-name and more of it after that and on");
        assert!(cut.len() == 1 && cut[0].ends_with('…'), "{cut:?}");
        let cut = lines("A name that goes on and on and on until nobody reads it any more");
        assert!(cut.len() == 2 && cut.iter().all(|line| text_width(line, 10.0) <= 108.0), "{cut:?}");
    }

    #[test]
    fn chinese_stands_upright_and_short_numbers_lie_in_it() {
        let pieces = |text| stacked(text, 26).join("|");
        assert_eq!(pieces("市场吸引力"), "市|场|吸|引|力");
        assert_eq!(pieces("吸引力（100分）"), "吸|引|力|︵|100|分|︶");
        assert_eq!(pieces("B2B 市场-Grade"), "B2B|市|场|︱|G|r|a|d|e");
        assert_eq!(stacked("一二三四五", 3).join("|"), "一|二|︙");
        assert!(is_chinese("GE矩阵") && !is_chinese("Market attractiveness — 3"));
    }

    #[test]
    fn a_long_name_is_cut() {
        let cut = fit("A very long company name that goes on", 10.0, 100.0);
        assert!(cut.ends_with('…') && text_width(&cut, 10.0) <= 100.0, "{cut}");
    }
}
