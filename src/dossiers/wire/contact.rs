//! Contacts: the people one speaks with at a customer.

use async_graphql::{InputObject, MaybeUndefined, SimpleObject};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::values::{ContactId, CustomerId};

/// Someone one speaks with at a customer.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Contact")]
#[schema(as = Contact)]
pub struct ContactOut {
    /// The id.
    pub id: ContactId,
    /// The customer.
    pub customer_id: CustomerId,
    /// The source system that names the contact; null where none does.
    #[schema(example = "crm")]
    pub system: Option<String>,
    /// The id there; null where there is none.
    #[schema(example = "P-311")]
    pub external_id: Option<String>,
    /// The name.
    #[schema(example = "Chen Wei")]
    pub name: String,
    /// What the contact does there; null where unknown.
    #[schema(example = "head of purchasing")]
    pub position: Option<String>,
    /// The email address; null where unknown.
    #[schema(example = "chen.wei@example.com")]
    pub email: Option<String>,
    /// The phone number as the source writes it; null where unknown.
    #[schema(example = "+49 421 555 0100")]
    pub phone: Option<String>,
    /// The language to write in, as in BCP 47; null where unknown.
    #[schema(example = "zh-CN")]
    pub language: Option<String>,
    /// Whether this is the first one to speak with; of a customer's contacts one at most is.
    pub is_primary: bool,
    /// A note; null where there is none.
    #[schema(example = "Prefers calls before noon")]
    pub note: Option<String>,
    /// Counts the changes; the ETag.
    pub version: i32,
    /// When the entry was created.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

/// A contact to create.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[graphql(name = "ContactInput")]
#[serde(deny_unknown_fields)]
#[schema(as = ContactInput)]
pub struct ContactIn {
    /// The source system that names the contact, 1 to 63 characters; `default` where only the id is given.
    #[schema(min_length = 1, max_length = 63, example = "crm")]
    pub system: Option<String>,
    /// The id there, 1 to 200 characters.
    #[schema(min_length = 1, max_length = 200, example = "P-311")]
    pub external_id: Option<String>,
    /// The name, 1 to 200 characters.
    #[schema(min_length = 1, max_length = 200, example = "Chen Wei")]
    pub name: String,
    /// What the contact does there, at most 200 characters.
    #[schema(max_length = 200, example = "head of purchasing")]
    pub position: Option<String>,
    /// The email address, at most 254 characters.
    #[schema(max_length = 254, example = "chen.wei@example.com")]
    pub email: Option<String>,
    /// The phone number as the source writes it, at most 50 characters.
    #[schema(max_length = 50, example = "+49 421 555 0100")]
    pub phone: Option<String>,
    /// The language to write in, as in BCP 47.
    #[schema(max_length = 35, example = "zh-CN")]
    pub language: Option<String>,
    /// Whether this is the first one to speak with; takes that from whoever was.
    pub is_primary: Option<bool>,
    /// A note, at most 2,000 characters; may have several lines.
    #[schema(max_length = 2000, example = "Prefers calls before noon")]
    pub note: Option<String>,
}

/// Changes of a contact: what is absent stays, null empties.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema, InputObject)]
#[graphql(name = "ContactChanges")]
#[serde(deny_unknown_fields)]
pub struct ContactPatch {
    /// The name, 1 to 200 characters, never null.
    #[serde(default)]
    #[schema(value_type = String, min_length = 1, max_length = 200, example = "Chen Wei")]
    pub name: MaybeUndefined<String>,
    /// What the contact does there, at most 200 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200, example = "head of purchasing")]
    pub position: MaybeUndefined<String>,
    /// The email address, at most 254 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 254, example = "chen.wei@example.com")]
    pub email: MaybeUndefined<String>,
    /// The phone number as the source writes it, at most 50 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 50, example = "+49 421 555 0100")]
    pub phone: MaybeUndefined<String>,
    /// The language to write in, as in BCP 47.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 35, example = "zh-CN")]
    pub language: MaybeUndefined<String>,
    /// Whether this is the first one to speak with; takes that from whoever was. Null for no.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    pub is_primary: MaybeUndefined<bool>,
    /// A note, at most 2,000 characters; may have several lines.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 2000, example = "Prefers calls before noon")]
    pub note: MaybeUndefined<String>,
}

/// A contact to create or change by its external id: what is absent stays, null empties. One that is named with another
/// customer than before goes over to that one.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema, InputObject)]
#[graphql(name = "ContactUpsertInput")]
#[serde(deny_unknown_fields)]
pub struct ContactUpsert {
    /// The contact's id in the source system, 1 to 200 characters.
    #[schema(min_length = 1, max_length = 200, example = "P-311")]
    pub external_id: String,
    /// The customer's id in the same system.
    #[schema(min_length = 1, max_length = 200, example = "C-10042")]
    pub customer_external_id: String,
    /// The name, 1 to 200 characters; needed where the contact is new, never null.
    #[serde(default)]
    #[schema(value_type = String, min_length = 1, max_length = 200, example = "Chen Wei")]
    pub name: MaybeUndefined<String>,
    /// What the contact does there, at most 200 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200, example = "head of purchasing")]
    pub position: MaybeUndefined<String>,
    /// The email address, at most 254 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 254, example = "chen.wei@example.com")]
    pub email: MaybeUndefined<String>,
    /// The phone number as the source writes it, at most 50 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 50, example = "+49 421 555 0100")]
    pub phone: MaybeUndefined<String>,
    /// The language to write in, as in BCP 47.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 35, example = "zh-CN")]
    pub language: MaybeUndefined<String>,
    /// Whether this is the first one to speak with; takes that from whoever was. Null for no.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    pub is_primary: MaybeUndefined<bool>,
    /// A note, at most 2,000 characters; may have several lines.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 2000, example = "Prefers calls before noon")]
    pub note: MaybeUndefined<String>,
    /// When this was observed, at most 5 minutes in the future; the moment of receipt where absent. What was observed
    /// before the stored state changes nothing.
    #[schema(example = "2026-01-31T08:00:00Z")]
    pub observed_at: Option<DateTime<Utc>>,
}

/// Which contacts: those that meet every filter given.
#[derive(Clone, Debug, Default, PartialEq, InputObject)]
pub struct ContactFilter {
    /// Of this customer.
    pub customer_id: Option<CustomerId>,
    /// With this email address, in any case.
    pub email: Option<String>,
    /// With this text in their names, in any case.
    pub q: Option<String>,
    /// With this external id, in any system.
    pub external_id: Option<String>,
}

impl ContactIn {
    /// The changes that make an unknown contact this one.
    pub(in crate::dossiers) fn patch(&self) -> ContactPatch {
        fn given<T: Clone>(value: &Option<T>) -> MaybeUndefined<T> {
            value.clone().map_or(MaybeUndefined::Undefined, MaybeUndefined::Value)
        }
        ContactPatch {
            name: MaybeUndefined::Value(self.name.clone()),
            position: given(&self.position),
            email: given(&self.email),
            phone: given(&self.phone),
            language: given(&self.language),
            is_primary: given(&self.is_primary),
            note: given(&self.note),
        }
    }
}

impl ContactUpsert {
    /// What it changes.
    pub(in crate::dossiers) fn patch(&self) -> ContactPatch {
        ContactPatch {
            name: self.name.clone(),
            position: self.position.clone(),
            email: self.email.clone(),
            phone: self.phone.clone(),
            language: self.language.clone(),
            is_primary: self.is_primary,
            note: self.note.clone(),
        }
    }
}

impl ContactOut {
    /// A contact of whom nothing is known but who names it.
    pub(in crate::dossiers) fn unknown(
        id: ContactId,
        customer_id: CustomerId,
        named: Option<(String, String)>,
        now: DateTime<Utc>,
    ) -> Self {
        let (system, external_id) = named.unzip();
        Self {
            id,
            customer_id,
            system,
            external_id,
            name: String::new(),
            position: None,
            email: None,
            phone: None,
            language: None,
            is_primary: false,
            note: None,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }
}
