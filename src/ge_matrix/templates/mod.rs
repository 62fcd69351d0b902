//! GE models to start from, one JSON document each, in the form in which definitions are stored and sent.

use std::sync::LazyLock;

use async_graphql::SimpleObject;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::GeModelDefinition;
use crate::values::{Code, Label};

/// A GE model to start from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
#[serde(deny_unknown_fields)]
pub struct GeTemplate {
    /// Its code.
    pub code: Code,
    /// Its name.
    pub name: Label,
    /// For whom it is meant, and what it needs.
    pub description: Label,
    /// What a model made from it begins with.
    pub definition: GeModelDefinition,
}

const DOCUMENTS: [&str; 1] = [include_str!("standard.json")];

/// A document that cannot be read is left out here and fails the tests.
static TEMPLATES: LazyLock<Vec<GeTemplate>> =
    LazyLock::new(|| DOCUMENTS.iter().filter_map(|text| serde_json::from_str(text).ok()).collect());

/// The built-in templates: `standard`.
pub fn ge_templates() -> &'static [GeTemplate] {
    &TEMPLATES
}

/// The template with a code.
pub fn ge_template(code: &str) -> Option<&'static GeTemplate> {
    TEMPLATES.iter().find(|template| template.code.as_str() == code)
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;
    use crate::ge_matrix::{Cell, GeAxis, GeMapper, Stance, validate_model};
    use crate::metrics::{Fact, FactValue, Metric, MetricBasis, Missing};
    use crate::scales::{Factor, FactorSource};
    use crate::values::Exact;

    #[test]
    fn every_document_is_a_valid_template() {
        for text in DOCUMENTS {
            let template: GeTemplate = serde_json::from_str(text).unwrap();
            assert_eq!(validate_model(&template.definition), []);
        }
        assert_eq!(ge_templates().len(), DOCUMENTS.len());
    }

    /// Facts of each axis, by factor; what is not named is missing.
    fn facts(known: &[(&str, FactValue)]) -> (Vec<Fact>, Vec<Fact>) {
        let definition = &ge_template("standard").unwrap().definition;
        let fact = |factor: &Factor| -> Fact {
            let found = known.iter().find(|(code, _)| *code == factor.code.as_str());
            found.map(|(_, value)| value.clone()).ok_or(Missing::NoData)
        };
        let rows = definition.attractiveness.factors().map(fact).collect();
        (rows, definition.competitive_strength.factors().map(fact).collect())
    }

    fn n(text: &str) -> FactValue {
        FactValue::number(text.parse().unwrap())
    }

    /// Three customers among whom places are told, worked by hand.
    ///
    /// | | big | mid | small |
    /// | --- | --- | --- | --- |
    /// | potential, of 30 | best: 30 | half: 15 | worst: 0 |
    /// | employees, of 10 | 600: 10 | 30: 5 | 8: 1 |
    /// | own revenue, of 10 | best: 10 | half: 5 | worst: 0 |
    /// | industry, of 15 | stable: 7.5 | growing: 15 | - |
    /// | expansion, of 15 | approved: 15 | - | - |
    /// | payment, of 20 | 45 days of 90: 10 | none: 20 | 90: 0 |
    ///
    /// Attractiveness of big: potential 100, size 100, outlook 100 x 22.5 / 30 = 75, payment 50; 0.3 x 100 + 0.2 x 100 +
    /// 0.3 x 75 + 0.2 x 50 = 82.5. Of mid: 50, 50, 100 (15 of 15), 100; 15 + 10 + 30 + 20 = 75. Of small: potential 0, size
    /// 100 x 1 / 20 = 5, payment 0, no outlook; 0.2 x 5 / 0.7 = 1.428571...
    ///
    /// | | big | mid | small |
    /// | --- | --- | --- | --- |
    /// | share of wallet, of 25 | 0.3 of 0.6: 12.5 | 0.75: 25 | 0.06: 2.5 |
    /// | rank, of 20 | best: 20 | half: 10 | worst: 0 |
    /// | months, of 10 | 11: 10 | 5: 6 | 1: 2 |
    /// | recency, of 10 | 20 days: 10 | 100: 6 | 300: 2 |
    /// | decision makers, of 15 | users: 9 | - | no contact: 0 |
    /// | breadth, of 20 | 4: 20 | 2: 12 | 1: 6 |
    ///
    /// Strength of big: 100 x 32.5 / 45 = 72.2222, 100 x 29 / 35 = 82.857143, 100; 0.45 x 72.2222 + 0.35 x 82.857143 + 0.2 x
    /// 100 = 32.5 + 29 + 20 = 81.5. Of mid: 35 of 45, 12 of 20, 12 of 20; 35 + 0.35 x 60 + 12 = 68. Of small: 2.5 + 4 + 6 = 12.5.
    #[test]
    fn the_standard_model_places_three_customers_as_worked_by_hand() {
        let text = FactValue::text;
        let big = [
            ("purchase_potential", n("5000000")),
            ("employees", n("600")),
            ("annual_revenue", n("90000000")),
            ("industry_outlook", text("B")),
            ("expansion", text("A")),
            ("overdue_days", n("45")),
            ("share_of_wallet", n("0.3")),
            ("revenue_rank", n("1500000")),
            ("active_months", n("11")),
            ("recency", n("20")),
            ("decision_makers", text("B")),
            ("breadth", n("4")),
        ];
        let mid = [
            ("purchase_potential", n("400000")),
            ("employees", n("30")),
            ("annual_revenue", n("7000000")),
            ("industry_outlook", text("A")),
            ("overdue_days", n("0")),
            ("share_of_wallet", n("0.75")),
            ("revenue_rank", n("300000")),
            ("active_months", n("5")),
            ("recency", n("100")),
            ("breadth", n("2")),
        ];
        let small = [
            ("purchase_potential", n("90000")),
            ("employees", n("8")),
            ("annual_revenue", n("500000")),
            ("overdue_days", n("90")),
            ("share_of_wallet", n("0.06")),
            ("revenue_rank", n("5400")),
            ("active_months", n("1")),
            ("recency", n("300")),
            ("decision_makers", text("D")),
            ("breadth", n("1")),
        ];
        let book = [facts(&big), facts(&mid), facts(&small)];
        let mapper = GeMapper::new(&ge_template("standard").unwrap().definition).unwrap();
        let mapper = mapper.among(book.iter().map(|(rows, columns)| (rows.as_slice(), columns.as_slice())));
        let score = |score: Option<Exact>| score.unwrap().to_string();
        let placed = book.map(|(rows, columns)| {
            let mapped = mapper.map(&rows, &columns);
            let axes = [&mapped.attractiveness, &mapped.competitive_strength];
            (mapped.cell.unwrap(), axes.map(|axis| score(axis.score)), axes.map(|axis| axis.data_coverage.to_string()))
        });
        let expected = [
            (Cell::HighStrong, ["82.5000", "81.5000"], ["1.000000", "1.000000"]),
            (Cell::HighStrong, ["75.0000", "68.0000"], ["0.850000", "0.850000"]),
            (Cell::LowWeak, ["1.4286", "12.5000"], ["0.700000", "1.000000"]),
        ];
        let shown = placed.each_ref().map(|(cell, scores, coverage)| {
            (*cell, scores.each_ref().map(String::as_str), coverage.each_ref().map(String::as_str))
        });
        assert_eq!(shown, expected);
    }

    #[test]
    fn employees_alone_or_size_alone_place_nobody_and_half_of_the_axis_does() {
        let mapper = GeMapper::new(&ge_template("standard").unwrap().definition).unwrap();
        let cell = |known: &[(&str, FactValue)]| {
            // That it buys nothing is known.
            let nothing = ["revenue_rank", "active_months", "breadth"].map(|code| (code, n("0")));
            let (rows, columns) = facts(&[known, &nothing].concat());
            let mapper = mapper.clone().among([(rows.as_slice(), columns.as_slice())]);
            mapper.cell(&rows, &columns)
        };
        let (employees, revenue) = (("employees", n("600")), ("annual_revenue", n("1")));
        let potential = ("purchase_potential", n("1"));
        assert_eq!(cell(&[]), None);
        assert_eq!(cell(std::slice::from_ref(&employees)), None);
        assert_eq!(cell(&[employees.clone(), revenue.clone()]), None);
        assert_eq!(cell(&[employees.clone(), potential.clone()]), None);
        assert!(cell(&[employees, revenue, potential]).is_some());
    }

    #[test]
    fn attractiveness_is_nothing_of_ours_and_share_of_wallet_counts_once() {
        let definition = &ge_template("standard").unwrap().definition;
        let metrics = |axis: &GeAxis| -> Vec<Metric> {
            let source = |factor: &Factor| match &factor.source {
                FactorSource::Metric(metric) => Some(*metric),
                FactorSource::Attribute(_) | FactorSource::Judgement(_) => None,
            };
            axis.factors().filter_map(source).collect()
        };
        let (rows, columns) = (metrics(&definition.attractiveness), metrics(&definition.competitive_strength));
        // What is sold by us says nothing of a customer whoever sells to it.
        assert!(rows.iter().all(|metric| metric.basis() != MetricBasis::Sales), "{rows:?}");
        assert!(!rows.contains(&Metric::ShareOfWallet));
        assert_eq!(columns.iter().filter(|metric| **metric == Metric::ShareOfWallet).count(), 1);
        let ours = [Metric::GrowthL12, Metric::Cagr3y, Metric::GrossMarginL12, Metric::GrossMarginPctL12];
        assert!(rows.iter().chain(&columns).all(|metric| !ours.contains(metric)));
    }

    #[test]
    fn points_weigh_as_much_as_their_dimensions_so_that_coverage_is_a_share_of_the_axis() {
        let definition = &ge_template("standard").unwrap().definition;
        for axis in [&definition.attractiveness, &definition.competitive_strength] {
            for dimension in &axis.dimensions {
                let points: Decimal = dimension.factors.iter().map(|factor| factor.max_points.0).sum();
                assert_eq!(points, dimension.weight.0 * Decimal::ONE_HUNDRED, "{}", dimension.code);
            }
        }
    }

    struct Query;

    /// Gives back what it is given, and where it puts a customer of whom nothing is known.
    #[async_graphql::Object]
    impl Query {
        async fn echo(&self, definition: crate::ge_matrix::GeModelDefinition) -> crate::ge_matrix::GeModelDefinition {
            definition
        }

        async fn nobody(&self) -> Option<crate::ge_matrix::Mapped> {
            let mapper = GeMapper::new(&ge_template("standard")?.definition).ok()?;
            Some(mapper.map(&[], &[]))
        }
    }

    #[tokio::test]
    async fn graphql_carries_models_and_mappings() {
        use async_graphql::{EmptyMutation, EmptySubscription, InputType, Name, Request, Schema, Variables};
        let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
        let mut variables = Variables::default();
        variables.insert(Name::new("d"), InputType::to_value(&ge_template("standard").unwrap().definition));
        let query = "query ($d: GeModelDefinitionInput!) {
            echo(definition: $d) { minCoverage cutoffs { low high } cells { cell stance name { zh } } }
            nobody { cell attractiveness { score ungradable { reason lacks { factor missing } } } } }";
        let answer = schema.execute(Request::new(query).variables(variables)).await;
        assert_eq!(answer.errors, []);
        let data = answer.data.into_json().unwrap();
        assert_eq!(data["echo"]["cells"][8]["cell"], "LOW_WEAK");
        assert_eq!(data["echo"]["minCoverage"], "0.5");
        assert_eq!(data["echo"]["cutoffs"]["low"], serde_json::Value::Null);
        assert_eq!(data["nobody"]["cell"], serde_json::Value::Null);
        assert_eq!(data["nobody"]["attractiveness"]["ungradable"]["reason"], "NOTHING_TO_SCORE");
    }

    #[test]
    fn the_cells_have_the_usual_names_and_stances() {
        let definition = &ge_template("standard").unwrap().definition;
        let of = |cell| definition.cell(cell).map(|c| (c.name.en.as_str(), c.stance)).unwrap();
        let expected = [
            ("Protect position", Stance::Invest),
            ("Invest to build", Stance::Invest),
            ("Build selectively", Stance::Select),
            ("Build selectively", Stance::Invest),
            ("Manage for earnings", Stance::Select),
            ("Limited expansion or harvest", Stance::Harvest),
            ("Protect and refocus", Stance::Select),
            ("Manage for earnings", Stance::Harvest),
            ("Withdraw", Stance::Harvest),
        ];
        assert_eq!(Cell::ALL.map(of), expected);
    }
}
