//! From a workbook to a scale.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::grid::{self, Cells};
use super::layout::{CAPS, DIMENSIONS, FACTORS, GRADES, RULES, SCALE};
use super::pieces::{band, cap_value, choices, level, metric, unread_code};
use super::places::Places;
use super::rows::{Notes, Row, Table};
use super::words::{self, GradesBy, RuleKind, SourceKind};
use crate::error::FieldProblem;
use crate::metrics::Metric;
use crate::scales::wire::ScaleDocument;
use crate::scales::{
    Axis, Better, Cap, CapCondition, CapSource, Comparison, Dimension, Factor, FactorSource, FixedBand, GradeBands,
    Judgement, LinearRule, MinBase, MissingPolicy, PercentileRule, Problem, ProblemCode, Purpose, QuotaBand,
    QuotaBands, QuotaTies, ScaleDefinition, ScoringRule, usual_coverage, validate,
};
use crate::values::{Code, Exact, Label};

/// Everything for which a workbook is refused, by sheet and cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkbookProblems(pub Vec<FieldProblem>);

/// Reads a workbook: the scale, and what stands against publishing it, each with its cell in place of a pointer.
///
/// # Errors
/// Everything that cannot be read, and with it what is wrong with the rest, as far as that can be told.
pub fn read_workbook(bytes: &[u8]) -> Result<(ScaleDocument, Vec<Problem>), WorkbookProblems> {
    let names = [&SCALE, &DIMENSIONS, &FACTORS, &RULES, &GRADES, &CAPS].map(|layout| layout.name);
    // The library that reads workbooks is not ours: what stops it must not stop us.
    let sheets = catch_unwind(AssertUnwindSafe(|| grid::sheets(bytes, &names)));
    let sheets = sheets.unwrap_or_else(|_| Err("it is not a workbook".to_owned())).map_err(|reason| {
        let en = format!("The file is no XLSX workbook that can be read: {reason}.");
        let detail = Label::new(en, format!("无法读取的 XLSX 工作簿：{reason}。"));
        WorkbookProblems(vec![FieldProblem { pointer: String::new(), code: "broken_workbook", detail }])
    })?;
    Reading::of(sheets).finish()
}

struct Reading {
    notes: Notes,
    places: Places,
    document: ScaleDocument,
    /// Of what the problems of a column as a whole are not told, because a cell of it has one already.
    untold: Vec<ProblemCode>,
}

/// How the grades of the sheet `Grades` are reached.
#[derive(Debug)]
struct QuotaOptions {
    by: GradesBy,
    ties: Option<QuotaTies>,
    refill: Option<bool>,
}

impl Default for QuotaOptions {
    fn default() -> Self {
        Self { by: GradesBy::Fixed, ties: None, refill: None }
    }
}

/// The rows of `Rules` of one factor.
type RuleRows<'a> = BTreeMap<String, Vec<Row<'a>>>;

impl Reading {
    fn of(mut sheets: BTreeMap<&'static str, Cells>) -> Self {
        let mut notes = Notes::default();
        // A scale without caps needs no sheet for them.
        let caps = sheets.remove(CAPS.name);
        let mut open = |layout, cells| Table::open(layout, cells, &mut notes);
        let scale = open(&SCALE, sheets.remove(SCALE.name));
        let dimensions = open(&DIMENSIONS, sheets.remove(DIMENSIONS.name));
        let factors = open(&FACTORS, sheets.remove(FACTORS.name));
        let rules = open(&RULES, sheets.remove(RULES.name));
        let grades = open(&GRADES, sheets.remove(GRADES.name));
        let caps = caps.map(|cells| open(&CAPS, Some(cells)));
        let empty = ScaleDefinition {
            dimensions: Vec::new(),
            grade_bands: GradeBands::Fixed(Vec::new()),
            caps: Vec::new(),
            min_coverage: usual_coverage(),
        };
        let mut reading = Self {
            document: ScaleDocument {
                code: unread_code(),
                name: Label::new("", ""),
                purpose: Purpose::ExistingCustomers,
                definition: empty,
            },
            notes,
            places: Places::default(),
            untold: Vec::new(),
        };
        let by = reading.scale(&scale);
        reading.dimensions(&dimensions);
        reading.factors(&factors, &rules);
        reading.grades(&grades, &by);
        if let Some(caps) = &caps {
            reading.caps(caps);
        }
        if dimensions.is_faulty("weight", &reading.notes) {
            reading.untold.push(ProblemCode::WeightsSum);
        }
        if grades.is_faulty("share", &reading.notes) {
            reading.untold.push(ProblemCode::SharesSum);
        }
        reading
    }

