//! Arrows between the cells of the migration chart, and their numbers.

use std::fmt::Write as _;

use super::labels::Rect;
use super::text::bold_width;
use crate::ge_matrix::Movement;

/// The radius of the ring from which arrows begin and at which they end.
pub(super) const HUB: f64 = 15.0;
const WIDEST: f64 = 8.0;
const NARROWEST: f64 = 1.5;
const PILL: f64 = 14.0;
const SIZE: f64 = 10.0;

/// A point in pixels.
pub(super) type Point = (f64, f64);

/// An arrow bent to the right of its way, so that the way there and the way back lie beside one another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Arrow {
    start: Point,
    bend: Point,
    neck: Point,
    tip: Point,
    pub(super) width: f64,
}

impl Arrow {
    /// From ring to ring. `cells` are the columns and rows between them, `share` is its part of the widest arrow.
    pub(super) fn between(from: Point, to: Point, cells: (i32, i32), share: f64) -> Self {
        let width = (WIDEST * share).max(NARROWEST);
        let (dx, dy) = unit(from, to);
        let middle = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0);
        let bend = bulge(cells) * 2.0;
        let bend = (middle.0 - dy * bend, middle.1 + dx * bend);
        let start = along(from, unit(from, bend), HUB + 2.0);
        let back = unit(to, bend);
        let tip = along(to, back, HUB + 3.0);
        Self { start, bend, neck: along(tip, back, head(width)), tip, width }
    }

    /// The point at a part of the way.
    pub(super) fn at(&self, part: f64) -> Point {
        let rest = 1.0 - part;
        let mix = |a: f64, b: f64, c: f64| rest * rest * a + 2.0 * rest * part * b + part * part * c;
        (mix(self.start.0, self.bend.0, self.neck.0), mix(self.start.1, self.bend.1, self.neck.1))
    }

    pub(super) fn write(&self, out: &mut String, movement: Movement) {
        let Self { start, bend, neck, tip, width } = self;
        let class = class(movement);
        let _ = write!(
            out,
            "<path class=\"w {class}\" stroke-width=\"{width:.1}\" d=\"M{:.1} {:.1}Q{:.1} {:.1} {:.1} {:.1}\"/>",
            start.0, start.1, bend.0, bend.1, neck.0, neck.1
        );
        let (dx, dy) = unit(*neck, *tip);
        let half = head(*width) * 0.6;
        let _ = write!(
            out,
            "<path class=\"d {class}\" d=\"M{:.1} {:.1}L{:.1} {:.1} {:.1} {:.1}Z\"/>",
            tip.0,
            tip.1,
            neck.0 - dy * half,
            neck.1 + dx * half,
            neck.0 + dy * half,
            neck.1 - dx * half
        );
    }

    /// A place on the arrow for its number, inside the room and upon nothing that is taken; the middle is best.
    pub(super) fn place_pill(&self, text: &str, room: &Rect, taken: &[Rect]) -> Option<Rect> {
        let width = SIZE + 10.0 + bold_width(text, SIZE);
        let parts = [0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82];
        let each = parts.into_iter().map(|part| {
            let (x, y) = self.at(part);
            Rect { x: x - width / 2.0, y: y - PILL / 2.0, width, height: PILL }
        });
        let mut free = each.filter(|pill| pill.within(room) && !taken.iter().any(|other| pill.overlaps(other)));
        free.next()
    }
}

/// The number on an arrow, with the sign of its movement.
pub(super) fn pill(out: &mut String, rect: &Rect, movement: Movement, text: &str) {
    let Rect { x, y, width, height } = rect;
    let _ = write!(
        out,
        "<rect class=\"pill\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"4\"/>"
    );
    sign(out, movement, (x + 8.0, y + height / 2.0));
    let _ = write!(out, "<text class=\"c\" x=\"{:.1}\" y=\"{:.1}\">{text}</text>", x + 15.0, y + 10.5);
}

/// Up, down, or neither, told by form and not by colour alone.
pub(super) fn sign(out: &mut String, movement: Movement, (x, y): Point) {
    let form = match movement {
        Movement::Better => [(0.0, -4.0), (4.0, 3.0), (-4.0, 3.0), (0.0, -4.0)],
        Movement::Worse => [(0.0, 4.0), (4.0, -3.0), (-4.0, -3.0), (0.0, 4.0)],
        _ => [(0.0, -4.0), (4.0, 0.0), (0.0, 4.0), (-4.0, 0.0)],
    };
    let _ = write!(out, "<path class=\"d {}\" d=\"M", class(movement));
    for (dx, dy) in form {
        let _ = write!(out, "{:.1} {:.1} ", x + dx, y + dy);
    }
    out.push_str("Z\"/>");
}

/// A short piece of an arrow's line for the legend.
pub(super) fn sample(out: &mut String, movement: Movement, (x, y): Point) {
    let _ =
        write!(out, "<path class=\"w {}\" stroke-width=\"3\" d=\"M{x:.1} {y:.1}H{:.1}\"/>", class(movement), x + 22.0);
}

fn class(movement: Movement) -> &'static str {
    match movement {
        Movement::Better => "up",
        Movement::Worse => "down",
        _ => "even",
    }
}

/// How far an arrow's middle is from the straight line: one that passes a ring goes around it.
fn bulge(cells: (i32, i32)) -> f64 {
    match (cells.0.abs(), cells.1.abs()) {
        (2, 0 | 2) | (0, 2) => 34.0,
        (2, 1) | (1, 2) => 16.0,
        _ => 13.0,
    }
}

fn head(width: f64) -> f64 {
    7.0 + width * 0.6
}

fn unit(from: Point, to: Point) -> Point {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy).max(f64::EPSILON);
    (dx / length, dy / length)
}

fn along(from: Point, (dx, dy): Point, distance: f64) -> Point {
    (from.0 + dx * distance, from.1 + dy * distance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back_lie_beside_one_another() {
        let (a, b) = ((100.0, 100.0), (280.0, 100.0));
        let (there, back) = (Arrow::between(a, b, (1, 0), 1.0), Arrow::between(b, a, (-1, 0), 0.1));
        assert!(there.at(0.5).1 > 105.0 && back.at(0.5).1 < 95.0);
        assert!(there.width > back.width && back.width == NARROWEST);
    }

    #[test]
    fn who_goes_past_a_ring_goes_around_it() {
        let past = Arrow::between((100.0, 100.0), (460.0, 100.0), (2, 0), 1.0);
        assert!((past.at(0.5).1 - 100.0).abs() > HUB + WIDEST / 2.0);
    }

    #[test]
    fn a_number_lies_on_nothing_else() {
        let arrow = Arrow::between((100.0, 100.0), (280.0, 100.0), (1, 0), 1.0);
        let room = Rect { x: 0.0, y: 0.0, width: 400.0, height: 200.0 };
        let first = arrow.place_pill("12", &room, &[]).unwrap();
        let second = arrow.place_pill("12", &room, &[first]).unwrap();
        assert!(!first.overlaps(&second));
        assert_eq!(arrow.place_pill("12", &room, &[room]), None);
    }
}
