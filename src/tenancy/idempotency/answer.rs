//! Answers as they are kept.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use serde::{Deserialize, Serialize};

use super::key::Names;
use crate::error::{Error, Result};

/// An answer that is given again: what a client must see of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    /// The HTTP status.
    pub status: u16,
    /// Headers by name.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Head {
    status: u16,
    headers: Vec<(String, Vec<u8>)>,
}

/// Bytes that say how long the head is.
const LENGTH: usize = size_of::<u32>();

impl KeptAnswer {
    /// For the table: the nonce, then status, headers and body, which only the key's holder can read.
    pub(super) fn seal(&self, names: &Names) -> Result<Vec<u8>> {
        let head = serde_json::to_vec(&Head { status: self.status, headers: self.headers.clone() })?;
        let length = u32::try_from(head.len()).map_err(Error::internal)?;
        let mut content = [&length.to_be_bytes()[..], &head, &self.body].concat();
        let nonce = cipher(names)?.seal_in_place_append_tag(Aad::from(names.row), &mut content).map_err(broken)?;
        Ok([&nonce.as_ref()[..], &content].concat())
    }

    /// From the table.
    pub(super) fn open(sealed: &[u8], names: &Names) -> Result<Self> {
        let (nonce, content) = sealed.split_at_checked(NONCE_LEN).ok_or_else(|| Error::internal("a cut answer"))?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(broken)?;
        let mut content = content.to_vec();
        let content = cipher(names)?.open_in_place(nonce, Aad::from(names.row), &mut content).map_err(broken)?;
        let (length, content) = content.split_first_chunk().ok_or_else(|| Error::internal("an empty answer"))?;
        let length: [u8; LENGTH] = *length;
        let length = usize::try_from(u32::from_be_bytes(length)).map_err(Error::internal)?;
        let (head, body) = content.split_at_checked(length).ok_or_else(|| Error::internal("a cut answer"))?;
        let Head { status, headers } = serde_json::from_slice(head)?;
        Ok(Self { status, headers, body: body.to_vec() })
    }
}

fn cipher(names: &Names) -> Result<RandomizedNonceKey> {
    RandomizedNonceKey::new(&AES_256_GCM, &names.seal).map_err(broken)
}

fn broken(error: aws_lc_rs::error::Unspecified) -> Error {
    Error::internal(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_answer_opens_with_its_key_alone() {
        let names = Names { row: [1; 32], seal: [2; 32] };
        let headers = vec![("location".to_owned(), b"/v1/customers/1".to_vec())];
        let answer = KeptAnswer { status: 201, headers, body: br#"{"name":"Pumpen AG"}"#.to_vec() };
        let sealed = answer.seal(&names).unwrap();
        assert!(!sealed.windows(6).any(|piece| piece == b"Pumpen" || piece == b"custom"));
        assert_eq!(KeptAnswer::open(&sealed, &names).unwrap(), answer);
        assert_ne!(answer.seal(&names).unwrap(), sealed);
        assert!(KeptAnswer::open(&sealed, &Names { seal: [3; 32], ..names }).is_err());
        assert!(KeptAnswer::open(&sealed, &Names { row: [3; 32], ..names }).is_err());
        assert!(KeptAnswer::open(&sealed[..20], &names).is_err() && KeptAnswer::open(&[], &names).is_err());
    }
}
