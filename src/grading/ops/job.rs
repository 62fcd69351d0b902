//! The job behind a run.
//!
//! It reads everything from one state of the data, grades the whole book in memory, and writes all results with the
//! run's completion in one transaction. A crash before the end therefore leaves nothing behind, and the next attempt
//! begins anew: the run it makes is the one an uninterrupted attempt would have made from the data of its own start.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::events;
use crate::error::{Error, Result};
use crate::grading::book::GradedBook;
use crate::grading::facts::{CustomerFacts, Known};
use crate::grading::store::{self, RunFacts};
use crate::grading::wire::RunSummary;
use crate::jobs::{JobContext, JobHandler};
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
        let facts = job.read(async |tx| store::load_run_facts(tx, run_id).await).await?;
        let total = count(facts.dossiers.len());
        job.progress(0, Some(total)).await?;
        let book = Arc::new(off_thread(move || graded(&facts)).await??);
        let summary = RunSummary {
            run_id,
            selected: i32::try_from(book.len()).unwrap_or(i32::MAX),
            gradable: i32::try_from(book.gradable()).unwrap_or(i32::MAX),
            distribution: book.distribution(),
        };
        let result = serde_json::to_value(&summary)?;
        job.step((total, Some(total)), Some(result.clone()), async |tx| {
            for start in (0..book.len()).step_by(CHUNK) {
                let book = book.clone();
                let results = off_thread(move || book.chunk(start, CHUNK)).await?;
                let written = count(start + results.len());
                store::insert_results(tx, run_id, results).await?;
                // In a transaction of its own, so that progress shows, and a cancellation is heard, before the end.
                job.progress(written, Some(total)).await?;
            }
            store::complete(tx, run_id, summary.selected, summary.gradable).await?;
            tx.audit::<(), _>("grading_run.completed", "grading_run", run_id, None, Some(&summary)).await?;
            events::publish_completed(tx, run_id, &result).await
        })
        .await?;
        Ok(result)
    }
}

/// Facts of every customer, then scores and grades.
pub(super) fn graded(facts: &RunFacts) -> Result<GradedBook> {
    let book = facts
        .dossiers
        .iter()
        .map(|dossier| {
            let id = dossier.customer_id;
            let known = Known {
                dossier,
                figures: facts.figures.get(&id),
                finances: facts.finances.as_ref(),
                upkeep: facts.upkeep.get(&id),
                judgements: facts.judgements.get(&id),
            };
            CustomerFacts::of(&facts.definition, known)
        })
        .collect();
    GradedBook::new(&facts.definition, book)
}

/// Arithmetic on 100,000 customers would hold up every request of an async thread.
pub(super) async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
