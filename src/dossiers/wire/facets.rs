//! Counts of customers by what they have in common.

use async_graphql::SimpleObject;
use serde::Serialize;
use utoipa::ToSchema;

use super::CustomerStage;
use crate::values::SalespersonId;

/// How many customers meet a filter, and how many of them by stage, industry, territory, owner and tag. Each list is by
/// count, the largest first, and holds the 100 largest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "CustomerFacets")]
#[schema(as = CustomerFacets)]
pub struct CustomerFacetsOut {
    /// All that meet the filter.
    #[schema(example = 42)]
    pub total_count: i64,
    /// By stage.
    pub stages: Vec<StageCount>,
    /// By industry.
    pub industries: Vec<ValueCount>,
    /// By territory.
    pub territories: Vec<ValueCount>,
    /// By owner.
    pub owners: Vec<OwnerCount>,
    /// By tag; a customer counts once for each of its tags.
    pub tags: Vec<ValueCount>,
}

/// How many customers are at a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct StageCount {
    /// The stage.
    pub stage: CustomerStage,
    /// How many.
    #[schema(example = 17)]
    pub count: i64,
}

/// How many customers have a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct ValueCount {
    /// The value; null for those without one.
    #[schema(example = "machinery")]
    pub value: Option<String>,
    /// How many.
    #[schema(example = 17)]
    pub count: i64,
}

/// How many customers a salesperson owns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct OwnerCount {
    /// The salesperson; null for customers whom nobody owns.
    pub owner_id: Option<SalespersonId>,
    /// The salesperson's name.
    #[schema(example = "Li Na")]
    pub name: Option<String>,
    /// How many.
    #[schema(example = 17)]
    pub count: i64,
}
