//! Territories.

use async_graphql::{InputObject, SimpleObject};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::values::Label;

/// A territory: defined, or merely named by a customer or salesperson.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Territory")]
#[schema(as = Territory)]
pub struct TerritoryOut {
    /// The name by which customers and salespeople name it.
    #[schema(example = "Hamburg")]
    pub name: String,
    /// What readers call it; null where it is not defined.
    pub label: Option<Label>,
    /// The territory it lies in; null at the top, and where it is not defined.
    #[schema(example = "North")]
    pub parent: Option<String>,
    /// Customers that name it, the archived left out.
    #[schema(example = 12)]
    pub customers: i64,
    /// Customers that name it or one that lies in it, the archived left out.
    #[schema(example = 30)]
    pub customers_within: i64,
    /// Counts the changes, the ETag; null where it is not defined.
    pub version: Option<i32>,
}

/// What a territory is to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, InputObject)]
#[graphql(name = "TerritoryInput")]
#[serde(deny_unknown_fields)]
#[schema(as = TerritoryInput)]
pub struct TerritoryIn {
    /// What readers call it, 1 to 200 characters in each language.
    pub label: Label,
    /// The territory it lies in, which must be defined and not lie in this one; at the top where null or absent.
    #[serde(default)]
    #[schema(max_length = 200, example = "North")]
    pub parent: Option<String>,
}
