//! Payments as both faces carry them.

use async_graphql::InputObject;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::values::{Currency, Date, Exact};

/// A payment to create, or to replace where its id is there. Money paid back is negative.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[graphql(name = "PaymentUpsertInput")]
#[serde(deny_unknown_fields)]
pub struct PaymentUpsert {
    /// Its id in the source, 1 to 200 characters.
    #[schema(example = "PAY-2024-0001", max_length = 200)]
    pub external_id: String,
    /// External id of the customer.
    #[schema(example = "C-1001")]
    pub customer_external_id: String,
    /// The day it came in.
    pub paid_on: Date,
    /// What was paid, in `currency`, at most 4 places.
    pub amount: Exact,
    /// The currency; the tenant's base currency where absent.
    pub currency: Option<Currency>,
}