    fn finish(mut self) -> Result<(ScaleDocument, Vec<Problem>), WorkbookProblems> {
        let untold = &self.untold;
        let found = validate(&self.document.definition).into_iter().filter(|problem| !untold.contains(&problem.code));
        let placed = found.map(|problem| Problem { pointer: self.places.of(&problem.pointer), ..problem });
        let problems: Vec<Problem> = placed.filter(|problem| !self.notes.has(&problem.pointer)).collect();
        if self.notes.is_empty() {
            return Ok((self.document, problems));
        }
        for problem in problems {
            self.notes.add(problem.pointer, problem.code.code(), problem.detail.en, problem.detail.zh);
        }
        Err(WorkbookProblems(self.notes.into_problems()))
    }

    fn scale(&mut self, table: &Table) -> QuotaOptions {
        let mut rows = table.rows();
        let Some(row) = rows.next() else {
            if self.notes.is_empty() {
                self.notes.add(format!("{}!A2", SCALE.name), "required", "The scale is not named.", "未填写量表。");
            }
            return QuotaOptions::default();
        };
        for more in rows {
            self.notes.add(more.cell("code"), "duplicate", "A workbook holds one scale.", "一个工作簿只能有一个量表。");
        }
        let notes = &mut self.notes;
        if let Some(code) = row.code("code", notes) {
            self.document.code = code;
        }
        self.document.name = row.label("en", "zh", notes);
        for key in ["en", "zh"] {
            let text = if key == "en" { &self.document.name.en } else { &self.document.name.zh };
            if text.trim().is_empty() && !notes.has(&row.cell(key)) {
                row.lack(key, notes);
            }
        }
        if let Some(purpose) = row.word("purpose", words::PURPOSES, notes) {
            self.document.purpose = purpose;
        }
        let coverage = row.maybe_number("coverage", notes);
        self.document.definition.min_coverage = coverage.unwrap_or_else(usual_coverage);
        self.places.put("/min_coverage", row.cell("coverage"));
        let by = row.word("grades", words::GRADES_BY, notes).unwrap_or(GradesBy::Fixed);
        let options = QuotaOptions {
            by,
            ties: row.maybe_word("ties", words::TIES, notes),
            refill: row.maybe_word("refill", words::YES_NO, notes),
        };
        for (key, is_filled) in [("ties", options.ties.is_some()), ("refill", options.refill == Some(true))] {
            if is_filled && by == GradesBy::Fixed {
                let (en, zh) = ("This goes with grades by quota.", "仅用于按比例分级。");
                notes.add(row.cell(key), "not_needed", en, zh);
            }
        }
        options
    }

    fn dimensions(&mut self, table: &Table) {
        self.places.put("/dimensions", table.range("weight"));
        for row in table.rows() {
            let at = format!("/dimensions/{}", self.document.definition.dimensions.len());
            for (field, key) in
                [("", "code"), ("/code", "code"), ("/label/en", "en"), ("/label/zh", "zh"), ("/weight", "weight")]
            {
                self.places.put(format!("{at}{field}"), row.cell(key));
            }
            let notes = &mut self.notes;
            let dimension = Dimension {
                code: row.code("code", notes).unwrap_or_else(unread_code),
                label: row.label("en", "zh", notes),
                axis: row.word("axis", words::AXES, notes).unwrap_or(Axis::Quality),
                weight: row.number("weight", notes).unwrap_or_default(),
                factors: Vec::new(),
            };
            self.document.definition.dimensions.push(dimension);
        }
    }

    fn factors(&mut self, table: &Table, rules: &Table) {
        let mut rule_rows = RuleRows::new();
        for row in rules.rows() {
            if let Some(factor) = row.code("factor", &mut self.notes) {
                rule_rows.entry(factor.to_string()).or_default().push(row);
            }
        }
        for row in table.rows() {
            let code = row.code("code", &mut self.notes);
            let own = code.as_ref().and_then(|code| rule_rows.remove(code.as_str())).unwrap_or_default();
            self.factor(row, code.unwrap_or_else(unread_code), &own);
        }
        for row in rule_rows.into_values().flatten() {
            let en = "No factor has this code, or its rows stand with another factor of the same code.";
            self.notes.add(row.cell("factor"), "unknown_reference", en, "没有该代码的要素，或该代码重复。");
        }
    }

