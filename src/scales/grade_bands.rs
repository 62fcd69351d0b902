//! How totals become grades.

use async_graphql::{InputObject, Object, OneofObject, SimpleObject};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::values::{Code, Exact, Label};

/// How totals become grades; 1 to 20 grades, the best first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, OneofObject)]
#[graphql(input_name = "GradeBandsInput")]
#[serde(rename_all = "snake_case")]
pub enum GradeBands {
    /// By the total alone.
    Fixed(Vec<FixedBand>),
    /// By the place among all who are graded together.
    Quota(Vec<QuotaBand>),
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
            Self::Quota(bands) => bands.iter().map(|band| &band.grade).collect(),
        }
    }

    /// The grade at a place, 0 is the best; `None` beyond the last.
    pub fn grade_at(&self, place: u32) -> Option<&Code> {
        let place = usize::try_from(place).ok()?;
        match self {
            Self::Fixed(bands) => bands.get(place).map(|band| &band.grade),
            Self::Quota(bands) => bands.get(place).map(|band| &band.grade),
        }
    }

    /// The place of a grade, 0 is the best; `None` where there is no such grade.
    pub fn position(&self, grade: &Code) -> Option<usize> {
        self.grades().into_iter().position(|known| known == grade)
    }
}

/// How totals become grades: exactly one of the fields is set.
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
        if let Self::Quota(bands) = self { Some(bands) } else { None }
    }
}
