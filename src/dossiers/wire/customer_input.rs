//! Customers as clients send them.

use async_graphql::{InputObject, MaybeUndefined};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{CustomerStage, ExternalId};
use crate::values::{Currency, CustomerId, Date, Exact, SalespersonId};

/// A customer to create.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[graphql(name = "NewCustomer")]
#[serde(deny_unknown_fields)]
#[schema(as = CustomerInput)]
pub struct CustomerIn {
    /// Its ids in source systems, at most 20; the first names it in reports.
    #[serde(default)]
    #[graphql(default)]
    #[schema(max_items = 20)]
    pub external_ids: Vec<ExternalId>,
    /// Its name, 1 to 200 characters.
    #[schema(example = "Nordwind Pumpen GmbH", min_length = 1, max_length = 200)]
    pub name: String,
    /// How far it has come; `active` where absent.
    pub stage: Option<CustomerStage>,
    /// Its industry, at most 200 characters.
    #[schema(max_length = 200, example = "machinery")]
    pub industry: Option<String>,
    /// The territory it belongs to, at most 200 characters.
    #[schema(max_length = 200, example = "North")]
    pub territory: Option<String>,
    /// Its city, at most 200 characters.
    #[schema(max_length = 200, example = "Bremen")]
    pub city: Option<String>,
    /// Its country, at most 200 characters.
    #[schema(max_length = 200, example = "Germany")]
    pub country: Option<String>,
    /// The salesperson who owns it; not together with `owner_external_id`.
    pub owner_id: Option<SalespersonId>,
    /// The salesperson who owns it, by external id; not together with `owner_id`.
    #[schema(max_length = 200, example = "SP-7")]
    pub owner_external_id: Option<String>,
    /// The customer it belongs to; never one that belongs to it.
    pub parent_id: Option<CustomerId>,
    /// Number of people it employs, 0 or more.
    #[schema(minimum = 0, example = 120)]
    pub employees: Option<i32>,
    /// Its own yearly revenue in `currency`, 0 or more, at most 4 places.
    pub annual_revenue: Option<Exact>,
    /// The currency it is invoiced in.
    pub currency: Option<Currency>,
    /// Credit limit in `currency`, 0 or more, at most 4 places.
    pub credit_limit: Option<Exact>,
    /// What the source system calls its segment, at most 200 characters.
    #[schema(max_length = 200, example = "key account")]
    pub segment_hint: Option<String>,
    /// The day it first became known.
    pub first_seen: Option<Date>,
    /// Its tags: at most 50 of 1 to 100 characters.
    #[schema(max_items = 50, example = json!(["pumps"]))]
    pub tags: Option<Vec<String>>,
    /// Facts by code: texts of at most 1,000 characters, numbers as decimal strings, yes or no; at most 100.
    #[schema(value_type = Option<Object>, example = json!({"iso_9001": true, "machines": "42"}))]
    pub attributes: Option<serde_json::Value>,
    /// When all of this was observed; now where absent.
    #[serde(default)]
    pub observed_at: Option<DateTime<Utc>>,
}

