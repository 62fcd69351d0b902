use std::collections::BTreeSet;

use rust_decimal::Decimal;
use uuid::Uuid;

use super::sheet::{Tag, all_on_the_sheet, boxes, no_text_upon_another, read, rect, texts};
use super::{d, euro, month};
use crate::ge_matrix::chart::bubbles::{FRAME, radius, x_of, y_of};
use crate::ge_matrix::chart::circles::NAMED;
use crate::ge_matrix::chart::labels::Rect;
use crate::ge_matrix::{Bubble, BubbleSize, Cell, Chart, ChartTheme, Cutoffs, GeModelDefinition, ge_template};
use crate::values::{CustomerId, Exact, Locale};

fn model() -> &'static GeModelDefinition {
    &ge_template("standard").unwrap().definition
}

fn bubble(name: &str, at: usize, (rows, columns): (Decimal, Decimal), amount: Option<Decimal>) -> Bubble<'_> {
    let cutoffs = model().cutoffs;
    Bubble {
        customer: CustomerId(Uuid::from_u128(at as u128 + 1)),
        external_id: name,
        name,
        attractiveness: rows,
        competitive_strength: columns,
        cell: Cell::of(cutoffs.level(rows), cutoffs.level(columns)),
        amount,
    }
}

/// A made-up book: scores spread over the square, amounts falling steeply.
fn book(names: &[String]) -> Vec<Bubble<'_>> {
    let spread = |i: usize, step: usize| Decimal::from((i * step + 13) % 97) + d("1.5");
    let each = names.iter().enumerate().map(|(i, name)| {
        let amount = (i % 17 != 16).then(|| d("900000") / Decimal::from(i + 1));
        bubble(name, i, (spread(i, 37), spread(i, 61)), amount)
    });
    each.collect()
}

/// All at one place, the first ones larger.
fn crowd<'a>(names: &'a [String], (rows, columns): (&str, &str)) -> Vec<Bubble<'a>> {
    let each = names.iter().enumerate();
    each.map(|(i, name)| bubble(name, i, (d(rows), d(columns)), Some(d("1000") / Decimal::from(i + 1)))).collect()
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("Customer & Sons <{i:03}> Ltd")).collect()
}

fn chart<'a>(bubbles: &'a [Bubble<'a>], size: BubbleSize, locale: Locale) -> Chart<'a> {
    Chart { model: model(), locale, theme: None, as_of: month(), currency: euro(), size, bubbles, unmapped: 3 }
}

fn svg(names: &[String], locale: Locale) -> String {
    chart(&book(names), BubbleSize::Revenue, locale).svg()
}

/// The names that are written, each with its box.
fn written(picture: &str) -> Vec<(Rect, String)> {
    texts(picture).into_iter().filter(|(_, text)| text.starts_with("Cus")).collect()
}

fn circles(picture: &str) -> Vec<Tag<'_>> {
    let tags = read(picture).into_iter().map(|(tag, _)| tag);
    tags.filter(|tag| tag.name == "circle" && tag.get("data-id").is_some()).collect()
}

fn cells(picture: &str) -> Vec<Rect> {
    let tags = read(picture).into_iter().map(|(tag, _)| tag);
    tags.filter(|tag| tag.name == "rect" && tag.get("data-cell").is_some()).map(|tag| rect(&tag)).collect()
}

#[test]
fn strong_is_left_and_high_is_on_top() {
    assert!(x_of(100.0) < x_of(0.0));
    assert!(y_of(100.0) < y_of(0.0));
}

#[test]
fn the_area_is_proportional_to_the_amount() {
    let at = |amount: Decimal| radius(Some(amount), d("100")).unwrap();
    assert_eq!(at(d("100")), 2.0 * at(d("25")));
    assert_eq!(radius(None, d("100")), None);
    assert_eq!(radius(Some(d("-5")), d("100")), None);
}

#[test]
fn every_customer_is_drawn_once_and_told_in_words() {
    let names = names(60);
    let picture = svg(&names, Locale::En);
    let bubbles = read(&picture).into_iter().filter(|(tag, text)| tag.name == "title" && text.contains("Sons"));
    assert_eq!(bubbles.count(), 60);
    assert!(picture.contains("60 customers, 3 not mapped; amounts: revenue, 12 months, in EUR"));
    assert!(picture.contains("Customer &amp; Sons &lt;000&gt; Ltd") && !picture.contains("<000>"));
    assert!(picture.contains("attractiveness high, strength strong: Protect position"));
    assert!(svg(&names, Locale::ZhCn).contains("市场吸引力"));
}

