//! Secrets at rest: AES-256-GCM under a key that the database does not have.
//!
//! A secret is bound to its place (tenant, endpoint, row): moved to another row it does not open.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use uuid::Uuid;

use super::signature::Secret;

const PURPOSE: &[u8] = b"fenji webhook secrets 1";

/// Seals and opens secrets.
pub struct Vault(Vec<LessSafeKey>);

/// Where a secret lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// The tenant.
    pub tenant: Uuid,
    /// The endpoint.
    pub endpoint: Uuid,
    /// The secret's row.
    pub row: Uuid,
}

/// A key that is not one, or a secret that none of the keys opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a secret cannot be sealed or opened: has FENJI_SECRETS_KEY changed?")]
pub struct VaultError;

impl Vault {
    /// With an installation's keys, at least one: the first seals, all open.
    ///
    /// # Errors
    /// [`VaultError`] for an empty key or none.
    pub fn new<'a>(keys: impl IntoIterator<Item = &'a str>) -> Result<Self, VaultError> {
        let keys: Vec<_> = keys.into_iter().map(derive).collect::<Result<_, _>>()?;
        if keys.is_empty() { Err(VaultError) } else { Ok(Self(keys)) }
    }

    /// Seals a secret for its place, with 12 bytes never used before.
    pub(super) fn seal(&self, secret: &Secret, place: Place, nonce: [u8; NONCE_LEN]) -> Result<Vec<u8>, VaultError> {
        let mut sealed = secret.bytes().to_vec();
        let key = self.0.first().ok_or(VaultError)?;
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place.bytes()), &mut sealed)
            .map_err(|_| VaultError)?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// Opens what lies at a place.
    pub(super) fn open(&self, sealed: &[u8], place: Place) -> Result<Secret, VaultError> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(VaultError)?;
        let open = |key: &LessSafeKey| {
            let mut buffer = sealed.to_vec();
            let aad = Aad::from(place.bytes());
            let opened = key.open_in_place(Nonce::assume_unique_for_key(*nonce), aad, &mut buffer).ok()?;
            Some(Secret::new(opened.to_vec()))
        };
        self.0.iter().find_map(open).ok_or(VaultError)
    }
}

impl Place {
    fn bytes(self) -> Vec<u8> {
        [self.tenant, self.endpoint, self.row].iter().flat_map(|id| *id.as_bytes()).collect()
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}

fn derive(key: &str) -> Result<LessSafeKey, VaultError> {
    if key.is_empty() {
        return Err(VaultError);
    }
    let mut bytes = [0; 32];
    let okm = Salt::new(HKDF_SHA256, b"fenji").extract(key.as_bytes());
    let okm = okm.expand(&[PURPOSE], KeyOfAes).map_err(|_| VaultError)?;
    okm.fill(&mut bytes).map_err(|_| VaultError)?;
    UnboundKey::new(&AES_256_GCM, &bytes).map(LessSafeKey::new).map_err(|_| VaultError)
}

struct KeyOfAes;

impl KeyType for KeyOfAes {
    fn len(&self) -> usize {
        AES_256_GCM.key_len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "the old key of this installation";
    const NEW: &str = "the new key of this installation";

    fn place(row: u128) -> Place {
        Place { tenant: Uuid::from_u128(1), endpoint: Uuid::from_u128(2), row: Uuid::from_u128(row) }
    }

    #[test]
    fn a_secret_opens_in_its_place_and_nowhere_else() {
        let vault = Vault::new([NEW]).unwrap();
        let secret = Secret::new(*b"0123456789abcdef0123456789abcdef");
        let sealed = vault.seal(&secret, place(3), [9; 12]).unwrap();
        assert!(!sealed.windows(8).any(|part| secret.bytes().windows(8).any(|clear| clear == part)));
        assert_eq!(vault.open(&sealed, place(3)), Ok(secret));
        assert_eq!(vault.open(&sealed, place(4)), Err(VaultError));
        for at in 0..sealed.len() {
            let mut broken = sealed.clone();
            broken[at] ^= 1;
            assert_eq!(vault.open(&broken, place(3)), Err(VaultError), "byte {at}");
        }
        assert_eq!(vault.open(&sealed[..5], place(3)), Err(VaultError));
    }

    #[test]
    fn keys_change_without_loss() {
        let secret = Secret::new([5; 32]);
        let sealed = Vault::new([OLD]).unwrap().seal(&secret, place(3), [1; 12]).unwrap();
        let both = Vault::new([NEW, OLD]).unwrap();
        assert_eq!(both.open(&sealed, place(3)), Ok(secret.clone()));
        let anew = both.seal(&secret, place(3), [2; 12]).unwrap();
        assert_eq!(Vault::new([NEW]).unwrap().open(&anew, place(3)), Ok(secret));
        assert_eq!(Vault::new([NEW]).unwrap().open(&sealed, place(3)), Err(VaultError));
        assert!(Vault::new([]).is_err() && Vault::new([""]).is_err());
        assert_eq!(format!("{both:?}"), "Vault");
    }
}
