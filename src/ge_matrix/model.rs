//! A GE model as it is written, stored and sent.

use std::collections::BTreeSet;

use async_graphql::{Enum, InputObject, SimpleObject};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::scales::{Checker, Factor, Part, Problem, ProblemCode, check_parts};
use crate::values::{Code, Exact, Label};

const TWO_HUNDRED: Decimal = Decimal::from_parts(200, 0, 0, false, 0);
/// Where a stored definition says how much of an axis must be known.
const MIN_COVERAGE: &str = "min_coverage";

/// How much of each axis must be known, where a new definition does not say it.
fn half() -> Exact {
    Exact(Decimal::new(5, 1))
}

/// The content of one version of a GE model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "GeModelDefinitionInput")]
#[serde(deny_unknown_fields)]
pub struct GeModelDefinition {
    /// How attractive the customer's market is: the rows, high on top.
    pub attractiveness: GeAxis,
    /// How strong we are with the customer: the columns, strong on the left.
    pub competitive_strength: GeAxis,
    /// Where both axes are cut.
    #[serde(default)]
    #[graphql(default)]
    pub cutoffs: Cutoffs,
    /// The least share of the maximum points of each axis whose values must be known, 0 to 1, with at most 6 decimals. A
    /// customer below it on either axis is not mapped.
    #[schema(example = "0.5")]
    #[serde(default = "half")]
    #[graphql(default_with = "half()")]
    pub min_coverage: Exact,
    /// The nine cells, each once.
    #[schema(min_items = 9, max_items = 9)]
    pub cells: Vec<CellDefinition>,
}

/// An axis, scored 0 to 100.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "GeAxisInput")]
#[serde(deny_unknown_fields)]
pub struct GeAxis {
    /// Its name.
    pub label: Label,
    /// 1 to 20 weighted parts; their weights sum to exactly 1.
    #[schema(min_items = 1, max_items = 20)]
    pub dimensions: Vec<GeDimension>,
}

/// A weighted part of an axis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "GeDimensionInput")]
#[serde(deny_unknown_fields)]
pub struct GeDimension {
    /// Its code, unique in the axis.
    pub code: Code,
    /// Its name.
    pub label: Label,
    /// Its share of the axis, above 0 and at most 1, with at most 6 decimals.
    pub weight: Exact,
    /// What is scored in it.
    #[schema(min_items = 1, max_items = 100)]
    pub factors: Vec<Factor>,
}

/// Where the axes are cut. A score on a cut-off belongs to the higher class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "CutoffsInput")]
#[serde(deny_unknown_fields)]
pub struct Cutoffs {
    /// The smallest score of the middle class; null means exactly 100/3.
    pub low: Option<Exact>,
    /// The smallest score of the highest class; null means exactly 200/3.
    pub high: Option<Exact>,
}

/// A third of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Below both cut-offs: low, weak.
    Low,
    /// Between the cut-offs.
    Medium,
    /// From the upper cut-off: high, strong.
    High,
}

/// The nine cells: attractiveness first, then strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[schema(as = GeCellCode)]
#[graphql(name = "GeCellCode")]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// High attractiveness, strong.
    HighStrong,
    /// High attractiveness, medium strength.
    HighMedium,
    /// High attractiveness, weak.
    HighWeak,
    /// Medium attractiveness, strong.
    MediumStrong,
    /// Medium attractiveness, medium strength.
    MediumMedium,
    /// Medium attractiveness, weak.
    MediumWeak,
    /// Low attractiveness, strong.
    LowStrong,
    /// Low attractiveness, medium strength.
    LowMedium,
    /// Low attractiveness, weak.
    LowWeak,
}

/// What a cell is called and what we do with the customers in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "CellDefinitionInput")]
#[serde(deny_unknown_fields)]
pub struct CellDefinition {
    /// Which cell.
    pub cell: Cell,
    /// Its name; two cells may share one.
    pub name: Label,
    /// What to do, up to 500 characters.
    pub strategy: Label,
    /// Whether resources go in or come out.
    pub stance: Stance,
}

/// What a cell means for our resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum Stance {
    /// Put resources in.
    Invest,
    /// Put resources in where it pays.
    Select,
    /// Take resources out.
    Harvest,
}

impl Stance {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Invest, Self::Select, Self::Harvest];

    /// Its name for a reader.
    pub fn label(self) -> Label {
        match self {
            Self::Invest => Label::new("invest", "投入"),
            Self::Select => Label::new("select", "选择"),
            Self::Harvest => Label::new("harvest", "收获"),
        }
    }
}

impl Cell {
    /// All nine, row by row as the matrix is drawn: high attractiveness first, strong first.
    pub const ALL: [Self; 9] = [
        Self::HighStrong,
        Self::HighMedium,
        Self::HighWeak,
        Self::MediumStrong,
        Self::MediumMedium,
        Self::MediumWeak,
        Self::LowStrong,
        Self::LowMedium,
        Self::LowWeak,
    ];