    fn factor(&mut self, row: Row<'_>, code: Code, rule_rows: &[Row<'_>]) {
        let home = row.code("dimension", &mut self.notes);
        let place = home.and_then(|home| {
            let place = self.document.definition.dimensions.iter().position(|dimension| dimension.code == home);
            if place.is_none() {
                let (en, zh) = ("No dimension has this code.", "没有该代码的分项。");
                self.notes.add(row.cell("dimension"), "unknown_reference", en, zh);
            }
            place
        });
        // Without its dimension the factor is read all the same, for the sake of its problems.
        let siblings = place.and_then(|place| self.document.definition.dimensions.get(place)).map(|d| d.factors.len());
        let at = format!(
            "/dimensions/{}/factors/{}",
            place.map_or_else(|| "-".to_owned(), |place| place.to_string()),
            siblings.unwrap_or_default()
        );
        for (field, key) in [
            ("", "code"),
            ("/code", "code"),
            ("/label/en", "en"),
            ("/label/zh", "zh"),
            ("/max_points", "max"),
            ("/source", "source"),
            ("/source/judgement/question/en", "question_en"),
            ("/source/judgement/question/zh", "question_zh"),
            ("/rule", "rule"),
            ("/rule/linear/from", "from"),
            ("/rule/linear/to", "to"),
            ("/missing", "missing"),
            ("/min_base", "base"),
            ("/min_base/amount", "base"),
            ("/min_base/median_share", "base_share"),
            ("/min_base/at_least", "base_least"),
            ("/influence", "influence"),
        ] {
            self.places.put(format!("{at}{field}"), row.cell(key));
        }
        let label = row.label("en", "zh", &mut self.notes);
        let max_points = row.number("max", &mut self.notes).unwrap_or_default();
        let source = self.source(row);
        let rule = self.rule(row, rule_rows, &format!("{at}/rule"));
        let missing = row.word("missing", words::MISSING, &mut self.notes).unwrap_or(MissingPolicy::Zero);
        let base = MinBase {
            amount: row.maybe_number("base", &mut self.notes),
            median_share: row.maybe_number("base_share", &mut self.notes),
            at_least: row.maybe_number("base_least", &mut self.notes),
        };
        let min_base = Some(base).filter(|base| *base != MinBase::default());
        let influence = row.maybe_word("influence", words::INFLUENCES, &mut self.notes);
        let factor = Factor { code, label, max_points, source, rule, missing, min_base, influence };
        if let Some(dimension) = place.and_then(|place| self.document.definition.dimensions.get_mut(place)) {
            dimension.factors.push(factor);
        }
    }

    fn source(&mut self, row: Row<'_>) -> FactorSource {
        let notes = &mut self.notes;
        let question = row.label("question_en", "question_zh", notes);
        match row.word("source", words::SOURCES, notes) {
            Some(SourceKind::Metric) => FactorSource::Metric(metric(row, notes)),
            Some(SourceKind::Attribute) => FactorSource::Attribute(row.code("of", notes).unwrap_or_else(unread_code)),
            Some(SourceKind::Judgement) => {
                let is_asked = row.held("question_en").or_else(|| row.held("question_zh")).is_some();
                FactorSource::Judgement(Judgement { question: is_asked.then_some(question) })
            }
            None => FactorSource::Judgement(Judgement::default()),
        }
    }

    fn rule(&mut self, row: Row<'_>, rows: &[Row<'_>], at: &str) -> ScoringRule {
        let kind = row.word("rule", words::RULES, &mut self.notes);
        let notes = &mut self.notes;
        let rule = match kind {
            Some(RuleKind::Levels) => ScoringRule::Levels(rows.iter().map(|row| level(*row, notes)).collect()),
            Some(RuleKind::Bands) => ScoringRule::Bands(rows.iter().map(|row| band(*row, notes)).collect()),
            Some(RuleKind::Choices) => ScoringRule::Choices(choices(rows, notes)),
            Some(RuleKind::Linear) => ScoringRule::Linear(LinearRule {
                from: row.number("from", notes).unwrap_or_default(),
                to: row.number("to", notes).unwrap_or(Exact(rust_decimal::Decimal::ONE)),
            }),
            Some(RuleKind::Percentile) => ScoringRule::Percentile(PercentileRule {
                better: row.word("better", words::BETTER, notes).unwrap_or(Better::Higher),
            }),
            None => ScoringRule::Percentile(PercentileRule { better: Better::Higher }),
        };
        let fields: &[(&str, &str)] = match kind {
            Some(RuleKind::Levels) => {
                &[("", "factor"), ("/code", "value"), ("/label/en", "en"), ("/label/zh", "zh"), ("/points", "points")]
            }
            Some(RuleKind::Bands) => &[("", "factor"), ("/from", "value"), ("/points", "points")],
            Some(RuleKind::Choices) => &[("", "factor"), ("/value", "value"), ("/points", "points")],
            Some(RuleKind::Linear | RuleKind::Percentile) | None => &[],
        };
        let list = match kind {
            Some(RuleKind::Levels) => "/levels",
            Some(RuleKind::Bands) => "/bands",
            _ => "/choices/choices",
        };
        if kind == Some(RuleKind::Choices) {
            let otherwise = rows.iter().find(|row| row.held("value").is_none());
            if let Some(row) = otherwise {
                self.places.put(format!("{at}/choices/otherwise"), row.cell("points"));
            }
        }
        let named = rows.iter().filter(|row| kind != Some(RuleKind::Choices) || row.held("value").is_some());
        for (index, row) in named.enumerate() {
            for (field, key) in fields {
                self.places.put(format!("{at}{list}/{index}{field}"), row.cell(key));
            }
        }
        if fields.is_empty() && kind.is_some() {
            for row in rows {
                let (en, zh) = ("The factor's rule has no rows here.", "该要素的规则在此没有行。");
                self.notes.add(row.cell("factor"), "not_needed", en, zh);
            }
        }
        rule
    }

    fn grades(&mut self, table: &Table, options: &QuotaOptions) {
        let by = options.by;
        let (name, column) = match by {
            GradesBy::Fixed => ("fixed", "min"),
            GradesBy::Quota => ("quota", "share"),
        };
        let field = if by == GradesBy::Fixed { "/min_score" } else { "/share" };
        self.places.put(format!("/grade_bands/{name}"), table.range(column));
        for (index, row) in table.rows().enumerate() {
            for (field, key) in
                [("", "grade"), ("/grade", "grade"), ("/label/en", "en"), ("/label/zh", "zh"), (field, column)]
            {
                self.places.put(format!("/grade_bands/{name}/{index}{field}"), row.cell(key));
            }
        }
        let notes = &mut self.notes;
        let grade = |row: Row<'_>, notes: &mut Notes| row.code("grade", notes).unwrap_or_else(unread_code);
        self.document.definition.grade_bands = match by {
            GradesBy::Fixed => GradeBands::Fixed(
                table
                    .rows()
                    .map(|row| FixedBand {
                        grade: grade(row, notes),
                        label: row.label("en", "zh", notes),
                        min_score: row.number("min", notes).unwrap_or_default(),
                    })
                    .collect(),
            ),
            GradesBy::Quota => GradeBands::Quota(QuotaBands {
                bands: table
                    .rows()
                    .map(|row| QuotaBand {
                        grade: grade(row, notes),
                        label: row.label("en", "zh", notes),
                        share: row.maybe_number("share", notes),
                    })
                    .collect(),
                ties: options.ties.unwrap_or_default(),
                refill: options.refill.unwrap_or_default(),
            }),
        };
    }

    fn caps(&mut self, table: &Table) {
        for (index, row) in table.rows().enumerate() {
            let at = format!("/caps/{index}");
            for (field, key) in [
                ("", "at_best"),
                ("/at_best", "at_best"),
                ("/label/en", "en"),
                ("/label/zh", "zh"),
                ("/condition/value", "value"),
            ] {
                self.places.put(format!("{at}{field}"), row.cell(key));
            }
            let notes = &mut self.notes;
            let source = match row.word("source", words::SOURCES, notes) {
                Some(SourceKind::Metric) => CapSource::Metric(metric(row, notes)),
                Some(SourceKind::Attribute) => CapSource::Attribute(row.code("of", notes).unwrap_or_else(unread_code)),
                Some(SourceKind::Judgement) => {
                    let (en, zh) = ("A cap looks at a metric or an attribute.", "限制条件只能基于指标或属性。");
                    notes.add(row.cell("source"), "invalid_choice", en, zh);
                    CapSource::Metric(Metric::RevenueL12)
                }
                None => CapSource::Metric(Metric::RevenueL12),
            };
            let cap = Cap {
                condition: CapCondition {
                    source,
                    op: row.word("op", words::COMPARISONS, notes).unwrap_or(Comparison::Gt),
                    value: cap_value(row, notes),
                },
                at_best: row.code("at_best", notes).unwrap_or_else(unread_code),
                label: row.label("en", "zh", notes),
            };
            self.document.definition.caps.push(cap);
        }
    }
}
