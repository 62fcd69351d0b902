//! The sheet that tells how to fill in the others.

use rust_xlsxwriter::{Format, Workbook, XlsxError};

use super::words::{self, Word};
use crate::metrics::Metric;

/// Where the names of the metrics stand.
pub(super) const METRICS: &str = "=Help!$A$2:$A$23";
/// The column behind the metrics in which the rest begins.
const NOTES: u16 = 4;

const LINES: [(&str, &str, &str); 14] = [
    ("Dimensions", "The weights of all dimensions sum to 100 %.", "所有分项的权重合计为100%。"),
    (
        "Factors",
        "A metric and an attribute are named; a judgement is what members say, by levels.",
        "指标或属性须填写名称；评定由成员按级别给出。",
    ),
    ("Rules: levels", "One row a level: its code, what it means, its points.", "每个级别一行：代码、说明、分数。"),
    (
        "Rules: bands",
        "One row a band, ascending: the smallest number in it, its points. Blank in the first: everything below.",
        "每个区间一行，按下限递增：下限和分数。第一行下限留空表示更小的所有值。",
    ),
    (
        "Rules: choices",
        "One row a value and its points; a row without a value tells what any other gives.",
        "每个取值一行；取值留空的一行表示其他取值的分数。",
    ),
    (
        "Rule: linear",
        "On the sheet Factors: the number that gives no points, and the one that gives all.",
        "在 Factors 工作表中填写零分值和满分值。",
    ),
    (
        "Rule: percentile",
        "By the place among all who are graded and have the number: the best gets all points, the worst none.",
        "按有数据客户中的排名：最好得满分，最差得零分。",
    ),
    (
        "No data",
        "zero: no points; neutral: half; excluded: left out; required: not graded without it.",
        "zero：零分；neutral：半分；excluded：不计；required：缺失则不分级。",
    ),
    (
        "Grades",
        "The best first. fixed: minimum scores, the last 0. quota: shares of the customers, the last blank: the rest.",
        "从最好的等级开始。fixed：最低总分，最后一级为0；quota：客户比例，最后一级留空取剩余。",
    ),
    (
        "Caps",
        "At best this grade where the condition holds, whatever the score.",
        "满足条件时，无论得分，至多为该等级。",
    ),
    (
        "Minimum coverage",
        "The share of all points whose facts must be known; below it a customer is not graded. Blank: 50 %.",
        "必须有数据的分值比例；低于该比例的客户不分级。留空为50%。",
    ),
    (
        "Equal scores, refill",
        "Of quota: who gets the better grade at a border, and whether places that caps take go to the next.",
        "仅用于比例分级：等级边界上同分者的处理，以及被限制条件占用的名额是否递补。",
    ),
    (
        "Minimum base",
        "Of growth: an amount, or a share of the median revenue and at least an amount. Below it there is no value.",
        "仅用于增长率：金额，或销售额中位数的比例并不低于某金额。低于该基数则无数据。",
    ),
    (
        "Influence",
        "Who can change it: ours, theirs, or data to gather. Blank: by the source.",
        "由谁影响：ours 我方、theirs 客户方、data 补充数据。留空则按来源判断。",
    ),
];

pub(super) fn add(book: &mut Workbook) -> Result<(), XlsxError> {
    let sheet = book.add_worksheet();
    sheet.set_name("Help")?;
    let bold = Format::new().set_bold();
    for (column, (heading, width)) in
        (0u16..).zip([("Metric 指标", 24.0), ("English", 36.0), ("中文", 26.0), ("", 4.0), ("Where 位置", 22.0)])
    {
        sheet.write_string_with_format(0, column, heading, &bold)?;
        sheet.set_column_width(column, width)?;
    }
    sheet.set_column_width(NOTES + 1, 70.0)?.set_column_width(NOTES + 2, 60.0)?;
    for (row, metric) in (1u32..).zip(Metric::ALL) {
        let label = metric.label();
        sheet.write_string(row, 0, metric.code())?.write_string(row, 1, label.en)?.write_string(row, 2, label.zh)?;
    }
    let mut row = 1;
    for (place, en, zh) in LINES {
        sheet.write_string(row, NOTES, place)?.write_string(row, NOTES + 1, en)?.write_string(row, NOTES + 2, zh)?;
        row += 1;
    }
    for (place, choices) in [
        ("Axis 轴", listed(words::AXES)),
        ("Source 来源", listed(words::SOURCES)),
        ("Rule 规则", listed(words::RULES)),
        ("Better 优劣方向", listed(words::BETTER)),
        ("No data 缺失数据", listed(words::MISSING)),
        ("Equal scores 同分处理", listed(words::TIES)),
        ("Influence 影响方", listed(words::INFLUENCES)),
        ("Comparison 比较", listed(words::COMPARISONS)),
        ("Type of value 值类型", listed(words::VALUE_TYPES)),
    ] {
        sheet.write_string(row, NOTES, place)?.write_string(row, NOTES + 1, choices)?;
        row += 1;
    }
    Ok(())
}

fn listed<T>(words: &[Word<T>]) -> String {
    words.iter().map(|(code, zh, _)| format!("{code} {zh}")).collect::<Vec<_>>().join(", ")
}