    /// The cell of two levels.
    pub fn of(attractiveness: Level, strength: Level) -> Self {
        match (attractiveness, strength) {
            (Level::High, Level::High) => Self::HighStrong,
            (Level::High, Level::Medium) => Self::HighMedium,
            (Level::High, Level::Low) => Self::HighWeak,
            (Level::Medium, Level::High) => Self::MediumStrong,
            (Level::Medium, Level::Medium) => Self::MediumMedium,
            (Level::Medium, Level::Low) => Self::MediumWeak,
            (Level::Low, Level::High) => Self::LowStrong,
            (Level::Low, Level::Medium) => Self::LowMedium,
            (Level::Low, Level::Low) => Self::LowWeak,
        }
    }

    /// Its name in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::HighStrong => "high_strong",
            Self::HighMedium => "high_medium",
            Self::HighWeak => "high_weak",
            Self::MediumStrong => "medium_strong",
            Self::MediumMedium => "medium_medium",
            Self::MediumWeak => "medium_weak",
            Self::LowStrong => "low_strong",
            Self::LowMedium => "low_medium",
            Self::LowWeak => "low_weak",
        }
    }

    /// Steps above `low_weak`: rows up and columns towards strong, 0 to 4.
    pub fn height(self) -> i32 {
        match self {
            Self::HighStrong => 4,
            Self::HighMedium | Self::MediumStrong => 3,
            Self::HighWeak | Self::MediumMedium | Self::LowStrong => 2,
            Self::MediumWeak | Self::LowMedium => 1,
            Self::LowWeak => 0,
        }
    }

    /// The cell with a name of the API.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cell| cell.code() == code)
    }
}

impl Cutoffs {
    /// The class of a score before rounding.
    pub fn level(&self, score: Decimal) -> Level {
        // Compared in thirds, because no decimal is 100/3; at 18 places, because a score is settled at 20.
        let three = Decimal::from(3);
        let thirds = (score * three).round_dp(18);
        let reaches = |cutoff: Option<Exact>, default: Decimal| thirds >= cutoff.map_or(default, |c| c.0 * three);
        if reaches(self.high, TWO_HUNDRED) {
            Level::High
        } else if reaches(self.low, Decimal::ONE_HUNDRED) {
            Level::Medium
        } else {
            Level::Low
        }
    }

    /// Both cut-offs as decimals, for drawing: a third only as near as 28 digits come.
    pub fn decimals(&self) -> (Decimal, Decimal) {
        let or = |cutoff: Option<Exact>, default: Decimal| cutoff.map_or(default / Decimal::from(3), |c| c.0);
        (or(self.low, Decimal::ONE_HUNDRED), or(self.high, TWO_HUNDRED))
    }
}

impl<'a> From<&'a GeDimension> for Part<'a> {
    fn from(dimension: &'a GeDimension) -> Self {
        Self { code: &dimension.code, axis: None, weight: dimension.weight.0, factors: &dimension.factors }
    }
}

impl GeAxis {
    /// Every factor, dimension by dimension, in the order of the facts that a mapping takes.
    pub fn factors(&self) -> impl Iterator<Item = &Factor> {
        self.dimensions.iter().flat_map(|dimension| &dimension.factors)
    }
}

impl GeModelDefinition {
    /// A definition as it is stored. One from before there was a least coverage goes on mapping everyone of whom anything is
    /// known, because what is published never changes.
    ///
    /// # Errors
    /// Where it is no definition.
    pub(in crate::ge_matrix) fn from_stored(mut stored: Value) -> serde_json::Result<Self> {
        if let Value::Object(fields) = &mut stored {
            fields.entry(MIN_COVERAGE).or_insert_with(|| Value::from("0"));
        }
        serde_json::from_value(stored)
    }

    /// A cell's name and strategy; `None` only in a definition that is not valid.
    pub fn cell(&self, cell: Cell) -> Option<&CellDefinition> {
        self.cells.iter().find(|definition| definition.cell == cell)
    }
}

