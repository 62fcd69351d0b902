//! Grades by place, as both faces show what became of them.

use async_graphql::SimpleObject;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::scales::{GradeBands, PlacesUsed, QuotaTies, Tie};
use crate::values::Label;

/// How the places of a grade by quota were used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
pub struct QuotaUse {
    /// The places that the grade's share of the gradable customers is.
    #[schema(example = 14)]
    pub places: i64,
    /// Places whose holders by score have a worse grade because of a cap.
    #[schema(example = 2)]
    pub lost_to_caps: i64,
    /// Customers from further down in rank who have the grade because such places were passed on (`refill`).
    #[schema(example = 0)]
    pub passed_on: i64,
}

/// Where a customer stands among those with the same score, where a border between two grades runs through them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct GradeTie {
    /// Its place among them by external id, from 1.
    #[schema(example = 6)]
    pub place: u32,
    /// How many have the same score.
    #[schema(example = 6)]
    pub of: u32,
    /// What decided between them: `external_id`, or `better` where all get the better grade.
    pub settled_by: QuotaTies,
    /// The same, for a reader.
    pub text: Label,
}

impl From<PlacesUsed> for QuotaUse {
    fn from(used: PlacesUsed) -> Self {
        let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        Self { places: whole(used.places), lost_to_caps: whole(used.lost_to_caps), passed_on: whole(used.passed_on) }
    }
}

impl GradeTie {
    /// A tie under these bands.
    pub(in crate::grading) fn told(Tie { place, of }: Tie, bands: &GradeBands) -> Self {
        let settled_by = match bands {
            GradeBands::Quota(quota) => quota.ties,
            GradeBands::Fixed(_) => QuotaTies::ExternalId,
        };
        let text = match settled_by {
            QuotaTies::ExternalId => Label::new(
                format!("place {place} of {of} equal scores, by external id"),
                format!("{of}个相同得分中排第{place}位（按外部编号）"),
            ),
            QuotaTies::Better => Label::new(
                format!("{of} equal scores at the border of two grades: all get the better one"),
                format!("等级边界上有{of}个相同得分，均取较好等级"),
            ),
        };
        Self { place, of, settled_by, text }
    }
}
