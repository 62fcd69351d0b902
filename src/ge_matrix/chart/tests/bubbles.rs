use rust_decimal::Decimal;

use super::sheet::{all_on_the_sheet, read};
use super::{d, euro, month};
use crate::ge_matrix::chart::bubbles::{radius, x_of, y_of};
use crate::ge_matrix::{Bubble, BubbleSize, Cell, Chart, ge_template};
use crate::values::Locale;

/// A made-up book: scores spread over the square, amounts falling steeply.
fn book(names: &[String]) -> Vec<Bubble<'_>> {
    let model = &ge_template("standard").unwrap().definition;
    let spread = |i: usize, step: usize| Decimal::from((i * step + 13) % 97) + d("1.5");
    let each = names.iter().enumerate().map(|(i, name)| {
        let (rows, columns) = (spread(i, 37), spread(i, 61));
        let cell = Cell::of(model.cutoffs.level(rows), model.cutoffs.level(columns));
        let amount = (i % 17 != 16).then(|| d("900000") / Decimal::from(i + 1));
        Bubble { external_id: name, name, attractiveness: rows, competitive_strength: columns, cell, amount }
    });
    each.collect()
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("Customer & Sons <{i:03}> Ltd")).collect()
}

fn chart<'a>(bubbles: &'a [Bubble<'a>], size: BubbleSize, locale: Locale) -> Chart<'a> {
    let model = &ge_template("standard").unwrap().definition;
    Chart { model, locale, as_of: month(), currency: euro(), size, bubbles, unmapped: 3 }
}

fn svg(names: &[String], locale: Locale) -> String {
    chart(&book(names), BubbleSize::Revenue, locale).svg()
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
