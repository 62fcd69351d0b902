//! Automatic persisted queries: a client sends the hash of a text it has sent before.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_graphql::ServerError;
use lru::LruCache;
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::params::bad;
use super::refusal::{Refusal, coded};

/// The texts of queries by their SHA-256, the least recently used dropped first.
///
/// It is shared by all tenants: it holds texts without variables, and whoever knows a text's hash knows the text.
#[derive(Debug)]
pub struct PersistedQueries {
    most_bytes: usize,
    store: Mutex<Store>,
}

#[derive(Debug)]
struct Store {
    texts: LruCache<String, Arc<str>>,
    bytes: usize,
}

/// `extensions.persistedQuery`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Extension {
    version: u64,
    sha256_hash: String,
}

/// The text to run, and under which hash it is to be kept once it has proved sound.
#[derive(Debug)]
pub(super) struct Resolved {
    pub(super) text: Arc<str>,
    pub(super) keep_as: Option<String>,
}

impl PersistedQueries {
    /// A store of at most `most` texts and `most_bytes` bytes of text.
    pub fn new(most: NonZeroUsize, most_bytes: usize) -> Self {
        Self { most_bytes, store: Mutex::new(Store { texts: LruCache::new(most), bytes: 0 }) }
    }

    /// How many texts it holds.
    pub fn count(&self) -> usize {
        self.store().texts.len()
    }

    /// How many bytes its texts take.
    pub fn bytes(&self) -> usize {
        self.store().bytes
    }

    /// Finds the text of a request from its `query` and its extension.
    pub(super) fn resolve(&self, query: Option<String>, extensions: &Map<String, Value>) -> Result<Resolved, Refusal> {
        let query = query.filter(|text| !text.is_empty());
        let extension = extension(extensions)?;
        match (query, extension) {
            (None, None) => Err(bad("\"query\" is missing.", "缺少“query”。")),
            (Some(text), None) => Ok(Resolved { text: text.into(), keep_as: None }),
            (Some(text), Some(extension)) => {
                let hash = hex::encode(Sha256::digest(text.as_bytes()));
                if hash != extension.sha256_hash {
                    return Err(bad("The hash is not that of the query.", "哈希值与查询不符。"));
                }
                Ok(Resolved { text: text.into(), keep_as: Some(hash) })
            }
            (None, Some(extension)) => {
                let known = self.store().texts.get(&extension.sha256_hash).cloned();
                let text = known.ok_or_else(not_found)?;
                Ok(Resolved { text, keep_as: None })
            }
        }
    }

    /// Keeps a text. One longer than all may take together is not kept.
    pub(super) fn keep(&self, hash: String, text: Arc<str>) {
        if text.len() > self.most_bytes {
            return;
        }
        let mut store = self.store();
        store.bytes += text.len();
        if let Some((_, dropped)) = store.texts.push(hash, text) {
            store.bytes -= dropped.len();
        }
        while store.bytes > self.most_bytes {
            let Some((_, dropped)) = store.texts.pop_lru() else { break };
            store.bytes -= dropped.len();
        }
    }

    /// A panic elsewhere leaves a store that may be off by one text: still good for use.
    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn extension(extensions: &Map<String, Value>) -> Result<Option<Extension>, Refusal> {
    let Some(value) = extensions.get("persistedQuery").filter(|value| !value.is_null()) else { return Ok(None) };
    let extension = Extension::deserialize(value).ok().filter(|extension| extension.version == 1);
    let unfit = || {
        bad(
            "\"persistedQuery\" must be {\"version\": 1, \"sha256Hash\": …}.",
            "“persistedQuery”必须为 {\"version\": 1, \"sha256Hash\": …}。",
        )
    };
    extension.map(Some).ok_or_else(unfit)
}

/// The message is what clients look for before they send the text along.
fn not_found() -> Refusal {
    Refusal::document(vec![coded(ServerError::new("PersistedQueryNotFound", None), "persisted_query_not_found")])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const HASH_OF_VALUE: &str = "854174ebed716fe24fd6659c30290aecd9bc1d17dc4f47939a1848a1b8ed3c6b";

    fn store(most: usize, most_bytes: usize) -> PersistedQueries {
        PersistedQueries::new(NonZeroUsize::new(most).unwrap(), most_bytes)
    }

    fn extensions(hash: &str, version: u64) -> Map<String, Value> {
        json!({"persistedQuery": {"version": version, "sha256Hash": hash}}).as_object().unwrap().clone()
    }

    #[test]
    fn a_text_is_found_once_it_was_kept() {
        let store = store(10, 1000);
        let by_hash = extensions(HASH_OF_VALUE, 1);
        assert_eq!(store.resolve(None, &by_hash).unwrap_err().errors()[0].message, "PersistedQueryNotFound");
        let resolved = store.resolve(Some("{ value }".into()), &by_hash).unwrap();
        assert_eq!(resolved.keep_as.as_deref(), Some(HASH_OF_VALUE));
        assert!(store.resolve(None, &by_hash).is_err(), "not before it proved sound");
        store.keep(HASH_OF_VALUE.into(), resolved.text);
        assert_eq!(&*store.resolve(None, &by_hash).unwrap().text, "{ value }");
    }

    #[test]
    fn a_wrong_hash_or_version_is_refused() {
        let store = store(10, 1000);
        assert!(store.resolve(Some("{ other }".into()), &extensions(HASH_OF_VALUE, 1)).is_err());
        assert!(store.resolve(Some("{ value }".into()), &extensions(HASH_OF_VALUE, 2)).is_err());
        let odd = json!({"persistedQuery": "x"}).as_object().unwrap().clone();
        assert!(store.resolve(Some("{ value }".into()), &odd).is_err());
        assert!(store.resolve(None, &Map::new()).is_err());
    }

    #[test]
    fn the_store_is_bounded_by_count_and_by_bytes() {
        let store = store(3, 100);
        for n in 0..10 {
            store.keep(format!("{n}"), "x".repeat(10).into());
        }
        assert_eq!((store.count(), store.bytes()), (3, 30));
        store.keep("9".into(), "x".repeat(10).into());
        assert_eq!((store.count(), store.bytes()), (3, 30), "kept twice, counted once");
        store.keep("long".into(), "x".repeat(85).into());
        assert_eq!((store.count(), store.bytes()), (2, 95));
        store.keep("too long".into(), "x".repeat(101).into());
        assert_eq!((store.count(), store.bytes()), (2, 95));
    }
}
