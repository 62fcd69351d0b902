use std::io::{Cursor, Write};

use proptest::prelude::*;
use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::error::FieldProblem;
use crate::scales::wire::ScaleDocument;
use crate::scales::{ScaleDefinition, templates};

fn document(definition: ScaleDefinition) -> ScaleDocument {
    let template = &templates()[0];
    ScaleDocument { code: template.code.clone(), name: template.name.clone(), purpose: template.purpose, definition }
}

/// One factor of each rule, and each type of a cap's value.
fn of_everything() -> Value {
    let label = |text: &str| json!({"en": text, "zh": "分"});
    let factor = |code: &str, source: Value, rule: Value, missing: &str| json!({"code": code, "label": label(code), "max_points": "10", "source": source, "rule": rule, "missing": missing});
    let attribute = |code: &str| json!({"attribute": code});
    let with = |mut factor: Value, more: Value| {
        factor.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        factor
    };
    json!({
        "dimensions": [
            {"code": "a", "label": label("=1+1"), "axis": "quality", "weight": "0.333333", "factors": [
                factor("judged", json!({"judgement": {"question": label("-How?")}}),
                    json!({"levels": [{"code": "A", "label": label("@best"), "points": "10"}, {"code": "2", "label": label(" x "), "points": "0.0001"}]}), "excluded"),
                factor("asked", json!({"judgement": {}}), json!({"levels": [{"code": "x", "label": label("x"), "points": "1"}]}), "required"),
                factor("banded", json!({"metric": "growth_l12"}),
                    json!({"bands": [{"from": null, "points": "1"}, {"from": "-0.05", "points": "4"}, {"from": "0.123456789012", "points": "10"}]}), "zero"),
                with(factor("based", json!({"metric": "cagr_3y"}), json!({"linear": {"from": "0", "to": "1"}}), "excluded"),
                    json!({"min_base": {"median_share": "0.01", "at_least": "1000"}, "influence": "theirs"})),
                with(factor("sized", json!({"metric": "growth_l12"}), json!({"percentile": {"better": "higher"}}), "excluded"),
                    json!({"min_base": {"amount": "5000.5"}, "influence": "data"}))]},
            {"code": "b", "label": label("b"), "axis": "growth", "weight": "0.666667", "factors": [
                factor("chosen", attribute("size"), json!({"choices": {"choices": [{"value": "true", "points": "8"},
                    {"value": "3.50", "points": "2"}, {"value": "=sum", "points": "1"}], "otherwise": "0.5"}}), "neutral"),
                factor("open", attribute("size"), json!({"choices": {"choices": [{"value": "x", "points": "8"}], "otherwise": null}}), "neutral"),
                factor("lined", attribute("days"), json!({"linear": {"from": "123456789012345.6789", "to": "-30"}}), "zero"),
                factor("ranked", json!({"metric": "recency_days"}), json!({"percentile": {"better": "lower"}}), "zero")]}],
        "grade_bands": {"quota": [{"grade": "A", "label": label("A"), "share": "0.2"}, {"grade": "B", "label": label("B"), "share": null}],
            "ties": "better", "refill": true},
        "min_coverage": "0.65",
        "caps": [
            {"condition": {"source": {"metric": "overdue_days_max"}, "op": "gt", "value": {"number": "180"}}, "at_best": "B", "label": label("late")},
            {"condition": {"source": {"attribute": "audited"}, "op": "eq", "value": {"flag": false}}, "at_best": "B", "label": label("no audit")},
            {"condition": {"source": {"attribute": "zip"}, "op": "eq", "value": {"text": "007"}}, "at_best": "B", "label": label("there")}]
    })
}

fn read_back(document: &ScaleDocument) -> (ScaleDocument, Vec<crate::scales::Problem>) {
    read_workbook(&write_workbook(document).unwrap()).unwrap()
}

