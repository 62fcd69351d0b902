//! Which customers a list shows.

use async_graphql::InputObject;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Archived, CustomerStage};
use crate::dossiers::attribute_filter::AttributeComparison;
use crate::values::{AsOf, Exact, SalespersonId};

/// Which customers: those that meet every filter given. Of several values of one filter one is enough, but for `tag`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(deny_unknown_fields, default)]
pub struct CustomerFilter {
    /// At one of these stages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Vec<CustomerStage>>,
    /// Of one of these industries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub industry: Option<Vec<String>>,
    /// Of one of these territories.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub territory: Option<Vec<String>>,
    /// Of this territory or one that lies in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within_territory: Option<String>,
    /// Owned by one of these salespeople.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<Vec<SalespersonId>>,
    /// With all of these tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<Vec<String>>,
    /// With one of these tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub any_tag: Option<Vec<String>>,
    /// In one of these countries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<Vec<String>>,
    /// With names like this text, or parts of names, misspelt or not; or with an external id that begins with it (from 3
    /// characters, else that is it). The best first where no sort is asked. With `as_of`: with this text in their names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// With this external id, in any system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Whether archived ones are shown; they are not where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archived: Option<Archived>,
    /// With attributes that compare so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute: Option<Vec<AttributeComparison>>,
    /// Of whom less than this share of the required facts is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completeness_below: Option<Exact>,
    /// Of whom this share of the required facts, or more, is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completeness_from: Option<Exact>,
    /// Of whose known required facts less than this share is fresh; not of whom nothing is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub freshness_below: Option<Exact>,
    /// Of whose known required facts this share, or more, is fresh.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub freshness_from: Option<Exact>,
    /// As they were then: those of whom something was known, filtered and sorted by what was known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<AsOf>,
}
