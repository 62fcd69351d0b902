//! Signatures as Standard Webhooks has them: HMAC-SHA256 over `id.timestamp.body`, one a live secret.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const PREFIX: &str = "whsec_";

/// The secret of an endpoint. It shows itself only where it is asked to.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(Vec<u8>);

impl Secret {
    /// Of random bytes.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// Its bytes, for the vault.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// As the receiver is told it: `whsec_` and base64.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    fn sign(&self, id: &str, at: DateTime<Utc>, body: &str) -> String {
        // A key of any length is good for HMAC.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return String::new() };
        mac.update(format!("{id}.{}.", at.timestamp()).as_bytes());
        mac.update(body.as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

/// The value of `webhook-signature`: a signature by each secret.
pub(super) fn signatures(secrets: &[Secret], id: &str, at: DateTime<Utc>, body: &str) -> String {
    secrets.iter().map(|secret| secret.sign(id, at, body)).collect::<Vec<_>>().join(" ")
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification.
    #[test]
    fn signs_as_the_specification_shows() {
        let secret = Secret::new(STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap());
        assert_eq!(secret.reveal(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let at = DateTime::from_timestamp(1_614_265_330, 0).unwrap();
        let header =
            signatures(std::slice::from_ref(&secret), "msg_p5jXN8AQM9LWM0D4loKWxJek", at, r#"{"test": 2432232314}"#);
        assert_eq!(header, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(format!("{secret:?}"), "Secret");
    }

    #[test]
    fn every_live_secret_signs() {
        let secrets = [Secret::new([1; 32]), Secret::new([2; 32])];
        let at = DateTime::UNIX_EPOCH;
        let both = signatures(&secrets, "msg_1", at, "{}");
        let each: Vec<String> =
            secrets.iter().map(|s| signatures(std::slice::from_ref(s), "msg_1", at, "{}")).collect();
        assert_eq!(both, each.join(" "));
        assert_ne!(each[0], each[1]);
    }
}
