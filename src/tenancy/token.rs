//! From a bearer token to an actor.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::key_set::KeySource;
use super::{Actor, ApiKeySecret, Role, TenantDb};
use crate::error::{Error, ErrorCode, Result};
use crate::values::{SalespersonId, TenantId};

/// A JWT is at most this long: ours take 400 bytes.
const MAX_TOKEN: usize = 8 * 1024;
/// No subject has it: the audit log could not keep one that does.
const NUL: char = '\0';
/// How the subject of an API key begins.
const KEY_SUBJECT: &str = "api-key:";

/// How tokens are signed and what they must say.
#[derive(Clone)]
pub struct TokenSettings {
    /// HS256 key, at least 32 bytes.
    pub secret: Vec<u8>,
    /// Required `iss`.
    pub issuer: String,
    /// Required `aud`.
    pub audience: String,
}

/// What a JWT of ours says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    /// Issuer.
    pub iss: String,
    /// Audience.
    pub aud: String,
    /// Who.
    pub sub: String,
    /// Expiry, seconds since 1970.
    pub exp: i64,
    /// Not before, seconds since 1970.
    pub nbf: i64,
    /// The tenant; absent for platform operators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
    /// The role.
    pub role: Role,
    /// The salesperson a `salesperson` is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salesperson: Option<SalespersonId>,
    /// Permissions, where fewer than the role's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
}

/// What a token says of its holder, whoever signed it.
#[derive(Debug, Deserialize)]
struct Holder {
    sub: String,
    exp: i64,
    nbf: Option<i64>,
    tenant: Option<TenantId>,
    role: Role,
    salesperson: Option<SalespersonId>,
    scopes: Option<Vec<String>>,
}

impl Holder {
    /// Whether the moment lies between `nbf` and `exp`; numbers beyond any date are no moments.
    fn holds_at(&self, now: DateTime<Utc>) -> bool {
        let begins = self.nbf.is_none_or(|nbf| DateTime::from_timestamp(nbf, 0).is_some_and(|from| from <= now));
        begins && DateTime::from_timestamp(self.exp, 0).is_some_and(|until| now < until)
    }
}

/// What is read of a token before its signature is checked: whose it claims to be.
#[derive(Deserialize)]
struct Origin {
    iss: String,
}

/// Checks tokens and makes them.
#[derive(Clone)]
pub struct Authenticator {
    settings: TokenSettings,
    identity: Option<Arc<KeySource>>,
    db: TenantDb,
}

impl Authenticator {
    /// With fixed settings: the algorithm belongs to the key, never to the token.
    pub fn new(settings: TokenSettings, db: TenantDb) -> Self {
        Self { settings, identity: None, db }
    }

    /// The same, taking the tokens of an identity provider too. Its issuer tells them from ours, so each token meets one
    /// key and one algorithm.
    #[must_use]
    pub fn with_identity_provider(self, keys: Arc<KeySource>) -> Self {
        Self { identity: Some(keys), ..self }
    }

    /// The actor of a bearer token: a JWT or an API key.
    ///
    /// # Errors
    /// `unauthenticated` for anything that is not valid now.
    pub async fn actor(&self, token: &str, request_id: &str) -> Result<Actor> {
        if token.len() > MAX_TOKEN {
            return Err(refused());
        }
        if ApiKeySecret::looks_like(token) {
            return self.actor_of_key(token, request_id).await;
        }
        let holder = match self.provider_of(token) {
            Some(keys) => self.known_to_provider(token, keys).await?,
            None => self.known_to_us(token)?,
        };
        if !holder.holds_at(self.db.clock().now()) || holder.sub.is_empty() || holder.sub.contains(NUL) {
            return Err(refused());
        }
        actor_of(holder, request_id)
    }

    /// The identity provider, where the token claims to be one of its.
    fn provider_of(&self, token: &str) -> Option<&KeySource> {
        let keys = self.identity.as_deref()?;
        let origin: Origin = jsonwebtoken::dangerous::insecure_decode_claims(token).ok()?;
        (origin.iss == keys.provider().issuer).then_some(keys)
    }

    /// The holder of a JWT of ours: `iss`, one `aud`, `sub`, `exp`, `nbf` required.
    fn known_to_us(&self, token: &str) -> Result<Holder> {
        let key = DecodingKey::from_secret(&self.settings.secret);
        let (issuer, audience) = (&self.settings.issuer, &self.settings.audience);
        let claims: Claims = verified(token, &key, Algorithm::HS256, (issuer, audience))?;
        Ok(Holder {
            sub: claims.sub,
            exp: claims.exp,
            nbf: Some(claims.nbf),
            tenant: claims.tenant,
            role: claims.role,
            salesperson: claims.salesperson,
            scopes: claims.scopes,
        })
    }

