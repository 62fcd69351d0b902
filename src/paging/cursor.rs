//! The opaque place in a list.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// A place in a list: the sort keys and tie-breaker of the row it stands behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The order it belongs to, as in `sort=`.
    pub order: String,
    /// The row's sort keys as text, in that order; the last is the tie-breaker.
    pub keys: Vec<String>,
}

impl Cursor {
    /// The place of an item that nobody goes on from.
    pub(super) fn none() -> Self {
        Self { order: String::new(), keys: Vec::new() }
    }

    /// As clients see it.
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// From what a client sent back.
    ///
    /// # Errors
    /// `bad_request` for anything but a cursor of ours.
    pub fn decode(text: &str) -> Result<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        bytes.and_then(|b| serde_json::from_slice(&b).ok()).ok_or_else(Self::refused)
    }

    /// The error for a cursor that does not fit.
    pub fn refused() -> Error {
        Error::invalid_at("/cursor", "cursor", "Not a cursor of this list and order.", "不是此列表和排序的游标。")
    }
}
