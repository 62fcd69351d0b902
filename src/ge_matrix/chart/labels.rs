//! Names beside bubbles: each in its own cell, none upon another.

use super::spread::Circle;
use super::text::{fit, text_width};

/// A box in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A circle to be named.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named<'a> {
    pub(super) name: &'a str,
    pub(super) circle: Circle,
    /// The name stays inside of this.
    pub(super) cell: Rect,
}

/// A name and where its baseline begins.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Placed {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) text: String,
    /// A line from the circle to a name that is not beside it.
    pub(super) leader: Option<[(f64, f64); 2]>,
}

const SIZE: f64 = 10.0;
/// How wide a name may be; the shorter ones where the longer find no room.
const WIDTHS: [f64; 5] = [130.0, 100.0, 78.0, 58.0, SHORTEST];
const SHORTEST: f64 = 42.0;
/// A name that is cut to less than this says little: rather let it lie upon other circles.
const READABLE: f64 = 78.0;
/// Between a name and the border of its cell.
const MARGIN: f64 = 3.0;
const GAP: f64 = 3.0;

impl Rect {
    /// The box around a circle.
    pub(super) fn around(x: f64, y: f64, radius: f64) -> Self {
        Self { x: x - radius, y: y - radius, width: 2.0 * radius, height: 2.0 * radius }
    }

    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.x < other.x + other.width
            && other.x < self.x + self.width
            && self.y < other.y + other.height
            && other.y < self.y + self.height
    }

    pub(super) fn within(&self, room: &Self) -> bool {
        self.x >= room.x
            && self.y >= room.y
            && self.x + self.width <= room.x + room.width
            && self.y + self.height <= room.y + room.height
    }

    fn narrowed(&self, margin: f64) -> Self {
        Self {
            x: self.x + margin,
            y: self.y + margin,
            width: self.width - 2.0 * margin,
            height: self.height - 2.0 * margin,
        }
    }

    /// The point of the box that is nearest to a point.
    fn nearest(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (x.clamp(self.x, self.x + self.width), y.clamp(self.y, self.y + self.height))
    }
}

/// A place for each name, the first ones first, upon no text that is there (`taken`) and no other name. Beside its circle
/// where there is room, shortened if need be; else anywhere in the cell, with a line to the circle; and rather upon other
/// circles than cut to a few letters or nowhere. Only in a cell that has no room left at all a name is left out.
pub(super) fn place_labels(named: &[Named<'_>], circles: &[Circle], mut taken: Vec<Rect>) -> Vec<Placed> {
    let mut placed = Vec::new();
    for one in named {
        let ways = [(true, READABLE), (false, READABLE), (true, SHORTEST), (false, SHORTEST)];
        let found = ways.into_iter().find_map(|(avoid, least)| {
            let free = |rect: &Rect| {
                let is_upon_text = taken.iter().any(|other| rect.overlaps(other));
                let is_upon_circle = || avoid && circles.iter().any(|circle| circle.touches(rect));
                !(is_upon_text || is_upon_circle())
            };
            beside(one, least, &free).or_else(|| anywhere(one, least, &free))
        });
        if let Some((rect, text)) = found {
            taken.push(rect);
            let leader = leader(&one.circle, &rect);
            placed.push(Placed { x: rect.x, y: rect.y + SIZE, text, leader });
        }
    }
    placed
}

/// The name in each width from `least` that it can have, with its size.
fn widths<'a>(one: &Named<'a>, least: f64) -> impl Iterator<Item = (String, f64, f64)> + use<'a> {
    let (name, room) = (one.name, one.cell.narrowed(MARGIN).width);
    let mut before = None;
    let fits = move |width: &f64| *width >= least && *width <= room.max(SHORTEST);
    let each = WIDTHS.into_iter().filter(fits).filter_map(move |width| {
        let text = fit(name, SIZE, width.min(room));
        let is_new = before.as_ref() != Some(&text);
        before = Some(text.clone());
        let short = text.chars().count() < 3 && text != name;
        (is_new && !short).then(|| (text_width(&text, SIZE), text))
    });
    each.map(|(width, text)| (text, width, SIZE + 2.0))
}

/// Right, left, above, below, and at the four corners of the circle.
fn beside(one: &Named<'_>, least: f64, free: &impl Fn(&Rect) -> bool) -> Option<(Rect, String)> {
    let Circle { x, y, radius } = one.circle;
    let room = one.cell.narrowed(MARGIN);
    widths(one, least).find_map(|(text, width, height)| {
        let (gap, corner, middle) = (radius + GAP, radius * 0.72 + GAP, y - height / 2.0);
        let places = [
            (x + gap, middle),
            (x - gap - width, middle),
            (x - width / 2.0, y - gap - height),
            (x - width / 2.0, y + gap),
            (x + corner, y - corner - height),
            (x + corner, y + corner),
            (x - corner - width, y - corner - height),
            (x - corner - width, y + corner),
        ];
        let mut rects = places.into_iter().map(|(x, y)| Rect { x, y, width, height });
        rects.find(|rect| rect.within(&room) && free(rect)).map(|rect| (rect, text))
    })
}