#[test]
fn bubbles_may_stand_for_the_potential() {
    let names = names(20);
    let bubbles = book(&names);
    let potential = |locale| chart(&bubbles, BubbleSize::Potential, locale).svg();
    assert!(potential(Locale::En).contains("amounts: potential, a year, in EUR"));
    assert!(potential(Locale::En).contains(">none known<") && !potential(Locale::En).contains("evenue"));
    assert!(potential(Locale::ZhCn).contains("年采购潜力") && !potential(Locale::ZhCn).contains("销售额"));
}

#[test]
fn all_of_it_is_on_the_sheet() {
    for count in [0, 1, 3, 60, 400, 900] {
        for locale in [Locale::En, Locale::ZhCn] {
            all_on_the_sheet(&svg(&names(count), locale));
        }
    }
}

#[test]
fn the_same_book_gives_the_same_picture() {
    let names = names(30);
    let mut bubbles = book(&names);
    let first = chart(&bubbles, BubbleSize::Revenue, Locale::En).svg();
    bubbles.reverse();
    assert_eq!(first, chart(&bubbles, BubbleSize::Revenue, Locale::En).svg());
}

#[test]
fn an_empty_book_is_a_picture_too() {
    let picture = svg(&[], Locale::En);
    assert!(picture.starts_with("<svg") && picture.ends_with("</svg>\n"));
    assert!(!picture.contains("NaN") && !picture.contains("inf"));
}

#[test]
fn the_ten_largest_are_named_and_nobody_else() {
    for count in [1, 5, 10, 60, 700] {
        let (names, shown) = (names(count), NAMED.min(count));
        let found = written(&svg(&names, Locale::En));
        // Each with the ground beneath it.
        assert_eq!(found.len(), 2 * shown, "{count}");
        let told: BTreeSet<&str> = found.iter().map(|(_, text)| text.as_str()).collect();
        let of = |text: &&str| names.iter().any(|name| name.starts_with(text.trim_end_matches('…')));
        assert!(told.iter().all(of), "{told:?}");
    }
}

#[test]
fn a_name_never_crosses_the_border_of_a_cell() {
    for places in [("66.6667", "66.6667"), ("33.4", "33.4"), ("0", "0"), ("100", "100"), ("50", "0"), ("99", "34")] {
        for count in [1, 10, 80] {
            let (names, cutoffs) = (names(count), Cutoffs { low: Some(Exact(d("28"))), high: Some(Exact(d("74"))) });
            let bubbles = crowd(&names, places);
            let mut chart = chart(&bubbles, BubbleSize::Revenue, Locale::En);
            let own = GeModelDefinition { cutoffs, ..model().clone() };
            for model in [model(), &own] {
                chart.model = model;
                let picture = chart.svg();
                let cells = cells(&picture);
                assert_eq!(cells.len(), 9);
                let found = written(&picture);
                assert!(!found.is_empty(), "{places:?} {count} {cells:?}");
                for (name, text) in found {
                    assert!(cells.iter().any(|cell| name.within(cell)), "{text} {name:?} {places:?}");
                }
                no_text_upon_another(&picture);
            }
        }
    }
}

#[test]
fn texts_do_not_lie_upon_one_another() {
    for count in [0, 3, 10, 60, 700] {
        for locale in [Locale::En, Locale::ZhCn] {
            no_text_upon_another(&svg(&names(count), locale));
        }
    }
}

#[test]
fn headings_have_a_ground_of_their_own_over_the_bubbles() {
    let picture = svg(&names(700), Locale::En);
    let plates = boxes(&picture, "p");
    let heading = |text: &str| texts(&picture).into_iter().find(|(_, found)| found == text).unwrap().0;
    for name in ["Protect position", "Invest to build", "Withdraw"] {
        assert!(plates.iter().any(|plate| heading(name).within(plate)), "{name}");
    }
    let (last_circle, first_plate) = (picture.rfind("data-id=").unwrap(), picture.find("class=\"p\"").unwrap());
    assert!(last_circle < first_plate);
}

#[test]
fn every_circle_tells_whose_it_is_and_lies_inside_of_the_frame() {
    let names = names(60);
    let picture = svg(&names, Locale::En);
    let circles = circles(&picture);
    let told: BTreeSet<&str> = circles.iter().map(|tag| tag.get("data-id").unwrap()).collect();
    let expected: BTreeSet<String> = (1..=60).map(|n| Uuid::from_u128(n).to_string()).collect();
    assert_eq!(told, expected.iter().map(String::as_str).collect());
    for tag in &circles {
        let around = Rect::around(tag.number("cx"), tag.number("cy"), tag.number("r"));
        assert!(around.within(&FRAME), "{around:?}");
        assert!(Cell::from_code(tag.get("data-cell").unwrap()).is_some());
    }
}

