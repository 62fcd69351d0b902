//! `/v1/webhook-endpoints`, `/v1/webhook-deliveries`.

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::web::Data;
use actix_web::{CustomizeResponder, HttpResponse, Responder, delete, get, patch, post};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::IntoParams;

use super::event::EventType;
use super::ops::endpoints::Chance;
use super::ops::{Webhooks, deliveries, endpoints};
use super::wire::{
    DeliveryDetailOut, DeliveryFilter, DeliveryOut, DeliveryState, ReplayIn, ReplayOut, RotationIn, WebhookEndpointIn,
    WebhookEndpointOut, WebhookEndpointPatch, WebhookSecretOut,
};
use crate::error::Result;
use crate::exports::List;
use crate::paging::{Page, PageQuery, PageRequest};
use crate::rest::{IfMatch, Json, Path, Query, Routes, Tagged};
use crate::tenancy::{Actor, TenantDb, TenantTx};
use crate::values::{WebhookDeliveryId, WebhookEndpointId};

/// The routes.
pub fn routes(config: &mut Routes<'_>) {
    config.service(list_webhook_endpoints).service(create_webhook_endpoint).service(get_webhook_endpoint);
    config.service(update_webhook_endpoint).service(delete_webhook_endpoint).service(rotate_webhook_secret);
    config.service(send_test_webhook).service(list_webhook_deliveries).service(replay_webhook_deliveries);
    config.service(get_webhook_delivery).service(replay_webhook_delivery);
}

/// List webhook endpoints, the oldest first, without their secrets.
#[utoipa::path(tag = "webhooks", operation_id = "listWebhookEndpoints", params(PageQuery), responses((status = 200, body = Page<WebhookEndpointOut>)))]
#[get("/v1/webhook-endpoints")]
async fn list_webhook_endpoints(list: List, query: Query<PageQuery>) -> Result<HttpResponse> {
    let read = async |tx: &TenantTx, page: &PageRequest| endpoints::list(tx, page).await;
    list.of(query.into_inner().into(), read).await
}

/// Create a webhook endpoint, at most 20. Its secret is in this answer and nowhere else.
#[utoipa::path(tag = "webhooks", operation_id = "createWebhookEndpoint", request_body = WebhookEndpointIn, responses((status = 201, body = WebhookSecretOut)))]
#[post("/v1/webhook-endpoints")]
async fn create_webhook_endpoint(
    db: Data<TenantDb>,
    hooks: Data<Webhooks>,
    actor: Actor,
    new: Json<WebhookEndpointIn>,
) -> Result<Tagged<WebhookSecretOut>> {
    let url = hooks.admit(&actor, &new.url).await?;
    let (new, chance) = (new.into_inner(), Chance::draw());
    let made = db.write(&actor, async |tx| endpoints::create(tx, &hooks, new, url, chance).await).await?;
    let (version, place) = (made.endpoint.version, format!("/v1/webhook-endpoints/{}", made.endpoint.id));
    Ok(Tagged::created(made, version, place))
}

/// Read a webhook endpoint, without its secrets.
#[utoipa::path(tag = "webhooks", operation_id = "getWebhookEndpoint", params(("id" = WebhookEndpointId, Path)), responses((status = 200, body = WebhookEndpointOut)))]
#[get("/v1/webhook-endpoints/{id}")]
async fn get_webhook_endpoint(
    db: Data<TenantDb>,
    actor: Actor,
    id: Path<WebhookEndpointId>,
) -> Result<Tagged<WebhookEndpointOut>> {
    let endpoint = db.read(&actor, async |tx| endpoints::read(tx, *id).await).await?;
    let version = endpoint.version;
    Ok(Tagged::new(endpoint, version))
}

/// Change a webhook endpoint. Switching it off makes what waits dead letters; switching it on does not send them.
#[utoipa::path(tag = "webhooks", operation_id = "updateWebhookEndpoint", params(("id" = WebhookEndpointId, Path)), request_body = WebhookEndpointPatch, responses((status = 200, body = WebhookEndpointOut)))]
#[patch("/v1/webhook-endpoints/{id}")]
async fn update_webhook_endpoint(
    db: Data<TenantDb>,
    hooks: Data<Webhooks>,
    actor: Actor,
    id: Path<WebhookEndpointId>,
    expected: IfMatch,
    patch: Json<WebhookEndpointPatch>,
) -> Result<Tagged<WebhookEndpointOut>> {
    let url = match &patch.url {
        Some(url) => Some(hooks.admit(&actor, url).await?),
        None => None,
    };
    let patch = patch.into_inner();
    let endpoint = db.write(&actor, async |tx| endpoints::update(tx, *id, patch, url, expected).await).await?;
    let version = endpoint.version;
    Ok(Tagged::new(endpoint, version))
}

