//! The circles of the bubble chart, and the names of the largest.

use std::fmt::Write as _;

use rust_decimal::Decimal;

use super::bubbles::{Bubble, Chart, FRAME, Grid, RING_RADIUS, class, place, radius};
use super::frame::outlined;
use super::labels::{Named, place_labels};
use super::spread::{Circle, Wanted, spread};
use super::text::{Captions, compact, escape};
use crate::ge_matrix::Stance;
use crate::values::round_score;

/// So many of the largest have their names beside them; of all others the name is told where one points at the circle.
pub(super) const NAMED: usize = 10;
/// Names keep clear of circles that are at least so large.
const LARGE: f64 = 5.0;

impl Chart<'_> {
    /// Draws the circles, over them the headings, and over these the names.
    pub(super) fn bubbles_and_labels(&self, out: &mut String, captions: &Captions, grid: &Grid) {
        let largest = self.largest();
        let drawn = self.drawn();
        let wanted: Vec<Wanted> = drawn
            .iter()
            .map(|bubble| {
                let (x, y) = place(bubble);
                let radius = radius(bubble.amount, largest).unwrap_or(RING_RADIUS);
                let cell = grid.boxes.get(&bubble.cell).copied().unwrap_or(FRAME);
                Wanted { circle: Circle { x, y, radius }, cell }
            })
            .collect();
        let circles = spread(&wanted, &FRAME);
        for (bubble, circle) in drawn.iter().zip(&circles) {
            self.circle(out, captions, bubble, circle);
        }
        let named: Vec<Named<'_>> = drawn
            .iter()
            .zip(circles.iter().zip(&wanted))
            .filter(|(bubble, _)| bubble.amount > Some(Decimal::ZERO))
            .take(NAMED)
            .map(|(bubble, (circle, wanted))| Named { name: bubble.name, circle: *circle, cell: wanted.cell })
            .collect();
        let large: Vec<Circle> = circles.into_iter().filter(|circle| circle.radius >= LARGE).collect();
        let labels = place_labels(&named, &large, grid.taken.clone());
        // Lines go beneath all words.
        for [from, to] in labels.iter().filter_map(|label| label.leader) {
            let _ = write!(out, "<path class=\"t\" d=\"M{:.1} {:.1}L{:.1} {:.1}\"/>", from.0, from.1, to.0, to.1);
        }
        out.push_str(&grid.words);
        for label in labels {
            outlined(out, "l", (label.x, label.y), &label.text);
        }
    }

    /// A customer: its id for whoever embeds the chart, its name and figures for who points at it.
    fn circle(&self, out: &mut String, captions: &Captions, bubble: &Bubble<'_>, circle: &Circle) {
        let stance = self.model.cell(bubble.cell).map_or(Stance::Harvest, |cell| cell.stance);
        let is_sized = bubble.amount > Some(Decimal::ZERO);
        let amount =
            bubble.amount.map_or(captions.none_of(self.size).to_owned(), |amount| compact(amount, self.locale));
        let _ = write!(
            out,
            "<circle class=\"{} {}\" data-id=\"{}\" data-cell=\"{}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"{:.1}\">\
             <title>{}: {} ({} / {})</title></circle>",
            class(stance),
            if is_sized { "b" } else { "r" },
            bubble.customer,
            bubble.cell.code(),
            circle.x,
            circle.y,
            circle.radius,
            escape(bubble.name),
            escape(&amount),
            round_score(bubble.attractiveness).normalize(),
            round_score(bubble.competitive_strength).normalize(),
        );
    }
}
