use proptest::prelude::*;

use super::sheet::{all_on_the_sheet, boxes, read, texts};
use super::{d, euro, month};
use crate::ge_matrix::chart::labels::Rect;
use crate::ge_matrix::{Cell, ChartTheme, Flow, GeModelDefinition, MigrationChart, Place, ge_template};
use crate::values::Locale;

fn model() -> &'static GeModelDefinition {
    &ge_template("standard").unwrap().definition
}

fn flow(old: Place, new: Place, customers: i64, revenue: &str) -> Flow {
    let revenue = d(revenue);
    Flow { old, new, customers, old_revenue: revenue, new_revenue: revenue * d("2") }
}

fn chart(flows: &[Flow], locale: Locale) -> MigrationChart<'_> {
    let old = "2012-11".parse().unwrap();
    MigrationChart { model: model(), locale, theme: None, old: (old, 1), new: (month(), 1), currency: euro(), flows }
}

/// Two up, one down, one aside, some who stay, and all that is outside of the cells.
fn small() -> Vec<Flow> {
    use Place::{Absent, In, Unmapped};
    vec![
        flow(In(Cell::HighStrong), In(Cell::HighStrong), 7, "7000"),
        flow(In(Cell::HighMedium), In(Cell::HighStrong), 2, "1000"),
        flow(In(Cell::HighStrong), In(Cell::HighMedium), 1, "500"),
        flow(In(Cell::HighWeak), In(Cell::LowStrong), 3, "30"),
        flow(In(Cell::LowWeak), Unmapped, 4, "4"),
        flow(In(Cell::LowWeak), Absent, 5, "55"),
        flow(Unmapped, In(Cell::LowWeak), 6, "6"),
        flow(Unmapped, Unmapped, 8, "8"),
        flow(Absent, In(Cell::MediumMedium), 9, "9"),
    ]
}

/// Every pair of places, as crowded as can be.
fn crowded() -> Vec<Flow> {
    let each = Place::pairs().enumerate().filter(|(_, pair)| *pair != (Place::Absent, Place::Absent));
    each.map(|(i, (old, new))| flow(old, new, (i as i64 * 37) % 1_200 + 1, "123456")).collect()
}

#[test]
fn every_move_is_told_in_words_and_up_is_told_from_down_without_colour() {
    let flows = small();
    let picture = chart(&flows, Locale::En).svg();
    let title = |text: &str| read(&picture).iter().any(|(tag, found)| tag.name == "title" && *found == text);
    assert!(title("high/medium → high/strong: 2 customers · 2 k"));
    assert!(title("high/strong → high/medium: 1 customer · 1 k"));
    assert!(title("high/strong: 7 customers stayed"));
    let words = read(&picture).into_iter().find(|(tag, _)| tag.name == "desc").unwrap().1;
    for part in [
        "45 customers, 30 moved; amounts: revenue, 12 months to 2013-11",
        "; better: 2 customers · 2 k; worse: 1 customer · 1 k; sideways: 3 customers · 60; stayed: 7 customers",
        "; low/weak → not there: 5 customers · 55",
        "; not there → medium/medium: 9 customers",
    ] {
        assert!(words.contains(part), "{part} is not in {words}");
    }
    let shafts = |class: &str| read(&picture).iter().filter(|(tag, _)| tag.get("class") == Some(class)).count();
    // One each in the legend.
    assert_eq!([shafts("w up"), shafts("w down"), shafts("w even")], [2, 2, 2]);
    assert!(picture.contains(".w.down{stroke-dasharray:8 4}") && picture.contains(".w.even{stroke-dasharray:2 3}"));
    let signs: Vec<&str> = picture.split("<path class=\"d up\" d=\"").skip(1).collect();
    assert_eq!(signs.len(), 3, "a head, a sign on its number and one in the legend");
}

#[test]
fn the_cells_count_before_and_after() {
    let flows = small();
    let picture = chart(&flows, Locale::En).svg();
    let shown: Vec<String> = texts(&picture).into_iter().map(|(_, text)| text).collect();
    for text in ["8 → 9", "2 → 1", "3 → 0", "0 → 3", "0 → 9", "9 → 6"] {
        assert!(shown.iter().any(|found| found == text), "{text}: {shown:?}");
    }
    let chinese = chart(&flows, Locale::ZhCn).svg();
    assert!(["客户迁移", "改善", "8家 → 9家", "市场吸引力"].iter().all(|part| chinese.contains(part)));
    assert!(!chinese.contains("better") && !chinese.contains("customer"));
}

#[test]
fn another_version_of_the_model_is_told() {
    let flows = small();
    let mut chart = chart(&flows, Locale::En);
    assert!(!chart.svg().contains("model version"));
    chart.old.1 = 3;
    assert!(chart.svg().contains("model version 3, then 1"));
    all_on_the_sheet(&chart.svg());
}

#[test]
fn what_finds_no_room_is_counted() {
    let flows = crowded();
    let picture = chart(&flows, Locale::En).svg();
    let tags = read(&picture);
    let drawn = tags.iter().filter(|(tag, _)| tag.get("class") == Some("pill")).count();
    let arrows = tags.iter().filter(|(tag, _)| tag.name == "g").count();
    assert!(drawn == arrows && (6..=16).contains(&drawn), "{drawn} of {arrows}");
    assert!(picture.contains(&format!(">{} smaller moves<", 72 - drawn)));
    all_on_the_sheet(&picture);
}

#[test]
fn the_cells_and_moves_tell_what_is_behind_them_in_any_theme() {
    let flows = small();
    let mut chart = chart(&flows, Locale::ZhCn);
    chart.theme = Some(ChartTheme::Dark);
    let picture = chart.svg();
    assert!(picture.contains("class=\"fenji-ge-dark\"") && !picture.contains("@media"));
    assert!(picture.contains("<g data-old-cell=\"high_medium\" data-new-cell=\"high_strong\">"));
    for cell in Cell::ALL {
        assert!(picture.contains(&format!("data-cell=\"{}\"", cell.code())));
    }
    assert!(!picture.contains("rotate(") && picture.contains("aria-label=\"市场吸引力\""));
}

#[test]
fn nobody_is_a_picture_too() {
    let picture = chart(&[], Locale::ZhCn).svg();
    assert!(!picture.contains("NaN") && !picture.contains("inf"));
    all_on_the_sheet(&picture);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn numbers_lie_on_nothing_and_all_is_on_the_sheet(counts in proptest::collection::vec(0..40_000i64, 121), chinese: bool) {
        let flows: Vec<Flow> = Place::pairs()
            .zip(&counts)
            .map(|((old, new), customers)| flow(old, new, *customers, "98765432.10"))
            .collect();
        let locale = if chinese { Locale::ZhCn } else { Locale::En };
        let picture = chart(&flows, locale).svg();
        all_on_the_sheet(&picture);
        let pills: Vec<Rect> = boxes(&picture, "pill");
        for (i, pill) in pills.iter().enumerate() {
            // Pixels are written to a tenth.
            let inner = Rect { x: pill.x + 0.1, y: pill.y + 0.1, width: pill.width - 0.2, height: pill.height - 0.2 };
            prop_assert!(pills.iter().skip(i + 1).all(|other| !inner.overlaps(other)));
        }
        let tags = read(&picture);
        let mut widths = tags.iter().filter_map(|(tag, _)| tag.get("stroke-width")).map(|width| width.parse::<f64>().unwrap());
        prop_assert!(widths.all(|width| (1.0..=8.0).contains(&width)));
    }
}
