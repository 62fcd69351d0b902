//! What dossiers tell other systems of: ids and versions, in the transaction of the change.

use serde_json::{Value, json};

use crate::dossiers::store::customers;
use crate::dossiers::wire::CustomerOut;
use crate::error::Result;
use crate::tenancy::TenantTx;
use crate::values::CustomerId;
use crate::webhooks::{Event, EventType, subscribers};

/// Tells of new customers, and of changed ones as they were handed to be written: each counts one change more.
pub(super) async fn publish(tx: &TenantTx, new: &[CustomerOut], changed: &[CustomerOut]) -> Result<()> {
    if new.is_empty() && changed.is_empty() {
        return Ok(());
    }
    let Some(told) = subscribers(tx, &[EventType::CustomerCreated, EventType::CustomerUpdated]).await? else {
        return Ok(());
    };
    let created = new.iter().map(|customer| event(EventType::CustomerCreated, customer, customer.version));
    let updated = changed.iter().map(|customer| event(EventType::CustomerUpdated, customer, customer.version + 1));
    told.publish(tx, created.chain(updated)).await
}

/// Tells of customers that changed by something that hangs on them, once that is written.
pub(super) async fn publish_touched(tx: &TenantTx, ids: &[CustomerId]) -> Result<()> {
    let kind = EventType::CustomerUpdated;
    let Some(told) = subscribers(tx, &[kind]).await? else { return Ok(()) };
    let touched = customers::by_ids(tx, ids).await?;
    told.publish(tx, touched.iter().map(|customer| event(kind, customer, customer.version))).await
}

fn event(kind: EventType, customer: &CustomerOut, version: i32) -> Event {
    Event { kind, data: data(customer, version) }
}

fn data(customer: &CustomerOut, version: i32) -> Value {
    json!({
        "customer_id": customer.id,
        "external_id": customer.external_id,
        "external_ids": customer.external_ids,
        "version": version,
    })
}
