//! Changes of customers as the timeline shows them.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::dossiers::ChangeSource;
use crate::values::ImportId;

/// A field of a customer got another value.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "CustomerChange")]
#[schema(as = CustomerChange)]
pub struct CustomerChangeOut {
    /// The field: as in the customer, `attributes.` and its code, `purchase_potentials.` and the category,
    /// `external_ids.` with system and id.
    #[schema(example = "attributes.machines")]
    pub field: String,
    /// The value from then on; null where there is none.
    #[schema(value_type = Option<Value>, example = "42")]
    pub value: Value,
    /// The value observed before; null where there was none or nothing was known.
    #[schema(value_type = Option<Value>, example = "40")]
    pub previous_value: Value,
    /// What kind of source says so.
    pub source: ChangeSource,
    /// Who says so, as the audit log names them.
    #[schema(example = "api-key:0198f3b2-6f1e-7c55-8d0a-3f4a5b6c7d8e")]
    pub actor: String,
    /// As of when it is so.
    pub observed_at: DateTime<Utc>,
    /// When it was recorded; later than `observed_at` where it came late.
    pub recorded_at: DateTime<Utc>,
    /// The import that brought it; null where none did.
    pub import_id: Option<ImportId>,
    /// The request that brought it; of an import the job's.
    pub request_id: String,
    /// Whether it is a repetition that was recorded because an older fact came late; who repeated it is not known.
    pub restated: bool,
}

/// Which changes a timeline shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimelineFilter {
    /// Of this field.
    pub field: Option<String>,
    /// Observed at this time or later.
    pub since: Option<DateTime<Utc>>,
    /// Observed before this time.
    pub until: Option<DateTime<Utc>>,
}
