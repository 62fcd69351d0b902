//! The public keys of an identity provider (JWKS, RFC 7517), fetched, kept, and renewed.
//!
//! A set is kept for ten minutes and fetched anew when it is older, or when a token names a key that is not in it; but
//! never within half a minute of the last try, so that forged key names cannot make this program knock at the
//! provider's door. Where the provider does not answer, the keys that are known go on being used.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::StreamExt;
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;
use tokio::sync::Mutex;

use crate::error::{Error, Result};

/// How long a set is used without asking again.
const FRESH_FOR: TimeDelta = TimeDelta::minutes(10);
/// The least time between two tries.
const PAUSE: TimeDelta = TimeDelta::seconds(30);
/// The provider has this long to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// A set takes a few kB.
const MAX_BYTES: usize = 256 * 1024;
const MAX_KEYS: usize = 100;

/// Where the keys are, and what tokens made with them must say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityProvider {
    /// The address of the key set.
    pub jwks_url: String,
    /// The one algorithm its tokens are signed with.
    pub algorithm: Algorithm,
    /// Required `iss`.
    pub issuer: String,
    /// Required in `aud`.
    pub audience: String,
}

/// An identity provider's keys by name, for one algorithm.
#[derive(Clone, Default)]
struct KeySet(BTreeMap<String, DecodingKey>);

impl KeySet {
    /// The keys of a set that can verify signatures of `algorithm`. Keys that cannot, are for something else, or
    /// have no name are left out, and so are all keys of a name that stands there twice: it could mean either.
    fn read(set: &Value, algorithm: Algorithm) -> Option<Self> {
        let mut keys = BTreeMap::new();
        for key in set.get("keys")?.as_array()?.iter().take(MAX_KEYS) {
            let Some(name) = key.get("kid").and_then(Value::as_str) else { continue };
            let usable = serde_json::from_value(key.clone()).ok().and_then(|jwk| usable(&jwk, algorithm));
            let is_repeated = keys.insert(name.to_owned(), usable).is_some();
            if is_repeated {
                keys.insert(name.to_owned(), None);
            }
        }
        Some(Self(keys.into_iter().filter_map(|(name, key)| Some((name, key?))).collect()))
    }
}

fn usable(jwk: &Jwk, algorithm: Algorithm) -> Option<DecodingKey> {
    let is_for_signatures =
        jwk.common.public_key_use.as_ref().is_none_or(|purpose| *purpose == PublicKeyUse::Signature);
    let is_for_algorithm = jwk.common.key_algorithm.is_none_or(|named| named == algorithm.into());
    let key = (is_for_signatures && is_for_algorithm).then(|| DecodingKey::from_jwk(jwk).ok()).flatten();
    // A symmetric "key" in a public document is no secret.
    key.filter(|key| key.family() == algorithm.family())
}

/// What is known of the provider's keys.
#[derive(Default)]
struct Known {
    keys: KeySet,
    fetched_at: Option<DateTime<Utc>>,
    tried_at: Option<DateTime<Utc>>,
}

impl Known {
    /// Whether to ask the provider before answering for `name`.
    fn should_fetch(&self, name: &str, now: DateTime<Utc>) -> bool {
        let rests = self.tried_at.is_some_and(|at| now - at < PAUSE);
        let is_fresh = self.fetched_at.is_some_and(|at| now - at < FRESH_FOR);
        !(rests || is_fresh && self.keys.0.contains_key(name))
    }
}

/// The provider and its keys, shared by all requests.
pub struct KeySource {
    provider: IdentityProvider,
    http: reqwest::Client,
    known: Mutex<Known>,
}

impl KeySource {
    /// Nothing is fetched yet.
    ///
    /// # Errors
    /// `internal` where no HTTP client can be made.
    pub fn new(provider: IdentityProvider) -> Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(Error::internal)?;
        Ok(Self { provider, http, known: Mutex::default() })
    }

    /// What tokens must say.
    pub fn provider(&self) -> &IdentityProvider {
        &self.provider
    }

    /// The key of this name, if the provider has it. Requests that come while keys are fetched wait for them.
    pub async fn key(&self, name: &str, now: DateTime<Utc>) -> Option<DecodingKey> {
        let mut known = self.known.lock().await;
        if known.should_fetch(name, now) {
            known.tried_at = Some(now);
            match self.fetch().await {
                Ok(keys) => {
                    known.keys = keys;
                    known.fetched_at = Some(now);
                }
                Err(error) => tracing::warn!(%error, "the identity provider's keys could not be fetched"),
            }
        }
        known.keys.0.get(name).cloned()
    }

    async fn fetch(&self) -> Result<KeySet> {
        let response = self.http.get(&self.provider.jwks_url).send().await.map_err(Error::unavailable)?;
        let response = response.error_for_status().map_err(Error::unavailable)?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(Error::unavailable(format!("answered {}", response.status())));
        }
        let mut body = Vec::new();
        let mut pieces = response.bytes_stream();
        while let Some(piece) = pieces.next().await {
            body.extend_from_slice(&piece.map_err(Error::unavailable)?);
            if body.len() > MAX_BYTES {
                return Err(Error::unavailable("the key set is too large"));
            }
        }
        let set: Value = serde_json::from_slice(&body).map_err(Error::unavailable)?;
        KeySet::read(&set, self.provider.algorithm).ok_or_else(|| Error::unavailable("the answer is no key set"))
    }
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySource").field("provider", &self.provider).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names(set: &Value, algorithm: Algorithm) -> Vec<String> {
        KeySet::read(set, algorithm).unwrap().0.into_keys().collect()
    }

    #[test]
    fn only_named_keys_that_can_verify_the_algorithm_are_taken() {
        let rsa = |kid: &str| json!({"kty": "RSA", "kid": kid, "n": "AQAB", "e": "AQAB"});
        let with = |kid: &str, name: &str, value: &str| {
            let mut key = rsa(kid);
            key[name] = json!(value);
            key
        };
        let set = json!({"keys": [
            rsa("plain"), with("signs", "use", "sig"), with("encrypts", "use", "enc"),
            with("right", "alg", "RS256"), with("wrong", "alg", "RS512"), with("odd", "kty", "XYZ"),
            rsa("twice"), rsa("twice"), {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
            {"kty": "oct", "kid": "secret", "k": "AQAB"}, "text", null,
            {"kty": "OKP", "kid": "ed", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
        ]});
        assert_eq!(names(&set, Algorithm::RS256), ["plain", "right", "signs"]);
        assert_eq!(names(&set, Algorithm::EdDSA), ["ed"]);
        assert!(KeySet::read(&json!([]), Algorithm::RS256).is_none());
    }

    #[test]
    fn the_provider_is_asked_when_keys_are_old_or_missing_but_never_at_once_again() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let keys = KeySet(BTreeMap::from([("a".to_owned(), DecodingKey::from_secret(b"x"))]));
        assert!(Known::default().should_fetch("a", at(0)));
        let known = Known { keys, fetched_at: Some(at(0)), tried_at: Some(at(0)) };
        assert!(!known.should_fetch("a", at(599)));
        assert!(known.should_fetch("a", at(600)));
        assert!(!known.should_fetch("b", at(29)));
        assert!(known.should_fetch("b", at(30)));
        let failing = Known { tried_at: Some(at(700)), ..known };
        assert!(!failing.should_fetch("a", at(729)));
        assert!(failing.should_fetch("a", at(730)));
    }
}