/// The free place in the cell that is nearest to the circle.
fn anywhere(one: &Named<'_>, least: f64, free: &impl Fn(&Rect) -> bool) -> Option<(Rect, String)> {
    let room = one.cell.narrowed(MARGIN);
    let far = |rect: &Rect| {
        let (x, y) = rect.nearest((one.circle.x, one.circle.y));
        (x - one.circle.x).hypot(y - one.circle.y)
    };
    widths(one, least).find_map(|(text, width, height)| {
        let steps = |from: f64, length: f64, step: f64| {
            let count = (length / step).floor().max(-1.0) as i32;
            (0..=count).map(move |n| from + f64::from(n) * step)
        };
        let rows = steps(room.y, room.height - height, 4.0);
        let rects =
            rows.flat_map(|y| steps(room.x, room.width - width, 6.0).map(move |x| Rect { x, y, width, height }));
        let nearest = rects.filter(free).min_by(|a, b| far(a).total_cmp(&far(b)));
        nearest.map(|rect| (rect, text))
    })
}

fn leader(circle: &Circle, rect: &Rect) -> Option<[(f64, f64); 2]> {
    let (x, y) = rect.nearest((circle.x, circle.y));
    let (dx, dy) = (x - circle.x, y - circle.y);
    let length = dx.hypot(dy);
    let from = (circle.x + dx / length * circle.radius, circle.y + dy / length * circle.radius);
    (length > circle.radius + 2.0 * GAP + 1.0).then_some([from, (x, y)])
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELL: Rect = Rect { x: 0.0, y: 0.0, width: 180.0, height: 120.0 };

    fn rect(placed: &Placed) -> Rect {
        Rect { x: placed.x, y: placed.y - SIZE, width: text_width(&placed.text, SIZE), height: SIZE + 2.0 }
    }

    fn many(circle: Circle, name: &'static str, count: usize) -> Vec<Named<'static>> {
        vec![Named { name, circle, cell: CELL }; count]
    }

    fn none_upon_another(placed: &[Placed], taken: &[Rect]) {
        for (i, label) in placed.iter().enumerate() {
            let own = rect(label);
            assert!(own.within(&CELL), "{label:?}");
            let others = placed.iter().skip(i + 1).map(rect).chain(taken.iter().copied());
            assert!(others.into_iter().all(|other| !own.overlaps(&other)), "{label:?}");
        }
    }

    #[test]
    fn ten_customers_at_one_place_are_all_named() {
        let heading = Rect { x: 3.0, y: 4.0, width: 120.0, height: 30.0 };
        for (x, y) in [(90.0, 60.0), (2.0, 2.0), (178.0, 118.0), (90.0, 1.0)] {
            let circle = Circle { x, y, radius: 20.0 };
            let named = many(circle, "A customer with a long name", 10);
            let placed = place_labels(&named, &[circle], vec![heading]);
            assert_eq!(placed.len(), 10, "{x} {y}");
            none_upon_another(&placed, &[heading]);
        }
    }

    #[test]
    fn a_name_is_shortened_before_it_crosses_the_border_of_its_cell() {
        let circle = Circle { x: 150.0, y: 60.0, radius: 6.0 };
        let wall = Rect { x: 0.0, y: 0.0, width: 120.0, height: 120.0 };
        let placed = place_labels(&many(circle, "Wholesale Bicycles of the North", 1), &[circle], vec![wall]);
        assert!(placed[0].text.ends_with('…') && placed[0].text.starts_with("Who"), "{placed:?}");
        none_upon_another(&placed, &[wall]);
    }

    #[test]
    fn a_name_away_from_its_circle_has_a_line_to_it() {
        let circle = Circle { x: 20.0, y: 60.0, radius: 8.0 };
        let blocked = Rect { x: 0.0, y: 0.0, width: 90.0, height: 120.0 };
        let placed = place_labels(&many(circle, "Alpha", 1), &[circle], vec![blocked]);
        assert!(placed[0].x >= 90.0);
        assert_eq!(placed[0].leader.unwrap()[0], (28.0, 60.0));
        let near = place_labels(&many(circle, "Alpha", 1), &[circle], Vec::new());
        assert_eq!(near[0].leader, None);
    }

    #[test]
    fn a_cell_without_room_names_nobody() {
        let circle = Circle { x: 5.0, y: 60.0, radius: 3.0 };
        let named = [Named { name: "Alpha Beta Gamma", circle, cell: Rect { width: 20.0, ..CELL } }];
        assert_eq!(place_labels(&named, &[circle], Vec::new()), []);
    }
}
