//! Which customers a list shows.

use async_graphql::InputObject;

use super::CustomerStage;
use crate::values::{AsOf, SalespersonId};

/// Which customers: those that meet every filter given.
#[derive(Clone, Debug, Default, PartialEq, InputObject)]
pub struct CustomerFilter {
    /// At this stage.
    pub stage: Option<CustomerStage>,
    /// Of this industry.
    pub industry: Option<String>,
    /// Of this territory.
    pub territory: Option<String>,
    /// Owned by this salesperson.
    pub owner_id: Option<SalespersonId>,
    /// With this tag.
    pub tag: Option<String>,
    /// In this country.
    pub country: Option<String>,
    /// With this text in their names, in any case.
    pub q: Option<String>,
    /// With this external id, in any system.
    pub external_id: Option<String>,
    /// As they were then: those of whom something was known, filtered and sorted by what was known.
    pub as_of: Option<AsOf>,
}
