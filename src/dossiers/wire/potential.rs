//! Purchase potentials: what a customer buys a year, by product category, from anyone.

use async_graphql::{InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::values::{CustomerId, Exact};

/// What a customer buys a year of a category, from anyone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "PurchasePotentialInput")]
#[serde(deny_unknown_fields)]
pub struct PurchasePotential {
    /// The product category, 1 to 200 characters.
    #[schema(example = "pumps", min_length = 1, max_length = 200)]
    pub category: String,
    /// In the tenant's base currency, 0 or more, at most 4 places.
    pub yearly_amount: Exact,
}

/// All a customer buys a year, by category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "PurchasePotentials")]
#[schema(as = PurchasePotentials)]
pub struct PurchasePotentialsOut {
    /// Whose.
    pub customer_id: CustomerId,
    /// The categories, by name; empty where nothing is known.
    pub items: Vec<PurchasePotential>,
    /// The sum over the categories, in the tenant's base currency; null where nothing is known.
    pub total: Option<Exact>,
    /// The customer's version, which counts changes of its potentials too; the ETag.
    pub version: i32,
}

/// The potentials a customer is to have; they replace those it has.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PurchasePotentialsInput)]
pub struct PurchasePotentialsIn {
    /// At most 200, each category once.
    #[schema(max_items = 200)]
    pub items: Vec<PurchasePotential>,
    /// When this was observed; now where absent. What is known from later stays.
    #[serde(default)]
    pub observed_at: Option<DateTime<Utc>>,
}

/// A potential to set by the customer's external id and its category; other categories stay.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema, InputObject)]
#[graphql(name = "PurchasePotentialUpsertInput")]
#[schema(as = PurchasePotentialUpsert)]
#[serde(deny_unknown_fields)]
pub struct PotentialUpsert {
    /// External id of the customer.
    #[schema(example = "C-1001")]
    pub customer_external_id: String,
    /// The product category, 1 to 200 characters.
    #[schema(example = "pumps", min_length = 1, max_length = 200)]
    pub category: String,
    /// In the tenant's base currency, 0 or more, at most 4 places.
    pub yearly_amount: Exact,
    /// When it was observed; now where absent. What is known from later stays.
    #[serde(default)]
    pub observed_at: Option<DateTime<Utc>>,
}

/// What one customer buys a year of one category, from anyone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "PurchasePotentialEntry")]
#[schema(as = PurchasePotentialEntry)]
pub struct PotentialOut {
    /// The customer.
    pub customer_id: CustomerId,
    /// The product category.
    #[schema(example = "pumps")]
    pub category: String,
    /// In the tenant's base currency.
    pub yearly_amount: Exact,
}

/// Which purchase potentials.
#[derive(Clone, Debug, Default, PartialEq, Eq, InputObject)]
#[graphql(name = "PurchasePotentialFilter")]
pub struct PotentialFilter {
    /// Only of this customer.
    pub customer_id: Option<CustomerId>,
    /// Only of this category.
    pub category: Option<String>,
}
