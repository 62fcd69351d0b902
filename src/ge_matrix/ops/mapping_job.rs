//! The job that maps all customers.
//!
//! It reads everything from one state of the data, and writes all positions with the mapping's completion in one
//! transaction. A crash before the end leaves nothing behind; the next attempt begins anew, and what it makes is a
//! function of the data of its own start.

use std::sync::Arc;

use serde_json::{Value, json};

use super::mappings::MappingParams;
use crate::error::{Error, FieldProblem, Result};
use crate::ge_matrix::GeMapper;
use crate::ge_matrix::store::{self, MappingFacts, MappingWork, NewPosition};
use crate::grading::DossierFacts;
use crate::jobs::{JobContext, JobHandler};
use crate::metrics::{Fact, Metric};
use crate::scales::Factor;

/// Positions that are explained, written and reported at a time.
const CHUNK: usize = 5_000;

/// Maps all of a tenant's customers, prospects too.
#[derive(Clone, Copy, Debug, Default)]
pub struct GeMappingJob;

/// A model and the customers to map by it.
struct Book {
    mapper: GeMapper,
    facts: MappingFacts,
}

impl GeMappingJob {
    /// The kind of its jobs.
    pub const KIND: &'static str = "ge_mapping";
}

#[async_trait::async_trait]
impl JobHandler for GeMappingJob {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    async fn run(&self, job: &JobContext, params: Value, _: Option<Value>) -> Result<Value> {
        let MappingParams { mapping_id } = serde_json::from_value(params)?;
        let (work, facts) = job.read(async |tx| store::load_facts(tx, mapping_id).await).await?;
        let Some(facts) = facts else { return Ok(outcome(&work)) };
        let total = count(facts.dossiers.len());
        job.progress(0, Some(total)).await?;
        let book = Arc::new(Book::new(&work, facts)?);
        job.step((total, Some(total)), None, async |tx| {
            store::open_staging(tx).await?;
            let mut mapped = 0;
            for start in (0..book.facts.dossiers.len()).step_by(CHUNK) {
                let book = book.clone();
                let positions = off_thread(move || book.positions(start)).await?;
                let written = count(start + positions.len());
                mapped += positions.iter().filter(|position| position.mapped.cell.is_some()).count();
                store::stage_positions(tx, positions).await?;
                // In a transaction of its own, so that progress shows, and a cancellation is heard, before the end.
                job.progress(written, Some(total)).await?;
            }
            store::keep_staged(tx, mapping_id).await?;
            let counts = (whole(mapped)?, whole(book.facts.dossiers.len() - mapped)?);
            store::complete(tx, mapping_id, counts).await?;
            let result = outcome(&MappingWork { counts: Some(counts), ..work });
            tx.audit::<(), _>("ge_mapping.completed", "ge_mapping", mapping_id, None, Some(&result)).await?;
            Ok(result)
        })
        .await
    }
}

impl Book {
    fn new(work: &MappingWork, facts: MappingFacts) -> Result<Self> {
        let mapper = GeMapper::new(&work.definition)
            .map_err(|problems| Error::invalid(problems.into_iter().map(FieldProblem::from).collect()))?;
        let book = Self { mapper, facts };
        if !book.mapper.ranks() {
            return Ok(book);
        }
        let all: Vec<_> = book.facts.dossiers.iter().map(|dossier| book.axes(dossier)).collect();
        let mapper = book.mapper.among(all.iter().map(|(rows, columns)| (rows.as_slice(), columns.as_slice())));
        Ok(Self { mapper, facts: book.facts })
    }

    /// The positions of [`CHUNK`] customers from a place on, by external id.
    fn positions(&self, start: usize) -> Vec<NewPosition> {
        self.facts.dossiers.iter().skip(start).take(CHUNK).map(|dossier| self.position(dossier)).collect()
    }

    fn position(&self, dossier: &DossierFacts) -> NewPosition {
        let (rows, columns) = self.axes(dossier);
        NewPosition {
            customer: dossier.customer_id,
            mapped: self.mapper.map(&rows, &columns),
            revenue_l12: self.facts.revenue_l12(dossier.customer_id),
            potential: self.facts.potential(dossier.customer_id),
        }
    }

    /// A customer's facts on each axis.
    fn axes(&self, dossier: &DossierFacts) -> (Vec<Fact>, Vec<Fact>) {
        let known = self.facts.known(dossier);
        let facts = |factors: &mut dyn Iterator<Item = &Factor>, bases: &[Metric]| -> Vec<Fact> {
            let own = factors.map(|factor| self.facts.fact(&known, factor));
            own.chain(bases.iter().map(|base| known.metric(*base))).collect()
        };
        let (model, [rows, columns]) = (self.mapper.definition(), self.mapper.bases());
        (facts(&mut model.attractiveness.factors(), rows), facts(&mut model.competitive_strength.factors(), columns))
    }
}

/// Arithmetic on 100,000 customers would hold up every request of an async thread.
async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn whole(n: usize) -> Result<i32> {
    i32::try_from(n).map_err(Error::internal)
}

fn outcome(work: &MappingWork) -> Value {
    let (mapped, unmapped) = work.counts.unzip();
    json!({"mapping_id": work.id, "mapped": mapped, "unmapped": unmapped})
}
