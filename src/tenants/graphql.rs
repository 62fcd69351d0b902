//! Tenants, API keys and the audit log in GraphQL.

use async_graphql::connection::Connection;
use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use super::ops;
use super::wire::{AccessTokenOut, ApiKeyIn, ApiKeyOut, AuditEntryOut, NewApiKeyOut, TenantIn, TenantOut, TenantPatch};
use crate::error::{Error, UserError, user_errors};
use crate::paging::PageRequest;
use crate::tenancy::{Authenticator, Session};
use crate::values::ApiKeyId;

/// Queries about tenants, API keys and the audit log.
#[derive(Debug, Default)]
pub struct TenantsQuery;

#[Object]
impl TenantsQuery {
    /// The token's own tenant and its settings.
    async fn tenant(&self, ctx: &Context<'_>) -> Result<TenantOut> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::read(&tx).await?)
    }

    /// Tenants by slug. Platform operators only.
    async fn tenants(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, TenantOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let session = Session::of(ctx)?;
        let slice = session.db().platform(session.actor(), async |tx| ops::list(tx, &page).await).await?;
        Ok(slice.into_connection())
    }

    /// API keys, without their secrets.
    async fn api_keys(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, ApiKeyOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::list_keys(&tx, &page).await?.into_connection())
    }

    /// The audit log, newest first.
    async fn audit_entries(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, AuditEntryOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::list_audit(&tx, &page).await?.into_connection())
    }
}

/// Mutations of tenants and API keys.
#[derive(Debug, Default)]
pub struct TenantsMutation;

/// What came of creating or changing a tenant.
#[derive(Debug, SimpleObject)]
struct TenantPayload {
    /// The tenant.
    tenant: Option<TenantOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

/// What came of creating an API key.
#[derive(Debug, SimpleObject)]
struct CreateApiKeyPayload {
    /// The key with its secret, shown this once.
    new_api_key: Option<NewApiKeyOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

/// Which API key to revoke.
#[derive(Debug, InputObject)]
struct RevokeApiKeyInput {
    /// Its id.
    id: ApiKeyId,
}

/// What came of revoking an API key.
#[derive(Debug, SimpleObject)]
struct RevokeApiKeyPayload {
    /// The key.
    api_key: Option<ApiKeyOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

#[Object]
impl TenantsMutation {
    /// Create a tenant. Platform operators only.
    async fn create_tenant(&self, ctx: &Context<'_>, input: TenantIn) -> Result<TenantPayload> {
        let session = Session::of(ctx)?;
        let outcome = session.db().platform(session.actor(), async |tx| ops::create(tx, &input).await).await;
        let (tenant, user_errors) = user_errors(outcome)?;
        Ok(TenantPayload { tenant, user_errors })
    }

    /// Change the tenant's settings.
    async fn update_tenant(&self, ctx: &Context<'_>, input: TenantPatch) -> Result<TenantPayload> {
        let outcome = Session::of(ctx)?.write(async |tx| ops::update(tx, input, None).await).await;
        let (tenant, user_errors) = user_errors(outcome)?;
        Ok(TenantPayload { tenant, user_errors })
    }

    /// Create an API key. Its secret is in this answer and nowhere else.
    async fn create_api_key(&self, ctx: &Context<'_>, input: ApiKeyIn) -> Result<CreateApiKeyPayload> {
        let secret = rand::random();
        let outcome = Session::of(ctx)?.write(async |tx| ops::create_key(tx, input, secret).await).await;
        let (new_api_key, user_errors) = user_errors(outcome)?;
        Ok(CreateApiKeyPayload { new_api_key, user_errors })
    }

    /// Revoke an API key at once.
    async fn revoke_api_key(&self, ctx: &Context<'_>, input: RevokeApiKeyInput) -> Result<RevokeApiKeyPayload> {
        let outcome = Session::of(ctx)?.write(async |tx| ops::revoke_key(tx, input.id).await).await;
        let (api_key, user_errors) = user_errors(outcome)?;
        Ok(RevokeApiKeyPayload { api_key, user_errors })
    }

    /// Change the API key this request is made with into a JWT that is valid for 15 minutes.
    async fn create_access_token(&self, ctx: &Context<'_>) -> Result<AccessTokenOut> {
        let authenticator = ctx.data::<Authenticator>().map_err(|_| Error::internal("no authenticator"))?;
        Ok(ops::exchange(authenticator, Session::of(ctx)?.actor())?)
    }
}
