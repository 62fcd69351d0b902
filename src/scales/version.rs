//! What a scale is for, and the life of its versions.

use async_graphql::Enum;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whom a scale grades.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Customers who buy from us.
    ExistingCustomers,
    /// Companies who do not buy from us yet.
    Prospects,
}

impl Purpose {
    /// Its name in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::ExistingCustomers => "existing_customers",
            Self::Prospects => "prospects",
        }
    }

    /// The purpose with a name of the API.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::ExistingCustomers, Self::Prospects].into_iter().find(|purpose| purpose.code() == code)
    }
}

/// The state of a version. It only ever moves forward: draft, published, retired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum VersionState {
    /// Can be edited. It can be graded with as a trial, which decides nothing.
    Draft,
    /// Never changes again; the one that is in force.
    Published,
    /// Never changes again; a later version is in force.
    Retired,
}

impl VersionState {
    /// Its name in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
            Self::Retired => "retired",
        }
    }

    /// The state with a name of the API.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Draft, Self::Published, Self::Retired].into_iter().find(|state| state.code() == code)
    }
}
