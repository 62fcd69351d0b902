//! How totals become grades.

use std::borrow::Cow;

use async_graphql::registry::Registry;
use async_graphql::{Enum, InputObject, InputType, InputValueError, InputValueResult, Object, SimpleObject, Value};
use serde::{Deserialize, Serialize};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::values::{Code, Exact, Label};

/// How totals become grades; 1 to 20 grades, the best first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "GradeBandsForm", into = "GradeBandsForm")]
pub enum GradeBands {
    /// By the total alone.
    Fixed(Vec<FixedBand>),
    /// By the place among all who are graded together.
    Quota(QuotaBands),
}

/// Grades by place, and what is done at their borders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuotaBands {
    /// The grades, the best first.
    pub bands: Vec<QuotaBand>,
    /// Who gets the better grade of those with equal scores.
    pub ties: QuotaTies,
    /// Whether places that caps take from a grade go to the next in rank.
    pub refill: bool,
}

/// Who gets the better grade where a border runs through equal scores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum QuotaTies {
    /// Those who come first by external id, so that counts are exact.
    #[default]
    ExternalId,
    /// All of them: the better grade may then have more customers than its share, the next ones fewer.
    Better,
}

/// How totals become grades; 1 to 20 grades, the best first. Give exactly one of `fixed` and `quota`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema, InputObject)]
#[schema(as = GradeBands)]
#[graphql(name = "GradeBandsInput")]
#[serde(deny_unknown_fields)]
pub struct GradeBandsForm {
    /// By the total alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fixed: Option<Vec<FixedBand>>,
    /// By the place among all who are graded together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quota: Option<Vec<QuotaBand>>,
    /// Of `quota`: who gets the better grade where a border runs through equal scores; `external_id` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ties: Option<QuotaTies>,
    /// Of `quota`: whether places that caps take from a grade go to the next in rank; they stay empty where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refill: Option<bool>,
}

impl TryFrom<GradeBandsForm> for GradeBands {
    type Error = &'static str;

    fn try_from(form: GradeBandsForm) -> Result<Self, Self::Error> {
        match (form.fixed, form.quota) {
            (Some(_), None) if form.ties.is_some() || form.refill.is_some() => {
                Err("ties and refill go with quota, not with fixed")
            }
            (Some(bands), None) => Ok(Self::Fixed(bands)),
            (None, Some(bands)) => Ok(Self::Quota(QuotaBands {
                bands,
                ties: form.ties.unwrap_or_default(),
                refill: form.refill.unwrap_or_default(),
            })),
            (Some(_), Some(_)) | (None, None) => Err("give exactly one of fixed and quota"),
        }
    }
}

impl From<GradeBands> for GradeBandsForm {
    fn from(bands: GradeBands) -> Self {
        match bands {
            GradeBands::Fixed(bands) => Self { fixed: Some(bands), ..Self::default() },
            // What is usual is not written, as it was before it could be said.
            GradeBands::Quota(QuotaBands { bands, ties, refill }) => Self {
                fixed: None,
                quota: Some(bands),
                ties: Some(ties).filter(|ties| *ties != QuotaTies::default()),
                refill: Some(refill).filter(|refill| *refill),
            },
        }
    }
}

impl PartialSchema for GradeBands {
    fn schema() -> RefOr<Schema> {
        GradeBandsForm::schema()
    }
}

impl ToSchema for GradeBands {
    fn name() -> Cow<'static, str> {
        GradeBandsForm::name()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        GradeBandsForm::schemas(schemas);
    }
}

/// Comes in as its form does.
impl InputType for GradeBands {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        GradeBandsForm::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        GradeBandsForm::create_type_info(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        let form = GradeBandsForm::parse(value).map_err(InputValueError::propagate)?;
        Self::try_from(form).map_err(InputValueError::custom)
    }

    fn to_value(&self) -> Value {
        GradeBandsForm::from(self.clone()).to_value()
    }

    fn as_raw_value(&self) -> Option<&Self::RawValueType> {
        Some(self)
    }
}

/// A grade for all totals from a threshold up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "FixedBandInput")]
#[serde(deny_unknown_fields)]
pub struct FixedBand {
    /// The grade.
    pub grade: Code,
    /// What the grade means.
    pub label: Label,
    /// The smallest total that earns it, 0 to 100; below the one before, and 0 in the last.
    pub min_score: Exact,
}

/// A grade for a share of the customers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "QuotaBandInput")]
#[serde(deny_unknown_fields)]
pub struct QuotaBand {
    /// The grade.
    pub grade: Code,
    /// What the grade means.
    pub label: Label,
    /// The share of the customers who get it, above 0 and at most 1; null in the last, which takes the rest.
    pub share: Option<Exact>,
}

impl GradeBands {
    /// The grades, the best first.
    pub fn grades(&self) -> Vec<&Code> {
        match self {
            Self::Fixed(bands) => bands.iter().map(|band| &band.grade).collect(),
            Self::Quota(quota) => quota.bands.iter().map(|band| &band.grade).collect(),
        }
    }

    /// The grade at a place, 0 is the best; `None` beyond the last.
    pub fn grade_at(&self, place: u32) -> Option<&Code> {
        let place = usize::try_from(place).ok()?;
        match self {
            Self::Fixed(bands) => bands.get(place).map(|band| &band.grade),
            Self::Quota(quota) => quota.bands.get(place).map(|band| &band.grade),
        }
    }

    /// The place of a grade, 0 is the best; `None` where there is no such grade.
    pub fn position(&self, grade: &Code) -> Option<usize> {
        self.grades().into_iter().position(|known| known == grade)
    }
}

/// How totals become grades: exactly one of `fixed` and `quota` is set.
#[Object]
impl GradeBands {
    /// The bands, the best first, where grades go by the total alone.
    #[graphql(name = "fixed")]
    async fn gql_fixed(&self) -> Option<&[FixedBand]> {
        if let Self::Fixed(bands) = self { Some(bands) } else { None }
    }

    /// The bands, the best first, where grades go by place.
    #[graphql(name = "quota")]
    async fn gql_quota(&self) -> Option<&[QuotaBand]> {
        if let Self::Quota(quota) = self { Some(&quota.bands) } else { None }
    }

    /// Who gets the better grade where a border runs through equal scores; null where grades go by the total alone.
    #[graphql(name = "ties")]
    async fn gql_ties(&self) -> Option<QuotaTies> {
        if let Self::Quota(quota) = self { Some(quota.ties) } else { None }
    }

    /// Whether places that caps take from a grade go to the next in rank; null where grades go by the total alone.
    #[graphql(name = "refill")]
    async fn gql_refill(&self) -> Option<bool> {
        if let Self::Quota(quota) = self { Some(quota.refill) } else { None }
    }
}