    /// The holder of a JWT of the identity provider: its `kid` names one of the provider's keys.
    async fn known_to_provider(&self, token: &str, keys: &KeySource) -> Result<Holder> {
        let name = jsonwebtoken::decode_header(token).ok().and_then(|header| header.kid).ok_or_else(refused)?;
        let key = keys.key(&name, self.db.clock().now()).await.ok_or_else(refused)?;
        let provider = keys.provider();
        verified(token, &key, provider.algorithm, (&provider.issuer, &provider.audience))
    }

    async fn actor_of_key(&self, token: &str, request_id: &str) -> Result<Actor> {
        let key: ApiKeySecret = token.parse().map_err(|()| refused())?;
        let subject = format!("{KEY_SUBJECT}{}", key.id);
        let mut actor = Actor {
            subject,
            tenant: Some(key.tenant),
            permissions: BTreeSet::new(),
            salesperson: None,
            api_key: Some(key.id),
            is_program: true,
            request_id: request_id.to_owned(),
            exchange: None,
        };
        let now = self.db.clock().now();
        let row: Option<(Vec<u8>, Vec<String>)> = self
            .db
            .read(&actor, async |tx| {
                let row = sqlx::query_as(
                    "select secret_hash, scopes from api_keys
                     where tenant_id = $1 and id = $2 and revoked_at is null and (expires_at is null or expires_at > $3)",
                )
                .bind(key.tenant.0)
                .bind(key.id.0)
                .bind(now)
                .fetch_optional(&mut *tx.conn().await?)
                .await?;
                Ok(row)
            })
            .await?;
        let (hash, scopes) = row.ok_or_else(refused)?;
        if !bool::from(hash.ct_eq(&key.hash())) {
            return Err(refused());
        }
        actor.permissions = scopes.iter().filter_map(|s| s.parse().ok()).collect();
        Ok(actor)
    }

    /// A JWT for an actor with a role.
    ///
    /// # Errors
    /// `internal` where it cannot be signed.
    pub fn issue(&self, actor: &Actor, role: Role, lifetime: Duration) -> Result<String> {
        let now = self.db.clock().now();
        let full: BTreeSet<_> = role.permissions().iter().copied().collect();
        let scopes =
            (actor.permissions != full).then(|| actor.permissions.iter().map(|p| p.code().to_owned()).collect());
        let claims = Claims {
            iss: self.settings.issuer.clone(),
            aud: self.settings.audience.clone(),
            sub: actor.subject.clone(),
            nbf: now.timestamp(),
            exp: (now + lifetime).timestamp(),
            tenant: actor.tenant,
            role,
            salesperson: actor.salesperson,
            scopes,
        };
        let key = EncodingKey::from_secret(&self.settings.secret);
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).map_err(Error::internal)
    }
}

/// The claims of a token that this key signed; its times are not looked at: they are checked on our clock.
fn verified<T: DeserializeOwned>(
    token: &str,
    key: &DecodingKey,
    algorithm: Algorithm,
    (issuer, audience): (&str, &str),
) -> Result<T> {
    let mut validation = Validation::new(algorithm);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[audience]);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    let token = jsonwebtoken::decode::<T>(token, key, &validation).map_err(|_| refused())?;
    // Extensions that must be understood (RFC 7515, 4.1.11) are not: the library only parses their list.
    if token.header.crit.is_some() { Err(refused()) } else { Ok(token.claims) }
}

fn actor_of(holder: Holder, request_id: &str) -> Result<Actor> {
    let is_platform = holder.role == Role::Platform;
    let lacks_salesperson = holder.role == Role::Salesperson && holder.salesperson.is_none();
    if is_platform != holder.tenant.is_none() || lacks_salesperson {
        return Err(refused());
    }
    let of_role: BTreeSet<_> = holder.role.permissions().iter().copied().collect();
    let permissions = match &holder.scopes {
        None => of_role,
        Some(scopes) => scopes.iter().filter_map(|s| s.parse().ok()).filter(|p| of_role.contains(p)).collect(),
    };
    let is_program = holder.role == Role::Integration || holder.sub.starts_with(KEY_SUBJECT);
    Ok(Actor {
        subject: holder.sub,
        tenant: holder.tenant,
        permissions,
        salesperson: holder.salesperson,
        api_key: None,
        is_program,
        request_id: request_id.to_owned(),
        exchange: None,
    })
}

/// One answer to every bad token: it does not say what is wrong with it.
fn refused() -> Error {
    let en = "The token is missing, malformed, expired, revoked or not ours.";
    Error::new(ErrorCode::Unauthenticated, en, "令牌缺失、格式错误、已过期、已撤销或不属于本系统。")
}

impl fmt::Debug for TokenSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSettings")
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator")
            .field("settings", &self.settings)
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}