/// Changes of a customer: what is absent stays, null empties.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema, InputObject)]
#[graphql(name = "CustomerChanges")]
#[serde(deny_unknown_fields)]
#[schema(as = CustomerChanges)]
pub struct CustomerPatch {
    /// Its name, 1 to 200 characters; never null.
    #[serde(default)]
    #[schema(value_type = String, example = "Nordwind Pumpen GmbH", min_length = 1, max_length = 200)]
    pub name: MaybeUndefined<String>,
    /// How far it has come; null for `active`.
    #[serde(default)]
    #[schema(value_type = Option<CustomerStage>)]
    pub stage: MaybeUndefined<CustomerStage>,
    /// Its industry, at most 200 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200, example = "machinery")]
    pub industry: MaybeUndefined<String>,
    /// The territory it belongs to, at most 200 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200, example = "North")]
    pub territory: MaybeUndefined<String>,
    /// Its city, at most 200 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200, example = "Bremen")]
    pub city: MaybeUndefined<String>,
    /// Its country, at most 200 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200, example = "Germany")]
    pub country: MaybeUndefined<String>,
    /// The salesperson who owns it; not together with `owner_external_id`.
    #[serde(default)]
    #[schema(value_type = Option<SalespersonId>)]
    pub owner_id: MaybeUndefined<SalespersonId>,
    /// The salesperson who owns it, by external id; not together with `owner_id`.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200, example = "SP-7")]
    pub owner_external_id: MaybeUndefined<String>,
    /// The customer it belongs to; never one that belongs to it.
    #[serde(default)]
    #[schema(value_type = Option<CustomerId>)]
    pub parent_id: MaybeUndefined<CustomerId>,
    /// Number of people it employs, 0 or more.
    #[serde(default)]
    #[schema(value_type = Option<i32>, minimum = 0, example = 120)]
    pub employees: MaybeUndefined<i32>,
    /// Its own yearly revenue in `currency`, 0 or more, at most 4 places.
    #[serde(default)]
    #[schema(value_type = Option<Exact>)]
    pub annual_revenue: MaybeUndefined<Exact>,
    /// The currency it is invoiced in.
    #[serde(default)]
    #[schema(value_type = Option<Currency>)]
    pub currency: MaybeUndefined<Currency>,
    /// Credit limit in `currency`, 0 or more, at most 4 places.
    #[serde(default)]
    #[schema(value_type = Option<Exact>)]
    pub credit_limit: MaybeUndefined<Exact>,
    /// What the source system calls its segment, at most 200 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200, example = "key account")]
    pub segment_hint: MaybeUndefined<String>,
    /// The day it first became known.
    #[serde(default)]
    #[schema(value_type = Option<Date>)]
    pub first_seen: MaybeUndefined<Date>,
    /// Its tags: at most 50 of 1 to 100 characters; they replace those it has.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, max_items = 50, example = json!(["pumps"]))]
    pub tags: MaybeUndefined<Vec<String>>,
    /// Facts by code: texts of at most 1,000 characters, numbers as decimal strings, yes or no; at most 100. Merged into those it has; null takes one out.
    #[serde(default)]
    #[schema(value_type = Option<Object>, example = json!({"iso_9001": true, "machines": "42"}))]
    pub attributes: MaybeUndefined<serde_json::Value>,
    /// When all of this was observed; now where absent. Fields of which something later is known stay as they are.
    #[serde(default)]
    pub observed_at: Option<DateTime<Utc>>,
}

/// A customer to create or change by its external id: what is absent stays, null empties.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema, InputObject)]
#[graphql(name = "CustomerUpsertItem")]
#[serde(deny_unknown_fields)]
pub struct CustomerUpsert {
    /// Its id in the source system, 1 to 200 characters.
    #[schema(example = "C-10042", min_length = 1, max_length = 200)]
    pub external_id: String,
    /// Its name, 1 to 200 characters; needed where the customer is new, never null.
    #[serde(default)]
    #[schema(value_type = String, example = "Nordwind Pumpen GmbH", min_length = 1, max_length = 200)]
    pub name: MaybeUndefined<String>,
    /// How far it has come; null for `active`.
    #[serde(default)]
    #[schema(value_type = Option<CustomerStage>)]
    pub stage: MaybeUndefined<CustomerStage>,
    /// Its industry, at most 200 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200, example = "machinery")]
    pub industry: MaybeUndefined<String>,
    /// The territory it belongs to, at most 200 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200, example = "North")]
    pub territory: MaybeUndefined<String>,
    /// Its city, at most 200 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200, example = "Bremen")]
    pub city: MaybeUndefined<String>,
    /// Its country, at most 200 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200, example = "Germany")]
    pub country: MaybeUndefined<String>,
    /// The salesperson who owns it; not together with `owner_external_id`.
    #[serde(default)]
    #[schema(value_type = Option<SalespersonId>)]
    pub owner_id: MaybeUndefined<SalespersonId>,
    /// The salesperson who owns it, by external id; not together with `owner_id`.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200, example = "SP-7")]
    pub owner_external_id: MaybeUndefined<String>,
    /// The customer it belongs to; never one that belongs to it.
    #[serde(default)]
    #[schema(value_type = Option<CustomerId>)]
    pub parent_id: MaybeUndefined<CustomerId>,
    /// Number of people it employs, 0 or more.
    #[serde(default)]
    #[schema(value_type = Option<i32>, minimum = 0, example = 120)]
    pub employees: MaybeUndefined<i32>,
    /// Its own yearly revenue in `currency`, 0 or more, at most 4 places.
    #[serde(default)]
    #[schema(value_type = Option<Exact>)]
    pub annual_revenue: MaybeUndefined<Exact>,
    /// The currency it is invoiced in.
    #[serde(default)]
    #[schema(value_type = Option<Currency>)]
    pub currency: MaybeUndefined<Currency>,
    /// Credit limit in `currency`, 0 or more, at most 4 places.
    #[serde(default)]
    #[schema(value_type = Option<Exact>)]
    pub credit_limit: MaybeUndefined<Exact>,
    /// What the source system calls its segment, at most 200 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200, example = "key account")]
    pub segment_hint: MaybeUndefined<String>,
    /// The day it first became known.
    #[serde(default)]
    #[schema(value_type = Option<Date>)]
    pub first_seen: MaybeUndefined<Date>,
    /// Its tags: at most 50 of 1 to 100 characters; they replace those it has.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, max_items = 50, example = json!(["pumps"]))]
    pub tags: MaybeUndefined<Vec<String>>,
    /// Facts by code: texts of at most 1,000 characters, numbers as decimal strings, yes or no; at most 100. Merged into those it has; null takes one out.
    #[serde(default)]
    #[schema(value_type = Option<Object>, example = json!({"iso_9001": true, "machines": "42"}))]
    pub attributes: MaybeUndefined<serde_json::Value>,
    /// When all of this was observed; now where absent. Fields of which something later is known stay as they are.
    #[serde(default)]
    pub observed_at: Option<DateTime<Utc>>,
}

