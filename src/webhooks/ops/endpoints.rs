//! Endpoints and their secrets.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::gate::{Admission, Webhooks};
use crate::error::{Error, Problems, Result};
use crate::paging::{PageRequest, Slice};
use crate::rest::{Conditional, apply};
use crate::tenancy::{Permission, TenantTx};
use crate::values::WebhookEndpointId;
use crate::webhooks::event::EventType;
use crate::webhooks::signature::Secret;
use crate::webhooks::store::{deliveries, endpoints, secrets};
use crate::webhooks::vault::Place;
use crate::webhooks::wire::{
    RotationIn, WebhookEndpointIn, WebhookEndpointOut, WebhookEndpointPatch, WebhookSecretOut,
};

/// Endpoints a tenant has at most.
const MOST_ENDPOINTS: i64 = 20;
/// Secrets that sign at once at most, the newest among them.
const MOST_SECRETS: i64 = 5;

/// Random bytes for a new secret: the secret itself, and the nonce it is sealed with.
#[derive(Clone, Copy)]
pub(in crate::webhooks) struct Chance {
    secret: [u8; 32],
    nonce: [u8; 12],
}

impl Chance {
    /// Fresh ones.
    pub(in crate::webhooks) fn draw() -> Self {
        Self { secret: rand::random(), nonce: rand::random() }
    }
}

pub(in crate::webhooks) async fn list(tx: &TenantTx, page: &PageRequest) -> Result<Slice<WebhookEndpointOut>> {
    tx.require(Permission::WebhooksManage)?;
    endpoints::page(tx, page).await
}

pub(in crate::webhooks) async fn read(tx: &TenantTx, id: WebhookEndpointId) -> Result<WebhookEndpointOut> {
    tx.require(Permission::WebhooksManage)?;
    endpoints::by_id(tx, id).await
}

