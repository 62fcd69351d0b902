//! From facts to a cell.

use async_graphql::SimpleObject;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Cell, GeAxis, GeModelDefinition, validate_model};
use crate::metrics::{Fact, Metric};
use crate::scales::{DimensionScore, Part, Problem, Sheet, Ungradable, explain_sheet};
use crate::values::{Exact, round_ratio, round_score};

/// A customer's place in a model, enough to explain it without computing it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
#[schema(as = GeMapped)]
#[graphql(name = "GeMapped")]
pub struct Mapped {
    /// The cell; null where an axis has no score, whose `ungradable` says what is lacking.
    pub cell: Option<Cell>,
    /// The score of the rows.
    pub attractiveness: AxisScore,
    /// The score of the columns.
    pub competitive_strength: AxisScore,
}

/// How one axis came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
#[schema(as = GeAxisScore)]
#[graphql(name = "GeAxisScore")]
pub struct AxisScore {
    /// 0 to 100, 4 places; null where the axis has none. The cell is decided before this rounding.
    pub score: Option<Exact>,
    /// Points of factors whose fact is known / all maximum points, 0 to 1, 6 places. Below the model's `min_coverage` there is no
    /// score.
    pub data_coverage: Exact,
    /// Each dimension, in the order of the definition.
    pub dimensions: Vec<DimensionScore>,
    /// Why there is no score, and what is lacking, the heaviest first; null where there is one.
    pub ungradable: Option<Ungradable>,
}

/// A valid model prepared for mapping many customers.
#[derive(Clone, Debug)]
pub struct GeMapper {
    definition: GeModelDefinition,
    attractiveness: Sheet,
    competitive_strength: Sheet,
}

impl GeMapper {
    /// Prepares a definition.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn new(definition: &GeModelDefinition) -> Result<Self, Vec<Problem>> {
        let problems = validate_model(definition);
        if !problems.is_empty() {
            return Err(problems);
        }
        let enough = definition.min_coverage;
        let sheet = |axis: &GeAxis| Sheet::new(axis.dimensions.iter().map(Part::from)).covering(enough);
        Ok(Self {
            attractiveness: sheet(&definition.attractiveness),
            competitive_strength: sheet(&definition.competitive_strength),
            definition: definition.clone(),
        })
    }

    /// Whether it has factors that go by the place among all customers.
    pub fn ranks(&self) -> bool {
        self.attractiveness.ranks() || self.competitive_strength.ranks()
    }

    /// The same, with everyone's facts on each axis to rank among.
    #[must_use]
    pub fn among<'f>(self, book: impl IntoIterator<Item = (&'f [Fact], &'f [Fact])> + Clone) -> Self {
        let rows = book.clone().into_iter().map(|(rows, _)| rows);
        let columns = book.into_iter().map(|(_, columns)| columns);
        Self {
            definition: self.definition,
            attractiveness: self.attractiveness.among(rows),
            competitive_strength: self.competitive_strength.among(columns),
        }
    }

    /// The metrics whose facts stand behind those of the factors, of each axis.
    pub fn bases(&self) -> [&[Metric]; 2] {
        [self.attractiveness.bases(), self.competitive_strength.bases()]
    }

    /// The definition it was made from.
    pub fn definition(&self) -> &GeModelDefinition {
        &self.definition
    }

    /// The cell alone. Facts are in the order of each [`GeAxis::factors`].
    pub fn cell(&self, attractiveness: &[Fact], competitive_strength: &[Fact]) -> Option<Cell> {
        self.map(attractiveness, competitive_strength).cell
    }

    /// The cell with its explanation.
    pub fn map(&self, attractiveness: &[Fact], competitive_strength: &[Fact]) -> Mapped {
        let (rows, attractiveness) = score_axis(&self.attractiveness, attractiveness);
        let (columns, competitive_strength) = score_axis(&self.competitive_strength, competitive_strength);
        Mapped { cell: self.place(rows, columns), attractiveness, competitive_strength }
    }

    fn place(&self, rows: Option<Decimal>, columns: Option<Decimal>) -> Option<Cell> {
        let level = |score| self.definition.cutoffs.level(score);
        rows.zip(columns).map(|(rows, columns)| Cell::of(level(rows), level(columns)))
    }
}