#[test]
fn those_at_the_edge_are_spread_and_counted() {
    for (places, cell) in [(("50", "0"), "medium_weak"), (("100", "50"), "high_medium"), (("0", "0"), "low_weak")] {
        let names = names(40);
        let bubbles = crowd(&names, places);
        let picture = chart(&bubbles, BubbleSize::Revenue, Locale::En).svg();
        let circles = circles(&picture);
        assert_eq!(circles.len(), 40);
        let at: BTreeSet<(String, String)> =
            circles.iter().map(|tag| (tag.get("cx").unwrap().to_owned(), tag.get("cy").unwrap().to_owned())).collect();
        assert!(at.len() > 35, "{} places", at.len());
        assert!(circles.iter().all(|tag| tag.get("data-cell") == Some(cell)));
        assert!(texts(&picture).iter().any(|(_, text)| text == "40 at the edge"), "{places:?}");
        let chinese = chart(&bubbles, BubbleSize::Revenue, Locale::ZhCn).svg();
        assert!(texts(&chinese).iter().any(|(_, text)| text == "边缘40家"));
    }
    let names = names(40);
    assert!(!chart(&crowd(&names, ("50", "50")), BubbleSize::Revenue, Locale::En).svg().contains("at the edge"));
}

#[test]
fn chinese_at_the_side_stands_upright() {
    let picture = svg(&names(10), Locale::ZhCn);
    assert!(!picture.contains("rotate("));
    let mut pieces = texts(&picture).into_iter().filter(|(_, text)| "↑市场吸引力".contains(text.as_str()));
    let column: Vec<(Rect, String)> = pieces.by_ref().take(6).collect();
    assert_eq!(column.iter().map(|(_, text)| text.as_str()).collect::<String>(), "↑市场吸引力");
    for pair in column.windows(2) {
        let (above, below) = (&pair[0].0, &pair[1].0);
        let middle = |rect: &Rect| rect.x + rect.width / 2.0;
        assert!((middle(above) - middle(below)).abs() < 0.1 && below.y >= above.y + above.height - 0.1);
    }
    for (name, row) in ["高", "中", "低"].into_iter().zip(["高", "中", "低"]) {
        assert!(picture.contains(&format!("aria-label=\"{name}\"")) && picture.contains(&format!(">{row}</tspan>")));
    }
    assert!(svg(&names(10), Locale::En).contains("rotate(-90)\">Market attractiveness →<"));
}

#[test]
fn a_theme_takes_the_place_of_the_systems() {
    let names = names(3);
    let bubbles = book(&names);
    let mut chart = chart(&bubbles, BubbleSize::Revenue, Locale::En);
    let mut styles = |theme| {
        chart.theme = theme;
        let picture = chart.svg();
        let style = picture.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0.to_owned();
        (read(&picture)[0].0.get("class").unwrap().to_owned(), style)
    };
    let (root, system) = styles(None);
    assert!(root == "fenji-ge" && system.contains("@media (prefers-color-scheme:dark){.fenji-ge "));
    let (root, light) = styles(Some(ChartTheme::Light));
    assert!(root == "fenji-ge-light" && !light.contains("@media") && !light.contains("#161a22"));
    let (root, dark) = styles(Some(ChartTheme::Dark));
    assert!(root == "fenji-ge-dark" && !dark.contains("@media"));
    // The last rule of a selector holds.
    let ground = |style: &str, root: &str| {
        style.rsplit_once(&format!(".{root} .bg{{")).unwrap().1.split_once('}').unwrap().0.to_owned()
    };
    assert_eq!(ground(&light, "fenji-ge-light"), "fill:#ffffff");
    assert_eq!(ground(&dark, "fenji-ge-dark"), "fill:#161a22");
    // Two charts of different themes in one page do not touch one another.
    assert!(!dark.contains(".fenji-ge ") && !light.contains(".fenji-ge "));
}

#[test]
fn nothing_is_fetched_and_nothing_runs() {
    let hostile = vec!["</text><script>alert(1)</script>".to_owned(), "\" onload=\"x".to_owned(), "&#x3c;b".to_owned()];
    for locale in [Locale::En, Locale::ZhCn] {
        let picture = svg(&hostile, locale);
        all_on_the_sheet(&picture);
        let outside = ["<script", "onload=\"", "href", "url(", "@import", "@font-face", "http://", "https://"];
        let own = picture.replace("http://www.w3.org/2000/svg", "");
        assert!(outside.iter().all(|part| !own.contains(part)), "{own}");
    }
}