/// All that is wrong with a model's definition; empty where it can be used.
pub fn validate_model(definition: &GeModelDefinition) -> Vec<Problem> {
    let mut check = Checker::default();
    for (pointer, axis) in
        [("/attractiveness", &definition.attractiveness), ("/competitive_strength", &definition.competitive_strength)]
    {
        check.label(&format!("{pointer}/label"), &axis.label);
        let parts: Vec<(Part<'_>, &Label)> = axis.dimensions.iter().map(|d| (d.into(), &d.label)).collect();
        check_parts(&mut check, &format!("{pointer}/dimensions"), &parts);
    }
    check_cutoffs(&mut check, &definition.cutoffs);
    check.number("/min_coverage", definition.min_coverage.0, Decimal::ZERO, Decimal::ONE, 6);
    check_cells(&mut check, &definition.cells);
    check.into_problems()
}

fn check_cutoffs(check: &mut Checker, cutoffs: &Cutoffs) {
    for (name, cutoff) in [("low", cutoffs.low), ("high", cutoffs.high)] {
        if let Some(cutoff) = cutoff {
            check.number(&format!("/cutoffs/{name}"), cutoff.0, Decimal::ZERO, Decimal::ONE_HUNDRED, 6);
        }
    }
    let (low, high) = cutoffs.decimals();
    if low >= high {
        check.push("/cutoffs", ProblemCode::OutOfOrder, "low must be below high", "低分界必须小于高分界");
    }
}

fn check_cells(check: &mut Checker, cells: &[CellDefinition]) {
    let mut seen = BTreeSet::new();
    for (index, cell) in cells.iter().enumerate() {
        let at = format!("/cells/{index}");
        if !seen.insert(cell.cell) {
            let code = cell.cell.code();
            let (en, zh) = (format!("{code} stands twice"), format!("{code}重复"));
            check.push(&format!("{at}/cell"), ProblemCode::Duplicate, en, zh);
        }
        check.label(&format!("{at}/name"), &cell.name);
        check.label_up_to(&format!("{at}/strategy"), &cell.strategy, 500);
    }
    for cell in Cell::ALL.into_iter().filter(|cell| !seen.contains(cell)) {
        let code = cell.code();
        check.push("/cells", ProblemCode::Lacking, format!("{code} is not there"), format!("缺少{code}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ge_matrix::ge_template;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn a_third_is_exactly_on_the_cut_off() {
        let cutoffs = Cutoffs::default();
        let third = d("100") / d("3");
        assert_eq!(cutoffs.level(third), Level::Medium);
        assert_eq!(cutoffs.level(d("2") * d("100") / d("3")), Level::High);
        // The score as it is shown is below the cut-off, the score itself is on it.
        assert_eq!(cutoffs.level(d("33.3333")), Level::Low);
        assert_eq!(cutoffs.level(d("33.3334")), Level::Medium);
        assert_eq!(cutoffs.level(d("66.6666")), Level::Medium);
        let own = Cutoffs { low: Some(Exact(d("40"))), high: Some(Exact(d("70"))) };
        assert_eq!([d("39.9999"), d("40"), d("70")].map(|s| own.level(s)), [Level::Low, Level::Medium, Level::High]);
    }

    #[test]
    fn codes_name_attractiveness_first() {
        let all: BTreeSet<&str> = Cell::ALL.into_iter().map(Cell::code).collect();
        assert_eq!(all.len(), 9);
        for cell in Cell::ALL {
            assert_eq!(serde_json::to_string(&cell).unwrap(), format!("\"{}\"", cell.code()));
            assert_eq!(Cell::from_code(cell.code()), Some(cell));
        }
        assert_eq!(Cell::of(Level::High, Level::Low), Cell::HighWeak);
    }

    #[test]
    fn what_was_stored_before_asks_for_no_coverage_and_what_is_new_for_half() {
        let mut json = serde_json::to_value(&ge_template("standard").unwrap().definition).unwrap();
        let read = |json: &Value| GeModelDefinition::from_stored(json.clone()).unwrap().min_coverage;
        assert_eq!(read(&json), Exact(d("0.5")));
        json[MIN_COVERAGE] = "0.75".into();
        assert_eq!(read(&json), Exact(d("0.75")));
        json.as_object_mut().unwrap().remove(MIN_COVERAGE);
        assert_eq!(read(&json), Exact(d("0")));
        assert_eq!(serde_json::from_value::<GeModelDefinition>(json).unwrap().min_coverage, Exact(d("0.5")));
    }

    #[test]
    fn the_least_coverage_is_a_share() {
        let mut definition = ge_template("standard").unwrap().definition.clone();
        for (coverage, problems) in
            [("0", 0), ("1", 0), ("0.333333", 0), ("-0.1", 1), ("1.000001", 1), ("0.1234567", 1)]
        {
            definition.min_coverage = Exact(d(coverage));
            let found = validate_model(&definition);
            assert_eq!(found.len(), problems, "{coverage}");
            assert!(found.iter().all(|problem| problem.pointer == "/min_coverage"));
        }
    }

    #[test]
    fn a_model_is_checked_as_a_whole() {
        let mut definition = ge_template("standard").unwrap().definition.clone();
        assert_eq!(validate_model(&definition), []);
        definition.cutoffs = Cutoffs { low: Some(Exact(d("70"))), high: None };
        definition.cells[8].cell = Cell::HighStrong;
        definition.competitive_strength.dimensions[0].weight = Exact(d("0.49"));
        let found: Vec<(String, ProblemCode)> =
            validate_model(&definition).into_iter().map(|p| (p.pointer, p.code)).collect();
        let expected = [
            ("/competitive_strength/dimensions", ProblemCode::WeightsSum),
            ("/cutoffs", ProblemCode::OutOfOrder),
            ("/cells/8/cell", ProblemCode::Duplicate),
            ("/cells", ProblemCode::Lacking),
        ];
        assert_eq!(found, expected.map(|(pointer, code)| (pointer.to_owned(), code)));
    }
}
