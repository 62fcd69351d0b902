//! Scales, their versions and judgements as both faces show them.

use async_graphql::{InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Problem, Purpose, ScaleDefinition, VersionState};
use crate::error::Problems;
use crate::values::{Code, CustomerId, Label, ScaleId};

/// A scale to create, from a template or from a definition of one's own; its version 1 is a draft.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema, InputObject)]
#[graphql(name = "CreateScaleInput")]
#[serde(deny_unknown_fields)]
pub struct ScaleIn {
    /// Its code, unique in the tenant; commands and reports name the scale by it.
    #[schema(example = "distributor")]
    pub code: Code,
    /// Its name.
    pub name: Label,
    /// Whom it grades; the template's purpose where absent, and `existing_customers` without a template.
    #[serde(default)]
    pub purpose: Option<Purpose>,
    /// The template to start from. Exactly one of `template` and `definition` is given.
    #[serde(default)]
    #[schema(example = "industrial_distributor")]
    pub template: Option<Code>,
    /// The definition to start from. It may still have problems: people edit a draft until it can be published.
    #[serde(default)]
    pub definition: Option<ScaleDefinition>,
}

/// A scale; its content is in its versions.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Scale")]
pub struct ScaleOut {
    /// Its id.
    pub id: ScaleId,
    /// Its code.
    #[schema(example = "distributor")]
    pub code: Code,
    /// Its name.
    pub name: Label,
    /// Whom it grades.
    pub purpose: Purpose,
    /// Its newest version's number, from 1.
    #[schema(example = 2)]
    pub latest_version: i32,
    /// The version in force; null while none has been published.
    #[schema(example = 1)]
    pub published_version: Option<i32>,
    /// The version that can be edited; null where there is none.
    #[schema(example = 2)]
    pub draft_version: Option<i32>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

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

/// A member's rating of a customer. A newer one of the same customer and factor takes the older one's place.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema, InputObject)]
#[graphql(name = "JudgementInput")]
#[serde(deny_unknown_fields)]
pub struct JudgementIn {
    /// The customer.
    pub customer_id: CustomerId,
    /// A factor of the scale whose source is a judgement.
    #[schema(example = "cooperation")]
    pub factor_code: Code,
    /// The code of one of the factor's levels.
    #[schema(example = "A")]
    pub level: Code,
    /// Why, at most 1,000 characters.
    #[serde(default)]
    #[schema(max_length = 1000, example = "Shares its yearly demand plan with us")]
    pub note: Option<String>,
}

/// A member's rating of a customer, as it is kept.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Judgement")]
#[schema(as = Judgement)]
pub struct JudgementOut {
    /// The customer.
    pub customer_id: CustomerId,
    /// Its external id.
    pub customer_external_id: String,
    /// Its name.
    pub customer_name: String,
    /// The factor.
    pub factor_code: Code,
    /// The level.
    pub level: Code,
    /// Why.
    pub note: Option<String>,
    /// Who judged.
    pub author: String,
    /// When.
    pub judged_at: DateTime<Utc>,
}

impl ScaleIn {
    /// All that is wrong with it, but for the definition, which a draft may have problems in.
    pub(super) fn problems(&self) -> Problems {
        let mut problems = Problems::new();
        problems.text("/name/en", &self.name.en, 200);
        problems.text("/name/zh", &self.name.zh, 200);
        if self.template.is_some() == self.definition.is_some() {
            problems.add("/template", "one_of", "Give a template or a definition.", "请给出模板或定义之一。");
        }
        problems
    }
}

impl From<Vec<Problem>> for ScaleValidationOut {
    fn from(problems: Vec<Problem>) -> Self {
        Self { valid: problems.is_empty(), problems }
    }
}
