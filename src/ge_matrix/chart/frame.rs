//! What both charts share: the sheet of 800 x 500, its styles, and the axes.

use std::fmt::Write as _;

use super::labels::Rect;
use super::text::{Captions, escape, fit, is_chinese, stacked};
use super::theme::ChartTheme;
use crate::ge_matrix::GeModelDefinition;
use crate::values::Locale;

pub(super) const LEFT: f64 = 78.0;
pub(super) const TOP: f64 = 58.0;
pub(super) const WIDTH: f64 = 540.0;
pub(super) const HEIGHT: f64 = 376.0;
/// Where the legend beside the matrix begins.
pub(super) const PANEL: f64 = 640.0;

/// Selector, style on light ground, what differs on dark ground. The colours are those of Okabe and Ito, which readers with
/// any colour vision tell apart.
const RULES: [(&str, &str, &str); 30] = [
    (
        "text",
        "font-family:system-ui,-apple-system,'Segoe UI','Noto Sans','PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;fill:#1f2430",
        "fill:#e8eaf0",
    ),
    (".bg", "fill:#ffffff", "fill:#161a22"),
    (".h", "font-size:16px;font-weight:600", ""),
    (".s", "font-size:11px;fill:#5a6272", "fill:#a3abbb"),
    (".a", "font-size:12px;font-weight:600", ""),
    (".c", "font-size:10px;font-weight:600", ""),
    (".n", "font-size:10px;fill:#4a5160", "fill:#b9c0cd"),
    (".l", "font-size:10px", ""),
    (".o", "stroke:#ffffff;stroke-width:2.5px;stroke-linejoin:round", "stroke:#161a22;fill:#161a22"),
    (".p", "fill:#ffffff;fill-opacity:.74", "fill:#161a22"),
    (".t", "fill:none;stroke:#4a5160;stroke-width:.8", "stroke:#b9c0cd"),
    (".g", "stroke:#ffffff;stroke-width:2", "stroke:#161a22"),
    (".b", "fill-opacity:.62;stroke-width:1", ""),
    (".k", "fill:none;stroke:#7a8292", "stroke:#8a93a5"),
    (".invest", "fill:#0072b2;stroke:#00496f", "fill:#56b4e9;stroke:#a5d8f5"),
    (".select", "fill:#e69f00;stroke:#8f6300", "fill:#f0b93a;stroke:#f9dc98"),
    (".harvest", "fill:#8a8f98;stroke:#555a63", "fill:#a3a9b4;stroke:#d0d4db"),
    (".ti", "fill:#dcebf5", "fill:#14303f"),
    (".ts", "fill:#fbeed2", "fill:#3a2f14"),
    (".th", "fill:#ecedf0", "fill:#282d36"),
    (".r", "fill:none;stroke-width:1.4", "fill:none"),
    (".hub", "fill:#ffffff;stroke:#7a8292;stroke-width:1.2", "fill:#161a22;stroke:#8a93a5"),
    (".pill", "fill:#ffffff;stroke:#c3c8d2", "fill:#161a22;stroke:#4d5566"),
    (".up", "fill:#0072b2;stroke:#0072b2", "fill:#56b4e9;stroke:#56b4e9"),
    (".down", "fill:#c04a00;stroke:#c04a00", "fill:#ff9d57;stroke:#ff9d57"),
    (".even", "fill:#5a6272;stroke:#5a6272", "fill:#b9c0cd;stroke:#b9c0cd"),
    (".w", "fill:none;stroke-opacity:.8", "fill:none"),
    (".w.down", "stroke-dasharray:8 4", ""),
    (".w.even", "stroke-dasharray:2 3", ""),
    (".d", "stroke:none", "stroke:none"),
];

/// An SVG document's beginning: what it is, its words for who does not see it, its styles and its heading.
pub(super) struct Opening<'a> {
    pub(super) locale: Locale,
    /// The ground it is drawn for; the reader's system decides where absent.
    pub(super) theme: Option<ChartTheme>,
    /// Begins the ids within the document, so that two charts in one page do not share them.
    pub(super) id: &'a str,
    pub(super) title: &'a str,
    pub(super) subtitle: &'a str,
    pub(super) description: &'a str,
}

impl Opening<'_> {
    pub(super) fn write(&self, out: &mut String) {
        let Self { locale, theme, id, title, subtitle, description } = self;
        let root = ChartTheme::class(*theme);
        let (title, subtitle, description) = (escape(title), escape(subtitle), escape(description));
        let _ = write!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"{root}\" width=\"800\" height=\"500\" viewBox=\"0 0 800 500\" \
             role=\"img\" aria-labelledby=\"{id}-title {id}-desc\" xml:lang=\"{}\">",
            locale.tag()
        );
        let _ = write!(out, "<title id=\"{id}-title\">{title}</title><desc id=\"{id}-desc\">{description}</desc>");
        style(out, *theme);
        out.push_str("<rect class=\"bg\" width=\"800\" height=\"500\"/>");
        let _ = write!(out, "<text class=\"h\" x=\"{LEFT}\" y=\"24\">{title}</text>");
        let _ = write!(out, "<text class=\"s\" x=\"{LEFT}\" y=\"42\">{subtitle}</text>");
    }
}

