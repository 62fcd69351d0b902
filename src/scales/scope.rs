//! Whose a scale is.

use async_graphql::Enum;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whose a scale is: people first make their own, then agree on one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum ScaleScope {
    /// The company's: everyone who reads scales sees it, and one of a purpose is named to decide current grades.
    #[default]
    Company,
    /// One member's: the member alone changes and publishes it, those who publish scales see it too, and it decides
    /// nobody's current grade.
    Personal,
}

impl ScaleScope {
    /// Its name in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Company => "company",
            Self::Personal => "personal",
        }
    }

    /// The scope with a name of the API.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Company, Self::Personal].into_iter().find(|scope| scope.code() == code)
    }
}