#[test]
fn what_is_written_is_read_back() {
    let everything = document(serde_json::from_value(of_everything()).unwrap());
    assert_eq!(read_back(&everything), (everything, vec![]));
    for template in templates() {
        let own = ScaleDocument {
            code: template.code.clone(),
            name: template.name.clone(),
            purpose: template.purpose,
            definition: template.definition.clone(),
        };
        assert_eq!(read_back(&own), (own, vec![]), "{}", template.code);
    }
    let bytes = write_workbook(&document(templates()[0].definition.clone())).unwrap();
    assert_eq!(bytes, write_workbook(&document(templates()[0].definition.clone())).unwrap());
}

#[test]
fn a_draft_with_problems_is_read_back_and_its_problems_have_cells() {
    let mut wrong = of_everything();
    wrong["dimensions"][0]["weight"] = json!("0.3");
    wrong["dimensions"][1]["factors"][0]["rule"]["choices"]["choices"][1]["points"] = json!("11");
    wrong["dimensions"][0]["label"]["zh"] = json!("");
    wrong["grade_bands"]["quota"][0]["share"] = json!("1.5");
    wrong["caps"][0]["at_best"] = json!("D");
    let wrong = document(serde_json::from_value(wrong).unwrap());
    let (read, problems) = read_back(&wrong);
    assert_eq!(read, wrong);
    let cells: Vec<_> = problems.iter().map(|p| (p.pointer.as_str(), p.code.code())).collect();
    let expected = [
        ("Dimensions!C2", "empty"),
        ("Rules!E9", "out_of_range"),
        ("Dimensions!E2:E3", "weights_sum"),
        ("Grades!E2", "out_of_range"),
        ("Grades!E2:E3", "shares_sum"),
        ("Caps!A2", "unknown"),
    ];
    assert_eq!(cells, expected);
}

/// A workbook of these sheets, each cell a text.
fn workbook(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
    let mut book = Workbook::new();
    for (name, rows) in sheets {
        let sheet = book.add_worksheet();
        sheet.set_name(*name).unwrap();
        for (row, cells) in (0u32..).zip(*rows) {
            for (column, cell) in (0u16..).zip(*cells) {
                if !cell.is_empty() {
                    sheet.write_string(row, column, *cell).unwrap();
                }
            }
        }
    }
    book.save_to_buffer().unwrap()
}

const SCALE: &[&[&str]] = &[
    &["Code", "名称（英文）", "Name (Chinese)", "purpose", "Grades by 分级方式"],
    &["ours", "Ours", "我们", "现有客户", "分数线"],
];
const DIMENSIONS: &[&[&str]] =
    &[&["Weight", "Code", "Name (English)", "Name (Chinese)", "Axis"], &["100%", "value", "Value", "价值", "质量"]];
const FACTORS: &[&[&str]] = &[
    &[
        "Code",
        "Dimension",
        "Name (English)",
        "Name (Chinese)",
        "Maximum points",
        "Source",
        "Metric or attribute",
        "Rule",
        "No points at",
        "All points at",
        "Better",
        "No data",
        "Question (English)",
        "Question (Chinese)",
    ],
    &["", "", "", "", ""],
    &["growth", "value", "Growth", "增长", "10", "指标", "同比增长率", "线性", "0", "25 %", "", "零分"],
];
const RULES: &[&[&str]] =
    &[&["Factor", "Level, value or from", "Description (English)", "Description (Chinese)", "Points"]];
const GRADES: &[&[&str]] = &[
    &["Grade", "Meaning (English)", "Meaning (Chinese)", "Minimum score", "Share"],
    &["A", "Best", "最好", "60"],
    &["B", "Rest", "其余", "0"],
];

#[test]
fn people_may_write_in_their_words_and_order() {
    let sheets =
        [("scale", SCALE), ("Dimensions", DIMENSIONS), ("Factors", FACTORS), ("Rules", RULES), ("Grades", GRADES)];
    let (read, problems) = read_workbook(&workbook(&sheets)).unwrap();
    assert_eq!(problems, []);
    let factor = read.definition.factors().next().unwrap();
    assert_eq!(serde_json::to_value(&factor.source).unwrap(), json!({"metric": "growth_l12"}));
    assert_eq!(serde_json::to_value(&factor.rule).unwrap(), json!({"linear": {"from": "0", "to": "0.25"}}));
    assert_eq!(read.definition.dimensions[0].weight.normalize().to_string(), "1");
}

