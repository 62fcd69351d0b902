//! From a scale to a workbook.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{DataValidation, DocProperties, ExcelDateTime, Format, Formula, Workbook, Worksheet, XlsxError};

use super::help;
use super::layout::{CAPS, DIMENSIONS, FACTORS, GRADES, RULES, SCALE, SheetLayout};
use super::words::{self, GradesBy, RuleKind, SourceKind, ValueType};
use crate::error::{Error, ErrorCode, Result};
use crate::exports::guard;
use crate::metrics::FactValue;
use crate::scales::wire::ScaleDocument;
use crate::scales::{Cap, CapSource, Factor, FactorSource, GradeBands, ScaleDefinition, ScoringRule};
use crate::values::{Code, Exact, Label};

/// Significant digits that a number in a spreadsheet keeps; a decimal that has more is written as a text.
const MOST_DIGITS: usize = 15;
/// Rows below the last that offer choices too.
const SPARE_ROWS: u32 = 200;

/// What is written into a cell.
enum Cell {
    Blank,
    Text(String),
    Number(Exact),
    /// A share, shown in percent.
    Share(Exact),
    Flag(bool),
}

/// Writes a workbook. The same scale makes the same bytes.
///
/// # Errors
/// `not_acceptable` where a text is longer than a cell can hold.
pub fn write_workbook(document: &ScaleDocument) -> Result<Vec<u8>> {
    write(document).map_err(|error| match error {
        XlsxError::MaxStringLengthExceeded => {
            let en = "A text is longer than a cell can hold; ask for application/json.";
            Error::new(ErrorCode::NotAcceptable, en, "有文本超过单元格长度上限，请改用 application/json。")
        }
        other => Error::internal(other),
    })
}

fn write(document: &ScaleDocument) -> std::result::Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // Without a time of its own the file would carry the moment it was written.
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let definition = &document.definition;
    sheet(&mut book, &SCALE, vec![scale_row(document)])?;
    sheet(&mut book, &DIMENSIONS, dimension_rows(definition))?;
    sheet(&mut book, &FACTORS, factor_rows(definition))?;
    sheet(&mut book, &RULES, definition.factors().flat_map(rule_rows).collect())?;
    sheet(&mut book, &GRADES, grade_rows(&definition.grade_bands))?;
    sheet(&mut book, &CAPS, definition.caps.iter().map(cap_row).collect())?;
    help::add(&mut book)?;
    book.save_to_buffer()
}

fn sheet(book: &mut Workbook, layout: &SheetLayout, rows: Vec<Vec<Cell>>) -> std::result::Result<(), XlsxError> {
    let sheet = book.add_worksheet();
    sheet.set_name(layout.name)?;
    let heading = Format::new().set_bold().set_background_color("D9E6F2").set_text_wrap();
    let percent = Format::new().set_num_format("0.######%");
    for (place, column) in (0u16..).zip(layout.columns) {
        sheet.write_string_with_format(0, place, column.text(), &heading)?;
        sheet.set_column_width(place, column.width)?;
        if ["weight", "share", "coverage", "base_share"].contains(&column.key) {
            sheet.set_column_format(place, &percent)?;
        }
    }
    sheet.set_freeze_panes(1, 1)?;
    let last = u32::try_from(rows.len()).unwrap_or(u32::MAX - SPARE_ROWS);
    offer(sheet, layout, last + SPARE_ROWS)?;
    for (row, cells) in (1u32..).zip(rows) {
        for (column, cell) in (0u16..).zip(cells) {
            put(sheet, (row, column), cell, &percent)?;
        }
    }
    Ok(())
}

fn put(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: Cell,
    percent: &Format,
) -> std::result::Result<(), XlsxError> {
    let number = |number: Exact| number.0.normalize();
    match cell {
        Cell::Blank => {}
        Cell::Flag(flag) => drop(sheet.write_boolean(row, column, flag)?),
        Cell::Text(text) => drop(sheet.write_string(row, column, guard(&text))?),
        Cell::Number(value) => match lossless(number(value)) {
            Some(shown) => drop(sheet.write_number(row, column, shown)?),
            None => drop(sheet.write_string(row, column, number(value).to_string())?),
        },
        Cell::Share(value) => match lossless(number(value)) {
            Some(shown) => drop(sheet.write_number_with_format(row, column, shown, percent)?),
            None => drop(sheet.write_string(row, column, number(value).to_string())?),
        },
    }
    Ok(())
}

