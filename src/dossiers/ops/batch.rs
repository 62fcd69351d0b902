//! Batches: many items in one request, each with an outcome of its own.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{Error, Problems, Result};
use crate::intake::{BatchOut, MAX_BATCH, RowOutcome};
use crate::tenancy::TenantTx;

/// The items of a batch: what each says, or why it cannot be read.
#[derive(Debug)]
pub(in crate::dossiers) struct Items<T> {
    readable: Vec<T>,
    /// By item: none where it is readable.
    refusals: Vec<Option<RowOutcome>>,
}

impl<T> Items<T> {
    /// Items that have been read.
    pub(in crate::dossiers) fn new(items: Vec<T>) -> Result<Self> {
        check_count(items.len())?;
        Ok(Self { refusals: items.iter().map(|_| None).collect(), readable: items })
    }

    /// Reads each item on its own, so that a malformed one sinks no other.
    pub(in crate::dossiers) fn read(items: Vec<Value>) -> Result<Self>
    where
        T: DeserializeOwned,
    {
        check_count(items.len())?;
        let mut read = Self { readable: Vec::with_capacity(items.len()), refusals: Vec::with_capacity(items.len()) };
        for item in items {
            match serde_json::from_value(item) {
                Ok(item) => {
                    read.readable.push(item);
                    read.refusals.push(None);
                }
                Err(error) => read.refusals.push(Some(unreadable(&error))),
            }
        }
        Ok(read)
    }

    /// One outcome an item, given those of the readable ones.
    fn outcomes(refusals: Vec<Option<RowOutcome>>, taken: Vec<RowOutcome>) -> Result<Vec<RowOutcome>> {
        let mut taken = taken.into_iter();
        let outcome = |refusal: Option<RowOutcome>| refusal.or_else(|| taken.next());
        let outcomes: Option<Vec<RowOutcome>> = refusals.into_iter().map(outcome).collect();
        outcomes.ok_or_else(|| Error::internal("an item without an outcome"))
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
    let outcomes = Items::<T>::outcomes(items.refusals, upsert(&items.readable).await?)?;
    if let Some(refusal) = BatchOut::refusal(&outcomes).filter(|_| atomic) {
        return Err(refusal);
    }
    let batch = BatchOut::new(outcomes);
    if batch.counts.created + batch.counts.updated > 0 {
        tx.audit::<(), _>(action, resource_type, "batch", None, Some(&batch.counts)).await?;
    }
    Ok(batch)
}

fn check_count(count: usize) -> Result<()> {
    let mut problems = Problems::new();
    if count > MAX_BATCH {
        let en = format!("At most {MAX_BATCH} items; more are an import.");
        problems.add("", "too_many", en, format!("最多 {MAX_BATCH} 项，更多请使用导入。"));
    }
    problems.into_result()
}

fn unreadable(error: &serde_json::Error) -> RowOutcome {
    let mut problems = Problems::new();
    problems.add("", "malformed", format!("The item cannot be read: {error}."), format!("无法读取该项：{error}。"));
    RowOutcome::refused(crate::dossiers::change::problems_of(problems).err().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::dossiers::wire::CustomerUpsert;
    use crate::intake::Outcome;

    #[test]
    fn a_malformed_item_keeps_its_place_among_the_others() {
        let items =
            vec![json!({"external_id": "A"}), json!({"external_id": "B", "nmae": "x"}), json!({"external_id": "C"})];
        let items = Items::<CustomerUpsert>::read(items).unwrap();
        assert_eq!(items.readable.len(), 2);
        let taken = (1..=2).map(|n| RowOutcome::taken(Outcome::Created, Uuid::from_u128(n))).collect();
        let outcomes = Items::<CustomerUpsert>::outcomes(items.refusals, taken).unwrap();
        assert_eq!(outcomes[0].id, Some(Uuid::from_u128(1)));
        assert!(outcomes[1].problems[0].detail.en.contains("nmae"));
        assert_eq!(outcomes[2].id, Some(Uuid::from_u128(2)));
    }

    #[test]
    fn more_than_a_thousand_are_refused() {
        assert!(Items::new(vec![0; 1000]).is_ok());
        assert_eq!(Items::new(vec![0; 1001]).unwrap_err().problems()[0].code, "too_many");
    }
}
