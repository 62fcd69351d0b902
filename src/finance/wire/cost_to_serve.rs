//! Costs to serve.

use async_graphql::{InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::values::{CostToServeId, Currency, CustomerId, Date, Exact};

/// A cost to create, or to replace where its id is there.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[graphql(name = "CostToServeUpsertInput")]
#[serde(deny_unknown_fields)]
pub struct CostToServeUpsert {
    /// Its id in the source, 1 to 200 characters.
    #[schema(example = "VISIT-4711", max_length = 200)]
    pub external_id: String,
    /// External id of the customer.
    #[schema(example = "C-1001")]
    pub customer_external_id: String,
    /// The day it was spent.
    pub day: Date,
    /// What was done, 1 to 100 characters.
    #[schema(example = "visits", min_length = 1, max_length = 100)]
    pub activity: String,
    /// What it cost beyond the cost of goods, in `currency`, at most 4 places; negative where it was paid back.
    pub amount: Exact,
    /// The currency; the tenant's base currency where absent. Another needs an exchange rate of the day.
    pub currency: Option<Currency>,
    /// When this was observed, at most 5 minutes in the future; the moment of receipt where absent. What was observed
    /// before the stored state changes nothing.
    #[schema(example = "2026-01-31T08:00:00Z")]
    pub observed_at: Option<DateTime<Utc>>,
    /// Where it is there and its currency is another, it stays in that.
    #[serde(skip)]
    #[graphql(skip)]
    pub keeps_currency: bool,
}

/// What was spent to serve a customer beyond the cost of goods.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "CostToServe")]
pub struct CostToServeOut {
    /// Its id.
    pub id: CostToServeId,
    /// Its id in the source.
    #[schema(example = "VISIT-4711")]
    pub external_id: String,
    /// The customer.
    pub customer_id: CustomerId,
    /// The day it was spent.
    pub day: Date,
    /// What was done.
    #[schema(example = "visits")]
    pub activity: String,
    /// What it cost, in `currency`.
    pub amount: Exact,
    /// The currency.
    pub currency: Currency,
    /// The amount in the tenant's base currency, at the rate of its day.
    pub base_amount: Exact,
}

/// Which costs. What is absent restricts nothing.
#[derive(Clone, Debug, Default, InputObject)]
#[graphql(name = "CostToServeFilterInput")]
pub struct CostToServeFilter {
    /// Only of this customer.
    pub customer_id: Option<CustomerId>,
    /// Only of this activity.
    pub activity: Option<String>,
    /// The first day that counts.
    pub from: Option<Date>,
    /// The first day that no longer counts.
    pub to: Option<Date>,
}
