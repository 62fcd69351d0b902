//! Webhook endpoints and deliveries as both faces show them.

use async_graphql::{Enum, InputObject, MaybeUndefined, SimpleObject};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::event::EventType;
use crate::error::Problems;
use crate::values::{WebhookDeliveryId, WebhookEndpointId};

const LONGEST_DESCRIPTION: usize = 500;
/// The longest overlap of secrets: a week, in seconds.
pub(super) const MOST_OVERLAP: i32 = 7 * 86_400;

/// An endpoint to create.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema, InputObject)]
#[graphql(name = "CreateWebhookEndpointInput")]
#[serde(deny_unknown_fields)]
pub struct WebhookEndpointIn {
    /// Where events are sent by `POST`: an `https` address on port 443 or 1024 to 65535, without user name, password
    /// and fragment, whose host has public addresses only. At most 2,000 characters.
    #[schema(example = "https://crm.example.com/hooks/fenji", max_length = 2000)]
    pub url: String,
    /// What it is for, at most 500 characters.
    #[schema(example = "CRM", max_length = 500)]
    pub description: Option<String>,
    /// What it is told of, at least one.
    #[schema(min_items = 1, example = json!(["customer.grade_changed", "import.completed"]))]
    pub event_types: Vec<EventType>,
    /// Whether events are sent; true where absent.
    pub enabled: Option<bool>,
}

/// Changes of an endpoint; what is absent stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[graphql(name = "WebhookEndpointPatch")]
#[serde(deny_unknown_fields, default)]
pub struct WebhookEndpointPatch {
    /// Where events are sent, under the same rules as at its creation.
    #[schema(example = "https://crm.example.com/hooks/fenji", max_length = 2000)]
    pub url: Option<String>,
    /// What it is for, at most 500 characters; null empties it.
    #[schema(value_type = Option<String>, max_length = 500)]
    pub description: MaybeUndefined<String>,
    /// What it is told of, at least one.
    #[schema(min_items = 1)]
    pub event_types: Option<Vec<EventType>>,
    /// Whether events are sent. Switching it off makes deliveries that wait dead letters, which can be replayed.
    pub enabled: Option<bool>,
}

/// Why the program switched an endpoint off itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, Enum)]
#[graphql(name = "WebhookDisabledReason")]
#[schema(as = WebhookDisabledReason)]
#[serde(rename_all = "snake_case")]
pub enum DisabledReason {
    /// It answered 410 Gone.
    Gone,
    /// Every attempt of the last five days failed.
    Failing,
}

/// An address that is told of events.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "WebhookEndpoint")]
#[schema(as = WebhookEndpoint)]
pub struct WebhookEndpointOut {
    /// Its id.
    pub id: WebhookEndpointId,
    /// Where events are sent.
    #[schema(example = "https://crm.example.com/hooks/fenji")]
    pub url: String,
    /// What it is for; null where nothing is said.
    #[schema(example = "CRM")]
    pub description: Option<String>,
    /// What it is told of.
    pub event_types: Vec<EventType>,
    /// Whether events are sent.
    pub enabled: bool,
    /// Why the program switched it off; null where it is on or a person switched it off.
    pub disabled_reason: Option<DisabledReason>,
    /// Since when every attempt has failed; null where the last one succeeded, or there was none.
    pub failing_since: Option<DateTime<Utc>>,
    /// Counts its changes; the ETag.
    pub version: i32,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

/// An endpoint with its newest secret, shown this once.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "WebhookEndpointSecret")]
#[schema(as = WebhookEndpointSecret)]
pub struct WebhookSecretOut {
    /// The endpoint.
    pub endpoint: WebhookEndpointOut,
    /// What its receiver verifies signatures with (Standard Webhooks). It cannot be shown again.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    pub secret: String,
    /// Until when older secrets sign as well; null where there are none.
    pub previous_secrets_expire_at: Option<DateTime<Utc>>,
}

/// How a secret is changed.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema, InputObject)]
#[graphql(name = "SecretRotation")]
#[schema(as = SecretRotation)]
#[serde(deny_unknown_fields)]
pub struct RotationIn {
    /// For how many seconds older secrets go on signing beside the new one, 0 to 604800. Where absent as the
    /// installation says: a day, unless it was told otherwise.
    #[schema(minimum = 0, maximum = 604_800, example = 86_400)]
    pub overlap_seconds: Option<i32>,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Enum)]
