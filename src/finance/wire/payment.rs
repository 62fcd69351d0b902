//! Payments.

use async_graphql::{InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::values::{Currency, CustomerId, Date, Exact, PaymentId, ReceivableId};

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
    /// External id of the receivable it settles, of the same customer and currency. Where absent it settles what the
    /// customer owes in the currency, oldest due first.
    #[schema(example = "INV-2026-0815", max_length = 200)]
    pub receivable_external_id: Option<String>,
    /// When this was observed, at most 5 minutes in the future; the moment of receipt where absent. What was observed
    /// before the stored state changes nothing.
    #[schema(example = "2026-01-31T08:00:00Z")]
    pub observed_at: Option<DateTime<Utc>>,
    /// Where it is there and its currency is another, it stays in that.
    #[serde(skip)]
    #[graphql(skip)]
    pub keeps_currency: bool,
    /// Where it is there, the receivable that it settles stays.
    #[serde(skip)]
    #[graphql(skip)]
    pub keeps_receivable: bool,
}

/// A payment received from a customer. Money paid back is negative.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Payment")]
pub struct PaymentOut {
    /// Its id.
    pub id: PaymentId,
    /// Its id in the source.
    #[schema(example = "PAY-2024-0001")]
    pub external_id: String,
    /// The customer.
    pub customer_id: CustomerId,
    /// The day it came in.
    pub paid_on: Date,
    /// What was paid, in `currency`.
    pub amount: Exact,
    /// The currency.
    pub currency: Currency,
    /// The receivable it settles; null where it names none.
    pub receivable_id: Option<ReceivableId>,
    /// What of it is applied.
    pub applied: PaymentUse,
}

/// What of a payment is applied at the end of a day.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
pub struct PaymentUse {
    /// The day.
    pub as_of: Date,
    /// What settles receivables or a refund, in the payment's currency. Null before the day it came in.
    pub amount: Option<Exact>,
    /// What is left, for nothing that is owed by then: paid beyond it, in advance or for a receivable of a later day. Below 0
    /// where more was paid back than there was. Null before the day it came in.
    pub unapplied: Option<Exact>,
}

/// Which payments. What is absent restricts nothing.
#[derive(Clone, Debug, Default, InputObject)]
#[graphql(name = "PaymentFilterInput")]
pub struct PaymentFilter {
    /// Only of this customer.
    pub customer_id: Option<CustomerId>,
    /// The first day that counts.
    pub from: Option<Date>,
    /// The first day that no longer counts.
    pub to: Option<Date>,
    /// What is applied is that at the end of this day; of today where absent.
    pub as_of: Option<Date>,
    /// Only those of which something is not applied then (or, with false, all is).
    pub unapplied: Option<bool>,
}
