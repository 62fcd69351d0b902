//! Sheets and their columns.

/// A sheet of the workbook.
#[derive(Debug)]
pub(super) struct SheetLayout {
    /// Its name.
    pub(super) name: &'static str,
    /// Its columns as they are written.
    pub(super) columns: &'static [Heading],
}

/// A column's heading.
#[derive(Debug)]
pub(super) struct Heading {
    /// What the program calls it.
    pub(super) key: &'static str,
    /// In English.
    pub(super) en: &'static str,
    /// In Chinese.
    pub(super) zh: &'static str,
    /// In characters.
    pub(super) width: f64,
    /// Whether a workbook may lack it: columns that came later, so that workbooks from before are still read.
    pub(super) is_optional: bool,
}

const fn column(key: &'static str, en: &'static str, zh: &'static str, width: f64) -> Heading {
    Heading { key, en, zh, width, is_optional: false }
}

const fn optional(key: &'static str, en: &'static str, zh: &'static str, width: f64) -> Heading {
    Heading { key, en, zh, width, is_optional: true }
}

const CODE: Heading = column("code", "Code", "代码", 22.0);
const NAME_EN: Heading = column("en", "Name (English)", "名称（英文）", 34.0);
const NAME_ZH: Heading = column("zh", "Name (Chinese)", "名称（中文）", 26.0);
const SOURCE: Heading = column("source", "Source", "来源", 14.0);
const SOURCE_OF: Heading = column("of", "Metric or attribute", "指标或属性", 24.0);

pub(super) const SCALE: SheetLayout = SheetLayout {
    name: "Scale",
    columns: &[
        CODE,
        NAME_EN,
        NAME_ZH,
        column("purpose", "Purpose", "用途", 22.0),
        column("grades", "Grades by", "分级方式", 16.0),
        optional("coverage", "Minimum coverage", "最低数据覆盖率", 18.0),
        optional("ties", "Equal scores", "同分处理", 16.0),
        optional("refill", "Refill places", "名额递补", 16.0),
    ],
};

pub(super) const DIMENSIONS: SheetLayout = SheetLayout {
    name: "Dimensions",
    columns: &[CODE, NAME_EN, NAME_ZH, column("axis", "Axis", "轴", 12.0), column("weight", "Weight", "权重", 12.0)],
};

pub(super) const FACTORS: SheetLayout = SheetLayout {
    name: "Factors",
    columns: &[
        CODE,
        column("dimension", "Dimension", "分项", 18.0),
        NAME_EN,
        NAME_ZH,
        column("max", "Maximum points", "最高分", 16.0),
        SOURCE,
        SOURCE_OF,
        column("rule", "Rule", "规则", 14.0),
        column("from", "No points at", "零分值", 16.0),
        column("to", "All points at", "满分值", 16.0),
        column("better", "Better", "优劣方向", 12.0),
        column("missing", "No data", "缺失数据", 14.0),
        column("question_en", "Question (English)", "提问（英文）", 34.0),
        column("question_zh", "Question (Chinese)", "提问（中文）", 26.0),
        optional("base", "Minimum base", "最低基数", 16.0),
        optional("base_share", "Minimum base: share of the median", "最低基数：中位数比例", 22.0),
        optional("base_least", "Minimum base: at least", "最低基数：不低于", 20.0),
        optional("influence", "Influence", "影响方", 14.0),
    ],
};

pub(super) const RULES: SheetLayout = SheetLayout {
    name: "Rules",
    columns: &[
        column("factor", "Factor", "要素", 22.0),
        column("value", "Level, value or from", "级别、取值或下限", 24.0),
        column("en", "Description (English)", "说明（英文）", 44.0),
        column("zh", "Description (Chinese)", "说明（中文）", 36.0),
        column("points", "Points", "分数", 12.0),
    ],
};

pub(super) const GRADES: SheetLayout = SheetLayout {
    name: "Grades",
    columns: &[
        column("grade", "Grade", "等级", 12.0),
        column("en", "Meaning (English)", "含义（英文）", 34.0),
        column("zh", "Meaning (Chinese)", "含义（中文）", 26.0),
        column("min", "Minimum score", "最低总分", 16.0),
        column("share", "Share", "比例", 12.0),
    ],
};

pub(super) const CAPS: SheetLayout = SheetLayout {
    name: "Caps",
    columns: &[
        column("at_best", "At best", "至多等级", 12.0),
        column("en", "Reason (English)", "原因（英文）", 34.0),
        column("zh", "Reason (Chinese)", "原因（中文）", 26.0),
        SOURCE,
        SOURCE_OF,
        column("op", "Comparison", "比较", 14.0),
        column("value", "Value", "比较值", 16.0),
        column("kind", "Type of value", "值类型", 14.0),
    ],
};

impl Heading {
    /// As it is written.
    pub(super) fn text(&self) -> String {
        format!("{} {}", self.en, self.zh)
    }

    /// Whether a heading means it: in both languages or in one, in any case.
    pub(super) fn is_called(&self, heading: &str) -> bool {
        let heading = heading.trim();
        [self.en, self.zh, &self.text()].iter().any(|known| known.eq_ignore_ascii_case(heading))
    }
}

/// The letters of a column: A, B … Z, AA.
pub(super) fn letters(column: u32) -> String {
    let mut letters = Vec::new();
    let mut left = column + 1;
    while left > 0 {
        left -= 1;
        letters.push(char::from(b'A' + u8::try_from(left % 26).unwrap_or(0)));
        left /= 26;
    }
    letters.iter().rev().collect()
}

/// A cell's name, both counted from 0.
pub(super) fn cell_name(sheet: &str, row: u32, column: u32) -> String {
    format!("{sheet}!{}{}", letters(column), row + 1)
}
