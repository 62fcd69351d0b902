//! Use cases.

use std::time::Duration;

use super::store;
use super::wire::{AccessTokenOut, ApiKeyIn, ApiKeyOut, AuditEntryOut, NewApiKeyOut, TenantIn, TenantOut, TenantPatch};
use crate::error::{Error, ErrorCode, Result};
use crate::paging::{PageRequest, Slice};
use crate::rest::{Conditional, apply};
use crate::tenancy::{Actor, ApiKeySecret, Authenticator, Permission, PlatformTx, Role, TenantTx};
use crate::values::{ApiKeyId, Exact, round_ratio};

/// How long an exchanged token is valid.
const TOKEN_LIFETIME: Duration = Duration::from_secs(900);

/// Creates a tenant. Whoever holds a [`PlatformTx`] may.
///
/// # Errors
/// `invalid_input`, and `conflict` where the slug is taken.
pub async fn create(tx: &PlatformTx, new: &TenantIn) -> Result<TenantOut> {
    new.problems().into_result()?;
    let id = store::insert(tx, new).await?;
    tx.audit(id, "tenant.created", new).await?;
    store::by_id(tx, id).await
}

/// All tenants by slug.
///
/// # Errors
/// `invalid_input` for a foreign cursor.
pub async fn list(tx: &PlatformTx, page: &PageRequest) -> Result<Slice<TenantOut>> {
    store::page(tx, page).await
}

/// The tenant with a slug, for the command line.
///
/// # Errors
/// `not_found`.
pub async fn tenant_by_slug(tx: &PlatformTx, slug: &str) -> Result<TenantOut> {
    store::by_slug(tx, slug).await
}

/// The actor's own tenant. Every operation may know its tenant's currency and fiscal year, so it needs no permission here.
///
/// # Errors
/// `not_found` where the token's tenant is gone.
pub async fn current(tx: &TenantTx) -> Result<TenantOut> {
    store::by_id(tx, tx.tenant()).await
}

/// The actor's own tenant, as a resource.
///
/// # Errors
/// `forbidden`, `not_found`.
pub(super) async fn read(tx: &TenantTx) -> Result<TenantOut> {
    tx.require(Permission::SettingsRead)?;
    current(tx).await
}

pub(super) async fn update(tx: &TenantTx, patch: TenantPatch, expected: impl Conditional) -> Result<TenantOut> {
    tx.require(Permission::SettingsWrite)?;
    patch.problems().into_result()?;
    let before = current(tx).await?;
    expected.check(before.version)?;
    let mut tenant = before.clone();
    tenant.name = patch.name.unwrap_or(tenant.name);
    tenant.fiscal_year_start_month = patch.fiscal_year_start_month.unwrap_or(tenant.fiscal_year_start_month);
    apply(&mut tenant.capital_cost_rate, patch.capital_cost_rate.map_value(|rate| Exact(round_ratio(rate.0))));
    if tenant == before {
        return Ok(before);
    }
    store::update(tx, &tenant).await?;
    let after = current(tx).await?;
    tx.audit("tenant.updated", "tenant", after.id, Some(&before), Some(&after)).await?;
    Ok(after)
}

/// Creates an API key with the 32 bytes of a random secret.
pub(super) async fn create_key(tx: &TenantTx, new: ApiKeyIn, secret: [u8; 32]) -> Result<NewApiKeyOut> {
    tx.require(Permission::ApiKeysManage)?;
    new.problems(|p| tx.actor().permissions.contains(&p), tx.now()).into_result()?;
    let mut scopes = new.scopes;
    scopes.sort();
    scopes.dedup();
    let id: ApiKeyId = tx.new_id();
    let secret = ApiKeySecret::new(tx.tenant(), id, secret);
    let api_key = ApiKeyOut {
        id,
        name: new.name,
        scopes,
        created_by: tx.actor().subject.clone(),
        created_at: tx.now(),
        expires_at: new.expires_at,
        revoked_at: None,
    };
    store::insert_key(tx, &api_key, secret.hash()).await?;
    tx.audit::<(), _>("api_key.created", "api_key", id, None, Some(&api_key)).await?;
    Ok(NewApiKeyOut { api_key, secret: secret.reveal() })
}

pub(super) async fn list_keys(tx: &TenantTx, page: &PageRequest) -> Result<Slice<ApiKeyOut>> {
    tx.require(Permission::ApiKeysManage)?;
    store::key_page(tx, page).await
}

pub(super) async fn revoke_key(tx: &TenantTx, id: ApiKeyId) -> Result<ApiKeyOut> {
    tx.require(Permission::ApiKeysManage)?;
    let key = store::revoke_key(tx, id).await?;
    tx.audit::<(), _>("api_key.revoked", "api_key", id, None, Some(&key)).await?;
    Ok(key)
}

/// Changes an API key into a JWT with the same permissions for 15 minutes. A JWT is not prolonged this way.
pub(super) fn exchange(authenticator: &Authenticator, actor: &Actor) -> Result<AccessTokenOut> {
    if actor.api_key.is_none() {
        let en = "Only an API key is changed into a token.";
        return Err(Error::new(ErrorCode::Forbidden, en, "只有 API 密钥可以换取令牌。"));
    }
    let access_token = authenticator.issue(actor, Role::Admin, TOKEN_LIFETIME)?;
    Ok(AccessTokenOut { access_token, token_type: "Bearer".into(), expires_in: TOKEN_LIFETIME.as_secs() as i32 })
}

pub(super) async fn list_audit(tx: &TenantTx, page: &PageRequest) -> Result<Slice<AuditEntryOut>> {
    tx.require(Permission::AuditRead)?;
    store::audit_page(tx, page).await
}
