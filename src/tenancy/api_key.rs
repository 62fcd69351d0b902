//! API keys' secrets.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::values::{ApiKeyId, TenantId};

const PREFIX: &str = "fenji_";

/// An API key as its holder sends it: `fenji_<tenant><id><secret>`. It names its tenant and row, so that it is looked up
/// under row level security like everything else; the secret is 256 random bits, and only its hash is kept.
#[derive(Clone)]
pub struct ApiKeySecret {
    /// The tenant it belongs to.
    pub tenant: TenantId,
    /// Its row.
    pub id: ApiKeyId,
    secret: [u8; 32],
}

impl ApiKeySecret {
    /// Of 32 random bytes.
    pub fn new(tenant: TenantId, id: ApiKeyId, secret: [u8; 32]) -> Self {
        Self { tenant, id, secret }
    }

    /// What is kept of the secret.
    pub fn hash(&self) -> Vec<u8> {
        hash_secret(&self.secret)
    }

    /// The key, to be shown once.
    pub fn reveal(&self) -> String {
        let mut bytes = Vec::with_capacity(64);
        bytes.extend_from_slice(self.tenant.0.as_bytes());
        bytes.extend_from_slice(self.id.0.as_bytes());
        bytes.extend_from_slice(&self.secret);
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Whether a token looks like a key rather than a JWT.
    pub fn looks_like(token: &str) -> bool {
        token.starts_with(PREFIX)
    }
}

/// SHA-256: a secret of 256 random bits needs no slow hash.
pub fn hash_secret(secret: &[u8]) -> Vec<u8> {
    Sha256::digest(secret).to_vec()
}

impl FromStr for ApiKeySecret {
    type Err = ();

    fn from_str(s: &str) -> Result<Self, ()> {
        let text = s.strip_prefix(PREFIX).ok_or(())?;
        let bytes: [u8; 64] = URL_SAFE_NO_PAD.decode(text).map_err(|_| ())?.try_into().map_err(|_| ())?;
        let (tenant, rest) = bytes.split_at(16);
        let (id, secret) = rest.split_at(16);
        Ok(Self {
            tenant: TenantId(Uuid::from_slice(tenant).map_err(|_| ())?),
            id: ApiKeyId(Uuid::from_slice(id).map_err(|_| ())?),
            secret: secret.try_into().map_err(|_| ())?,
        })
    }
}

/// Never shows the secret.
impl fmt::Debug for ApiKeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeySecret").field("tenant", &self.tenant).field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_and_does_not_show_itself() {
        let key = ApiKeySecret::new(TenantId(Uuid::from_u128(1)), ApiKeyId(Uuid::from_u128(2)), [7; 32]);
        let back: ApiKeySecret = key.reveal().parse().unwrap();
        assert_eq!((back.tenant, back.id, back.hash()), (key.tenant, key.id, key.hash()));
        assert!(!format!("{key:?}").contains("secret:"));
        assert!("fenji_short".parse::<ApiKeySecret>().is_err());
    }
}