/// Creates an endpoint with its first secret.
///
/// # Errors
/// `forbidden`; `invalid_input`; `conflict` beyond 20 endpoints, or where the installation keeps no secrets.
pub(in crate::webhooks) async fn create(
    tx: &TenantTx,
    hooks: &Webhooks,
    new: WebhookEndpointIn,
    url: Admission,
    chance: Chance,
) -> Result<WebhookSecretOut> {
    tx.require(Permission::WebhooksManage)?;
    let url = checked(new.problems(), url)?;
    if endpoints::lock_and_count(tx).await? >= MOST_ENDPOINTS {
        let (en, zh) = (format!("At most {MOST_ENDPOINTS} endpoints."), format!("最多 {MOST_ENDPOINTS} 个端点。"));
        return Err(Error::conflict(en, zh));
    }
    let endpoint = WebhookEndpointOut {
        id: tx.new_id(),
        url,
        description: new.description,
        event_types: sorted(new.event_types),
        enabled: new.enabled.unwrap_or(true),
        disabled_reason: None,
        failing_since: None,
        version: 1,
        created_by: tx.actor().subject.clone(),
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    endpoints::insert(tx, &endpoint).await?;
    let secret = add_secret(tx, hooks, endpoint.id, chance).await?;
    tx.audit::<(), _>("webhook_endpoint.created", "webhook_endpoint", endpoint.id, None, Some(&endpoint)).await?;
    Ok(WebhookSecretOut { endpoint, secret, previous_secrets_expire_at: None })
}

/// Changes an endpoint. Switching it on forgets that it was failing; switching it off gives up what waits.
///
/// # Errors
/// `forbidden`, `not_found`, `invalid_input`, and `precondition_failed` where it is not the expected version.
pub(in crate::webhooks) async fn update(
    tx: &TenantTx,
    id: WebhookEndpointId,
    patch: WebhookEndpointPatch,
    url: Option<Admission>,
    expected: impl Conditional,
) -> Result<WebhookEndpointOut> {
    tx.require(Permission::WebhooksManage)?;
    let before = endpoints::lock(tx, id).await?;
    expected.check(before.version)?;
    let mut changed = before.clone();
    match url {
        Some(url) => changed.url = checked(patch.problems(), url)?,
        None => patch.problems().into_result()?,
    }
    apply(&mut changed.description, patch.description);
    changed.event_types = patch.event_types.map_or(changed.event_types, sorted);
    changed.enabled = patch.enabled.unwrap_or(changed.enabled);
    if changed.enabled && !before.enabled {
        (changed.disabled_reason, changed.failing_since) = (None, None);
    }
    if changed == before {
        return Ok(before);
    }
    let after = endpoints::update(tx, &changed).await?;
    if before.enabled && !after.enabled {
        deliveries::give_up(tx, id).await?;
    }
    tx.audit("webhook_endpoint.updated", "webhook_endpoint", id, Some(&before), Some(&after)).await?;
    Ok(after)
}

/// Deletes an endpoint with its secrets and its log.
///
/// # Errors
/// `forbidden`, `not_found`, and `precondition_failed` where it is not the expected version.
pub(in crate::webhooks) async fn delete(
    tx: &TenantTx,
    id: WebhookEndpointId,
    expected: impl Conditional,
) -> Result<WebhookEndpointOut> {
    tx.require(Permission::WebhooksManage)?;
    let before = endpoints::lock(tx, id).await?;
    expected.check(before.version)?;
    endpoints::delete(tx, id).await?;
    tx.audit::<_, ()>("webhook_endpoint.deleted", "webhook_endpoint", id, Some(&before), None).await?;
    Ok(before)
}

/// Gives an endpoint a new secret; the old ones sign beside it until the overlap ends.
///
/// # Errors
/// `forbidden`, `not_found`, `invalid_input`, and `conflict` where five secrets sign already.
pub(in crate::webhooks) async fn rotate(
    tx: &TenantTx,
    hooks: &Webhooks,
    id: WebhookEndpointId,
    rotation: RotationIn,
    chance: Chance,
) -> Result<WebhookSecretOut> {
    tx.require(Permission::WebhooksManage)?;
    rotation.problems().into_result()?;
    let before = endpoints::lock(tx, id).await?;
    let asked = rotation.overlap_seconds.and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs);
    let overlap = asked.unwrap_or(hooks.overlap());
    let (left, expiry) = secrets::expire(tx, id, after(tx.now(), overlap)?).await?;
    if left >= MOST_SECRETS {
        let en =
            format!("{MOST_SECRETS} secrets sign already; wait until one expires, or rotate with a shorter overlap.");
        let zh = format!("已有 {MOST_SECRETS} 个密钥同时有效；请等待其中一个到期，或缩短重叠时间。");
        return Err(Error::conflict(en, zh));
    }
    let secret = add_secret(tx, hooks, id, chance).await?;
    let endpoint = endpoints::update(tx, &before).await?;
    tx.audit("webhook_endpoint.secret_rotated", "webhook_endpoint", id, Some(&before), Some(&endpoint)).await?;
    Ok(WebhookSecretOut { endpoint, secret, previous_secrets_expire_at: expiry })
}

async fn add_secret(tx: &TenantTx, hooks: &Webhooks, endpoint: WebhookEndpointId, chance: Chance) -> Result<String> {
    let row: Uuid = tx.new_id();
    let secret = Secret::new(chance.secret);
    let place = Place { tenant: tx.tenant().0, endpoint: endpoint.0, row };
    let sealed = hooks.vault()?.seal(&secret, place, chance.nonce).map_err(Error::internal)?;
    secrets::insert(tx, endpoint, row, sealed).await?;
    Ok(secret.reveal())
}

/// The URL, where neither it nor anything else is wrong.
fn checked(mut problems: Problems, url: Admission) -> Result<String> {
    let url = url.into_url().unwrap_or_else(|problem| {
        problems.push(problem);
        String::new()
    });
    problems.into_result().map(|()| url)
}

fn sorted(mut types: Vec<EventType>) -> Vec<EventType> {
    types.sort_unstable();
    types.dedup();
    types
}

fn after(now: DateTime<Utc>, by: Duration) -> Result<DateTime<Utc>> {
    let by = TimeDelta::from_std(by).map_err(Error::internal)?;
    now.checked_add_signed(by).ok_or_else(|| Error::internal("a time beyond all calendars"))
}
