//! Scales as both faces show them.

use async_graphql::{InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::Problems;
use crate::scales::{Purpose, ScaleDefinition, ScaleScope};
use crate::values::{Code, Label, ScaleId};

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
    /// Whose it is; the company's where absent. A personal one belongs to whoever creates it.
    #[serde(default)]
    pub scope: Option<ScaleScope>,
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
    /// Whose it is.
    pub scope: ScaleScope,
    /// The member whose it is, as tokens name the member; null of a company's scale.
    #[schema(example = "li.na@acme.example")]
    pub owner: Option<String>,
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
    /// Counts what happens to its versions; the ETag.
    #[serde(skip)]
    #[graphql(skip)]
    pub(in crate::scales) revision: i32,
}

impl ScaleOut {
    /// Whether it belongs to this member.
    pub(in crate::scales) fn belongs_to(&self, member: &str) -> bool {
        self.scope == ScaleScope::Personal && self.owner.as_deref() == Some(member)
    }
}

impl ScaleIn {
    /// All that is wrong with it, but for the definition, which a draft may have problems in.
    pub(in crate::scales) fn problems(&self) -> Problems {
        let mut problems = Problems::new();
        problems.text("/name/en", &self.name.en, 200);
        problems.text("/name/zh", &self.name.zh, 200);
        if self.template.is_some() == self.definition.is_some() {
            problems.add("/template", "one_of", "Give a template or a definition.", "请给出模板或定义之一。");
        }
        problems
    }
}
