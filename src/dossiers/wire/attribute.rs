//! Attribute definitions as both faces show and take them.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::dossiers::attribute::{AttributeChoice, AttributeDefinition, AttributeType};
use crate::values::{Code, Label};

/// An attribute that customers of the tenant can have.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "AttributeDefinition")]
#[schema(as = AttributeDefinition)]
pub struct AttributeDefinitionOut {
    /// By what customers, scales and filters name it.
    #[schema(example = "square_feet")]
    pub code: Code,
    /// What a reader sees.
    pub label: Label,
    /// What its values are.
    #[serde(rename = "type")]
    #[graphql(name = "type")]
    pub attribute_type: AttributeType,
    /// What a number counts in, or the currency of money; null for other types, and for a number without one.
    #[schema(example = "sq ft")]
    pub unit: Option<String>,
    /// The values of a choice; empty for other types.
    pub choices: Vec<AttributeChoice>,
    /// How many days a fact stays fresh; null for ever.
    #[schema(example = 365)]
    pub freshness_days: Option<i32>,
    /// Whether it counts for completeness and freshness.
    pub required: bool,
    /// Counts the changes; the ETag.
    pub version: i32,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

/// An attribute as it is to be, all of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[schema(as = AttributeDefinitionContent)]
#[serde(deny_unknown_fields)]
pub struct AttributeDefinitionIn {
    /// What a reader sees, 1 to 200 characters in each language.
    pub label: Label,
    /// What its values are; it cannot change while customers carry any.
    #[serde(rename = "type")]
    pub attribute_type: AttributeType,
    /// Of a number: what it counts in, at most 30 characters, for readers alone. Of money: its currency, which it must
    /// have. No other type has one.
    #[serde(default)]
    #[schema(example = "sq ft", max_length = 30)]
    pub unit: Option<String>,
    /// Of a choice: the values there are, 1 to 200. No other type has any.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub choices: Vec<AttributeChoice>,
    /// How many days a fact stays fresh, 1 to 36,500; for ever where absent.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 36500, example = 365)]
    pub freshness_days: Option<i32>,
    /// Whether it counts for completeness and freshness.
    #[serde(default)]
    pub required: bool,
}

impl AttributeDefinitionIn {
    /// The same under a code.
    pub(in crate::dossiers) fn with_code(self, code: Code) -> AttributeDefinition {
        let Self { label, attribute_type, unit, choices, freshness_days, required } = self;
        AttributeDefinition { code, label, attribute_type, unit, choices, freshness_days, required }
    }
}

impl AttributeDefinitionOut {
    /// The definition alone.
    pub(in crate::dossiers) fn definition(&self) -> AttributeDefinition {
        let Self { code, label, attribute_type, unit, choices, freshness_days, required, .. } = self.clone();
        AttributeDefinition { code, label, attribute_type, unit, choices, freshness_days, required }
    }
}
