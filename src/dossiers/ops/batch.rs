//! Batches: many items in one request, each with an outcome of its own.

use crate::error::Result;
use crate::intake::{BatchItem, BatchMode, BatchOut, RowOutcome, take_rows};
use crate::tenancy::TenantTx;

/// Items as they were read.
pub(in crate::dossiers) type Items<T> = Vec<BatchItem<T>>;

/// Takes a batch in with `upsert`, and records the counts of what it changed under `action`.
pub(super) async fn take<T>(
    tx: &TenantTx,
    (action, resource_type): (&str, &str),
    mode: BatchMode,
    items: Items<T>,
    upsert: impl AsyncFnOnce(&[T]) -> Result<Vec<RowOutcome>>,
) -> Result<BatchOut> {
    let batch = take_rows(tx, items, mode, upsert).await?;
    if batch.counts.created + batch.counts.updated > 0 {
        tx.audit::<(), _>(action, resource_type, "batch", None, Some(&batch.counts)).await?;
    }
    Ok(batch)
}
