//! Use cases of grading: asking for runs, reading runs, results, explanations and grades.

mod company;
mod comparing;
mod current;
mod events;
mod expiring;
mod held_books;
mod job;
mod lifting;
mod overriding;
mod reading;
mod scale_grades;
mod schedule;
mod settings;
mod starting;
mod trying;
mod withdrawing;

use std::collections::BTreeMap;

pub use company::put_company_scale;
pub use comparing::compare_runs;
pub(super) use comparing::movers;
pub use current::{current_grade, current_grades, grades_as_of};
pub use expiring::tell_expired_overrides;
pub use held_books::HeldBooks;
pub use job::GradingJob;
pub use lifting::lift;
pub(super) use overriding::overrides;
pub use overriding::{override_grade, withdraw_override};
pub use reading::{customer_kinds, quality_growth_matrix, segment_matrix};
pub use scale_grades::{grade_all, latest_grades};
pub(super) use schedule::schedules;
pub use schedule::{GradingSchedule, delete_schedule, put_schedule, schedule, start_due_runs};
pub use settings::{grading_settings, put_grading_settings};
pub use starting::start_run;
pub use trying::{prepare_what_if, sensitivity};
pub use withdrawing::withdraw_run;

use super::store::{self, RunRow};
use super::wire::{
    CustomerGradeOut, GradeTie, GradingExplanationOut, GradingResultOut, GradingRunOut, ResultFilter, RunSummary,
};
use super::{DossierFacts, Selection, explanation};
use crate::dossiers::check_filter;
use crate::error::{Error, Result};
use crate::jobs::{self, JobOut};
use crate::metrics::Efforts;
use crate::paging::{PageRequest, Slice};
use crate::scales::{ScaleOut, scale_by_code, scale_by_id};
use crate::tenancy::{Permission, TenantTx};
use crate::values::{Code, CustomerId, GradingRunId, Month, ScaleId};

/// The scale that an input names by id or code.
async fn named_scale(tx: &TenantTx, id: Option<ScaleId>, code: Option<&Code>) -> Result<ScaleOut> {
    let (pointer, found) = match (id, code) {
        (Some(id), _) => ("/scale_id", scale_by_id(tx, id).await),
        (None, Some(code)) => ("/scale_code", scale_by_code(tx, code).await),
        (None, None) => return Err(Error::internal("a question without a scale passed its checks")),
    };
    crate::error::or_null(found)?
        .ok_or_else(|| Error::invalid_at(pointer, "unknown_reference", "There is no such scale.", "没有该量表。"))
}

/// Whether a selection can be asked: its filter fits the attributes, its list names customers that are there.
async fn check_selection(tx: &TenantTx, selection: &Selection) -> Result<()> {
    match selection {
        Selection::Filter(filter) => check_filter(tx, filter).await.map_err(|error| error.under("/selection/filter")),
        Selection::List(list) => store::listed(tx, list).await?.1.into_result(),
        Selection::All(_) | Selection::Share(_) | Selection::Prospects(_) => Ok(()),
    }
}

/// Runs, newest first.
///
/// # Errors
/// `forbidden`, `invalid_input` for a foreign cursor.
pub(super) async fn list_runs(tx: &TenantTx, page: &PageRequest) -> Result<Slice<GradingRunOut>> {
    tx.require(Permission::GradingRead)?;
    let slice = store::run_page(tx, page).await?;
    let ids: Vec<_> = slice.items.iter().map(|(_, row)| row.job_id).collect();
    let jobs: BTreeMap<_, _> = jobs::jobs_by_id(tx, &ids).await?.into_iter().map(|job| (job.id, job)).collect();
    let mut items = Vec::with_capacity(slice.items.len());
    for (cursor, row) in slice.items {
        let job = jobs.get(&row.job_id).cloned().ok_or_else(|| Error::internal("a run without its job"))?;
        items.push((cursor, run_out(row, job)));
    }
    Ok(Slice { items, has_previous: slice.has_previous, has_next: slice.has_next, total_count: slice.total_count })
}

/// One run.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn get_run(tx: &TenantTx, id: GradingRunId) -> Result<GradingRunOut> {
    tx.require(Permission::GradingRead)?;
    run(tx, id).await
}

async fn run(tx: &TenantTx, id: GradingRunId) -> Result<GradingRunOut> {
    let row = store::run(tx, id).await?;
    let job = jobs::jobs_by_id(tx, &[row.job_id]).await?.pop();
    Ok(run_out(row, job.ok_or_else(|| Error::internal("a run without its job"))?))
}