impl CustomerIn {
    /// The changes that make an unknown customer this one.
    pub(in crate::dossiers) fn into_patch(self) -> (Vec<ExternalId>, CustomerPatch) {
        let patch = CustomerPatch {
            name: MaybeUndefined::Value(self.name),
            stage: given(self.stage),
            industry: given(self.industry),
            territory: given(self.territory),
            city: given(self.city),
            country: given(self.country),
            owner_id: given(self.owner_id),
            owner_external_id: given(self.owner_external_id),
            parent_id: given(self.parent_id),
            employees: given(self.employees),
            annual_revenue: given(self.annual_revenue),
            currency: given(self.currency),
            credit_limit: given(self.credit_limit),
            segment_hint: given(self.segment_hint),
            first_seen: given(self.first_seen),
            tags: given(self.tags),
            attributes: given(self.attributes),
            observed_at: self.observed_at,
        };
        (self.external_ids, patch)
    }
}

impl CustomerUpsert {
    /// What it changes.
    pub(in crate::dossiers) fn patch(&self) -> CustomerPatch {
        CustomerPatch {
            name: self.name.clone(),
            stage: self.stage,
            industry: self.industry.clone(),
            territory: self.territory.clone(),
            city: self.city.clone(),
            country: self.country.clone(),
            owner_id: self.owner_id,
            owner_external_id: self.owner_external_id.clone(),
            parent_id: self.parent_id,
            employees: self.employees,
            annual_revenue: self.annual_revenue,
            currency: self.currency,
            credit_limit: self.credit_limit,
            segment_hint: self.segment_hint.clone(),
            first_seen: self.first_seen,
            tags: self.tags.clone(),
            attributes: self.attributes.clone(),
            observed_at: self.observed_at,
        }
    }
}

impl CustomerPatch {
    /// The same for the customer with an external id.
    pub(in crate::dossiers) fn for_external_id(self, external_id: String) -> CustomerUpsert {
        CustomerUpsert {
            external_id,
            name: self.name,
            stage: self.stage,
            industry: self.industry,
            territory: self.territory,
            city: self.city,
            country: self.country,
            owner_id: self.owner_id,
            owner_external_id: self.owner_external_id,
            parent_id: self.parent_id,
            employees: self.employees,
            annual_revenue: self.annual_revenue,
            currency: self.currency,
            credit_limit: self.credit_limit,
            segment_hint: self.segment_hint,
            first_seen: self.first_seen,
            tags: self.tags,
            attributes: self.attributes,
            observed_at: self.observed_at,
        }
    }
}

fn given<T>(value: Option<T>) -> MaybeUndefined<T> {
    value.map_or(MaybeUndefined::Undefined, MaybeUndefined::Value)
}
