//! The matrix as an SVG bubble chart, light and dark, in both languages, readable without colour or sight.
//!
//! High attractiveness is on top and strong is on the left, as in the table of the nine cells. Pixels are floats here:
//! they are drawn, never added up.

mod labels;
mod text;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use self::labels::{Rect, place_labels};
use self::text::{Captions, compact, escape, fit, text_width};
use super::{Cell, GeModelDefinition, Stance};
use crate::values::{Currency, Locale, Month, round_score};

/// A customer in the chart.
#[derive(Clone, Copy, Debug)]
pub struct Bubble<'a> {
    /// By which ties are settled.
    pub external_id: &'a str,
    /// The customer's name.
    pub name: &'a str,
    /// 0 to 100.
    pub attractiveness: Decimal,
    /// 0 to 100.
    pub competitive_strength: Decimal,
    /// The cell that the mapping gave.
    pub cell: Cell,
    /// What the area stands for; `None`, 0 and less are drawn as a small ring.
    pub revenue: Option<Decimal>,
}

/// A matrix to draw.
#[derive(Clone, Copy, Debug)]
pub struct Chart<'a> {
    /// Its cells, cut-offs and axes.
    pub model: &'a GeModelDefinition,
    /// The reader's language.
    pub locale: Locale,
    /// The month it shows.
    pub as_of: Month,
    /// The currency of the revenues.
    pub currency: Currency,
    /// Everyone who is mapped. The 400 largest are drawn, all are counted.
    pub bubbles: &'a [Bubble<'a>],
    /// How many are not mapped.
    pub unmapped: usize,
}

const LEFT: f64 = 78.0;
const TOP: f64 = 58.0;
const WIDTH: f64 = 540.0;
const HEIGHT: f64 = 376.0;
const PANEL: f64 = 640.0;
const LARGEST_RADIUS: f64 = 22.0;
const RING_RADIUS: f64 = 3.0;
const DRAWN: usize = 400;
const LABELLED: usize = 12;

const STYLE: &str = "<style>\
text{font-family:system-ui,-apple-system,'Segoe UI','Noto Sans','PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;fill:#1f2430}\
.bg{fill:#ffffff}.h{font-size:16px;font-weight:600}.s{font-size:11px;fill:#5a6272}.a{font-size:12px;font-weight:600}\
.c{font-size:10px;font-weight:600}.n{font-size:10px;fill:#4a5160}.l{font-size:10px}.o{stroke:#ffffff;stroke-width:2.5px;stroke-linejoin:round}\
.g{stroke:#ffffff;stroke-width:2}.b{fill-opacity:.62;stroke-width:1}.r{fill:none;stroke-width:1.4}.k{fill:none;stroke:#7a8292}\
.invest{fill:#0072b2;stroke:#00496f}.select{fill:#e69f00;stroke:#8f6300}.harvest{fill:#8a8f98;stroke:#555a63}\
.ti{fill:#dcebf5}.ts{fill:#fbeed2}.th{fill:#ecedf0}\
@media (prefers-color-scheme:dark){text{fill:#e8eaf0}.bg{fill:#161a22}.s{fill:#a3abbb}.n{fill:#b9c0cd}.o{stroke:#161a22;fill:#161a22}.g{stroke:#161a22}\
.invest{fill:#56b4e9;stroke:#a5d8f5}.select{fill:#f0b93a;stroke:#f9dc98}.harvest{fill:#a3a9b4;stroke:#d0d4db}\
.ti{fill:#14303f}.ts{fill:#3a2f14}.th{fill:#282d36}.k{stroke:#8a93a5}}\
.r{fill:none}</style>";

/// Customers and revenue of one cell.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    customers: usize,
    revenue: Decimal,
}

/// The nine cells as drawn.
#[derive(Debug, Default)]
struct Grid {
    /// Their ground.
    tiles: String,
    /// Their captions.
    words: String,
    /// The room that the captions take.
    taken: Vec<Rect>,
}