/// The number a decimal is, where it has no more digits than a spreadsheet keeps.
fn lossless(value: Decimal) -> Option<f64> {
    let digits = value.mantissa().unsigned_abs().to_string();
    (digits.trim_end_matches('0').len() <= MOST_DIGITS).then(|| value.to_string().parse().ok().or(value.to_f64()))?
}

/// Lists to choose from, so that nobody has to know the words.
fn offer(sheet: &mut Worksheet, layout: &SheetLayout, last: u32) -> std::result::Result<(), XlsxError> {
    for (place, column) in (0u16..).zip(layout.columns) {
        let list = match column.key {
            "purpose" => words::codes(words::PURPOSES),
            "grades" => words::codes(words::GRADES_BY),
            "axis" => words::codes(words::AXES),
            "source" if layout.name == CAPS.name => vec!["metric", "attribute"],
            "source" => words::codes(words::SOURCES),
            "rule" => words::codes(words::RULES),
            "better" => words::codes(words::BETTER),
            "missing" => words::codes(words::MISSING),
            "ties" => words::codes(words::TIES),
            "influence" => words::codes(words::INFLUENCES),
            "op" => words::codes(words::COMPARISONS),
            "kind" => words::codes(words::VALUE_TYPES),
            "of" => {
                let metrics = DataValidation::new().allow_list_formula(Formula::new(help::METRICS));
                // An attribute of the tenant's own stands in no list.
                sheet.add_data_validation(1, place, last, place, &metrics.show_error_message(false))?;
                continue;
            }
            _ => continue,
        };
        // Chinese words are read too.
        let choices = DataValidation::new().allow_list_strings(&list)?.show_error_message(false);
        sheet.add_data_validation(1, place, last, place, &choices)?;
    }
    Ok(())
}

fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

fn code(code: &Code) -> Cell {
    text(code.as_str())
}

fn scale_row(document: &ScaleDocument) -> Vec<Cell> {
    let (by, ties, refill) = match &document.definition.grade_bands {
        GradeBands::Fixed(_) => (GradesBy::Fixed, Cell::Blank, Cell::Blank),
        GradeBands::Quota(quota) => {
            (GradesBy::Quota, text(words::code_of(words::TIES, &quota.ties)), Cell::Flag(quota.refill))
        }
    };
    vec![
        code(&document.code),
        text(&document.name.en),
        text(&document.name.zh),
        text(words::code_of(words::PURPOSES, &document.purpose)),
        text(words::code_of(words::GRADES_BY, &by)),
        Cell::Share(document.definition.min_coverage),
        ties,
        refill,
    ]
}

fn dimension_rows(definition: &ScaleDefinition) -> Vec<Vec<Cell>> {
    let row = |dimension: &crate::scales::Dimension| {
        vec![
            code(&dimension.code),
            text(&dimension.label.en),
            text(&dimension.label.zh),
            text(words::code_of(words::AXES, &dimension.axis)),
            Cell::Share(dimension.weight),
        ]
    };
    definition.dimensions.iter().map(row).collect()
}

fn factor_rows(definition: &ScaleDefinition) -> Vec<Vec<Cell>> {
    let each = definition.dimensions.iter().flat_map(|dimension| {
        let home = &dimension.code;
        dimension.factors.iter().map(move |factor| factor_row(home, factor))
    });
    each.collect()
}

