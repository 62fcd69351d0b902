//! Names beside bubbles, none upon another.

use super::text::{fit, text_width};

/// A box in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A name and where its baseline begins.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Placed {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) text: String,
}

const SIZE: f64 = 10.0;
const LONGEST: f64 = 130.0;

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
}

/// Tries right, left, above and below each circle (name, x, y, radius), the largest first; who finds no place stays unnamed.
pub(super) fn place_labels(circles: &[(&str, f64, f64, f64)], room: Rect, mut taken: Vec<Rect>) -> Vec<Placed> {
    let mut placed = Vec::new();
    for (name, x, y, radius) in circles {
        let text = fit(name, SIZE, LONGEST);
        let (width, height, gap) = (text_width(&text, SIZE), SIZE + 2.0, radius + 3.0);
        let middle = y - height / 2.0;
        let candidates = [
            (x + gap, middle),
            (x - gap - width, middle),
            (x - width / 2.0, y - gap - height),
            (x - width / 2.0, y + gap),
        ];
        let free = candidates.into_iter().map(|(x, y)| Rect { x, y, width, height });
        let mut free = free.filter(|rect| rect.within(&room) && !taken.iter().any(|other| rect.overlaps(other)));
        if let Some(rect) = free.next() {
            placed.push(Placed { x: rect.x, y: rect.y + SIZE, text });
            taken.push(rect);
        }
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_never_overlap_and_stay_inside() {
        let room = Rect { x: 0.0, y: 0.0, width: 300.0, height: 200.0 };
        let circles: Vec<(&str, f64, f64, f64)> = (0..9).map(|_| ("A customer", 290.0, 100.0, 8.0)).collect();
        let placed = place_labels(&circles, room, Vec::new());
        // On the right there is no room, above and below the text would stick out.
        assert_eq!(placed.len(), 1);
        assert!(placed[0].x < 290.0);
        let middle: Vec<(&str, f64, f64, f64)> = (0..9).map(|_| ("A customer", 150.0, 100.0, 8.0)).collect();
        assert_eq!(place_labels(&middle, room, Vec::new()).len(), 4);
    }
}
