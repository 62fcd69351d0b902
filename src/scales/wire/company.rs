//! The company's scales as both faces show them.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::Problems;
use crate::scales::Purpose;
use crate::values::{Code, Label, ScaleId};

/// Which scale becomes the company's.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompanyScaleIn {
    /// The scale. Exactly one of `scale_id` and `scale_code` is given.
    #[serde(default)]
    pub scale_id: Option<ScaleId>,
    /// The scale's code.
    #[serde(default)]
    #[schema(example = "distributor")]
    pub scale_code: Option<Code>,
}

/// The scale that is the company's for a purpose. Only its official runs decide current grades.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "CompanyScale")]
#[schema(as = CompanyScale)]
pub struct CompanyScaleOut {
    /// Whom it grades.
    pub purpose: Purpose,
    /// The scale.
    pub scale_id: ScaleId,
    /// Its code.
    #[schema(example = "distributor")]
    pub scale_code: Code,
    /// Its name.
    pub scale_name: Label,
    /// Its version in force; null where none is.
    #[schema(example = 1)]
    pub published_version: Option<i32>,
    /// Who named it.
    pub named_by: String,
    /// When.
    pub named_at: DateTime<Utc>,
    /// Counts the changes; the ETag.
    #[schema(example = 1)]
    pub version: i32,
}

impl CompanyScaleIn {
    /// All that is wrong with it by itself.
    pub(in crate::scales) fn problems(&self) -> Problems {
        let mut problems = Problems::new();
        if self.scale_id.is_some() == self.scale_code.is_some() {
            let (en, zh) = ("Give a scale_id or a scale_code.", "请给出 scale_id 或 scale_code 之一。");
            problems.add("/scale_id", "one_of", en, zh);
        }
        problems
    }
}
