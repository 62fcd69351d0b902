//! The legend of the bubble chart.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rust_decimal::Decimal;

use super::bubbles::{Chart, DRAWN, LARGEST_RADIUS, RING_RADIUS, Tally, class};
use super::frame::{PANEL, TOP, line};
use super::text::{Captions, compact};
use crate::ge_matrix::{Cell, Stance};

/// Where a text beside a bubble of the legend begins.
const BESIDE: f64 = PANEL + 54.0;

impl Chart<'_> {
    /// What the colours and sizes mean, and what each stance adds up to.
    pub(super) fn legend(&self, out: &mut String, captions: &Captions, tallies: &BTreeMap<Cell, Tally>) {
        line(out, "a", (PANEL, TOP + 10.0), captions.stance);
        let mut y = TOP + 34.0;
        for stance in Stance::ALL {
            let of_stance =
                tallies.iter().filter(|(cell, _)| self.model.cell(**cell).is_some_and(|c| c.stance == stance));
            let (customers, amount) =
                of_stance.fold((0, Decimal::ZERO), |(n, sum), (_, t)| (n + t.customers, sum + t.amount));
            let (x, middle) = (PANEL + 8.0, y - 4.0);
            let _ = write!(out, "<circle class=\"{} b\" cx=\"{x:.1}\" cy=\"{middle:.1}\" r=\"7\"/>", class(stance));
            line(out, "c", (PANEL + 22.0, y), stance.label().text(self.locale));
            line(out, "n", (PANEL + 22.0, y + 14.0), &captions.tally(customers, &compact(amount, self.locale)));
            y += 40.0;
        }
        y += 14.0;
        line(out, "a", (PANEL, y), captions.size(self.size));
        self.sizes(out, captions, y + 34.0);
    }

    fn sizes(&self, out: &mut String, captions: &Captions, mut y: f64) {
        let x = PANEL + LARGEST_RADIUS;
        let largest = self.largest();
        if largest > Decimal::ZERO {
            // A quarter of the area is half the radius.
            for (radius, amount) in [(LARGEST_RADIUS, largest), (LARGEST_RADIUS / 2.0, largest / Decimal::from(4))] {
                let _ = write!(out, "<circle class=\"k\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\"/>");
                line(out, "n", (BESIDE, y + 4.0), &format!("{} {}", compact(amount, self.locale), self.currency));
                y += 44.0;
            }
        }
        let middle = y - 4.0;
        let _ = write!(out, "<circle class=\"k\" cx=\"{x:.1}\" cy=\"{middle:.1}\" r=\"{RING_RADIUS}\"/>");
        line(out, "n", (BESIDE, y), captions.none_of(self.size));
        if self.bubbles.len() > DRAWN {
            line(out, "n", (PANEL, y + 28.0), &captions.drawn(DRAWN));
        }
    }
}