/// The score before rounding, and the explanation.
fn score_axis(sheet: &Sheet, facts: &[Fact]) -> (Option<Decimal>, AxisScore) {
    let result = sheet.score(facts);
    let (dimensions, ungradable) = explain_sheet(sheet, facts, result.score);
    let axis = AxisScore {
        score: result.score.map(|score| Exact(round_score(score))),
        data_coverage: Exact(round_ratio(result.coverage)),
        dimensions,
        ungradable,
    };
    (result.score, axis)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ge_matrix::{GeDimension, ge_template};
    use crate::metrics::{FactValue, Missing};
    use crate::scales::UngradableReason;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    /// A model whose axes are one factor each, worth its value of 3 points.
    fn model(missing: &str) -> GeMapper {
        let mut definition = ge_template("standard").unwrap().definition.clone();
        for (axis, code) in
            [(&mut definition.attractiveness, "market"), (&mut definition.competitive_strength, "position")]
        {
            let dimension: GeDimension = serde_json::from_value(json!({
                "code": code, "label": {"en": code, "zh": code}, "weight": "1", "factors": [{
                    "code": code, "label": {"en": code, "zh": code}, "max_points": "3", "source": {"attribute": code},
                    "rule": {"linear": {"from": "0", "to": "3"}}, "missing": missing}]}))
            .unwrap();
            axis.dimensions = vec![dimension];
        }
        GeMapper::new(&definition).unwrap()
    }

    fn value(number: i64) -> [Fact; 1] {
        [Ok(FactValue::number(number.into()))]
    }

    #[test]
    fn one_point_of_three_is_on_the_cut_off() {
        let mapper = model("required");
        let mapped = mapper.map(&value(1), &value(2));
        // 33.3333 as shown, but exactly a third: the middle class.
        assert_eq!(mapped.attractiveness.score, Some(Exact(d("33.3333"))));
        assert_eq!(mapped.cell, Some(Cell::MediumStrong));
        assert_eq!(mapper.cell(&value(0), &value(1)), Some(Cell::LowMedium));
        assert_eq!(mapper.cell(&value(3), &value(0)), Some(Cell::HighWeak));
    }

    #[test]
    fn places_are_told_among_all_that_are_mapped() {
        let mut definition = model("required").definition().clone();
        let ranked = serde_json::from_value(json!({"percentile": {"better": "higher"}})).unwrap();
        definition.attractiveness.dimensions[0].factors[0].rule = ranked;
        let mapper = GeMapper::new(&definition).unwrap();
        assert!(mapper.ranks() && !model("required").ranks());
        assert_eq!(mapper.cell(&value(5), &value(3)), None);
        let book = [value(5), value(70), value(600)];
        let strength = value(3);
        let mapper = mapper.among(book.iter().map(|rows| (rows.as_slice(), strength.as_slice())));
        let cells: Vec<_> = book.iter().map(|rows| mapper.cell(rows, &strength)).collect();
        assert_eq!(cells, [Some(Cell::LowStrong), Some(Cell::MediumStrong), Some(Cell::HighStrong)]);
    }

    #[test]
    fn who_lacks_what_is_required_is_unmapped_and_told_so() {
        let mapped = model("required").map(&[Err(Missing::NoData)], &value(2));
        assert_eq!(mapped.cell, None);
        let why = mapped.attractiveness.ungradable.unwrap();
        assert_eq!((why.reason, why.lacks[0].factor.as_str()), (UngradableReason::RequiredMissing, "market"));
        assert_eq!(mapped.competitive_strength.ungradable, None);
        assert_eq!(model("excluded").cell(&[], &value(2)), None);
    }

    /// Attractiveness of factors with so many points, each worth all of them at 1.
    fn weighed(points: &[(&str, &str)], missing: &str, min_coverage: &str) -> GeMapper {
        let mut definition = model("required").definition().clone();
        let label = json!({"en": "x", "zh": "x"});
        let factor = |(code, points): &(&str, &str)| {
            json!({"code": code, "label": label, "max_points": points, "source": {"attribute": code},
                "rule": {"linear": {"from": "0", "to": "1"}}, "missing": missing})
        };
        let factors: Vec<_> = points.iter().map(factor).collect();
        let dimension = json!({"code": "all", "label": label, "weight": "1", "factors": factors});
        definition.attractiveness.dimensions = vec![serde_json::from_value(dimension).unwrap()];
        definition.min_coverage = Exact(d(min_coverage));
        GeMapper::new(&definition).unwrap()
    }

    const NOT_THERE: Fact = Err(Missing::NoData);

    fn one() -> Fact {
        Ok(FactValue::number(1.into()))
    }

    #[test]
    fn half_of_an_axis_is_enough_and_less_is_not() {
        let mapper = weighed(&[("size", "20"), ("outlook", "30"), ("potential", "50")], "excluded", "0.5");
        let strong = value(3);
        let cell = |facts: &[Fact]| mapper.cell(facts, &strong);
        // 20 + 30 of 100 points, and 50 of 100: exactly half.
        assert_eq!(cell(&[one(), one(), NOT_THERE]), Some(Cell::HighStrong));
        assert_eq!(cell(&[NOT_THERE, NOT_THERE, one()]), Some(Cell::HighStrong));
        assert_eq!(cell(&[one(), NOT_THERE, NOT_THERE]), None);
        assert_eq!(cell(&[NOT_THERE, one(), NOT_THERE]), None);
        // Each axis has to be known by itself.
        assert_eq!(mapper.cell(&[one(), one(), one()], &[NOT_THERE]), None);
    }

    #[test]
    fn what_is_lacking_is_told_heaviest_first_with_the_coverage_found() {
        let mapper = weighed(&[("size", "20"), ("outlook", "30"), ("potential", "50")], "excluded", "0.5");
        let mapped = mapper.map(&[one(), NOT_THERE, NOT_THERE], &value(3));
        let axis = &mapped.attractiveness;
        assert_eq!((mapped.cell, axis.score, axis.data_coverage), (None, None, Exact(d("0.200000"))));
        let why = axis.ungradable.as_ref().unwrap();
        let lacks: Vec<&str> = why.lacks.iter().map(|lack| lack.factor.as_str()).collect();
        assert_eq!((why.reason, lacks), (UngradableReason::LowCoverage, vec!["potential", "outlook"]));
        // What is known keeps its points, so that a reader sees them.
        assert_eq!(axis.dimensions[0].factors[0].points, Some(Exact(d("20.0000"))));
        assert_eq!(mapped.competitive_strength.score, Some(Exact(d("100.0000"))));
    }

    #[test]
    fn what_stands_in_for_a_missing_value_is_not_known() {
        for (policy, cell) in [("zero", Cell::HighStrong), ("neutral", Cell::HighStrong)] {
            let mapper = weighed(&[("size", "20"), ("outlook", "80")], policy, "0.5");
            assert_eq!(mapper.cell(&[NOT_THERE, one()], &value(3)), Some(cell), "{policy}");
            let mapped = mapper.map(&[one(), NOT_THERE], &value(3));
            assert_eq!((mapped.cell, mapped.attractiveness.data_coverage), (None, Exact(d("0.200000"))), "{policy}");
            let why = mapped.attractiveness.ungradable.unwrap();
            assert_eq!((why.reason, why.lacks[0].factor.as_str()), (UngradableReason::LowCoverage, "outlook"));
        }
    }

    #[test]
    fn without_a_least_coverage_anything_known_places_a_customer() {
        let mapper = weighed(&[("size", "1"), ("potential", "99")], "excluded", "0");
        assert_eq!(mapper.cell(&[one(), NOT_THERE], &value(3)), Some(Cell::HighStrong));
        let nothing = mapper.map(&[NOT_THERE, NOT_THERE], &value(3)).attractiveness.ungradable.unwrap();
        let lacks: Vec<&str> = nothing.lacks.iter().map(|lack| lack.factor.as_str()).collect();
        assert_eq!((nothing.reason, lacks), (UngradableReason::NothingToScore, vec!["potential", "size"]));
    }
}