/// Delete a webhook endpoint with its secrets and its delivery log.
#[utoipa::path(tag = "webhooks", operation_id = "deleteWebhookEndpoint", params(("id" = WebhookEndpointId, Path)), responses((status = 204)))]
#[delete("/v1/webhook-endpoints/{id}")]
async fn delete_webhook_endpoint(
    db: Data<TenantDb>,
    actor: Actor,
    id: Path<WebhookEndpointId>,
    expected: IfMatch,
) -> Result<HttpResponse> {
    db.write(&actor, async |tx| endpoints::delete(tx, *id, expected).await).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Give a webhook endpoint a new secret; older ones sign beside it until the overlap ends. It is in this answer alone.
#[utoipa::path(tag = "webhooks", operation_id = "rotateWebhookSecret", params(("id" = WebhookEndpointId, Path)), request_body = RotationIn, responses((status = 200, body = WebhookSecretOut)))]
#[post("/v1/webhook-endpoints/{id}:rotate-secret")]
async fn rotate_webhook_secret(
    db: Data<TenantDb>,
    hooks: Data<Webhooks>,
    actor: Actor,
    id: Path<WebhookEndpointId>,
    rotation: Json<RotationIn>,
) -> Result<Json<WebhookSecretOut>> {
    let chance = Chance::draw();
    let made = db.write(&actor, async |tx| endpoints::rotate(tx, &hooks, *id, *rotation, chance).await).await?;
    Ok(Json(made))
}

/// Send a test event (`webhook_endpoint.test`) to a webhook endpoint. The answer is the delivery, which goes out at once.
#[utoipa::path(tag = "webhooks", operation_id = "sendTestWebhook", params(("id" = WebhookEndpointId, Path)), responses((status = 202, body = DeliveryOut)))]
#[post("/v1/webhook-endpoints/{id}:test")]
async fn send_test_webhook(
    db: Data<TenantDb>,
    actor: Actor,
    id: Path<WebhookEndpointId>,
) -> Result<CustomizeResponder<Json<DeliveryOut>>> {
    Ok(accepted(db.write(&actor, async |tx| deliveries::test(tx, *id).await).await?))
}

/// Which deliveries, and how many.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct DeliveriesQuery {
    /// In this state.
    state: Option<DeliveryState>,
    /// Of events of this type.
    event_type: Option<EventType>,
    /// Asked for at this time or later.
    from: Option<DateTime<Utc>>,
    /// Asked for before this time.
    until: Option<DateTime<Utc>>,
    /// Items a page, 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List the deliveries of a webhook endpoint, newest first. The log is kept for 30 days.
#[utoipa::path(tag = "webhooks", operation_id = "listWebhookDeliveries", params(("id" = WebhookEndpointId, Path), DeliveriesQuery), responses((status = 200, body = Page<DeliveryOut>)))]
#[get("/v1/webhook-endpoints/{id}/deliveries")]
async fn list_webhook_deliveries(
    list: List,
    id: Path<WebhookEndpointId>,
    query: Query<DeliveriesQuery>,
) -> Result<HttpResponse> {
    let DeliveriesQuery { state, event_type, from, until, limit, cursor } = query.into_inner();
    let filter = DeliveryFilter { state, event_type, from, until };
    let read = async move |tx: &TenantTx, page: &PageRequest| deliveries::list(tx, *id, &filter, page).await;
    list.of((limit, cursor), read).await
}

/// Send deliveries of a webhook endpoint again: all its dead letters, or those of a span of time.
#[utoipa::path(tag = "webhooks", operation_id = "replayWebhookDeliveries", params(("id" = WebhookEndpointId, Path)), request_body = ReplayIn, responses((status = 202, body = ReplayOut)))]
#[post("/v1/webhook-endpoints/{id}:replay")]
async fn replay_webhook_deliveries(
    db: Data<TenantDb>,
    actor: Actor,
    id: Path<WebhookEndpointId>,
    which: Json<ReplayIn>,
) -> Result<CustomizeResponder<Json<ReplayOut>>> {
    let out = db.write(&actor, async |tx| deliveries::replay(tx, *id, &which).await).await?;
    Ok(Json(out).customize().with_status(StatusCode::ACCEPTED))
}

/// Read a webhook delivery: the body that is sent, and each attempt with its answer.
#[utoipa::path(tag = "webhooks", operation_id = "getWebhookDelivery", params(("id" = WebhookDeliveryId, Path)), responses((status = 200, body = DeliveryDetailOut)))]
#[get("/v1/webhook-deliveries/{id}")]
async fn get_webhook_delivery(
    db: Data<TenantDb>,
    actor: Actor,
    id: Path<WebhookDeliveryId>,
) -> Result<Json<DeliveryDetailOut>> {
    Ok(Json(db.read(&actor, async |tx| deliveries::read(tx, *id).await).await?))
}

/// Send a webhook delivery again, with the same `webhook-id`, also one that was delivered.
#[utoipa::path(tag = "webhooks", operation_id = "replayWebhookDelivery", params(("id" = WebhookDeliveryId, Path)), responses((status = 202, body = DeliveryOut)))]
#[post("/v1/webhook-deliveries/{id}:replay")]
async fn replay_webhook_delivery(
    db: Data<TenantDb>,
    actor: Actor,
    id: Path<WebhookDeliveryId>,
) -> Result<CustomizeResponder<Json<DeliveryOut>>> {
    Ok(accepted(db.write(&actor, async |tx| deliveries::replay_one(tx, *id).await).await?))
}

fn accepted(delivery: DeliveryOut) -> CustomizeResponder<Json<DeliveryOut>> {
    let place = format!("/v1/webhook-deliveries/{}", delivery.id);
    Json(delivery).customize().with_status(StatusCode::ACCEPTED).insert_header((LOCATION, place))
}
