//! The delivery log, test events and replays.

use serde_json::json;

use super::publish::publish_test;
use crate::error::{Error, Result};
use crate::paging::{PageRequest, Slice};
use crate::tenancy::{Permission, TenantTx};
use crate::values::{WebhookDeliveryId, WebhookEndpointId};
use crate::webhooks::store::{deliveries, endpoints};
use crate::webhooks::wire::{DeliveryDetailOut, DeliveryFilter, DeliveryOut, ReplayIn, ReplayOut};

/// Deliveries of an endpoint, newest first.
///
/// # Errors
/// `forbidden`, `not_found`, `invalid_input` for a foreign cursor.
pub(in crate::webhooks) async fn list(
    tx: &TenantTx,
    endpoint: WebhookEndpointId,
    filter: &DeliveryFilter,
    page: &PageRequest,
) -> Result<Slice<DeliveryOut>> {
    tx.require(Permission::WebhooksManage)?;
    endpoints::by_id(tx, endpoint).await?;
    deliveries::page(tx, endpoint, filter, page).await
}

/// One delivery with its body and attempts.
///
/// # Errors
/// `forbidden`, `not_found`.
pub(in crate::webhooks) async fn read(tx: &TenantTx, id: WebhookDeliveryId) -> Result<DeliveryDetailOut> {
    tx.require(Permission::WebhooksManage)?;
    deliveries::detail(tx, id).await
}

/// Sends a test event to an endpoint.
///
/// # Errors
/// `forbidden`, `not_found`, and `conflict` where it is switched off.
pub(in crate::webhooks) async fn test(tx: &TenantTx, endpoint: WebhookEndpointId) -> Result<DeliveryOut> {
    tx.require(Permission::WebhooksManage)?;
    enabled(tx, endpoint).await?;
    let id = WebhookDeliveryId(publish_test(tx, endpoint).await?);
    tx.audit::<(), _>("webhook_endpoint.tested", "webhook_endpoint", endpoint, None, Some(&json!({"delivery_id": id})))
        .await?;
    deliveries::by_id(tx, id).await
}

/// Sends one delivery again, with the same id, whatever became of it.
///
/// # Errors
/// `forbidden`, `not_found`, and `conflict` where it still waits or its endpoint is switched off.
pub(in crate::webhooks) async fn replay_one(tx: &TenantTx, id: WebhookDeliveryId) -> Result<DeliveryOut> {
    tx.require(Permission::WebhooksManage)?;
    let delivery = deliveries::by_id(tx, id).await?;
    enabled(tx, delivery.endpoint_id).await?;
    if !deliveries::replay_one(tx, id).await? {
        return Err(Error::conflict("The delivery still waits to be sent.", "该投递仍在等待发送。"));
    }
    tx.audit::<(), ()>("webhook_delivery.replayed", "webhook_delivery", id, None, None).await?;
    deliveries::by_id(tx, id).await
}

/// Sends deliveries of an endpoint again: its dead letters, or all of a span of time.
///
/// # Errors
/// `forbidden`, `not_found`, `invalid_input`, and `conflict` where the endpoint is switched off.
pub(in crate::webhooks) async fn replay(
    tx: &TenantTx,
    endpoint: WebhookEndpointId,
    which: &ReplayIn,
) -> Result<ReplayOut> {
    tx.require(Permission::WebhooksManage)?;
    which.problems().into_result()?;
    enabled(tx, endpoint).await?;
    let count = deliveries::replay(tx, endpoint, which).await?;
    let out = ReplayOut { replayed: i64::try_from(count).map_err(Error::internal)? };
    tx.audit::<(), _>("webhook_endpoint.replayed", "webhook_endpoint", endpoint, None, Some(&out)).await?;
    Ok(out)
}

/// Passes an endpoint that is switched on, and holds it so until the transaction ends.
async fn enabled(tx: &TenantTx, id: WebhookEndpointId) -> Result<()> {
    if endpoints::lock(tx, id).await?.enabled {
        return Ok(());
    }
    Err(Error::conflict("The endpoint is switched off; switch it on first.", "该端点已停用，请先启用。"))
}