#[test]
fn a_workbook_from_before_there_were_options_has_the_usual_ones() {
    let sheets =
        [("scale", SCALE), ("Dimensions", DIMENSIONS), ("Factors", FACTORS), ("Rules", RULES), ("Grades", GRADES)];
    let (read, _) = read_workbook(&workbook(&sheets)).unwrap();
    assert_eq!(read.definition.min_coverage.to_string(), "0.5");
    let factor = read.definition.factors().next().unwrap();
    assert_eq!((&factor.min_base, factor.influence), (&None, None));
}

#[test]
fn options_are_written_in_words_and_their_mistakes_have_cells() {
    let scale: &[&[&str]] = &[
        &["Code", "Name (English)", "Name (Chinese)", "Purpose", "Grades by", "最低数据覆盖率", "同分处理", "名额递补"],
        &["ours", "Ours", "我们", "现有客户", "比例", "120%", "取较好等级", "是"],
    ];
    let factors: &[&[&str]] = &[
        &[FACTORS[0], &["最低基数", "最低基数：中位数比例", "影响方"]].concat(),
        &[
            "growth",
            "value",
            "Growth",
            "增长",
            "10",
            "指标",
            "同比增长率",
            "线性",
            "0",
            "25 %",
            "",
            "零分",
            "",
            "",
            "-1",
            "1%",
            "客户方",
        ],
        &[
            "margin",
            "value",
            "Margin",
            "毛利",
            "10",
            "指标",
            "gross_margin_l12",
            "线性",
            "0",
            "9",
            "",
            "零分",
            "",
            "",
            "7",
            "",
            "us",
        ],
    ];
    let grades: &[&[&str]] = &[GRADES[0], &["A", "Best", "最好", "", "20%"], &["B", "Rest", "其余"]];
    let sheets =
        [("Scale", scale), ("Dimensions", DIMENSIONS), ("Factors", factors), ("Rules", RULES), ("Grades", grades)];
    let found = refused(&workbook(&sheets));
    let expected = [
        ("Factors!Q3", "invalid_choice"),
        ("Factors!O2", "lacking"),
        ("Factors!O2", "out_of_range"),
        ("Factors!O3", "wrong_source"),
        ("Scale!F2", "out_of_range"),
    ];
    for (cell, code) in expected {
        assert!(found.contains(&(cell.to_owned(), code)), "{cell} {code} is not in {found:#?}");
    }
    let fixed: &[&[&str]] = &[scale[0], &["ours", "Ours", "我们", "现有客户", "分数线", "", "better", "no"]];
    let sheets =
        [("Scale", fixed), ("Dimensions", DIMENSIONS), ("Factors", FACTORS), ("Rules", RULES), ("Grades", GRADES)];
    assert_eq!(refused(&workbook(&sheets)), [("Scale!G2".to_owned(), "not_needed")]);
}

fn refused(bytes: &[u8]) -> Vec<(String, &'static str)> {
    let WorkbookProblems(problems) = read_workbook(bytes).unwrap_err();
    problems.into_iter().map(|FieldProblem { pointer, code, .. }| (pointer, code)).collect()
}

