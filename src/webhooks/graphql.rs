//! Webhooks in GraphQL.

use async_graphql::connection::Connection;
use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use super::ops::endpoints::Chance;
use super::ops::{Webhooks, deliveries, endpoints};
use super::wire::{
    DeliveryDetailOut, DeliveryFilter, DeliveryOut, ReplayIn, ReplayOut, RotationIn, WebhookEndpointIn,
    WebhookEndpointOut, WebhookEndpointPatch, WebhookSecretOut,
};
use crate::error::{Error, UserError, or_null, user_errors};
use crate::paging::PageRequest;
use crate::tenancy::Session;
use crate::values::{WebhookDeliveryId, WebhookEndpointId};

/// Queries about webhooks.
#[derive(Debug, Default)]
pub struct WebhooksQuery;

#[Object]
impl WebhooksQuery {
    /// A webhook endpoint; null where there is none.
    async fn webhook_endpoint(&self, ctx: &Context<'_>, id: WebhookEndpointId) -> Result<Option<WebhookEndpointOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(endpoints::read(&tx, id).await)?)
    }

    /// Webhook endpoints, the oldest first.
    async fn webhook_endpoints(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, WebhookEndpointOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(endpoints::list(&tx, &page).await?.into_connection())
    }

    /// A webhook delivery with its body and attempts; null where there is none.
    async fn webhook_delivery(&self, ctx: &Context<'_>, id: WebhookDeliveryId) -> Result<Option<DeliveryDetailOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(deliveries::read(&tx, id).await)?)
    }

    /// The deliveries of a webhook endpoint, newest first.
    #[expect(clippy::too_many_arguments, reason = "Relay's four, and what the list is of")]
    async fn webhook_deliveries(
        &self,
        ctx: &Context<'_>,
        endpoint_id: WebhookEndpointId,
        filter: Option<DeliveryFilter>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, DeliveryOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(deliveries::list(&tx, endpoint_id, &filter.unwrap_or_default(), &page).await?.into_connection())
    }
}

/// Mutations of webhooks.
#[derive(Debug, Default)]
pub struct WebhooksMutation;

/// An endpoint's changes.
#[derive(Debug, InputObject)]
struct UpdateWebhookEndpointInput {
    /// Its id.
    id: WebhookEndpointId,
    /// What changes.
    changes: WebhookEndpointPatch,
    /// The version the change is meant for; any where absent.
    expected_version: Option<i32>,
}

/// Which endpoint to delete.
#[derive(Debug, InputObject)]
struct DeleteWebhookEndpointInput {
    /// Its id.
    id: WebhookEndpointId,
    /// The version that is meant; any where absent.
    expected_version: Option<i32>,
}

/// Whose secret to change, and how.
#[derive(Debug, InputObject)]
struct RotateWebhookSecretInput {
    /// The endpoint's id.
    id: WebhookEndpointId,
    /// How.
    rotation: Option<RotationIn>,
}

/// Which endpoint to send a test event to.
#[derive(Debug, InputObject)]
struct SendTestWebhookInput {
    /// Its id.
    id: WebhookEndpointId,
}

/// Which delivery to send again.
#[derive(Debug, InputObject)]
struct ReplayWebhookDeliveryInput {
    /// Its id.
    id: WebhookDeliveryId,
}

/// Which deliveries to send again.
#[derive(Debug, InputObject)]
struct ReplayWebhookDeliveriesInput {
    /// The endpoint's id.
    endpoint_id: WebhookEndpointId,
    /// Which of its deliveries; all dead letters where absent.
    replay: Option<ReplayIn>,
}

/// What came of creating an endpoint or changing its secret.
#[derive(Debug, SimpleObject)]
struct WebhookSecretPayload {
    /// The endpoint with its secret, shown this once.
    endpoint_secret: Option<WebhookSecretOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

/// What came of changing or deleting an endpoint.
#[derive(Debug, SimpleObject)]
struct WebhookEndpointPayload {
    /// The endpoint; as it was, where it was deleted.
    endpoint: Option<WebhookEndpointOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

/// What came of sending something.
#[derive(Debug, SimpleObject)]
struct WebhookDeliveryPayload {
    /// The delivery.
    delivery: Option<DeliveryOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

/// What came of sending many again.
#[derive(Debug, SimpleObject)]
struct ReplayWebhookDeliveriesPayload {
    /// How many.
    replay: Option<ReplayOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

#[Object]
impl WebhooksMutation {
    /// Create a webhook endpoint, at most 20. Its secret is in this answer and nowhere else.
    async fn create_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        input: WebhookEndpointIn,
    ) -> Result<WebhookSecretPayload> {
        let (hooks, session) = (hooks(ctx)?, Session::of(ctx)?);
        let url = hooks.admit(session.actor(), &input.url).await?;
        let chance = Chance::draw();
        let outcome = session.write(async |tx| endpoints::create(tx, hooks, input, url, chance).await).await;
        let (endpoint_secret, user_errors) = user_errors(outcome)?;
        Ok(WebhookSecretPayload { endpoint_secret, user_errors })
    }