/// Every rule is for pictures like this one alone, in a page that holds it in line too.
fn style(out: &mut String, theme: Option<ChartTheme>) {
    let root = ChartTheme::class(theme);
    out.push_str("<style>");
    for (selector, light, _) in RULES {
        let _ = write!(out, ".{root} {selector}{{{light}}}");
    }
    if theme != Some(ChartTheme::Light) {
        let by_system = theme.is_none();
        out.push_str(if by_system { "@media (prefers-color-scheme:dark){" } else { "" });
        for (selector, _, dark) in RULES.into_iter().filter(|(_, _, dark)| !dark.is_empty()) {
            let _ = write!(out, ".{root} {selector}{{{dark}}}");
        }
        out.push_str(if by_system { "}" } else { "" });
    }
    out.push_str("</style>");
}

/// Names the axes and their thirds. `columns` are the edges from left to right, `rows` from top to bottom.
pub(super) fn axes(
    out: &mut String,
    captions: &Captions,
    model: &GeModelDefinition,
    (columns, rows): ([f64; 4], [f64; 4]),
) {
    let bottom = TOP + HEIGHT;
    for (pair, name) in columns.windows(2).zip(captions.strengths) {
        let (middle, y) = (pair.iter().sum::<f64>() / 2.0, bottom + 17.0);
        let _ = write!(out, "<text class=\"s\" text-anchor=\"middle\" x=\"{middle:.1}\" y=\"{y:.1}\">{name}</text>");
    }
    for (pair, name) in rows.windows(2).zip(captions.attractivenesses) {
        upwards(out, ("s", 11.0), (LEFT - 12.0, pair.iter().sum::<f64>() / 2.0), name, "");
    }
    let strength = escape(&captions.axis(model.competitive_strength.label.text(captions.locale), WIDTH));
    let (x, y) = (LEFT + WIDTH / 2.0, bottom + 38.0);
    let _ = write!(out, "<text class=\"a\" text-anchor=\"middle\" x=\"{x:.1}\" y=\"{y:.1}\">← {strength}</text>");
    let attractiveness = model.attractiveness.label.text(captions.locale);
    upwards(out, ("a", 12.0), (LEFT - 38.0, TOP + HEIGHT / 2.0), attractiveness, " →");
}

/// A text at the side of the chart: Chinese characters stand upright one below the other, any other text is read from
/// below. The arrow shows up.
fn upwards(out: &mut String, (class, size): (&str, f64), (x, middle): (f64, f64), text: &str, arrow: &str) {
    if !is_chinese(text) {
        let text = escape(&fit(text, size, HEIGHT - 40.0));
        let _ = write!(
            out,
            "<text class=\"{class}\" text-anchor=\"middle\" transform=\"translate({x:.1} {middle:.1}) rotate(-90)\">{text}{arrow}</text>"
        );
        return;
    }
    let step = size * 1.2;
    let glyphs = stacked(text, ((HEIGHT - 40.0) / step) as usize);
    let _ = write!(out, "<text class=\"{class}\" text-anchor=\"middle\" aria-label=\"{}\">", escape(text));
    let arrow = (!arrow.is_empty()).then(|| "↑".to_owned());
    let glyphs: Vec<String> = arrow.into_iter().chain(glyphs).collect();
    let mut y = middle - glyphs.len() as f64 * step / 2.0 + size * 0.95;
    for glyph in glyphs {
        let _ = write!(out, "<tspan x=\"{x:.1}\" y=\"{y:.1}\">{}</tspan>", escape(&glyph));
        y += step;
    }
    out.push_str("</text>");
}

/// A text with an outline of the ground's colour beneath it. The outline is a text of its own: not every renderer knows
/// `paint-order`.
pub(super) fn outlined(out: &mut String, class: &str, (x, y): (f64, f64), text: &str) {
    let text = escape(text);
    for class in [format!("{class} o"), class.to_owned()] {
        let _ = write!(out, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{text}</text>");
    }
}

/// A ground for words over what is drawn, which shines through it but does not blot them out.
pub(super) fn plate(out: &mut String, Rect { x, y, width, height }: &Rect) {
    let _ = write!(
        out,
        "<rect class=\"p\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"3\"/>"
    );
}

/// A text of the legend.
pub(super) fn line(out: &mut String, class: &str, (x, y): (f64, f64), text: &str) {
    let _ = write!(out, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", escape(text));
}