fn factor_row(home: &Code, factor: &Factor) -> Vec<Cell> {
    let (source, of, question) = match &factor.source {
        FactorSource::Metric(metric) => (SourceKind::Metric, text(metric.code()), None),
        FactorSource::Attribute(attribute) => (SourceKind::Attribute, code(attribute), None),
        FactorSource::Judgement(judgement) => (SourceKind::Judgement, Cell::Blank, judgement.question.as_ref()),
    };
    let (rule, from, to, better) = match &factor.rule {
        ScoringRule::Levels(_) => (RuleKind::Levels, Cell::Blank, Cell::Blank, Cell::Blank),
        ScoringRule::Bands(_) => (RuleKind::Bands, Cell::Blank, Cell::Blank, Cell::Blank),
        ScoringRule::Choices(_) => (RuleKind::Choices, Cell::Blank, Cell::Blank, Cell::Blank),
        ScoringRule::Linear(line) => (RuleKind::Linear, Cell::Number(line.from), Cell::Number(line.to), Cell::Blank),
        ScoringRule::Percentile(rule) => {
            let better = text(words::code_of(words::BETTER, &rule.better));
            (RuleKind::Percentile, Cell::Blank, Cell::Blank, better)
        }
    };
    let asked = |get: fn(&Label) -> &String| question.map_or(Cell::Blank, |question| text(get(question)));
    let base = factor.min_base.clone().unwrap_or_default();
    let influence = |influence| text(words::code_of(words::INFLUENCES, &influence));
    vec![
        code(&factor.code),
        code(home),
        text(&factor.label.en),
        text(&factor.label.zh),
        Cell::Number(factor.max_points),
        text(words::code_of(words::SOURCES, &source)),
        of,
        text(words::code_of(words::RULES, &rule)),
        from,
        to,
        better,
        text(words::code_of(words::MISSING, &factor.missing)),
        asked(|question| &question.en),
        asked(|question| &question.zh),
        base.amount.map_or(Cell::Blank, Cell::Number),
        base.median_share.map_or(Cell::Blank, Cell::Share),
        base.at_least.map_or(Cell::Blank, Cell::Number),
        factor.influence.map_or(Cell::Blank, influence),
    ]
}

fn rule_rows(factor: &Factor) -> Vec<Vec<Cell>> {
    let row = |value: Cell, label: Option<&Label>, points: Exact| {
        let label = |get: fn(&Label) -> &String| label.map_or(Cell::Blank, |label| text(get(label)));
        vec![code(&factor.code), value, label(|l| &l.en), label(|l| &l.zh), Cell::Number(points)]
    };
    match &factor.rule {
        ScoringRule::Levels(levels) => {
            levels.iter().map(|level| row(code(&level.code), Some(&level.label), level.points)).collect()
        }
        ScoringRule::Bands(bands) => {
            bands.iter().map(|band| row(band.from.map_or(Cell::Blank, Cell::Number), None, band.points)).collect()
        }
        ScoringRule::Choices(rule) => {
            let named = rule.choices.iter().map(|choice| row(text(&choice.value), None, choice.points));
            named.chain(rule.otherwise.map(|points| row(Cell::Blank, None, points))).collect()
        }
        ScoringRule::Linear(_) | ScoringRule::Percentile(_) => Vec::new(),
    }
}

fn grade_rows(bands: &GradeBands) -> Vec<Vec<Cell>> {
    let row = |grade: &Code, label: &Label, min: Cell, share: Cell| {
        vec![code(grade), text(&label.en), text(&label.zh), min, share]
    };
    match bands {
        GradeBands::Fixed(bands) => {
            let each = bands.iter();
            each.map(|band| row(&band.grade, &band.label, Cell::Number(band.min_score), Cell::Blank)).collect()
        }
        GradeBands::Quota(quota) => {
            let each = quota.bands.iter();
            each.map(|band| row(&band.grade, &band.label, Cell::Blank, band.share.map_or(Cell::Blank, Cell::Share)))
                .collect()
        }
    }
}

fn cap_row(cap: &Cap) -> Vec<Cell> {
    let (source, of) = match &cap.condition.source {
        CapSource::Metric(metric) => (SourceKind::Metric, text(metric.code())),
        CapSource::Attribute(attribute) => (SourceKind::Attribute, code(attribute)),
    };
    let (value, kind) = match &cap.condition.value {
        FactValue::Number(number) => (Cell::Number(*number), ValueType::Number),
        FactValue::Text(held) => (text(held), ValueType::Text),
        FactValue::Flag(flag) => (Cell::Flag(*flag), ValueType::Flag),
    };
    vec![
        code(&cap.at_best),
        text(&cap.label.en),
        text(&cap.label.zh),
        text(words::code_of(words::SOURCES, &source)),
        of,
        text(words::code_of(words::COMPARISONS, &cap.condition.op)),
        value,
        text(words::code_of(words::VALUE_TYPES, &kind)),
    ]
}