    /// Change a webhook endpoint.
    async fn update_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        input: UpdateWebhookEndpointInput,
    ) -> Result<WebhookEndpointPayload> {
        let (hooks, session) = (hooks(ctx)?, Session::of(ctx)?);
        let UpdateWebhookEndpointInput { id, changes, expected_version } = input;
        let url = match &changes.url {
            Some(url) => Some(hooks.admit(session.actor(), url).await?),
            None => None,
        };
        let outcome = session.write(async |tx| endpoints::update(tx, id, changes, url, expected_version).await).await;
        let (endpoint, user_errors) = user_errors(outcome)?;
        Ok(WebhookEndpointPayload { endpoint, user_errors })
    }

    /// Delete a webhook endpoint with its secrets and its delivery log.
    async fn delete_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        input: DeleteWebhookEndpointInput,
    ) -> Result<WebhookEndpointPayload> {
        let delete = async |tx: &_| endpoints::delete(tx, input.id, input.expected_version).await;
        let (endpoint, user_errors) = user_errors(Session::of(ctx)?.write(delete).await)?;
        Ok(WebhookEndpointPayload { endpoint, user_errors })
    }

    /// Give a webhook endpoint a new secret; older ones sign beside it until the overlap ends.
    async fn rotate_webhook_secret(
        &self,
        ctx: &Context<'_>,
        input: RotateWebhookSecretInput,
    ) -> Result<WebhookSecretPayload> {
        let (hooks, chance) = (hooks(ctx)?, Chance::draw());
        let rotation = input.rotation.unwrap_or_default();
        let rotate = async |tx: &_| endpoints::rotate(tx, hooks, input.id, rotation, chance).await;
        let (endpoint_secret, user_errors) = user_errors(Session::of(ctx)?.write(rotate).await)?;
        Ok(WebhookSecretPayload { endpoint_secret, user_errors })
    }

    /// Send a test event to a webhook endpoint.
    async fn send_test_webhook(
        &self,
        ctx: &Context<'_>,
        input: SendTestWebhookInput,
    ) -> Result<WebhookDeliveryPayload> {
        let outcome = Session::of(ctx)?.write(async |tx| deliveries::test(tx, input.id).await).await;
        let (delivery, user_errors) = user_errors(outcome)?;
        Ok(WebhookDeliveryPayload { delivery, user_errors })
    }

    /// Send a webhook delivery again, with the same id.
    async fn replay_webhook_delivery(
        &self,
        ctx: &Context<'_>,
        input: ReplayWebhookDeliveryInput,
    ) -> Result<WebhookDeliveryPayload> {
        let outcome = Session::of(ctx)?.write(async |tx| deliveries::replay_one(tx, input.id).await).await;
        let (delivery, user_errors) = user_errors(outcome)?;
        Ok(WebhookDeliveryPayload { delivery, user_errors })
    }

    /// Send deliveries of a webhook endpoint again: all its dead letters, or those of a span of time.
    async fn replay_webhook_deliveries(
        &self,
        ctx: &Context<'_>,
        input: ReplayWebhookDeliveriesInput,
    ) -> Result<ReplayWebhookDeliveriesPayload> {
        let which = input.replay.unwrap_or_default();
        let replay = async |tx: &_| deliveries::replay(tx, input.endpoint_id, &which).await;
        let (replay, user_errors) = user_errors(Session::of(ctx)?.write(replay).await)?;
        Ok(ReplayWebhookDeliveriesPayload { replay, user_errors })
    }
}

fn hooks<'a>(ctx: &Context<'a>) -> Result<&'a Webhooks, Error> {
    ctx.data::<Webhooks>().map_err(|_| Error::internal("no webhooks in the GraphQL request"))
}
