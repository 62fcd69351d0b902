//! The job behind a run.
//!
//! It reads everything from one state of the data, grades the whole book in memory, and writes all results with the
//! run's completion in one transaction. A crash before the end therefore leaves nothing behind, and the next attempt
//! begins anew: the run it makes is the one an uninterrupted attempt would have made from the data of its own start.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::{events, expiring};
use crate::error::{Error, Result};
use crate::grading::book::GradedBook;
use crate::grading::facts::CustomerFacts;
use crate::grading::kind::KindFacts;
use crate::grading::packed::PackedBook;
use crate::grading::places::goes_by_places;
use crate::grading::store::{self, BookReader, Completion, ReadBatch, ResultRows};
use crate::grading::wire::RunSummary;
use crate::jobs::{JobContext, JobHandler};
use crate::metrics::BookEffort;
use crate::sales::refresh_rollups;
use crate::scales::ScaleDefinition;
use crate::tenancy::TenantTx;
use crate::values::GradingRunId;

/// The kind of its jobs.
pub(super) const KIND: &str = "grading_run";
/// Results that are explained, written and reported at a time.
const CHUNK: usize = 5_000;

/// Grades the customers of a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct GradingJob;

#[derive(Deserialize)]
struct Params {
    run_id: GradingRunId,
}

#[async_trait::async_trait]
impl JobHandler for GradingJob {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &JobContext, params: Value, checkpoint: Option<Value>) -> Result<Value> {
        // All was written, and the worker died before it could say so.
        if let Some(summary) = checkpoint {
            return Ok(summary);
        }
        let Params { run_id } = serde_json::from_value(params)?;
        job.step((0, None), None, async |tx| refresh_rollups(tx).await).await?;
        let (definition, book_size, facts, kinds) = job.read(async |tx| read(tx, run_id).await).await?;
        let total = count(facts.len());
        job.progress(0, Some(total)).await?;
        let book = Arc::new(off_thread(move || GradedBook::new(&definition, facts)).await??);
        let summary = RunSummary {
            run_id,
            selected: i32::try_from(book.len()).unwrap_or(i32::MAX),
            gradable: i32::try_from(book.gradable()).unwrap_or(i32::MAX),
            distribution: book.distribution(),
        };
        let result = serde_json::to_value(&summary)?;
        job.step((total, Some(total)), Some(result.clone()), async |tx| {
            if let Some(effort) = &kinds.book {
                store::put_book_effort(tx, run_id, effort).await?;
            }
            let mut next = Some(rows(&book, &kinds, 0).await?);
            for start in (0..book.len()).step_by(CHUNK) {
                let Some(now) = next.take() else { break };
                // The next are explained while these are written; both to their ends, as a COPY that is dropped costs a
                // connection.
                let (written, ahead) =
                    futures::future::join(store::insert_results(tx, run_id, now), rows(&book, &kinds, start + CHUNK))
                        .await;
                written?;
                next = Some(ahead?);
                // In a transaction of its own, so that progress shows, and a cancellation is heard, before the end.
                job.progress(count(book.len().min(start + CHUNK)), Some(total)).await?;
            }
            // Told before the run counts, so that who listens hears of one change after the other.
            expiring::tell_expired(tx).await?;
            store::keep_min_bases(tx, run_id, &book.min_bases()).await?;
            let came_to = Completion { selected: summary.selected, gradable: summary.gradable, book: book_size };
            store::complete(tx, run_id, came_to).await?;
            tx.audit::<(), _>("grading_run.completed", "grading_run", run_id, None, Some(&summary)).await?;
            events::publish_completed(tx, run_id, &result).await
        })
        .await?;
        Ok(result)
    }
}

/// What tells everyone's kind.
#[derive(Debug, Default)]
struct KindsOfBook {
    /// In the book's order.
    facts: Vec<KindFacts>,
    book: Option<BookEffort>,
}

/// What a run is made from.
type Read = (ScaleDefinition, Option<i32>, PackedBook, Arc<KindsOfBook>);

/// Everyone's facts, and how many customers there are where places among them count. While Postgres reads the next
/// customers, those that it has read are made into facts.
async fn read(tx: &TenantTx, run: GradingRunId) -> Result<Read> {
    let (definition, mut reader) = BookReader::of_run(tx, run).await?;
    let book_size = if goes_by_places(&definition) { Some(store::book_size(tx).await?) } else { None };
    let definition = Arc::new(definition);
    let (mut book, mut kinds) = (PackedBook::default(), KindsOfBook::default());
    let mut read = reader.next(tx).await?;
    while let Some(batch) = read {
        let (next, filled) =
            futures::future::join(reader.next(tx), fill((book, kinds), batch, definition.clone())).await;
        read = next?;
        (book, kinds) = filled?;
    }
    kinds.book = reader.book_effort();
    Ok((Arc::unwrap_or_clone(definition), book_size, book, Arc::new(kinds)))
}

async fn fill(
    (mut book, mut kinds): (PackedBook, KindsOfBook),
    batch: ReadBatch,
    definition: Arc<ScaleDefinition>,
) -> Result<(PackedBook, KindsOfBook)> {
    off_thread(move || {
        let batch = batch.decode()?;
        for known in batch.known() {
            book.push(&CustomerFacts::of(&definition, known));
            kinds.facts.push(KindFacts::of(known));
        }
        Ok((book, kinds))
    })
    .await?
}

/// The rows of a chunk's results, explained.
async fn rows(book: &Arc<GradedBook>, kinds: &Arc<KindsOfBook>, start: usize) -> Result<ResultRows> {
    let (book, kinds) = (book.clone(), kinds.clone());
    off_thread(move || ResultRows::of(&book.chunk(start, CHUNK), kinds.facts.get(start..).unwrap_or_default())).await?
}

/// Arithmetic on 100,000 customers would hold up every request of an async thread.
pub(super) async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
