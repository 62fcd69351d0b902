//! The job that maps all customers.

use serde_json::{Value, json};

use super::mappings::MappingParams;
use crate::error::{Error, FieldProblem, Result};
use crate::ge_matrix::GeMapper;
use crate::ge_matrix::store::{self, MappingWork, NewPosition};
use crate::jobs::{JobContext, JobHandler};
use crate::scales::{FactQuery, FactSheet, FactSlot};

/// Customers between two signs of life.
const CHUNK: usize = 1_000;

/// Maps all of a tenant's customers: the facts are read in one transaction, the positions kept in another, all of them
/// or none. Everything between is a function of the facts, so that a second attempt gives the same.
#[derive(Clone, Copy, Debug, Default)]
pub struct GeMappingJob;

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
        let work = job.read(async |tx| store::mapping_work(tx, mapping_id).await).await?;
        if let Some(counts) = work.counts {
            return Ok(outcome(&work, counts));
        }
        let mapper = mapper(&work)?;
        let query = query(&work);
        let sheet = job.step((0, None), None, async |tx| FactSheet::load(tx, query, None).await).await?;
        let positions = map_all(job, &mapper, &sheet).await?;
        let counts = count(&positions)?;
        let total = total(positions.len())?;
        job.step((total, Some(total)), None, async |tx| {
            store::replace_positions(tx, mapping_id, &positions).await?;
            store::complete(tx, mapping_id, counts).await?;
            let result = outcome(&work, counts);
            tx.audit::<(), _>("ge_mapping.completed", "ge_mapping", mapping_id, None, Some(&result)).await?;
            Ok(result)
        })
        .await
    }
}

fn mapper(work: &MappingWork) -> Result<GeMapper> {
    GeMapper::new(&work.definition).map_err(|problems| {
        let problems = problems.into_iter();
        Error::invalid(
            problems.map(|p| FieldProblem { pointer: p.pointer, code: p.code.code(), detail: p.detail }).collect(),
        )
    })
}

/// The facts of the rows, then those of the columns.
fn query(work: &MappingWork) -> FactQuery {
    let axes = [&work.definition.attractiveness, &work.definition.competitive_strength];
    let slots = axes.into_iter().flat_map(|axis| axis.factors()).map(FactSlot::from).collect();
    FactQuery { as_of: work.as_of, slots, scale: None }
}

async fn map_all(job: &JobContext, mapper: &GeMapper, sheet: &FactSheet) -> Result<Vec<NewPosition>> {
    let rows = mapper.definition().attractiveness.factors().count();
    let total = total(sheet.customers().len())?;
    let mut positions = Vec::with_capacity(sheet.customers().len());
    for chunk in sheet.customers().chunks(CHUNK) {
        job.progress(i64::try_from(positions.len()).map_err(Error::internal)?, Some(total)).await?;
        positions.extend(chunk.iter().map(|customer| {
            let facts = sheet.facts(customer);
            let (attractiveness, strength) = facts.split_at(rows.min(facts.len()));
            NewPosition {
                customer: customer.figures.customer_id,
                mapped: mapper.map(attractiveness, strength),
                revenue_l12: customer.figures.revenue_l12,
                potential: customer.dossier.potential,
            }
        }));
    }
    Ok(positions)
}

/// Mapped and unmapped customers.
fn count(positions: &[NewPosition]) -> Result<(i32, i32)> {
    let mapped = positions.iter().filter(|position| position.mapped.cell.is_some()).count();
    let whole = |count: usize| i32::try_from(count).map_err(Error::internal);
    Ok((whole(mapped)?, whole(positions.len() - mapped)?))
}

fn total(count: usize) -> Result<i64> {
    i64::try_from(count).map_err(Error::internal)
}

fn outcome(work: &MappingWork, (mapped, unmapped): (i32, i32)) -> Value {
    json!({"mapping_id": work.id, "mapped": mapped, "unmapped": unmapped})
}
