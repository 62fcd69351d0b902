//! What is asked of a customer's life: merges, erasures, and whether lists show the archive.

use async_graphql::Enum;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::values::CustomerId;

/// Whether a list shows archived customers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, Enum)]
pub enum Archived {
    /// Those that are not archived.
    #[default]
    #[serde(rename = "false")]
    #[graphql(name = "WITHOUT")]
    Without,
    /// Those that are.
    #[serde(rename = "true")]
    #[graphql(name = "ONLY")]
    Only,
    /// Both.
    #[serde(rename = "all")]
    All,
}

/// Into which customer another one goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MergeInput)]
pub struct MergeIn {
    /// The customer that stays.
    pub into: CustomerId,
}

/// Why a customer is erased.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ErasureInput)]
pub struct ErasureIn {
    /// Why, 1 to 500 characters, as the reference of the request. It stays in the audit log: write nothing personal.
    #[schema(min_length = 1, max_length = 500, example = "request 2026-118")]
    pub reason: String,
}
