//! Use cases of grading: asking for runs, reading runs, results, explanations and grades.

mod comparing;
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
mod trying;

use std::collections::BTreeMap;

use serde_json::json;

pub use comparing::compare_runs;
pub(super) use comparing::movers;
pub use expiring::tell_expired_overrides;
pub use held_books::HeldBooks;
pub use job::GradingJob;
pub use lifting::lift;
pub(super) use overriding::overrides;
pub use overriding::{current_grade, override_grade, withdraw_override};
pub use reading::{customer_kinds, quality_growth_matrix, segment_matrix};
pub use scale_grades::{grade_all, latest_grades};
pub(super) use schedule::schedules;
pub use schedule::{GradingSchedule, delete_schedule, put_schedule, schedule, start_due_runs};
pub use settings::{grading_settings, put_grading_settings};
pub use trying::{prepare_what_if, sensitivity};

use super::store::{self, Kinds, RunRow};
use super::wire::{
    CurrentGrade, CustomerGradeOut, GradingExplanationOut, GradingResultOut, GradingRunIn, GradingRunOut, ResultFilter,
    RunSummary,
};
use super::{DossierFacts, Selection, explanation};
use crate::dossiers::check_filter;
use crate::error::{Error, Result};
use crate::jobs::{self, JobOut};
use crate::paging::{PageRequest, Slice};
use crate::scales::{ScaleOut, VersionState, scale_by_code, scale_by_id, scale_version};
use crate::tenancy::{Permission, TenantTx};
use crate::values::{Code, CustomerId, GradingRunId, ScaleId};

/// Asks for a grading run; its job does it.
///
/// # Errors
/// `forbidden`; `invalid_input` for an unknown scale or version; `conflict` for a draft, which nobody is graded with.
pub async fn start_run(tx: &TenantTx, input: GradingRunIn) -> Result<GradingRunOut> {
    tx.require(Permission::GradingRun)?;
    input.problems().into_result()?;
    let scale = named_scale(tx, input.scale_id, input.scale_code.as_ref()).await?;
    check_selection(tx, &input.selection).await?;
    let version = asked_version(tx, &scale, input.version).await?;
    let id: GradingRunId = tx.new_id();
    let job = jobs::enqueue(tx, job::KIND, &json!({"run_id": id})).await?;
    store::insert_run(tx, id, job, (scale.id, version), input.as_of, &input.selection).await?;
    supersede(tx, id).await?;
    tx.audit::<(), _>("grading_run.started", "grading_run", id, None, Some(&input)).await?;
    run(tx, id).await
}

/// Gives up the runs that wait for the same as a new one: it will read the same data or newer.
async fn supersede(tx: &TenantTx, id: GradingRunId) -> Result<()> {
    let new = store::run(tx, id).await?;
    let withdrawn = jobs::withdraw_waiting(tx, &store::waiting_like(tx, &new).await?).await?;
    if !withdrawn.is_empty() {
        store::supersede(tx, &new, &withdrawn).await?;
    }
    Ok(())
}

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

async fn asked_version(tx: &TenantTx, scale: &ScaleOut, asked: Option<i32>) -> Result<i32> {
    let Some(number) = asked.or(scale.published_version) else {
        let en = "The scale has no published version: grading with a draft is refused; publish it first.";
        return Err(Error::conflict(en, "该量表没有已发布的版本：不能用草稿分级，请先发布。"));
    };
    let version = crate::error::or_null(scale_version(tx, scale.id, number).await)?.ok_or_else(|| {
        Error::invalid_at("/version", "unknown_reference", "The scale has no such version.", "该量表没有此版本。")
    })?;
    if version.state == VersionState::Draft {
        let en = format!("Version {number} is a draft: grading with a draft is refused; publish it first.");
        return Err(Error::conflict(en, format!("版本 {number} 是草稿：不能用草稿分级，请先发布。")));
    }
    Ok(number)
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
        created_by: row.created_by,
        created_at: row.created_at,
        completed_at: row.completed_at,
        selected: row.selected,
        gradable: row.gradable,
        distribution: summary.map(|summary| summary.distribution),
        superseded_by: row.superseded_by,
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
    let thresholds = store::settings(tx).await?.thresholds;
    let kinds = Kinds { thresholds: &thresholds, as_of: run.as_of };
    store::result_page(tx, run.id, (filter, kinds), sort, page).await
}

/// Explains one result from what was stored with it.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn explain(tx: &TenantTx, run: GradingRunId, customer: CustomerId) -> Result<GradingExplanationOut> {
    tx.require(Permission::GradingRead)?;
    let run = store::run(tx, run).await?;
    let stored = store::result(tx, run.id, customer).await?;
    let definition = scale_version(tx, run.scale_id, run.scale_version).await?.definition;
    let bands = &definition.grade_bands;
    Ok(GradingExplanationOut {
        run_id: run.id,
        scale_id: run.scale_id,
        scale_code: run.scale_code,
        scale_version: run.scale_version,
        as_of: run.as_of,
        grade_label: stored.result.grade.as_ref().map(|grade| explanation::grade_label(bands, grade)),
        result: stored.result,
        dimensions: explanation::explain(&definition, stored.scored.dimensions),
        caps: stored.scored.caps,
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

/// The current grades of customers, in one statement; a customer without one is left out. No permission of its own: the
/// operation that asks has checked.
///
/// # Errors
/// The database's.
pub async fn current_grades(tx: &TenantTx, customers: &[CustomerId]) -> Result<BTreeMap<CustomerId, CurrentGrade>> {
    let standings = store::standings(tx, customers).await?;
    Ok(standings.into_iter().filter_map(|(id, standing)| Some((id, standing.into_current()?))).collect())
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

/// The dossiers of all customers that are not archived, or of those of them that are listed, by external id, as facts for
/// factors. No permission of its own.
///
/// # Errors
/// The database's.
pub async fn dossier_facts(tx: &TenantTx, customers: Option<&[CustomerId]>) -> Result<Vec<DossierFacts>> {
    store::dossiers(tx, customers).await
}
