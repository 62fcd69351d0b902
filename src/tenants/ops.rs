//! Use cases.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use super::archived::{ARCHIVED, ArchivedTable};
use super::store;
use super::wire::{AccessTokenOut, ApiKeyIn, ApiKeyOut, AuditEntryOut, NewApiKeyOut, TenantIn, TenantOut, TenantPatch};
use crate::error::{Error, ErrorCode, Result};
use crate::exports::{Archive, ArchiveSource};
use crate::paging::{PageRequest, Slice};
use crate::rest::{Conditional, apply};
use crate::tenancy::{Actor, ApiKeySecret, Authenticator, Permission, PlatformTx, Role, TenantDb, TenantTx};
use crate::values::{ApiKeyId, Exact, round_ratio};

/// What the first line of an export of everything says it is.
const ARCHIVE_FORMAT: &str = "fenji-tenant";

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

/// Changes the settings of the actor's own tenant.
///
/// # Errors
/// `forbidden`; `invalid_input`; `precondition_failed` where another version is expected.
pub async fn update(tx: &TenantTx, patch: TenantPatch, expected: impl Conditional) -> Result<TenantOut> {
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

/// Everything a tenant has, of one state of the data: what the file says of itself, and where its rows come from.
///
/// # Errors
/// `forbidden`; `unavailable` where too many exports run.
pub(super) async fn export(db: &TenantDb, actor: &Actor) -> Result<(Archive, TenantRows)> {
    let tenant = db
        .write(actor, async |tx| {
            tx.require(Permission::TenantExport)?;
            let tenant = current(tx).await?;
            tx.audit::<(), ()>("tenant.exported", "tenant", tenant.id, None, None).await?;
            Ok(tenant)
        })
        .await?;
    let tx = db.export(actor).await?;
    let mut counts = serde_json::Map::new();
    for table in ARCHIVED {
        counts.insert(table.name.to_owned(), store::count(&tx, *table).await?.into());
    }
    let head = json!({
        "format": ARCHIVE_FORMAT, "schema_version": store::schema_version(), "tenant_id": tenant.id,
        "slug": tenant.slug, "at": tx.now(), "rows": counts,
    });
    let stamp = tx.now().format("%Y%m%dT%H%M%SZ");
    let name = format!("{}-{stamp}", tenant.slug);
    let shapes = store::shapes(&tx, ARCHIVED).await?;
    Ok((Archive { name, head }, TenantRows { tx, shapes, waiting: ARCHIVED.iter(), open: None }))
}

/// The rows of a tenant, table after table.
pub(super) struct TenantRows {
    tx: TenantTx,
    shapes: BTreeMap<String, store::TableShape>,
    waiting: std::slice::Iter<'static, ArchivedTable>,
    open: Option<ArchivedTable>,
}

impl ArchiveSource for TenantRows {
    async fn next(&mut self) -> Result<Option<(&'static str, Vec<String>)>> {
        loop {
            let table = match self.open {
                Some(table) => table,
                None => {
                    let Some(table) = self.waiting.next() else { return Ok(None) };
                    store::open(&self.tx, *table, store::shape_of(&self.shapes, *table)?).await?;
                    *self.open.insert(*table)
                }
            };
            let rows = store::fetch(&self.tx, table).await?;
            if !rows.is_empty() {
                return Ok(Some((table.name, rows)));
            }
            self.open = None;
        }
    }
}