#[graphql(name = "WebhookDeliveryState")]
#[schema(as = WebhookDeliveryState)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// An attempt is still to come.
    Pending,
    /// The receiver has taken it.
    Delivered,
    /// Given up, a dead letter: it can be replayed.
    Failed,
}

/// What came of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, Enum)]
#[graphql(name = "WebhookAttemptOutcome")]
#[schema(as = WebhookAttemptOutcome)]
#[serde(rename_all = "snake_case")]
pub enum AttemptOutcome {
    /// A status of 200 to 299.
    Delivered,
    /// Another status.
    BadStatus,
    /// A redirect, which is never followed.
    Redirect,
    /// No whole answer in time.
    Timeout,
    /// No connection, or one that broke; TLS failures among them.
    ConnectionFailed,
    /// The host's name has no address.
    Unresolvable,
    /// The host has an address that webhooks do not go to.
    AddressRefused,
}

/// One attempt to deliver.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "WebhookAttempt")]
#[schema(as = WebhookAttempt)]
pub struct AttemptOut {
    /// Counts the attempts of a delivery from 1.
    pub number: i32,
    /// When it began.
    pub at: DateTime<Utc>,
    /// What came of it.
    pub outcome: AttemptOutcome,
    /// The HTTP status; null where none came.
    #[schema(example = 500)]
    pub status: Option<i32>,
    /// How long it took, in milliseconds.
    #[schema(minimum = 0, example = 120)]
    pub duration_ms: i32,
    /// The beginning of the answer's body, at most 500 characters; null where there was none.
    #[schema(max_length = 500)]
    pub response_excerpt: Option<String>,
}

/// One event on its way to one endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "WebhookDelivery")]
#[schema(as = WebhookDelivery)]
pub struct DeliveryOut {
    /// Its id.
    pub id: WebhookDeliveryId,
    /// The endpoint.
    pub endpoint_id: WebhookEndpointId,
    /// The event's id, sent as `webhook-id`: the same in every attempt and replay, and to every endpoint.
    #[schema(example = "msg_01890a5dac96774bbcceb302099a8057")]
    pub message_id: String,
    /// The event's type; `webhook_endpoint.test` for a test.
    #[schema(example = "customer.grade_changed")]
    pub event_type: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// Attempts so far.
    pub attempts: i32,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When the next attempt is due; null where none is to come.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// When it was delivered or given up; null before.
    pub finished_at: Option<DateTime<Utc>>,
}

/// A delivery with its body and all attempts.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "WebhookDeliveryDetail")]
#[schema(as = WebhookDeliveryDetail)]
pub struct DeliveryDetailOut {
    /// The delivery.
    pub delivery: DeliveryOut,
    /// The body that is sent, byte for byte.
    pub body: String,
    /// Its attempts, the first first.
    pub attempt_log: Vec<AttemptOut>,
}

/// Which deliveries of an endpoint.
#[derive(Clone, Debug, Default, InputObject)]
#[graphql(name = "WebhookDeliveryFilter")]
pub struct DeliveryFilter {
    /// In this state.
    pub state: Option<DeliveryState>,
    /// Of events of this type.
    pub event_type: Option<EventType>,
    /// Asked for at this time or later.
    pub from: Option<DateTime<Utc>>,
    /// Asked for before this time.
    pub until: Option<DateTime<Utc>>,
}

/// Which deliveries of an endpoint to send again. Those that still wait are left alone.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[graphql(name = "WebhookReplay")]
#[schema(as = WebhookReplay)]
#[serde(deny_unknown_fields, default)]
pub struct ReplayIn {
    /// Asked for at this time or later; from the beginning where absent.
    pub from: Option<DateTime<Utc>>,
    /// Asked for before this time; to the present where absent.
    pub until: Option<DateTime<Utc>>,
    /// Those delivered as well, and not dead letters alone; then `from` is required.
    pub include_delivered: Option<bool>,
}

