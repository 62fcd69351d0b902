//! The bubble chart: every customer by its two scores.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use async_graphql::Enum;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::frame::{HEIGHT, LEFT, Opening, TOP, WIDTH, axes, line, plate};
use super::labels::Rect;
use super::spread::at_edge;
use super::text::{Captions, bold_width, compact, fit, text_width, wrap};
use super::theme::ChartTheme;
use crate::ge_matrix::{Cell, GeModelDefinition, Stance};
use crate::values::{Currency, CustomerId, Locale, Month};

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
    /// The customer, as the circle tells it to whoever embeds the chart.
    pub customer: CustomerId,
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
    /// The ground it is drawn for; the reader's system decides where absent.
    pub theme: Option<ChartTheme>,
    /// The month it shows.
    pub as_of: Month,
    /// The currency of the amounts.
    pub currency: Currency,
    /// What the amounts are.
    pub size: BubbleSize,
    /// Everyone who is mapped. The 1,000 largest are drawn, all are counted.
    pub bubbles: &'a [Bubble<'a>],
    /// How many are not mapped.
    pub unmapped: usize,
}

pub(super) const LARGEST_RADIUS: f64 = 22.0;
pub(super) const RING_RADIUS: f64 = 3.0;
pub(super) const DRAWN: usize = 1_000;
const SIZE: f64 = 10.0;
/// The frame that all circles lie in.
pub(super) const FRAME: Rect = Rect { x: LEFT, y: TOP, width: WIDTH, height: HEIGHT };

/// Customers and amounts of one cell.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) customers: usize,
    pub(super) amount: Decimal,
}

/// The nine cells as drawn.
#[derive(Debug, Default)]
pub(super) struct Grid {
    /// Where each lies.
    pub(super) boxes: BTreeMap<Cell, Rect>,
    /// Their ground.
    tiles: String,
    /// Their headings, and how many customers are at the edge.
    pub(super) words: String,
    /// The room that these take.
    pub(super) taken: Vec<Rect>,
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
            theme: self.theme,
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
            let room = Rect { x: left, y: top, width: right - left, height: bottom - top };
            let tint = self.model.cell(cell).map_or("th", |definition| tint(definition.stance));
            let _ = write!(
                grid.tiles,
                "<rect class=\"g {tint}\" data-cell=\"{}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
                cell.code(),
                room.width,
                room.height
            );
            self.heading(&mut grid, captions, (cell, &room), tallies.get(&cell).copied().unwrap_or_default());
            self.count_at_edge(&mut grid, captions, (cell, &room));
            grid.boxes.insert(cell, room);
        }
        grid
    }

    /// The cell's name and what is in it, on a plate that bubbles shine through but do not blot out.
    fn heading(&self, grid: &mut Grid, captions: &Captions, (cell, room): (Cell, &Rect), tally: Tally) {
        let name = self.model.cell(cell).map_or(cell.code(), |definition| definition.name.text(self.locale));
        let names = wrap(name, SIZE * 1.1, room.width - 16.0, 2);
        let count = captions.tally(tally.customers, &compact(tally.amount, self.locale));
        let count = fit(&count, SIZE, room.width - 16.0);
        let widest = names.iter().map(|name| bold_width(name, SIZE)).fold(text_width(&count, SIZE), f64::max);
        let height = 17.0 + 13.0 * names.len() as f64;
        let under = Rect { x: room.x + 4.0, y: room.y + 4.0, width: widest + 8.0, height };
        plate(&mut grid.words, &under);
        let mut y = under.y + 12.0;
        for name in &names {
            line(&mut grid.words, "c", (under.x + 4.0, y), name);
            y += 13.0;
        }
        line(&mut grid.words, "n", (under.x + 4.0, y), &count);
        grid.taken.push(under);
    }

    /// How many of the cell's customers are at the edge of the frame, in the corner of the cell that is nearest to most.
    fn count_at_edge(&self, grid: &mut Grid, captions: &Captions, (cell, room): (Cell, &Rect)) {
        let inside = self.bubbles.iter().filter(|bubble| bubble.cell == cell).map(place);
        let at: Vec<(f64, f64)> = inside.filter(|place| at_edge(*place, &FRAME)).collect();
        let text = captions.at_edge(at.len());
        let (width, height) = (text_width(&text, SIZE) + 8.0, 15.0);
        if at.len() < 2 || width + 8.0 > room.width || room.height < 60.0 {
            return;
        }
        let left = at.iter().filter(|(x, _)| *x < room.x + room.width / 2.0).count();
        let x = if 2 * left > at.len() { room.x + 4.0 } else { room.x + room.width - width - 4.0 };
        let under = Rect { x, y: room.y + room.height - height - 4.0, width, height };
        plate(&mut grid.words, &under);
        line(&mut grid.words, "n e", (x + 4.0, under.y + 11.0), &text);
        grid.taken.push(under);
    }

    /// The largest first, so that small ones stay visible on top of them.
    pub(super) fn drawn(&self) -> Vec<&Bubble<'_>> {
        let mut drawn: Vec<&Bubble<'_>> = self.bubbles.iter().collect();
        drawn.sort_by(|a, b| b.amount.cmp(&a.amount).then_with(|| a.external_id.cmp(b.external_id)));
        drawn.truncate(DRAWN);
        drawn
    }

    pub(super) fn largest(&self) -> Decimal {
        self.bubbles.iter().filter_map(|bubble| bubble.amount).max().unwrap_or_default()
    }
}

/// Where a customer's scores are, in pixels.
pub(super) fn place(bubble: &Bubble<'_>) -> (f64, f64) {
    (x_of(bubble.competitive_strength.to_f64().unwrap_or(0.0)), y_of(bubble.attractiveness.to_f64().unwrap_or(0.0)))
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
