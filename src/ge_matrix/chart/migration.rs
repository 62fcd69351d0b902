//! The migration chart: the nine cells with their customers before and after, the largest moves between them as arrows, and
//! all the others in figures.

use std::fmt::Write as _;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::arrows::{Arrow, HUB, Point, pill, sample, sign};
use super::frame::{HEIGHT, LEFT, Opening, PANEL, TOP, WIDTH, axes, line, outlined, plate};
use super::labels::Rect;
use super::text::{Captions, bold_width, compact, escape, fit, wrap};
use super::theme::ChartTheme;
use crate::ge_matrix::{Cell, Flow, GeModelDefinition, Movement, Place};
use crate::values::{Currency, Locale, Month};

/// Who went where between two mappings, to draw.
#[derive(Clone, Copy, Debug)]
pub struct MigrationChart<'a> {
    /// The cells and axes of the new mapping.
    pub model: &'a GeModelDefinition,
    /// The reader's language.
    pub locale: Locale,
    /// The ground it is drawn for; the reader's system decides where absent.
    pub theme: Option<ChartTheme>,
    /// Month and model version of the old mapping.
    pub old: (Month, i32),
    /// Month and model version of the new mapping.
    pub new: (Month, i32),
    /// The currency of the revenues.
    pub currency: Currency,
    /// All moves, each pair of places at most once. The 16 largest between cells are drawn where their numbers find room;
    /// all are counted.
    pub flows: &'a [Flow],
}

/// All cells alike: where a customer lies within one is not told here.
const CELL: (f64, f64) = (WIDTH / 3.0, HEIGHT / 3.0);
/// The ring's place in its cell. The captions are on the left of it and above.
const RING: Point = (CELL.0 * 0.74, CELL.1 * 0.67);
/// The room for a caption beside the arrows from row to row.
const CAPTION: f64 = 108.0;
const DRAWN: usize = 16;
const SIZE: f64 = 10.0;

/// The movements between cells, which have a sign.
const SIGNED: [Movement; 3] = [Movement::Better, Movement::Worse, Movement::Sideways];

/// The arrows that are drawn, and how much they leave out.
struct Drawn {
    arrows: String,
    pills: String,
    flows: usize,
    others: usize,
    other_customers: i64,
}

