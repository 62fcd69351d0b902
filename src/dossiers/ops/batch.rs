//! Batches: many items in one request, each with an outcome of its own.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{FieldProblem, Result};
use crate::intake::{BatchOut, RowOutcome, check_size, parse_items, take_rows};
use crate::tenancy::TenantTx;

/// The items of a batch: what each says, or why it cannot be read.
#[derive(Debug)]
pub(in crate::dossiers) struct Items<T>(Vec<Result<T, Vec<FieldProblem>>>);

impl<T> Items<T> {
    /// Items that have been read.
    pub(in crate::dossiers) fn new(items: Vec<T>) -> Self {
        Self(items.into_iter().map(Ok).collect())
    }

    /// Reads each item on its own, so that a malformed one sinks no other.
    pub(in crate::dossiers) fn read(items: Vec<Value>) -> Result<Self>
    where
        T: DeserializeOwned,
    {
        check_size(items.len())?;
        Ok(Self(parse_items(items)))
    }
}

/// Takes a batch in with `upsert`, and records the counts of what it changed under `action`.
pub(super) async fn take<T>(
    tx: &TenantTx,
    (action, resource_type): (&str, &str),
    atomic: bool,
    items: Items<T>,
    upsert: impl AsyncFnOnce(&[T]) -> Result<Vec<RowOutcome>>,
) -> Result<BatchOut> {
    let batch = take_rows(items.0, atomic, upsert).await?;
    if batch.counts.created + batch.counts.updated > 0 {
        tx.audit::<(), _>(action, resource_type, "batch", None, Some(&batch.counts)).await?;
    }
    Ok(batch)
}
