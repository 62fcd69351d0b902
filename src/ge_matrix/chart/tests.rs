use super::*;
use crate::ge_matrix::ge_template;

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn month() -> Month {
    "2013-11".parse().unwrap()
}

/// A made-up book: scores spread over the square, revenues falling steeply.
fn book(names: &[String]) -> Vec<Bubble<'_>> {
    let model = &ge_template("standard").unwrap().definition;
    let spread = |i: usize, step: usize| Decimal::from((i * step + 13) % 97) + d("1.5");
    let each = names.iter().enumerate().map(|(i, name)| {
        let (rows, columns) = (spread(i, 37), spread(i, 61));
        let cell = Cell::of(model.cutoffs.level(rows), model.cutoffs.level(columns));
        let revenue = (i % 17 != 16).then(|| d("900000") / Decimal::from(i + 1));
        Bubble { external_id: name, name, attractiveness: rows, competitive_strength: columns, cell, revenue }
    });
    each.collect()
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("Customer & Sons <{i:03}> Ltd")).collect()
}

fn svg(names: &[String], locale: Locale) -> String {
    let model = &ge_template("standard").unwrap().definition;
    let bubbles = book(names);
    Chart { model, locale, as_of: month(), currency: "EUR".parse().unwrap(), bubbles: &bubbles, unmapped: 3 }.svg()
}

#[test]
fn strong_is_left_and_high_is_on_top() {
    assert!(x_of(100.0) < x_of(0.0));
    assert!(y_of(100.0) < y_of(0.0));
}

#[test]
fn the_area_is_proportional_to_the_revenue() {
    let at = |revenue: Decimal| radius(Some(revenue), d("100")).unwrap();
    assert_eq!(at(d("100")), 2.0 * at(d("25")));
    assert_eq!(radius(None, d("100")), None);
    assert_eq!(radius(Some(d("-5")), d("100")), None);
}

#[test]
fn every_customer_is_drawn_once_and_told_in_words() {
    let names = names(60);
    let picture = svg(&names, Locale::En);
    assert_eq!(picture.matches("<title>").count(), 60);
    assert!(picture.contains("60 customers, 3 not mapped; amounts in EUR"));
    assert!(picture.contains("Customer &amp; Sons &lt;000&gt; Ltd") && !picture.contains("<000>"));
    assert!(picture.contains("high attractiveness, strong strength: Protect position"));
    assert!(svg(&names, Locale::ZhCn).contains("市场吸引力"));
}

#[test]
fn the_same_book_gives_the_same_picture() {
    let names = names(30);
    let model = &ge_template("standard").unwrap().definition;
    let mut bubbles = book(&names);
    let chart = |bubbles: &[Bubble<'_>]| {
        Chart { model, locale: Locale::En, as_of: month(), currency: "EUR".parse().unwrap(), bubbles, unmapped: 0 }
            .svg()
    };
    let first = chart(&bubbles);
    bubbles.reverse();
    assert_eq!(first, chart(&bubbles));
}

#[test]
fn an_empty_book_is_a_picture_too() {
    let picture = svg(&[], Locale::En);
    assert!(picture.starts_with("<svg") && picture.ends_with("</svg>\n"));
    assert!(!picture.contains("NaN") && !picture.contains("inf"));
}