impl MigrationChart<'_> {
    /// The picture, 800 x 500, as a whole SVG document.
    pub fn svg(&self) -> String {
        let captions = Captions::of(self.locale);
        let mut out = String::with_capacity(32 * 1024);
        let title = captions.migration(self.old.0, self.new.0);
        let subtitle = self.subtitle(&captions);
        let description = self.description(&captions, &subtitle);
        let opening = Opening {
            locale: self.locale,
            theme: self.theme,
            id: "ge-migration",
            title: &title,
            subtitle: &subtitle,
            description: &description,
        };
        opening.write(&mut out);
        let (words, taken) = self.cells(&mut out, &captions);
        let edges = |start: f64, step: f64| [0.0, 1.0, 2.0, 3.0].map(|n| start + n * step);
        axes(&mut out, &captions, self.model, (edges(LEFT, CELL.0), edges(TOP, CELL.1)));
        let drawn = self.arrows(&captions, taken);
        out.push_str(&drawn.arrows);
        self.rings(&mut out, &captions);
        out.push_str(&words);
        out.push_str(&drawn.pills);
        self.legend(&mut out, &captions, &drawn);
        out.push_str("</svg>\n");
        out
    }

    fn subtitle(&self, captions: &Captions) -> String {
        let changed = self.count(|flow| Movement::between(flow.old, flow.new).changes());
        let mut words = captions.moved(self.count(|_| true), changed, self.new.0, self.currency);
        if self.old.1 != self.new.1 {
            words.push_str(&captions.versions(self.old.1, self.new.1));
        }
        words
    }

    /// Every move and every cell in words.
    fn description(&self, captions: &Captions, subtitle: &str) -> String {
        let mut words = subtitle.to_owned();
        for movement in Movement::ALL {
            let (customers, amount) = self.made(movement);
            let _ = write!(words, "; {}: {}", movement.label().text(self.locale), captions.tally(customers, &amount));
        }
        for flow in self.flows.iter().filter(|flow| flow.customers > 0) {
            let _ = write!(words, "; {}", self.told(captions, flow));
        }
        words
    }

    /// A move in words.
    fn told(&self, captions: &Captions, flow: &Flow) -> String {
        let place = |place: Place| match place {
            Place::In(cell) => captions.short_cell(cell),
            Place::Unmapped => captions.unmapped.to_owned(),
            Place::Absent => captions.absent.to_owned(),
        };
        let tally = captions.tally(people(flow.customers), &compact(revenue(flow), self.locale));
        format!("{} → {}: {tally}", place(flow.old), place(flow.new))
    }

    fn count(&self, of: impl Fn(&Flow) -> bool) -> i64 {
        self.flows.iter().filter(|flow| of(flow)).map(|flow| flow.customers).sum()
    }

    /// Customers who made a movement, and their revenue.
    fn made(&self, movement: Movement) -> (usize, String) {
        let made = self.flows.iter().filter(|flow| Movement::between(flow.old, flow.new) == movement);
        let (customers, sum) =
            made.fold((0, Decimal::ZERO), |(n, sum), flow| (n + flow.customers, sum + revenue(flow)));
        (people(customers), compact(sum, self.locale))
    }

    /// Draws the ground of the cells; their captions, and the room that these and the rings take.
    fn cells(&self, out: &mut String, captions: &Captions) -> (String, Vec<Rect>) {
        let (mut words, mut taken) = (String::new(), Vec::new());
        for cell in Cell::ALL {
            let (left, top) = corner(cell);
            let (width, height) = CELL;
            let _ = write!(
                out,
                "<rect class=\"g th\" data-cell=\"{}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>",
                cell.code()
            );
            let before = self.count(|flow| flow.old == Place::In(cell));
            let after = self.count(|flow| flow.new == Place::In(cell));
            let name = self.model.cell(cell).map_or(cell.code(), |known| known.name.text(self.locale));
            let mut lines: Vec<(&str, String)> =
                wrap(name, SIZE, CAPTION, 2).into_iter().map(|line| ("c", line)).collect();
            lines.push(("n", fit(&captions.before_after(before, after), SIZE, CAPTION)));
            let widest = lines.iter().map(|(_, text)| bold_width(text, SIZE)).fold(0.0, f64::max);
            let height = 14.0 * lines.len() as f64 + 4.0;
            plate(&mut words, &Rect { x: left + 3.0, y: top + 4.0, width: widest + 8.0, height });
            for ((class, text), y) in lines.iter().zip([16.0, 30.0, 44.0]) {
                let (x, y) = (left + 7.0, top + y);
                outlined(&mut words, class, (x, y), text);
                taken.push(Rect { x, y: y - SIZE, width: bold_width(text, SIZE) + 3.0, height: SIZE + 4.0 });
            }
            let (x, y) = ring(cell);
            taken.push(Rect::around(x, y, HUB));
        }
        (words, taken)
    }

    /// How many stayed, in the ring of each cell.
    fn rings(&self, out: &mut String, captions: &Captions) {
        for cell in Cell::ALL {
            let (x, y) = ring(cell);
            let stayed = self.count(|flow| flow.old == Place::In(cell) && flow.new == Place::In(cell));
            let told = escape(&captions.stayed(cell, people(stayed)));
            let _ = write!(
                out,
                "<circle class=\"hub\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{HUB}\"><title>{told}</title></circle>"
            );
            let text = captions.number(stayed);
            let _ =
                write!(out, "<text class=\"c\" text-anchor=\"middle\" x=\"{x:.1}\" y=\"{:.1}\">{text}</text>", y + 3.5);
        }
    }

    /// The largest moves between cells; who finds no room for its number is not drawn.
    fn arrows(&self, captions: &Captions, mut taken: Vec<Rect>) -> Drawn {
        let between = |flow: &&Flow| flow.customers > 0 && flow.old != flow.new;
        let cells =
            self.flows.iter().filter(between).filter_map(|flow| Some((flow.old.cell()?, flow.new.cell()?, flow)));
        let mut moves: Vec<(Cell, Cell, &Flow)> = cells.collect();
        moves.sort_by_key(|(old, new, flow)| (-flow.customers, *old, *new));
        let most = moves.first().map_or(1, |(_, _, flow)| flow.customers);
        let room = Rect { x: LEFT, y: TOP, width: WIDTH, height: HEIGHT };
        let mut drawn = Drawn { arrows: String::new(), pills: String::new(), flows: 0, others: 0, other_customers: 0 };
        for (old, new, flow) in moves {
            let share = Decimal::from(flow.customers).checked_div(Decimal::from(most)).and_then(|share| share.to_f64());
            let arrow = Arrow::between(ring(old), ring(new), apart(old, new), share.unwrap_or_default());
            let number = captions.number(flow.customers);
            let place = arrow.place_pill(&number, &room, &taken).filter(|_| drawn.flows < DRAWN);
            let Some(place) = place else {
                drawn.others += 1;
                drawn.other_customers += flow.customers;
                continue;
            };
            drawn.flows += 1;
            let movement = Movement::between(flow.old, flow.new);
            let _ = write!(
                drawn.arrows,
                "<g data-old-cell=\"{}\" data-new-cell=\"{}\"><title>{}</title>",
                old.code(),
                new.code(),
                escape(&self.told(captions, flow))
            );
            arrow.write(&mut drawn.arrows, movement);
            drawn.arrows.push_str("</g>");
            pill(&mut drawn.pills, &place, movement, &number);
            taken.push(place);
        }
        drawn
    }

    fn legend(&self, out: &mut String, captions: &Captions, drawn: &Drawn) {
        line(out, "a", (PANEL, TOP + 10.0), captions.between_cells);
        let mut y = TOP + 32.0;
        for movement in SIGNED {
            sample(out, movement, (PANEL, y - 4.0));
            sign(out, movement, (PANEL + 32.0, y - 4.0));
            self.told_in_legend(out, captions, movement, (PANEL + 44.0, y));
            y += 37.0;
        }
        let _ = write!(out, "<circle class=\"hub\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"6\"/>", PANEL + 11.0, y - 4.0);
        self.told_in_legend(out, captions, Movement::Stayed, (PANEL + 44.0, y));
        y += 46.0;
        line(out, "a", (PANEL, y), captions.outside);
        y += 22.0;
        let outside = Movement::ALL.into_iter().filter(|made| !SIGNED.contains(made) && *made != Movement::Stayed);
        for movement in outside {
            self.told_in_legend(out, captions, movement, (PANEL, y));
            y += 32.0;
        }
        if drawn.others > 0 {
            for text in captions.not_drawn(drawn.others, drawn.other_customers) {
                line(out, "n", (PANEL, y), &text);
                y += 14.0;
            }
        }
    }

    fn told_in_legend(&self, out: &mut String, captions: &Captions, movement: Movement, (x, y): Point) {
        let (customers, amount) = self.made(movement);
        line(out, "c", (x, y), movement.label().text(self.locale));
        line(out, "n", (PANEL, y + 14.0), &captions.tally(customers, &amount));
    }
}

/// The new revenue; of who is gone the old one.
fn revenue(flow: &Flow) -> Decimal {
    if flow.new == Place::Absent { flow.old_revenue } else { flow.new_revenue }
}

fn people(count: i64) -> usize {
    usize::try_from(count).unwrap_or_default()
}

/// Column from the left and row from the top.
fn spot(cell: Cell) -> (i32, i32) {
    let at = Cell::ALL.into_iter().position(|known| known == cell).and_then(|at| i32::try_from(at).ok());
    at.map_or((0, 0), |at| (at % 3, at / 3))
}

fn corner(cell: Cell) -> Point {
    let (column, row) = spot(cell);
    (LEFT + f64::from(column) * CELL.0, TOP + f64::from(row) * CELL.1)
}

fn ring(cell: Cell) -> Point {
    let (x, y) = corner(cell);
    (x + RING.0, y + RING.1)
}

/// Columns and rows between two cells.
fn apart(old: Cell, new: Cell) -> (i32, i32) {
    let (old, new) = (spot(old), spot(new));
    (new.0 - old.0, new.1 - old.1)
}
