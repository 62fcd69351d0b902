//! The bubble chart: every customer by its two scores.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use async_graphql::Enum;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::frame::{HEIGHT, LEFT, Opening, TOP, WIDTH, axes, outlined};
use super::labels::{Rect, place_labels};
use super::text::{Captions, bold_width, compact, escape, fit};
use crate::ge_matrix::{Cell, GeModelDefinition, Stance};
use crate::values::{Currency, Locale, Month, round_score};

/// What the bubbles of the chart, and its amounts, stand for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, Enum)]
#[schema(as = GeBubbleSize)]
#[graphql(name = "GeBubbleSize")]
#[serde(rename_all = "snake_case")]
pub enum BubbleSize {
    /// Revenue of the 12 months.
    #[default]
    Revenue,
    /// What the customers buy a year from anyone.
    Potential,
}

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
    pub amount: Option<Decimal>,
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
    /// The currency of the amounts.
    pub currency: Currency,
    /// What the amounts are.
    pub size: BubbleSize,
    /// Everyone who is mapped. The 400 largest are drawn, all are counted.
    pub bubbles: &'a [Bubble<'a>],
    /// How many are not mapped.
    pub unmapped: usize,
}

pub(super) const LARGEST_RADIUS: f64 = 22.0;
pub(super) const RING_RADIUS: f64 = 3.0;
pub(super) const DRAWN: usize = 400;
const LABELLED: usize = 12;

/// Customers and amounts of one cell.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) customers: usize,
    pub(super) amount: Decimal,
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
        let title = captions.title(self.as_of);
        let subtitle = captions.counts(self.bubbles.len(), self.unmapped, self.size, self.currency);
        let description = self.description(&captions, &subtitle, &tallies);
        let opening = Opening {
            locale: self.locale,
            id: "ge-matrix",
            title: &title,
            subtitle: &subtitle,
            description: &description,
        };
        opening.write(&mut out);
        let grid = self.grid(&captions, &tallies);
        out.push_str(&grid.tiles);
        axes(&mut out, &captions, self.model, self.edges());
        self.bubbles_and_labels(&mut out, &captions, &grid);
        self.legend(&mut out, &captions, &tallies);
        out.push_str("</svg>\n");
        out
    }

    fn tallies(&self) -> BTreeMap<Cell, Tally> {
        let mut tallies: BTreeMap<Cell, Tally> = Cell::ALL.into_iter().map(|cell| (cell, Tally::default())).collect();
        for bubble in self.bubbles {
            let tally = tallies.entry(bubble.cell).or_default();
            tally.customers += 1;
            tally.amount += bubble.amount.unwrap_or_default();
        }
        tallies
    }

    /// The whole matrix in words.
    fn description(&self, captions: &Captions, subtitle: &str, tallies: &BTreeMap<Cell, Tally>) -> String {
        let mut words = subtitle.to_owned();
        for (cell, tally) in tallies {
            let name = self.model.cell(*cell).map_or(cell.code(), |c| c.name.text(self.locale));
            let amount = compact(tally.amount, self.locale);
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
            let count = fit(&captions.tally(tally.customers, &compact(tally.amount, self.locale)), 10.0, width - 12.0);
            for (class, size, y, text) in [("c", 10.0, top + 16.0, &name), ("n", 10.0, top + 30.0, &count)] {
                let x = left + 7.0;
                outlined(&mut grid.words, class, (x, y), text);
                grid.taken.push(Rect { x, y: y - size, width: bold_width(text, size), height: size + 2.0 });
            }
        }
        grid
    }

    /// The largest first, so that small ones stay visible on top of them.
    fn drawn(&self) -> Vec<&Bubble<'_>> {
        let mut drawn: Vec<&Bubble<'_>> = self.bubbles.iter().collect();
        drawn.sort_by(|a, b| b.amount.cmp(&a.amount).then_with(|| a.external_id.cmp(b.external_id)));
        drawn.truncate(DRAWN);
        drawn
    }

    pub(super) fn largest(&self) -> Decimal {
        self.bubbles.iter().filter_map(|bubble| bubble.amount).max().unwrap_or_default()
    }

    fn bubbles_and_labels(&self, out: &mut String, captions: &Captions, grid: &Grid) {
        let largest = self.largest();
        let drawn = self.drawn();
        let mut circles = Vec::with_capacity(drawn.len());
        for bubble in &drawn {
            let x = x_of(bubble.competitive_strength.to_f64().unwrap_or(0.0));
            let y = y_of(bubble.attractiveness.to_f64().unwrap_or(0.0));
            let radius = radius(bubble.amount, largest);
            let stance = self.model.cell(bubble.cell).map_or(Stance::Harvest, |cell| cell.stance);
            let shape = if radius.is_some() { "b" } else { "r" };
            let radius = radius.unwrap_or(RING_RADIUS);
            let amount =
                bubble.amount.map_or(captions.none_of(self.size).to_owned(), |amount| compact(amount, self.locale));
            let _ = write!(
                out,
                "<circle class=\"{} {shape}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\"><title>{}: {} ({} / {})</title></circle>",
                class(stance),
                escape(bubble.name),
                escape(&amount),
                round_score(bubble.attractiveness).normalize(),
                round_score(bubble.competitive_strength).normalize(),
            );
            circles.push((bubble.name, x, y, radius));
        }
        let named = drawn.iter().zip(&circles).filter(|(bubble, _)| bubble.amount > Some(Decimal::ZERO)).take(LABELLED);
        let wanted: Vec<_> = named.map(|(_, circle)| *circle).collect();
        let room = Rect { x: LEFT, y: TOP, width: WIDTH, height: HEIGHT };
        let large =
            circles.iter().filter(|(_, _, _, radius)| *radius >= 6.0).map(|(_, x, y, r)| Rect::around(*x, *y, *r));
        let taken = grid.taken.iter().copied().chain(large).collect();
        // Captions lie over the bubbles, so that a full cell still says what it is.
        out.push_str(&grid.words);
        for label in place_labels(&wanted, room, taken) {
            outlined(out, "l", (label.x, label.y), &label.text);
        }
    }
}

/// Strong (100) is on the left.
pub(super) fn x_of(strength: f64) -> f64 {
    LEFT + (100.0 - strength) / 100.0 * WIDTH
}

/// High (100) is on top.
pub(super) fn y_of(attractiveness: f64) -> f64 {
    TOP + (100.0 - attractiveness) / 100.0 * HEIGHT
}

/// The radius whose area is proportional to the amount; `None` where there is none.
pub(super) fn radius(amount: Option<Decimal>, largest: Decimal) -> Option<f64> {
    let share = amount.filter(|amount| *amount > Decimal::ZERO)?.checked_div(largest)?.to_f64()?;
    Some((LARGEST_RADIUS * share.sqrt()).max(1.5))
}

pub(super) fn class(stance: Stance) -> &'static str {
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
