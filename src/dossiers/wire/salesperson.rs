//! Salespeople.

use async_graphql::{InputObject, MaybeUndefined, SimpleObject};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::values::SalespersonId;

/// A salesperson.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Salesperson")]
#[schema(as = Salesperson)]
pub struct SalespersonOut {
    /// The id.
    pub id: SalespersonId,
    /// The id in the source system.
    #[schema(example = "SP-7")]
    pub external_id: String,
    /// The name.
    #[schema(example = "Li Na")]
    pub name: String,
    /// The territory; null where the salesperson has none.
    #[schema(example = "North")]
    pub territory: Option<String>,
    /// Counts the changes; the ETag.
    pub version: i32,
    /// When the entry was created.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

/// A salesperson to create or change; an absent territory stays, null empties it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema, InputObject)]
#[graphql(name = "SalespersonInput")]
#[serde(deny_unknown_fields)]
#[schema(as = SalespersonInput)]
pub struct SalespersonIn {
    /// The name, 1 to 200 characters.
    #[schema(example = "Li Na", min_length = 1, max_length = 200)]
    pub name: String,
    /// The territory, at most 200 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200, example = "North")]
    pub territory: MaybeUndefined<String>,
}

/// A salesperson to create or change by external id; an absent territory stays, null empties it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema, InputObject)]
#[graphql(name = "SalespersonUpsertItem")]
#[serde(deny_unknown_fields)]
pub struct SalespersonUpsert {
    /// The id in the source system, 1 to 200 characters.
    #[schema(example = "SP-7", min_length = 1, max_length = 200)]
    pub external_id: String,
    /// The name, 1 to 200 characters.
    #[schema(example = "Li Na", min_length = 1, max_length = 200)]
    pub name: String,
    /// The territory, at most 200 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200, example = "North")]
    pub territory: MaybeUndefined<String>,
}

impl SalespersonIn {
    /// The same for the salesperson with an external id.
    pub(in crate::dossiers) fn for_external_id(self, external_id: String) -> SalespersonUpsert {
        SalespersonUpsert { external_id, name: self.name, territory: self.territory }
    }
}
