//! Asking for runs: what they grade with, and what they count for.

use serde_json::json;

use super::{check_selection, job, named_scale, run};
use crate::error::{Error, FieldProblem, Result, or_null};
use crate::grading::store::{self, NewRun};
use crate::grading::wire::{GradingRunIn, GradingRunOut};
use crate::jobs;
use crate::scales::{ScaleDefinition, ScaleOut, VersionState, scale_version, validate};
use crate::tenancy::{Permission, TenantTx};
use crate::values::GradingRunId;

/// Asks for a grading run; its job does it.
///
/// # Errors
/// `forbidden`; `invalid_input` for an unknown scale or version, a month that is not over, and a draft that has problems;
/// `conflict` where the scale has no published version and none is named.
pub async fn start_run(tx: &TenantTx, input: GradingRunIn) -> Result<GradingRunOut> {
    tx.require(Permission::GradingRun)?;
    let (problems, provisional) = input.problems(tx.now().date_naive());
    problems.into_result()?;
    let scale = named_scale(tx, input.scale_id, input.scale_code.as_ref()).await?;
    check_selection(tx, &input.selection).await?;
    let (version, trial_of) = asked_version(tx, &scale, &input).await?;
    let decides = trial_of.is_none() && !provisional;
    let id: GradingRunId = tx.new_id();
    let job = jobs::enqueue(tx, job::KIND, &json!({"run_id": id})).await?;
    let new = NewRun {
        id,
        job,
        scale: scale.id,
        version,
        as_of: input.as_of,
        selection: &input.selection,
        official: decides && input.official.unwrap_or_else(|| input.selection.is_official()),
        provisional,
        trial_of: trial_of.as_ref(),
    };
    store::insert_run(tx, new).await?;
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

/// The version to grade with; for a trial also what it is now, which the run keeps.
async fn asked_version(
    tx: &TenantTx,
    scale: &ScaleOut,
    input: &GradingRunIn,
) -> Result<(i32, Option<ScaleDefinition>)> {
    let usual = match input.trial {
        Some(true) => scale.draft_version.or(scale.published_version),
        _ => scale.published_version,
    };
    let Some(number) = input.version.or(usual) else {
        let en = "The scale has no published version; publish one, or name the draft to try it.";
        return Err(Error::conflict(en, "该量表没有已发布的版本：请先发布，或指定草稿版本进行试评。"));
    };
    let version = or_null(scale_version(tx, scale.id, number).await)?.ok_or_else(|| {
        Error::invalid_at("/version", "unknown_reference", "The scale has no such version.", "该量表没有此版本。")
    })?;
    let is_draft = version.state == VersionState::Draft;
    if is_draft && input.trial == Some(false) {
        let en = format!("Version {number} is a draft, which can only be tried; publish it first.");
        return Err(Error::conflict(en, format!("版本 {number} 是草稿，只能试评；请先发布。")));
    }
    if !is_draft && input.trial != Some(true) {
        return Ok((number, None));
    }
    if input.official == Some(true) {
        let en = "A trial is never official; a draft can only be tried.";
        return Err(Error::invalid_at("/official", "trial", en, "试评不能作为正式分级；草稿只能试评。"));
    }
    let problems = validate(&version.definition);
    if !problems.is_empty() {
        let problems = problems.into_iter().map(FieldProblem::from).collect();
        return Err(Error::invalid(problems).under("/version"));
    }
    Ok((number, Some(version.definition)))
}