#[test]
fn everything_that_cannot_be_read_is_told_by_sheet_and_cell_at_once() {
    let dimensions: &[&[&str]] =
        &[DIMENSIONS[0], &["sixty", "value", "Value", "价值", "worth"], &["40%", "va lue", "Value", "", "growth"]];
    let factors: &[&[&str]] = &[
        FACTORS[0],
        &["f", "value", "F", "F", "1,5", "metric", "grwth", "levels", "", "", "", "nil"],
        &["g", "nowhere", "G", "G", "", "attribute", "", "percentile", "", "", "", "zero"],
    ];
    let rules: &[&[&str]] = &[RULES[0], &["f", "A", "a", "a", "x"], &["z", "A", "a", "a", "1"]];
    let grades: &[&[&str]] = &[GRADES[0], &["A", "Best", "最好"], &["B", "Rest", "其余", "0"]];
    let caps: &[&[&str]] = &[&["At best", "Colour"], &["A"]];
    let sheets = [
        ("Scale", SCALE),
        ("Dimensions", dimensions),
        ("Factors", factors),
        ("Rules", rules),
        ("Grades", grades),
        ("Caps", caps),
    ];
    let found = refused(&workbook(&sheets));
    let expected = [
        ("Caps!B1", "unknown_column"),
        ("Dimensions!E2", "invalid_choice"),
        ("Dimensions!A2", "invalid_number"),
        ("Dimensions!B3", "invalid_code"),
        ("Factors!E2", "invalid_number"),
        ("Factors!G2", "unknown_reference"),
        ("Rules!E2", "invalid_number"),
        ("Factors!L2", "invalid_choice"),
        ("Factors!B3", "unknown_reference"),
        ("Factors!E3", "required"),
        ("Factors!G3", "required"),
        ("Factors!K3", "required"),
        ("Rules!A3", "unknown_reference"),
        ("Grades!D2", "required"),
        // What is wrong with the part that could be read.
        ("Dimensions!D3", "empty"),
    ];
    for (cell, code) in expected {
        assert!(found.contains(&(cell.to_owned(), code)), "{cell} {code} is not in {found:#?}");
    }
    assert!(!found.iter().any(|(_, code)| *code == "weights_sum"), "{found:?}");
    let missing: Vec<_> = found.iter().filter(|(_, code)| *code == "missing_column").collect();
    assert_eq!(missing.len(), 7, "{missing:?}");
    assert_eq!(refused(&workbook(&[("Other", SCALE)])).len(), 5);
}

#[test]
fn a_file_that_is_none_or_too_much_is_refused_and_stops_nothing() {
    let broken = [(String::new(), "broken_workbook")];
    assert_eq!(refused(b""), broken);
    assert_eq!(refused(b"PK\x03\x04 nothing"), broken);
    assert_eq!(refused(&vec![0; 3 * 1024 * 1024]), broken);
    let mut bomb = ZipWriter::new(Cursor::new(Vec::new()));
    bomb.start_file("xl/worksheets/sheet1.xml", SimpleFileOptions::default()).unwrap();
    let block = b"<c><v>1</v></c>".repeat(4096);
    (0..600).for_each(|_| bomb.write_all(&block).unwrap());
    assert_eq!(refused(&bomb.finish().unwrap().into_inner()), broken);
    // A cell at the far end would make a table of the whole sheet.
    let mut book = Workbook::new();
    book.add_worksheet().set_name("Scale").unwrap().write_string(1_048_575, 16_383, "x").unwrap();
    assert_eq!(refused(&book.save_to_buffer().unwrap()), broken);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn texts_and_numbers_survive(
        texts in prop::collection::vec("['=+@\\- ]{0,3}[a-z分级 ]{0,8}[ ']{0,2}", 8),
        mantissa in -999_999_999_999_999_999i64..999_999_999_999_999_999, scale in 0u32..16, flag: bool,
    ) {
        let mut changed = of_everything();
        let number = rust_decimal::Decimal::new(mantissa, scale).to_string();
        let places = [
            "/dimensions/0/label/en", "/dimensions/0/label/zh", "/dimensions/0/factors/0/label/en",
            "/dimensions/0/factors/0/rule/levels/0/label/zh", "/dimensions/1/factors/0/rule/choices/choices/0/value",
            "/grade_bands/quota/0/label/en", "/caps/0/label/zh", "/caps/2/condition/value/text",
        ];
        for (place, text) in places.iter().zip(&texts) {
            *changed.pointer_mut(place).unwrap() = json!(text);
        }
        for place in ["/dimensions/0/weight", "/dimensions/1/factors/2/rule/linear/to", "/caps/0/condition/value/number",
            "/dimensions/0/factors/2/rule/bands/1/from"] {
            *changed.pointer_mut(place).unwrap() = json!(number);
        }
        changed["caps"][1]["condition"]["value"]["flag"] = json!(flag);
        let changed = document(serde_json::from_value(changed).unwrap());
        prop_assert_eq!(read_back(&changed).0, changed);
    }
}
