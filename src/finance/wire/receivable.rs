//! Receivables.

use async_graphql::{InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::values::{Currency, CustomerId, Date, Exact, ReceivableId};

/// An invoice or credit note to create, or to replace where its id is there.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[graphql(name = "ReceivableUpsertInput")]
#[serde(deny_unknown_fields)]
pub struct ReceivableUpsert {
    /// Its id in the source, 1 to 200 characters.
    #[schema(example = "INV-2026-0815", max_length = 200)]
    pub external_id: String,
    /// External id of the customer.
    #[schema(example = "C-1001")]
    pub customer_external_id: String,
    /// The day of the invoice.
    pub invoiced_on: Date,
    /// The day it is to be paid, not before `invoiced_on`; it is overdue from the day after.
    pub due_on: Date,
    /// What is owed, in `currency`, at most 4 places; negative for a credit note.
    pub amount: Exact,
    /// The currency; the tenant's base currency where absent. Another needs an exchange rate of the day of the invoice.
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

/// An invoice or credit note, and what of it is open on the day asked for.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Receivable")]
pub struct ReceivableOut {
    /// Its id.
    pub id: ReceivableId,
    /// Its id in the source.
    #[schema(example = "INV-2026-0815")]
    pub external_id: String,
    /// The customer.
    pub customer_id: CustomerId,
    /// The day of the invoice.
    pub invoiced_on: Date,
    /// The day it is to be paid.
    pub due_on: Date,
    /// What is owed, in `currency`; negative for a credit note.
    pub amount: Exact,
    /// The currency.
    pub currency: Currency,
    /// The amount in the tenant's base currency, at the rate of the day of the invoice.
    pub base_amount: Exact,
    /// What of it is open.
    pub open: OpenItem,
}

/// What of a receivable is open at the end of a day.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[schema(as = OpenItem)]
pub struct OpenItem {
    /// The day.
    pub as_of: Date,
    /// Not paid yet, in the item's currency; below 0 of a credit note that is not used up. Null before the day of the
    /// invoice.
    pub amount: Option<Exact>,
    /// The same in the tenant's base currency, at the rate of the day of the invoice.
    pub base_amount: Option<Exact>,
    /// Days past due where something is owed: 1 on the day after `due_on`, 0 until then. Null where nothing is.
    pub days_overdue: Option<i32>,
}

/// Which receivables. What is absent restricts nothing.
#[derive(Clone, Debug, Default, InputObject)]
#[graphql(name = "ReceivableFilterInput")]
pub struct ReceivableFilter {
    /// Only of this customer.
    pub customer_id: Option<CustomerId>,
    /// Open amounts are those at the end of this day; of today where absent.
    pub as_of: Option<Date>,
    /// Only those that are open then, credit notes too (or, with false, that are not).
    pub open: Option<bool>,
    /// Only those that are overdue then (or, with false, that are not).
    pub overdue: Option<bool>,
}
