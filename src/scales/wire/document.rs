//! A scale on its own, as it is taken out and in again.

use async_graphql::{InputObject, SimpleObject};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ScaleVersionOut;
use crate::error::Problems;
use crate::scales::{Problem, Purpose, ScaleDefinition};
use crate::values::{Code, Label};

/// A scale with the content of one version, in a form that another tenant or installation can take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "ScaleDocumentInput")]
#[serde(deny_unknown_fields)]
pub struct ScaleDocument {
    /// Its code.
    #[schema(example = "distributor")]
    pub code: Code,
    /// Its name.
    pub name: Label,
    /// Whom it grades.
    pub purpose: Purpose,
    /// Its content.
    pub definition: ScaleDefinition,
}

/// What came of an import.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "ScaleImport")]
#[schema(as = ScaleImport)]
pub struct ScaleImportOut {
    /// The draft that holds what was taken.
    pub scale_version: ScaleVersionOut,
    /// What stands against publishing it: none, unless problems were allowed. In a workbook the pointer names sheet and
    /// cell.
    pub problems: Vec<Problem>,
}

impl ScaleDocument {
    /// What is wrong with it beside the definition.
    pub(in crate::scales) fn problems(&self) -> Problems {
        let mut problems = Problems::new();
        problems.text("/name/en", &self.name.en, 200);
        problems.text("/name/zh", &self.name.zh, 200);
        problems
    }
}
