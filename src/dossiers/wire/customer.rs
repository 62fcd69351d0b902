//! A customer as both faces show it.

use std::str::FromStr;

use async_graphql::{Enum, InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::values::{Currency, CustomerId, Date, Exact, SalespersonId};

/// The source system of external ids when none is named.
pub const DEFAULT_SYSTEM: &str = "default";

/// How far a customer has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum CustomerStage {
    /// Has not bought yet.
    Prospect,
    /// Buys.
    #[default]
    Active,
    /// Has bought, and not for a while.
    Dormant,
    /// Will not buy again.
    Lost,
}

/// The id of a customer in a source system.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "ExternalIdInput")]
#[serde(deny_unknown_fields)]
pub struct ExternalId {
    /// The source system, 1 to 63 characters.
    #[schema(example = "crm", min_length = 1, max_length = 63)]
    pub system: String,
    /// The id there, 1 to 200 characters.
    #[schema(example = "C-10042", min_length = 1, max_length = 200)]
    pub external_id: String,
}

/// A company the tenant sells to, or wants to.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "CustomerFields")]
#[schema(as = Customer)]
pub struct CustomerOut {
    /// Its id.
    pub id: CustomerId,
    /// The external id by which reports and ties name it: the first it was given, else its own id.
    #[schema(example = "C-10042")]
    pub external_id: String,
    /// Its name.
    #[schema(example = "Nordwind Pumpen GmbH")]
    pub name: String,
    /// How far it has come.
    pub stage: CustomerStage,
    /// Its industry; null where unknown.
    #[schema(example = "machinery")]
    pub industry: Option<String>,
    /// The territory it belongs to; null where unknown.
    #[schema(example = "North")]
    pub territory: Option<String>,
    /// Its city; null where unknown.
    #[schema(example = "Bremen")]
    pub city: Option<String>,
    /// Its country as the source names it; null where unknown.
    #[schema(example = "Germany")]
    pub country: Option<String>,
    /// The salesperson who owns it; null where nobody does.
    pub owner_id: Option<SalespersonId>,
    /// The customer it belongs to; null where to none.
    pub parent_id: Option<CustomerId>,
    /// Number of people it employs; null where unknown.
    #[schema(minimum = 0, example = 120)]
    pub employees: Option<i32>,
    /// Its own yearly revenue in `currency`; null where unknown.
    pub annual_revenue: Option<Exact>,
    /// The currency it is invoiced in; null where unknown.
    pub currency: Option<Currency>,
    /// Credit limit in `currency`; null where none is set.
    pub credit_limit: Option<Exact>,
    /// What the source system calls its segment; null where it says nothing.
    #[schema(example = "key account")]
    pub segment_hint: Option<String>,
    /// The day it first became known; null where unknown.
    pub first_seen: Option<Date>,
    /// Its tags, sorted.
    #[schema(example = json!(["pumps", "service contract"]))]
    pub tags: Vec<String>,
    /// Facts of the tenant's own by code: texts, numbers as decimal strings, yes or no.
    #[schema(value_type = Object, example = json!({"iso_9001": true, "machines": "42", "process": "casting"}))]
    pub attributes: serde_json::Value,
    /// Its ids in source systems, by system and id.
    pub external_ids: Vec<ExternalId>,
    /// The customers that became one with it; their ids lead here.
    pub merged_ids: Vec<CustomerId>,
    /// When it was archived; null where it is not.
    pub archived_at: Option<DateTime<Utc>>,
    /// When what is personal of it was erased; null where it was not.
    pub erased_at: Option<DateTime<Utc>>,
    /// Counts its changes; the ETag.
    pub version: i32,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

impl CustomerStage {
    /// All of them, in the order in which a customer goes through them.
    pub const ALL: [Self; 4] = [Self::Prospect, Self::Active, Self::Dormant, Self::Lost];

    /// Its word in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Prospect => "prospect",
            Self::Active => "active",
            Self::Dormant => "dormant",
            Self::Lost => "lost",
        }
    }
}

impl FromStr for CustomerStage {
    type Err = &'static str;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == s).ok_or("expected prospect, active, dormant or lost")
    }
}

impl CustomerOut {
    /// A customer of which nothing is known but its ids.
    pub(in crate::dossiers) fn unknown(id: CustomerId, external_ids: Vec<ExternalId>, now: DateTime<Utc>) -> Self {
        let external_id = external_ids.first().map_or_else(|| id.to_string(), |first| first.external_id.clone());
        Self {
            id,
            external_id,
            name: String::new(),
            stage: CustomerStage::default(),
            industry: None,
            territory: None,
            city: None,
            country: None,
            owner_id: None,
            parent_id: None,
            employees: None,
            annual_revenue: None,
            currency: None,
            credit_limit: None,
            segment_hint: None,
            first_seen: None,
            tags: Vec::new(),
            attributes: serde_json::Value::Object(serde_json::Map::new()),
            external_ids,
            merged_ids: Vec::new(),
            archived_at: None,
            erased_at: None,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_read_back_as_json_writes_them() {
        for stage in CustomerStage::ALL {
            assert_eq!(serde_json::to_value(stage).unwrap(), stage.as_str());
            assert_eq!(stage.as_str().parse(), Ok(stage));
        }
        assert!("Active".parse::<CustomerStage>().is_err());
    }
}
