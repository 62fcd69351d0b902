//! Keys, and what is made of them.

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::tenancy::Actor;

/// The longest key, in characters.
const LONGEST: usize = 255;

/// A client's name for one request: 1 to 255 printable characters.
#[derive(Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// What a key is to one actor. Nobody else's key, of this tenant or another, has the same.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Names {
    /// Under which its row is found.
    pub(super) row: [u8; 32],
    /// With which its answer is sealed; it is kept nowhere.
    pub(super) seal: [u8; 32],
}

impl IdempotencyKey {
    /// Reads the value of the header.
    ///
    /// # Errors
    /// `bad_request` for anything but 1 to 255 printable characters of ASCII.
    pub fn parse(value: &[u8]) -> Result<Self> {
        let fits = (1..=LONGEST).contains(&value.len()) && value.iter().all(|byte| (b' '..=b'~').contains(byte));
        let text = std::str::from_utf8(value).ok().filter(|_| fits).map(str::to_owned);
        text.map(Self).ok_or_else(|| {
            let en = format!("An Idempotency-Key has 1 to {LONGEST} printable ASCII characters.");
            Error::bad_request(en, format!("Idempotency-Key 须为 1 至 {LONGEST} 个可打印的 ASCII 字符。"))
        })
    }

    /// What it is to an actor: a tenant's, a subject's, a salesperson's own.
    pub(super) fn names_for(&self, actor: &Actor) -> Names {
        let tenant = actor.tenant.map(|tenant| tenant.0).unwrap_or_default();
        let salesperson = actor.salesperson.map(|salesperson| salesperson.0).unwrap_or_default();
        let own = |purpose: &str| {
            digest(&[
                purpose.as_bytes(),
                tenant.as_bytes(),
                salesperson.as_bytes(),
                actor.subject.as_bytes(),
                self.0.as_bytes(),
            ])
        };
        Names { row: own("row"), seal: own("seal") }
    }
}

impl Names {
    /// The number of the lock that requests with this key take; other keys may have the same, and wait once in a while.
    pub(super) fn lock(&self) -> i64 {
        let [a, b, c, d, e, f, g, h, ..] = self.row;
        i64::from_be_bytes([a, b, c, d, e, f, g, h])
    }

    /// Tells requests with this key apart, by what was asked (method and address, and the digest of the body).
    pub(super) fn fingerprint(&self, asked: &str, body: &[u8; 32]) -> [u8; 32] {
        digest(&[b"fingerprint", &self.seal, asked.as_bytes(), body])
    }
}

/// The digest of parts, which says where each of them ends.
fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// Never shows the key: whoever has it can read the answer.
impl std::fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("IdempotencyKey").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::tenancy::Role;
    use crate::values::{SalespersonId, TenantId};

    #[test]
    fn a_key_has_1_to_255_printable_characters() {
        for good in [&b"a"[..], b"8e03978e-40d5-43dd-bc93-6894a57f9324", b"\"quoted\" ~", &[b'x'; 255]] {
            assert!(IdempotencyKey::parse(good).is_ok());
        }
        for bad in [&b""[..], &[b'x'; 256], b"a\tb", b"a\x7f", "schlüssel".as_bytes()] {
            assert!(IdempotencyKey::parse(bad).is_err());
        }
    }

    #[test]
    fn the_same_key_of_somebody_else_is_another() {
        let key = IdempotencyKey::parse(b"1").unwrap();
        let tenant = |n| TenantId(Uuid::from_u128(n));
        let one = Actor::with_role("ada", tenant(1), Role::Admin, "r1");
        let mut names = vec![
            key.names_for(&one),
            key.names_for(&Actor { tenant: Some(tenant(2)), ..one.clone() }),
            key.names_for(&Actor { subject: "bob".into(), ..one.clone() }),
            key.names_for(&Actor { salesperson: Some(SalespersonId(Uuid::from_u128(1))), ..one.clone() }),
            IdempotencyKey::parse(b"2").unwrap().names_for(&one),
        ];
        let again = key.names_for(&Actor { request_id: "r2".into(), ..one });
        assert!(names[0] == again && names.iter().all(|n| n.row != n.seal));
        names.sort_by_key(|n| n.row);
        names.dedup();
        assert_eq!(names.len(), 5);
    }

    #[test]
    fn a_fingerprint_is_of_the_address_and_the_body() {
        let names = Names { row: [1; 32], seal: [2; 32] };
        let print = names.fingerprint("POST /a", &[0; 32]);
        assert_ne!(print, names.fingerprint("POST /a", &[1; 32]));
        assert_ne!(print, names.fingerprint("POST /b", &[0; 32]));
        assert_ne!(print, Names { seal: [3; 32], ..names }.fingerprint("POST /a", &[0; 32]));
    }
}
