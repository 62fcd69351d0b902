//! Where circles are drawn: at their scores, but inside the frame, and those at its edge beside one another.

use super::labels::Rect;

/// A circle in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Circle {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) radius: f64,
}

/// A circle that is to be drawn in a cell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// Where its scores are.
    pub(super) circle: Circle,
    pub(super) cell: Rect,
}

/// Whose place is nearer to the edge than this, in pixels, is at the edge.
const NEAR: f64 = 3.0;
/// Between a circle and the frame, and between two at the edge.
const GAP: f64 = 1.0;
/// How far from its scores a circle may be drawn, across and down.
const FARTHEST: f64 = 84.0;

impl Circle {
    pub(super) fn touches(&self, rect: &Rect) -> bool {
        let (dx, dy) =
            (self.x - self.x.clamp(rect.x, rect.x + rect.width), self.y - self.y.clamp(rect.y, rect.y + rect.height));
        dx.hypot(dy) < self.radius
    }

    fn overlaps(&self, other: &Self) -> bool {
        // What rounding leaves is no overlap.
        (self.x - other.x).hypot(self.y - other.y) < self.radius + other.radius + GAP - 1e-6
    }

    /// The same circle, moved until all of it is inside; in the middle of a room that is too small.
    fn inside(self, room: &Rect) -> Self {
        let within = |at: f64, from: f64, length: f64| {
            let least = from + self.radius + GAP;
            let most = from + length - self.radius - GAP;
            if least > most { from + length / 2.0 } else { at.clamp(least, most) }
        };
        Self { x: within(self.x, room.x, room.width), y: within(self.y, room.y, room.height), ..self }
    }
}

/// Whether a place is at the edge of the frame.
pub(super) fn at_edge((x, y): (f64, f64), frame: &Rect) -> bool {
    let across = (x - frame.x).min(frame.x + frame.width - x);
    let down = (y - frame.y).min(frame.y + frame.height - y);
    across.min(down) < NEAR
}

/// Each circle where it is drawn, in the order given; who comes first keeps the place that is its own.
pub(super) fn spread(wanted: &[Wanted], frame: &Rect) -> Vec<Circle> {
    let mut placed: Vec<Circle> = Vec::new();
    let each = wanted.iter().map(|Wanted { circle, cell }| {
        let home = circle.inside(frame);
        if !at_edge((circle.x, circle.y), frame) {
            return home;
        }
        let place = free_place(home, cell, frame, &placed).unwrap_or(home);
        placed.push(place);
        place
    });
    each.collect()
}

/// The nearest place in the cell that no other circle at the edge has.
fn free_place(home: Circle, cell: &Rect, frame: &Rect, placed: &[Circle]) -> Option<Circle> {
    let places = offsets(home.radius).into_iter().map(|(dx, dy)| {
        let moved = Circle { x: home.x + dx, y: home.y + dy, ..home };
        moved.inside(cell).inside(frame)
    });
    let mut free = places.filter(|place| !placed.iter().any(|other| place.overlaps(other)));
    free.next()
}

/// Where to look, the nearest first: on a lattice whose squares a small circle fills, for large ones on a finer one.
fn offsets(radius: f64) -> Vec<(f64, f64)> {
    let step = if radius < 5.0 { 2.0 * radius + GAP } else { 6.0 };
    let count = (FARTHEST / step) as i32;
    let line = move || (-count..=count).map(move |n| f64::from(n) * step);
    let mut offsets: Vec<(f64, f64)> = line().flat_map(|dx| line().map(move |dy| (dx, dy))).collect();
    offsets.sort_by(|a, b| a.0.hypot(a.1).total_cmp(&b.0.hypot(b.1)));
    offsets
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Rect = Rect { x: 0.0, y: 0.0, width: 300.0, height: 300.0 };
    const CELL: Rect = Rect { x: 200.0, y: 200.0, width: 100.0, height: 100.0 };

    fn wanted(x: f64, y: f64, radius: f64) -> Wanted {
        Wanted { circle: Circle { x, y, radius }, cell: CELL }
    }

    fn inside(circle: &Circle, room: &Rect) -> bool {
        Rect::around(circle.x, circle.y, circle.radius).within(room)
    }

    #[test]
    fn a_circle_stays_where_its_scores_are_and_all_of_it_inside_of_the_frame() {
        let places =
            spread(&[wanted(250.0, 250.0, 10.0), wanted(250.0, 250.0, 10.0), wanted(294.0, 250.0, 22.0)], &FRAME);
        assert_eq!([places[0].x, places[1].x, places[2].x], [250.0, 250.0, 277.0]);
        assert!(places.iter().all(|circle| inside(circle, &FRAME)));
    }

    #[test]
    fn those_at_the_edge_lie_beside_one_another_in_their_own_cell() {
        let many = vec![wanted(300.0, 260.0, 3.0); 60];
        let places = spread(&many, &FRAME);
        for (i, place) in places.iter().enumerate() {
            assert!(inside(place, &CELL), "{place:?}");
            assert!(places.iter().skip(i + 1).all(|other| !place.overlaps(other)), "{place:?}");
        }
        // The first keeps the place that is nearest to its scores.
        assert_eq!((places[0].x, places[0].y), (296.0, 260.0));
    }

    #[test]
    fn corners_are_edges_too_and_more_than_there_is_room_for_lie_upon_one_another() {
        assert!(at_edge((0.0, 150.0), &FRAME) && at_edge((150.0, 299.0), &FRAME) && !at_edge((5.0, 5.0), &FRAME));
        let crowd = vec![wanted(300.0, 300.0, 3.0); 600];
        let places = spread(&crowd, &FRAME);
        assert!(places.len() == 600 && places.iter().all(|circle| inside(circle, &CELL)));
    }

    #[test]
    fn a_cell_narrower_than_the_circle_keeps_it_in_the_frame() {
        let narrow = Rect { x: 290.0, y: 0.0, width: 10.0, height: 300.0 };
        let places = spread(&[Wanted { circle: Circle { x: 300.0, y: 100.0, radius: 22.0 }, cell: narrow }; 3], &FRAME);
        assert!(places.iter().all(|circle| inside(circle, &FRAME)), "{places:?}");
    }
}
