//! A scale as it is written, stored and sent.

use async_graphql::{Enum, InputObject, Object, OneofObject, SimpleObject};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Cap, GradeBands, Influence, MinBase, ScoringRule, base_metrics};
use crate::metrics::Metric;
use crate::values::{Code, Exact, Label};

/// The content of one version of a scale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "ScaleDefinitionInput")]
#[serde(deny_unknown_fields)]
pub struct ScaleDefinition {
    /// 1 to 20 weighted parts; their weights sum to exactly 1.
    #[schema(min_items = 1, max_items = 20)]
    pub dimensions: Vec<Dimension>,
    /// How a total becomes a grade.
    pub grade_bands: GradeBands,
    /// Conditions that limit the grade whatever the score, at most 50.
    #[schema(max_items = 50)]
    #[serde(default)]
    #[graphql(default)]
    pub caps: Vec<Cap>,
    /// The share of all points whose facts must be known, 0 to 1, at most 6 decimals. Below it a customer is not gradable,
    /// and the result lists what is missing.
    #[schema(default = "0.5", example = "0.5")]
    #[serde(default = "usual_coverage")]
    #[graphql(default_with = "usual_coverage()")]
    pub min_coverage: Exact,
}

/// Half of all points.
pub(super) fn usual_coverage() -> Exact {
    Exact(Decimal::new(5, 1))
}

/// A weighted part of a scale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "DimensionInput")]
#[serde(deny_unknown_fields)]
pub struct Dimension {
    /// Its code, unique in the scale.
    pub code: Code,
    /// Its name.
    pub label: Label,
    /// The axis it belongs to.
    pub axis: Axis,
    /// Its share of the total, above 0 and at most 1, with at most 6 decimals.
    pub weight: Exact,
    /// What is scored in it, 1 to 100 in the whole scale.
    #[schema(min_items = 1, max_items = 100)]
    pub factors: Vec<Factor>,
}

/// The two axes of a scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[schema(as = ScaleAxis)]
#[graphql(name = "ScaleAxis")]
#[serde(rename_all = "snake_case")]
pub enum Axis {
    /// What the customer is worth to us now.
    Quality,
    /// What the customer can become.
    Growth,
}

/// One thing that is scored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "FactorInput")]
#[serde(deny_unknown_fields)]
pub struct Factor {
    /// Its code, unique in the whole scale: judgements are kept under it.
    pub code: Code,
    /// Its name.
    pub label: Label,
    /// The most points it can give, above 0 and at most 10000, with at most 4 decimals.
    pub max_points: Exact,
    /// Where its value comes from.
    pub source: FactorSource,
    /// How the value becomes points.
    pub rule: ScoringRule,
    /// What happens where there is no value.
    pub missing: MissingPolicy,
    /// Of a growth, the smallest base that it is measured against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_base: Option<MinBase>,
    /// Who can change it; by its source where absent: metrics and judgements are ours, completeness and freshness data,
    /// fields and attributes of the dossier theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub influence: Option<Influence>,
}

/// Where a factor's value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, OneofObject)]
#[graphql(input_name = "FactorSourceInput")]
#[serde(rename_all = "snake_case")]
pub enum FactorSource {
    /// A metric, as of the month of the grading.
    Metric(Metric),
    /// A fact of the dossier: a field such as `industry`, `territory`, `country`, `employees` or `annual_revenue`, or an
    /// attribute of the tenant's own, by its code.
    Attribute(Code),
    /// A member's rating: the code of one of the rule's levels.
    Judgement(Judgement),
}

/// Asks a member for a rating.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[schema(as = JudgementSource)]
#[graphql(name = "JudgementSource", input_name = "JudgementSourceInput")]
#[serde(deny_unknown_fields)]
pub struct Judgement {
    /// What the member is asked, where the factor's name does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<Label>,
}

/// What a factor without a value does to the score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum MissingPolicy {
    /// It gives no points, and its maximum counts.
    Zero,
    /// It gives half its points, and its maximum counts.
    Neutral,
    /// It is left out: its points leave the maximum.
    Excluded,
    /// The customer cannot be graded without it.
    Required,
}

impl ScaleDefinition {
    /// Every factor, dimension by dimension, in the order of the facts that a scoring takes.
    pub fn factors(&self) -> impl Iterator<Item = &Factor> {
        self.dimensions.iter().flat_map(|dimension| &dimension.factors)
    }

    /// The metrics whose facts a scoring takes behind those of the factors: the bases of growths that ask for one.
    pub fn bases(&self) -> Vec<Metric> {
        base_metrics(self.factors())
    }
}

/// Where a factor's value comes from: exactly one of the fields is set.
#[Object]
impl FactorSource {
    /// The metric, where it is one.
    #[graphql(name = "metric")]
    async fn gql_metric(&self) -> Option<Metric> {
        match self {
            Self::Metric(metric) => Some(*metric),
            Self::Attribute(_) | Self::Judgement(_) => None,
        }
    }

    /// The dossier's field or attribute, where it is one.
    #[graphql(name = "attribute")]
    async fn gql_attribute(&self) -> Option<&Code> {
        match self {
            Self::Attribute(code) => Some(code),
            Self::Metric(_) | Self::Judgement(_) => None,
        }
    }

    /// The judgement, where it is one.
    #[graphql(name = "judgement")]
    async fn gql_judgement(&self) -> Option<&Judgement> {
        match self {
            Self::Judgement(judgement) => Some(judgement),
            Self::Metric(_) | Self::Attribute(_) => None,
        }
    }
}
