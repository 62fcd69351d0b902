//! Ids that are the same on every machine.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::clock::Ids;

/// Version 7 ids that count from a moment on, one a millisecond. What is not time in them is made from the count, so that
/// they look like others and are never given twice by one source.
#[derive(Debug)]
pub struct DemoIds {
    from: DateTime<Utc>,
    given: AtomicU64,
}

impl DemoIds {
    /// Ids from a moment on.
    pub fn from(moment: DateTime<Utc>) -> Self {
        Self { from: moment, given: AtomicU64::new(0) }
    }
}

impl Ids for DemoIds {
    fn next(&self) -> Uuid {
        let number = self.given.fetch_add(1, Ordering::Relaxed);
        let millis = u64::try_from(self.from.timestamp_millis()).unwrap_or_default() + number;
        let digest = Sha256::digest(number.to_be_bytes());
        let mut rest = [0; 10];
        rest.copy_from_slice(&digest[..10]);
        uuid::Builder::from_unix_timestamp_millis(millis, &rest).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_sources_give_the_same_ascending_ids() {
        let ids = || DemoIds::from(DateTime::UNIX_EPOCH);
        let (one, other) = (ids(), ids());
        let given: Vec<Uuid> = (0..100).map(|_| one.next()).collect();
        assert_eq!(given, (0..100).map(|_| other.next()).collect::<Vec<_>>());
        assert!(given.is_sorted() && given.iter().all(|id| id.get_version_num() == 7));
    }
}