fn run_out(row: RunRow, job: JobOut) -> GradingRunOut {
    let summary = job.result.clone().and_then(|result| serde_json::from_value::<RunSummary>(result).ok());
    GradingRunOut {
        id: row.id,
        job,
        scale_id: row.scale_id,
        scale_code: row.scale_code,
        scale_name: row.scale_name,
        scale_version: row.scale_version,
        as_of: row.as_of,
        selection: row.selection,
        official: row.official,
        trial: row.trial,
        provisional: row.provisional,
        created_by: row.created_by,
        created_at: row.created_at,
        completed_at: row.completed_at,
        selected: row.selected,
        gradable: row.gradable,
        graded_among: row.graded_among,
        distribution: summary.map(|summary| summary.distribution),
        superseded_by: row.superseded_by,
        withdrawn_at: row.withdrawn_at,
        withdrawn_by: row.withdrawn_by,
        withdrawn_reason: row.withdrawn_reason,
    }
}

/// The results of a run; none before it is completed.
///
/// # Errors
/// `forbidden`, `not_found`, `invalid_input` for an unknown sort or a foreign cursor.
pub(super) async fn results(
    tx: &TenantTx,
    run: GradingRunId,
    filter: &ResultFilter,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<GradingResultOut>> {
    tx.require(Permission::GradingRead)?;
    filter.check()?;
    let run = store::run(tx, run).await?;
    let kinds = store::kinds(tx, run.id, None).await?;
    store::result_page(tx, run.id, (filter, &kinds), sort, page).await
}

/// Explains one result from what was stored with it.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn explain(tx: &TenantTx, run: GradingRunId, customer: CustomerId) -> Result<GradingExplanationOut> {
    tx.require(Permission::GradingRead)?;
    let run = store::run(tx, run).await?;
    let stored = store::result(tx, (run.id, customer), &store::kinds(tx, run.id, None).await?).await?;
    let definition = store::definition_of(tx, run.id).await?;
    let bands = &definition.grade_bands;
    Ok(GradingExplanationOut {
        run_id: run.id,
        scale_id: run.scale_id,
        scale_code: run.scale_code,
        scale_version: run.scale_version,
        as_of: run.as_of,
        trial: run.trial,
        graded_among: run.graded_among,
        grade_label: stored.result.grade.as_ref().map(|grade| explanation::grade_label(bands, grade)),
        tie: stored.tie.map(|tie| GradeTie::told(tie, bands)),
        result: stored.result,
        dimensions: explanation::explain(&definition, stored.scored.dimensions),
        caps: stored.scored.caps,
        ungradable_label: stored.scored.ungradable.as_ref().map(|ungradable| ungradable.reason.label()),
        ungradable: stored.scored.ungradable,
    })
}

/// A customer's grades, the latest month first.
///
/// # Errors
/// `forbidden`, `not_found` for an unknown customer, `invalid_input` for a foreign cursor.
pub(super) async fn customer_grades(
    tx: &TenantTx,
    customer: CustomerId,
    page: &PageRequest,
) -> Result<Slice<CustomerGradeOut>> {
    tx.require(Permission::GradingRead)?;
    store::history_page(tx, customer, page).await
}

/// The latest `most` entries of each customer's history, the latest first. No permission of its own.
///
/// # Errors
/// The database's.
pub(super) async fn grade_histories(
    tx: &TenantTx,
    customers: &[CustomerId],
    most: i64,
) -> Result<BTreeMap<CustomerId, Vec<CustomerGradeOut>>> {
    store::grade_histories(tx, customers, most).await
}

/// The efforts of all customers in the 12 months that end with a month, by the tenant's rules. No permission of its own;
/// the transaction must see everyone.
///
/// # Errors
/// The database's.
pub async fn efforts(tx: &TenantTx, as_of: Month) -> Result<Efforts> {
    store::efforts(tx, as_of).await
}

/// The dossiers of all customers that are not archived, or of those of them that are listed, by external id, as facts for
/// factors. No permission of its own.
///
/// # Errors
/// The database's.
pub async fn dossier_facts(tx: &TenantTx, customers: Option<&[CustomerId]>) -> Result<Vec<DossierFacts>> {
    store::dossiers(tx, customers).await
}
