//! Events: their types, and the body that is sent.

use async_graphql::Enum;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

/// The longest body, in bytes.
const MOST_BYTES: usize = 64 * 1024;
/// The longest text that stays in a body that was cut, in bytes.
const SHORT: usize = 512;

/// What an event tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema, Enum)]
#[graphql(name = "WebhookEventType")]
#[schema(as = WebhookEventType)]
pub enum EventType {
    /// A customer is new.
    #[serde(rename = "customer.created")]
    CustomerCreated,
    /// A customer's dossier has changed.
    #[serde(rename = "customer.updated")]
    CustomerUpdated,
    /// A grading run has changed a customer's current grade.
    #[serde(rename = "customer.grade_changed")]
    CustomerGradeChanged,
    /// A grading run is completed.
    #[serde(rename = "grading_run.completed")]
    GradingRunCompleted,
    /// A file import is completed.
    #[serde(rename = "import.completed")]
    ImportCompleted,
}

/// The type of the event that `:test` sends. Nobody subscribes to it.
pub(super) const TEST_EVENT: &str = "webhook_endpoint.test";

impl EventType {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::CustomerCreated,
        Self::CustomerUpdated,
        Self::CustomerGradeChanged,
        Self::GradingRunCompleted,
        Self::ImportCompleted,
    ];

    /// Its word in bodies, in subscriptions and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CustomerCreated => "customer.created",
            Self::CustomerUpdated => "customer.updated",
            Self::CustomerGradeChanged => "customer.grade_changed",
            Self::GradingRunCompleted => "grading_run.completed",
            Self::ImportCompleted => "import.completed",
        }
    }

    /// From its word; none for a word of a later release.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// An event's id as its receiver sees it, the same in every attempt and replay.
pub(super) fn message_id(id: Uuid) -> String {
    format!("msg_{}", id.simple())
}

/// The body of an event. Where `data` is larger than a body may be, its lists and long texts are left out, and it says
/// `"truncated": true`: the receiver reads the rest by the ids.
pub(super) fn body(kind: &str, at: DateTime<Utc>, data: &Value) -> String {
    let whole = envelope(kind, at, data);
    if whole.len() <= MOST_BYTES {
        return whole;
    }
    let is_small = |value: &Value| match value {
        Value::String(text) => text.len() <= SHORT,
        Value::Array(_) | Value::Object(_) => false,
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    };
    let fields = data.as_object().into_iter().flatten().filter(|(_, value)| is_small(value)).take(50);
    let mut kept: Map<String, Value> = fields.map(|(key, value)| (key.clone(), value.clone())).collect();
    kept.insert("truncated".into(), true.into());
    envelope(kind, at, &Value::Object(kept))
}

fn envelope(kind: &str, at: DateTime<Utc>, data: &Value) -> String {
    json!({"type": kind, "timestamp": at.to_rfc3339_opts(SecondsFormat::Micros, true), "data": data}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_read_back_as_json_writes_them() {
        for kind in EventType::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(EventType::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(EventType::parse(TEST_EVENT), None);
    }

    #[test]
    fn a_body_has_type_timestamp_and_data() {
        let at = DateTime::from_timestamp_micros(1_700_000_000_000_001).unwrap();
        let body: Value = serde_json::from_str(&body("customer.created", at, &json!({"customer_id": 7}))).unwrap();
        let expected =
            json!({"type": "customer.created", "timestamp": "2023-11-14T22:13:20.000001Z", "data": {"customer_id": 7}});
        assert_eq!(body, expected);
        assert_eq!(message_id(Uuid::from_u128(10)), "msg_0000000000000000000000000000000a");
    }

    #[test]
    fn a_body_too_large_keeps_its_ids() {
        let data = json!({"customer_id": "7", "names": vec!["x".repeat(1_000); 100], "note": "y".repeat(1_000)});
        let body = body("customer.created", DateTime::UNIX_EPOCH, &data);
        assert!(body.len() < 1_000, "{}", body.len());
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["data"], json!({"customer_id": "7", "truncated": true}));
    }
}
