//! Publishing: events into the outbox, in the transaction of the change they tell of.

use serde_json::Value;
use uuid::Uuid;

use crate::error::Result;
use crate::tenancy::TenantTx;
use crate::values::WebhookEndpointId;
use crate::webhooks::event::{EventType, TEST_EVENT, body};
use crate::webhooks::store::outbox::{self, NewMessages};

/// Something that has happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// What it tells of.
    pub kind: EventType,
    /// Its particulars: an object of ids and small facts.
    pub data: Value,
}

/// Who is told of events, of those types that were asked for.
#[derive(Clone, Debug)]
pub struct Subscribers(Vec<(Uuid, Vec<String>)>);

/// Who is told of events of these types; none where nobody is. Ask before making events: in a tenant without webhooks
/// this one statement is all that they cost, however many rows change.
///
/// # Errors
/// The database's.
pub async fn subscribers(tx: &TenantTx, kinds: &[EventType]) -> Result<Option<Subscribers>> {
    let words: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    let found = outbox::subscribers(tx, &words).await?;
    Ok((!found.is_empty()).then_some(Subscribers(found)))
}

impl Subscribers {
    /// Whether anybody is told of events of this type.
    pub fn want(&self, kind: EventType) -> bool {
        self.of(kind.as_str()).next().is_some()
    }

    /// Writes events into the outbox, one statement however many. Those that nobody wants leave nothing. They are sent
    /// once the caller's transaction is committed, and never where it is not.
    ///
    /// # Errors
    /// The database's.
    pub async fn publish(&self, tx: &TenantTx, events: impl IntoIterator<Item = Event>) -> Result<()> {
        let mut new = NewMessages::default();
        for event in events {
            let endpoints: Vec<Uuid> = self.of(event.kind.as_str()).collect();
            add(tx, &mut new, event.kind.as_str(), &event.data, &endpoints);
        }
        if new.ids.is_empty() { Ok(()) } else { outbox::insert(tx, &new).await }
    }

    fn of(&self, kind: &str) -> impl Iterator<Item = Uuid> {
        self.0.iter().filter(move |(_, kinds)| kinds.iter().any(|word| word == kind)).map(|(id, _)| *id)
    }
}

/// Sends a test event to one endpoint; the delivery's id.
pub(super) async fn publish_test(tx: &TenantTx, endpoint: WebhookEndpointId) -> Result<Uuid> {
    let mut new = NewMessages::default();
    let data = serde_json::json!({"endpoint_id": endpoint, "asked_by": tx.actor().subject});
    add(tx, &mut new, TEST_EVENT, &data, &[endpoint.0]);
    outbox::insert(tx, &new).await?;
    Ok(new.deliveries.first().copied().unwrap_or_default())
}

fn add(tx: &TenantTx, new: &mut NewMessages, kind: &'static str, data: &Value, endpoints: &[Uuid]) {
    if endpoints.is_empty() {
        return;
    }
    let message: Uuid = tx.new_id();
    new.ids.push(message);
    new.kinds.push(kind);
    new.bodies.push(body(kind, tx.now(), data));
    for endpoint in endpoints {
        new.deliveries.push(tx.new_id());
        new.endpoints.push(*endpoint);
        new.messages.push(message);
    }
}
