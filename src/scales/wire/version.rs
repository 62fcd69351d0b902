//! Versions of scales as both faces show them.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::Problems;
use crate::scales::{Problem, ScaleChange, ScaleDefinition, ScaleScope, VersionState};
use crate::values::{Code, Label, ScaleId};

/// One version of a scale.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "ScaleVersion")]
pub struct ScaleVersionOut {
    /// The scale.
    pub scale_id: ScaleId,
    /// Its number, from 1.
    #[schema(example = 1)]
    pub number: i32,
    /// Draft, published or retired. Only a draft changes.
    pub state: VersionState,
    /// Its content.
    pub definition: ScaleDefinition,
    /// Counts the changes; the ETag.
    #[schema(example = 1)]
    pub revision: i32,
    /// How many problems stand against publishing it; 0 once published.
    #[schema(example = 0)]
    pub problem_count: i32,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was published; null for a draft.
    pub published_at: Option<DateTime<Utc>>,
}

/// A version of a scale without its content.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
pub struct ScaleVersionSummary {
    /// Its number, from 1.
    #[schema(example = 1)]
    pub number: i32,
    /// Draft, published or retired.
    pub state: VersionState,
    /// Counts the changes; the ETag.
    #[schema(example = 1)]
    pub revision: i32,
    /// How many problems stand against publishing it.
    #[schema(example = 0)]
    pub problem_count: i32,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was published; null for a draft.
    pub published_at: Option<DateTime<Utc>>,
}

/// What to validate.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScaleValidationIn {
    /// A definition to check in place of the stored one; nothing is stored.
    #[serde(default)]
    pub definition: Option<ScaleDefinition>,
}

/// What a validation found.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "ScaleValidation")]
pub struct ScaleValidationOut {
    /// Whether it could be published as it is.
    pub valid: bool,
    /// All that stands against it, in the order of the definition.
    pub problems: Vec<Problem>,
}

/// What a copy of a version becomes: a new draft of its scale, or a scale of its own.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScaleCloneIn {
    /// The code of the new scale; where absent, the copy becomes a draft of the same scale.
    #[serde(default)]
    #[schema(example = "distributor-mine")]
    pub code: Option<Code>,
    /// The new scale's name; the copied scale's where absent.
    #[serde(default)]
    pub name: Option<Label>,
    /// Whose the new scale is; the company's where absent.
    #[serde(default)]
    pub scope: Option<ScaleScope>,
}

/// How two versions differ.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "ScaleComparison")]
#[schema(as = ScaleComparison)]
pub struct ScaleComparisonOut {
    /// The scale of the version it begins with.
    pub scale_id: ScaleId,
    /// That version.
    #[schema(example = 1)]
    pub version: i32,
    /// The scale of the version it is compared with.
    pub with_scale_id: ScaleId,
    /// That version.
    #[schema(example = 2)]
    pub with_version: i32,
    /// Whether nothing differs.
    pub identical: bool,
    /// What differs: dimensions and factors in the order of the definitions, then grades and caps.
    pub changes: Vec<ScaleChange>,
}

impl ScaleCloneIn {
    /// All that is wrong with it.
    pub(in crate::scales) fn problems(&self) -> Problems {
        let mut problems = Problems::new();
        if let Some(name) = &self.name {
            problems.text("/name/en", &name.en, 200);
            problems.text("/name/zh", &name.zh, 200);
        }
        for (pointer, is_given) in [("/name", self.name.is_some()), ("/scope", self.scope.is_some())] {
            if is_given && self.code.is_none() {
                let en = "Only a new scale has this: give its code too.";
                problems.add(pointer, "needs_code", en, "仅新量表可指定此项，请同时给出代码。");
            }
        }
        problems
    }
}

impl From<Vec<Problem>> for ScaleValidationOut {
    fn from(problems: Vec<Problem>) -> Self {
        Self { valid: problems.is_empty(), problems }
    }
}