impl Chart<'_> {
    /// The picture, 800 x 500, as a whole SVG document.
    pub fn svg(&self) -> String {
        let captions = Captions::of(self.locale);
        let tallies = self.tallies();
        let mut out = String::with_capacity(64 * 1024);
        out.push_str(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 800 500\" role=\"img\" aria-labelledby=\"ge-title ge-desc\" ",
        );
        let _ = write!(out, "xml:lang=\"{}\">", self.locale.tag());
        let title = captions.title(self.as_of);
        let _ = write!(out, "<title id=\"ge-title\">{}</title>", escape(&title));
        let _ = write!(out, "<desc id=\"ge-desc\">{}</desc>{STYLE}", escape(&self.description(&captions, &tallies)));
        out.push_str("<rect class=\"bg\" width=\"800\" height=\"500\"/>");
        let _ = write!(out, "<text class=\"h\" x=\"{LEFT}\" y=\"24\">{}</text>", escape(&title));
        let subtitle = captions.counts(self.bubbles.len(), self.unmapped, self.currency);
        let _ = write!(out, "<text class=\"s\" x=\"{LEFT}\" y=\"42\">{}</text>", escape(&subtitle));
        let grid = self.grid(&captions, &tallies);
        out.push_str(&grid.tiles);
        self.axes(&mut out, &captions);
        self.bubbles_and_labels(&mut out, &captions, &grid);
        self.panel(&mut out, &captions, &tallies);
        out.push_str("</svg>\n");
        out
    }

    fn tallies(&self) -> BTreeMap<Cell, Tally> {
        let mut tallies: BTreeMap<Cell, Tally> = Cell::ALL.into_iter().map(|cell| (cell, Tally::default())).collect();
        for bubble in self.bubbles {
            let tally = tallies.entry(bubble.cell).or_default();
            tally.customers += 1;
            tally.revenue += bubble.revenue.unwrap_or_default();
        }
        tallies
    }

    /// The whole matrix in words.
    fn description(&self, captions: &Captions, tallies: &BTreeMap<Cell, Tally>) -> String {
        let mut words = captions.counts(self.bubbles.len(), self.unmapped, self.currency);
        for (cell, tally) in tallies {
            let name = self.model.cell(*cell).map_or(cell.code(), |c| c.name.text(self.locale));
            let amount = compact(tally.revenue, self.locale);
            let _ = write!(words, "; {}: {name}, {}", captions.cell(*cell), captions.tally(tally.customers, &amount));
        }
        words
    }

    /// The edges of the columns (left to right) and of the rows (top to bottom), in pixels.
    fn edges(&self) -> ([f64; 4], [f64; 4]) {
        let (low, high) = self.model.cutoffs.decimals();
        let (low, high) = (low.to_f64().unwrap_or(0.0), high.to_f64().unwrap_or(100.0));
        ([x_of(100.0), x_of(high), x_of(low), x_of(0.0)], [y_of(100.0), y_of(high), y_of(low), y_of(0.0)])
    }

    fn grid(&self, captions: &Captions, tallies: &BTreeMap<Cell, Tally>) -> Grid {
        let (columns, rows) = self.edges();
        let boxes = rows.windows(2).flat_map(|row| columns.windows(2).map(move |column| (row, column)));
        let mut grid = Grid::default();
        for (cell, (row, column)) in Cell::ALL.into_iter().zip(boxes) {
            let (&[top, bottom], &[left, right]) = (row, column) else { continue };
            let definition = self.model.cell(cell);
            let tint = definition.map_or("th", |definition| tint(definition.stance));
            let (width, height) = (right - left, bottom - top);
            let _ = write!(
                grid.tiles,
                "<rect class=\"g {tint}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>"
            );
            let name = definition.map_or(cell.code(), |definition| definition.name.text(self.locale));
            let name = fit(name, 10.0, width - 12.0);
            let tally = tallies.get(&cell).copied().unwrap_or_default();
            let count = fit(&captions.tally(tally.customers, &compact(tally.revenue, self.locale)), 10.0, width - 12.0);
            for (class, size, y, text) in [("c", 10.0, top + 16.0, &name), ("n", 10.0, top + 30.0, &count)] {
                let (x, text_escaped) = (left + 7.0, escape(text));
                for class in [format!("{class} o"), class.to_owned()] {
                    let _ =
                        write!(grid.words, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{text_escaped}</text>");
                }
                grid.taken.push(Rect { x, y: y - size, width: text_width(text, size), height: size + 2.0 });
            }
        }
        grid
    }

    fn axes(&self, out: &mut String, captions: &Captions) {
        let (columns, rows) = self.edges();
        let bottom = TOP + HEIGHT;
        for (pair, name) in columns.windows(2).zip(captions.strengths) {
            let middle = pair.iter().sum::<f64>() / 2.0;
            let _ = write!(
                out,
                "<text class=\"s\" text-anchor=\"middle\" x=\"{middle:.1}\" y=\"{:.1}\">{name}</text>",
                bottom + 17.0
            );
        }
        for (pair, name) in rows.windows(2).zip(captions.attractivenesses) {
            let middle = pair.iter().sum::<f64>() / 2.0;
            let x = LEFT - 12.0;
            let _ = write!(
                out,
                "<text class=\"s\" text-anchor=\"middle\" transform=\"translate({x:.1} {middle:.1}) rotate(-90)\">{name}</text>"
            );
        }
        let strength = escape(self.model.competitive_strength.label.text(self.locale));
        let (x, y) = (LEFT + WIDTH / 2.0, bottom + 38.0);
        let _ = write!(out, "<text class=\"a\" text-anchor=\"middle\" x=\"{x:.1}\" y=\"{y:.1}\">← {strength}</text>");
        let attractiveness = escape(self.model.attractiveness.label.text(self.locale));
        let y = TOP + HEIGHT / 2.0;
        let _ = write!(
            out,
            "<text class=\"a\" text-anchor=\"middle\" transform=\"translate({:.1} {y:.1}) rotate(-90)\">{attractiveness} →</text>",
            LEFT - 36.0
        );
    }

    /// The largest first, so that small ones stay visible on top of them.
    fn drawn(&self) -> Vec<&Bubble<'_>> {
        let mut drawn: Vec<&Bubble<'_>> = self.bubbles.iter().collect();
        drawn.sort_by(|a, b| b.revenue.cmp(&a.revenue).then_with(|| a.external_id.cmp(b.external_id)));
        drawn.truncate(DRAWN);
        drawn
    }

    fn largest(&self) -> Decimal {
        self.bubbles.iter().filter_map(|bubble| bubble.revenue).max().unwrap_or_default()
    }

    fn bubbles_and_labels(&self, out: &mut String, captions: &Captions, grid: &Grid) {
        let largest = self.largest();
        let drawn = self.drawn();
        let mut circles = Vec::with_capacity(drawn.len());
        for bubble in &drawn {
            let x = x_of(bubble.competitive_strength.to_f64().unwrap_or(0.0));
            let y = y_of(bubble.attractiveness.to_f64().unwrap_or(0.0));
            let radius = radius(bubble.revenue, largest);
            let stance = self.model.cell(bubble.cell).map_or(Stance::Harvest, |cell| cell.stance);
            let shape = if radius.is_some() { "b" } else { "r" };
            let radius = radius.unwrap_or(RING_RADIUS);
            let revenue = bubble.revenue.map_or(captions.no_revenue.to_owned(), |r| compact(r, self.locale));
            let _ = write!(
                out,
                "<circle class=\"{} {shape}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\"><title>{}: {} ({} / {})</title></circle>",
                class(stance),
                escape(bubble.name),
                escape(&revenue),
                round_score(bubble.attractiveness).normalize(),
                round_score(bubble.competitive_strength).normalize(),
            );
            circles.push((bubble.name, x, y, radius));
        }
        let named =
            drawn.iter().zip(&circles).filter(|(bubble, _)| bubble.revenue > Some(Decimal::ZERO)).take(LABELLED);
        let wanted: Vec<_> = named.map(|(_, circle)| *circle).collect();
        let room = Rect { x: LEFT, y: TOP, width: WIDTH, height: HEIGHT };
        let large =
            circles.iter().filter(|(_, _, _, radius)| *radius >= 6.0).map(|(_, x, y, r)| Rect::around(*x, *y, *r));
        let taken = grid.taken.iter().copied().chain(large).collect();
        // Captions lie over the bubbles, so that a full cell still says what it is.
        out.push_str(&grid.words);
        for label in place_labels(&wanted, room, taken) {
            let (x, y, text) = (label.x, label.y, escape(&label.text));
            // The outline is a text of its own: not every renderer knows `paint-order`.
            for class in ["l o", "l"] {
                let _ = write!(out, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{text}</text>");
            }
        }
    }

    fn panel(&self, out: &mut String, captions: &Captions, tallies: &BTreeMap<Cell, Tally>) {
        let _ = write!(out, "<text class=\"a\" x=\"{PANEL}\" y=\"{:.1}\">{}</text>", TOP + 10.0, captions.stance);
        let mut y = TOP + 34.0;
        for stance in Stance::ALL {
            let of_stance =
                tallies.iter().filter(|(cell, _)| self.model.cell(**cell).is_some_and(|c| c.stance == stance));
            let (customers, revenue) =
                of_stance.fold((0, Decimal::ZERO), |(n, sum), (_, t)| (n + t.customers, sum + t.revenue));
            let _ = write!(
                out,
                "<circle class=\"{} b\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"7\"/>",
                class(stance),
                PANEL + 8.0,
                y - 4.0
            );
            let label = stance.label();
            let _ = write!(
                out,
                "<text class=\"c\" x=\"{:.1}\" y=\"{y:.1}\">{}</text>",
                PANEL + 22.0,
                label.text(self.locale)
            );
            let tally = captions.tally(customers, &compact(revenue, self.locale));
            let _ = write!(
                out,
                "<text class=\"n\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                PANEL + 22.0,
                y + 14.0,
                escape(&tally)
            );
            y += 40.0;
        }
        y += 14.0;
        let _ = write!(out, "<text class=\"a\" x=\"{PANEL}\" y=\"{y:.1}\">{}</text>", captions.size);
        let largest = self.largest();
        y += 34.0;
        if largest > Decimal::ZERO {
            // A quarter of the area is half the radius.
            for (radius, amount) in [(LARGEST_RADIUS, largest), (LARGEST_RADIUS / 2.0, largest / Decimal::from(4))] {
                let _ = write!(
                    out,
                    "<circle class=\"k\" cx=\"{:.1}\" cy=\"{y:.1}\" r=\"{radius}\"/>",
                    PANEL + LARGEST_RADIUS
                );
                let (x, amount) = (PANEL + 54.0, compact(amount, self.locale));
                let _ = write!(
                    out,
                    "<text class=\"n\" x=\"{x:.1}\" y=\"{:.1}\">{amount} {}</text>",
                    y + 4.0,
                    self.currency
                );
                y += 44.0;
            }
        }
        let _ = write!(
            out,
            "<circle class=\"k\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"{RING_RADIUS}\"/>",
            PANEL + LARGEST_RADIUS,
            y - 4.0
        );
        let _ = write!(out, "<text class=\"n\" x=\"{:.1}\" y=\"{y:.1}\">{}</text>", PANEL + 54.0, captions.no_revenue);
        if self.bubbles.len() > DRAWN {
            let _ =
                write!(out, "<text class=\"n\" x=\"{PANEL}\" y=\"{:.1}\">{}</text>", y + 28.0, captions.drawn(DRAWN));
        }
    }
}

/// Strong (100) is on the left.
fn x_of(strength: f64) -> f64 {
    LEFT + (100.0 - strength) / 100.0 * WIDTH
}

/// High (100) is on top.
fn y_of(attractiveness: f64) -> f64 {
    TOP + (100.0 - attractiveness) / 100.0 * HEIGHT
}

/// The radius whose area is proportional to the revenue; `None` where there is none.
fn radius(revenue: Option<Decimal>, largest: Decimal) -> Option<f64> {
    let share = revenue.filter(|revenue| *revenue > Decimal::ZERO)?.checked_div(largest)?.to_f64()?;
    Some((LARGEST_RADIUS * share.sqrt()).max(1.5))
}

fn class(stance: Stance) -> &'static str {
    match stance {
        Stance::Invest => "invest",
        Stance::Select => "select",
        Stance::Harvest => "harvest",
    }
}

fn tint(stance: Stance) -> &'static str {
    match stance {
        Stance::Invest => "ti",
        Stance::Select => "ts",
        Stance::Harvest => "th",
    }
}

#[cfg(test)]
mod tests;