/// What came of asking for a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "WebhookReplayResult")]
#[schema(as = WebhookReplayResult)]
pub struct ReplayOut {
    /// Deliveries that are sent again.
    #[schema(minimum = 0, example = 17)]
    pub replayed: i64,
}

impl WebhookEndpointIn {
    /// What is wrong with it, but for its URL.
    pub(super) fn problems(&self) -> Problems {
        let mut problems = Problems::new();
        problems.optional_text("/description", self.description.as_deref(), LONGEST_DESCRIPTION);
        check_types(&self.event_types, &mut problems);
        problems
    }
}

impl WebhookEndpointPatch {
    /// What is wrong with it, but for its URL.
    pub(super) fn problems(&self) -> Problems {
        let mut problems = Problems::new();
        let description = self.description.value().map(String::as_str);
        problems.optional_text("/description", description, LONGEST_DESCRIPTION);
        if let Some(types) = &self.event_types {
            check_types(types, &mut problems);
        }
        problems
    }
}

impl RotationIn {
    /// What is wrong with it.
    pub(super) fn problems(self) -> Problems {
        let mut problems = Problems::new();
        if self.overlap_seconds.is_some_and(|seconds| !(0..=MOST_OVERLAP).contains(&seconds)) {
            let (en, zh) = (format!("0 to {MOST_OVERLAP}."), format!("0 至 {MOST_OVERLAP}。"));
            problems.add("/overlap_seconds", "range", en, zh);
        }
        problems
    }
}

impl ReplayIn {
    /// What is wrong with it.
    pub(super) fn problems(&self) -> Problems {
        let mut problems = Problems::new();
        if self.include_delivered == Some(true) && self.from.is_none() {
            let en = "Say from when, to send again what was delivered.";
            problems.add("/from", "required", en, "重新发送已送达的内容时，必须给出起始时间。");
        }
        if let (Some(from), Some(until)) = (self.from, self.until)
            && from >= until
        {
            problems.add("/until", "range", "Must lie after from.", "必须晚于 from。");
        }
        problems
    }
}

fn check_types(types: &[EventType], problems: &mut Problems) {
    if types.is_empty() {
        problems.add("/event_types", "required", "At least one event type.", "至少一个事件类型。");
    }
}

impl DeliveryState {
    /// Its word in the database.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    /// From the database's word.
    pub(super) fn parse(text: &str) -> Self {
        match text {
            "pending" => Self::Pending,
            "delivered" => Self::Delivered,
            _ => Self::Failed,
        }
    }
}

impl DisabledReason {
    /// Its word in the database.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }

    /// From the database's word.
    pub(super) fn parse(text: &str) -> Self {
        if text == "gone" { Self::Gone } else { Self::Failing }
    }
}

impl AttemptOutcome {
    const ALL: [Self; 7] = [
        Self::Delivered,
        Self::BadStatus,
        Self::Redirect,
        Self::Timeout,
        Self::ConnectionFailed,
        Self::Unresolvable,
        Self::AddressRefused,
    ];

    /// Its word in the database.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::BadStatus => "bad_status",
            Self::Redirect => "redirect",
            Self::Timeout => "timeout",
            Self::ConnectionFailed => "connection_failed",
            Self::Unresolvable => "unresolvable",
            Self::AddressRefused => "address_refused",
        }
    }

    /// From the database's word.
    pub(super) fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text).unwrap_or(Self::ConnectionFailed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_database_are_those_of_json() {
        for outcome in AttemptOutcome::ALL {
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.as_str());
            assert_eq!(AttemptOutcome::parse(outcome.as_str()), outcome);
        }
        for state in [DeliveryState::Pending, DeliveryState::Delivered, DeliveryState::Failed] {
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
            assert_eq!(DeliveryState::parse(state.as_str()), state);
        }
    }
}
