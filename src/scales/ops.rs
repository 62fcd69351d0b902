//! Use cases.

use std::collections::BTreeSet;

use serde_json::json;

use super::judging::JudgementForm;
use super::store::{self, NewScale};
use super::wire::{JudgementIn, JudgementOut, ScaleIn, ScaleOut, ScaleValidationOut, ScaleVersionOut};
use super::{Problem, Purpose, ScaleDefinition, ScaleTemplate, VersionState, template, templates, validate};
use crate::error::{Error, FieldProblem, Result};
use crate::intake::{BatchOut, Outcome, RowOutcome, take_rows};
use crate::paging::{PageRequest, Slice};
use crate::rest::Conditional;
use crate::tenancy::{Permission, TenantTx};
use crate::values::{Code, ScaleId};

/// The built-in templates.
///
/// # Errors
/// `forbidden`.
pub(super) fn list_templates(tx: &TenantTx) -> Result<Vec<ScaleTemplate>> {
    tx.require(Permission::ScalesRead)?;
    Ok(templates().to_vec())
}

/// Scales by code.
///
/// # Errors
/// `forbidden`, `invalid_input` for a foreign cursor.
pub(super) async fn list(tx: &TenantTx, page: &PageRequest) -> Result<Slice<ScaleOut>> {
    tx.require(Permission::ScalesRead)?;
    store::page(tx, page).await
}

/// One scale.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn get(tx: &TenantTx, id: ScaleId) -> Result<ScaleOut> {
    tx.require(Permission::ScalesRead)?;
    store::by_id(tx, id).await
}

/// The scale with a code; no permission of its own, because the operation that names it has checked.
///
/// # Errors
/// `not_found`.
pub async fn scale_by_code(tx: &TenantTx, code: &Code) -> Result<ScaleOut> {
    store::by_code(tx, code).await
}

/// The scale with an id; no permission of its own, because the operation that names it has checked.
///
/// # Errors
/// `not_found`.
pub async fn scale_by_id(tx: &TenantTx, id: ScaleId) -> Result<ScaleOut> {
    store::by_id(tx, id).await
}

/// A version with its content; no permission of its own, because the operation that names it has checked.
///
/// # Errors
/// `not_found`.
pub async fn scale_version(tx: &TenantTx, id: ScaleId, number: i32) -> Result<ScaleVersionOut> {
    store::version(tx, id, number).await
}

/// Creates a scale with version 1 as a draft.
///
/// # Errors
/// `forbidden`, `invalid_input`, and `conflict` where the code is taken.
pub async fn create(tx: &TenantTx, new: ScaleIn) -> Result<ScaleOut> {
    tx.require(Permission::ScalesWrite)?;
    new.problems().into_result()?;
    let (purpose, definition) = beginning(&new)?;
    let scale = NewScale { id: tx.new_id(), code: new.code, name: new.name, purpose };
    store::insert(tx, &scale, &definition).await?;
    let after = store::by_id(tx, scale.id).await?;
    let recorded = json!({"scale": after, "definition": definition});
    tx.audit::<(), _>("scale.created", "scale", after.id, None, Some(&recorded)).await?;
    Ok(after)
}

fn beginning(new: &ScaleIn) -> Result<(Purpose, ScaleDefinition)> {
    match (&new.template, &new.definition) {
        (Some(code), None) => {
            let Some(found) = template(code.as_str()) else {
                let known: Vec<&str> = templates().iter().map(|t| t.code.as_str()).collect();
                let known = known.join(", ");
                let en = format!("The templates are {known}.");
                return Err(Error::invalid_at("/template", "unknown_reference", en, format!("可用模板：{known}。")));
            };
            Ok((new.purpose.unwrap_or(found.purpose), found.definition.clone()))
        }
        (_, Some(definition)) => Ok((new.purpose.unwrap_or(Purpose::ExistingCustomers), definition.clone())),
        (None, None) => Err(Error::internal("a scale without a beginning passed its checks")),
    }
}

/// One version.
///
/// # Errors
/// `forbidden`, `not_found`.
pub(super) async fn version(tx: &TenantTx, id: ScaleId, number: i32) -> Result<ScaleVersionOut> {
    tx.require(Permission::ScalesRead)?;
    store::version(tx, id, number).await
}

/// Begins a new draft with the content of the latest version.
///
/// # Errors
/// `forbidden`, `not_found`, and `conflict` where a draft is there already.
pub async fn create_version(tx: &TenantTx, id: ScaleId) -> Result<ScaleVersionOut> {
    tx.require(Permission::ScalesWrite)?;
    let Some(number) = store::insert_version(tx, id).await? else {
        store::by_id(tx, id).await?;
        return Err(Error::conflict("The scale has a draft already; edit that.", "该量表已有草稿，请修改该草稿。"));
    };
    let after = store::version(tx, id, number).await?;
    tx.audit::<(), _>("scale_version.created", "scale_version", place(&after), None, Some(&after)).await?;
    Ok(after)
}

/// Replaces a draft's definition as a whole. It must be readable; it may have problems until it is published.
///
/// # Errors
/// `forbidden`, `not_found`, `precondition_failed`, and `conflict` for a version that is no draft.
pub async fn update_version(
    tx: &TenantTx,
    id: ScaleId,
    number: i32,
    definition: &ScaleDefinition,
    expected: impl Conditional,
) -> Result<ScaleVersionOut> {
    tx.require(Permission::ScalesWrite)?;
    let before = store::version(tx, id, number).await?;
    expected.check(before.revision)?;
    if before.state != VersionState::Draft {
        return Err(Error::conflict(
            "A published version never changes; begin a new one.",
            "已发布的版本不可更改，请新建版本。",
        ));
    }
    if before.definition == *definition {
        return Ok(before);
    }
    store::update_draft(tx, &before, definition).await?;
    let after = store::version(tx, id, number).await?;
    tx.audit("scale_version.updated", "scale_version", place(&after), Some(&before), Some(&after)).await?;
    Ok(after)
}

/// Checks a version, or another definition in its place. Stores nothing.
///
/// # Errors
/// `forbidden`, `not_found`.
pub(super) async fn validate_version(
    tx: &TenantTx,
    id: ScaleId,
    number: i32,
    instead: Option<&ScaleDefinition>,
) -> Result<ScaleValidationOut> {
    tx.require(Permission::ScalesRead)?;
    let stored = store::version(tx, id, number).await?;
    Ok(validate(instead.unwrap_or(&stored.definition)).into())
}

/// Puts a draft in force; the version that was in force is retired in the same transaction.
///
/// # Errors
/// `forbidden`, `not_found`, `precondition_failed`, `conflict` for a version that is no draft, and `invalid_input` with
/// all that is wrong with the definition.
pub async fn publish_version(
    tx: &TenantTx,
    id: ScaleId,
    number: i32,
    expected: impl Conditional,
) -> Result<ScaleVersionOut> {
    tx.require(Permission::ScalesPublish)?;
    let before = store::version(tx, id, number).await?;
    expected.check(before.revision)?;
    if before.state != VersionState::Draft {
        return Err(Error::conflict("The version has been published already.", "该版本已发布。"));
    }
    let problems = validate(&before.definition);
    if !problems.is_empty() {
        return Err(Error::invalid(problems.into_iter().map(FieldProblem::from).collect()));
    }
    store::publish(tx, &before).await?;
    let after = store::version(tx, id, number).await?;
    tx.audit("scale_version.published", "scale_version", place(&after), Some(&before), Some(&after)).await?;
    Ok(after)
}

/// Takes ratings: each answers a judgement that a draft or published version of the scale asks for.
///
/// # Errors
/// `forbidden`, `not_found`, `invalid_input` for too many, and where `atomic`, for any that is refused.
pub async fn judge(
    tx: &TenantTx,
    id: ScaleId,
    rows: Vec<Result<JudgementIn, Vec<FieldProblem>>>,
    atomic: bool,
) -> Result<BatchOut> {
    tx.require(Permission::JudgementsWrite)?;
    store::by_id(tx, id).await?;
    let answer = take_rows(rows, atomic, async |batch| take_judgements(tx, id, batch).await).await?;
    if answer.counts.created + answer.counts.updated > 0 {
        tx.audit::<(), _>("judgements.written", "scale", id, None, Some(&answer.counts)).await?;
    }
    Ok(answer)
}

async fn take_judgements(tx: &TenantTx, id: ScaleId, batch: &[JudgementIn]) -> Result<Vec<RowOutcome>> {
    let definitions = store::judgeable_definitions(tx, id).await?;
    let form = JudgementForm::new(&definitions);
    let asked: BTreeSet<_> = batch.iter().map(|judgement| judgement.customer_id).collect();
    let known = store::known_customers(tx, &asked).await?;
    let of_survivor = |judgement: &JudgementIn| {
        let customer_id = known.get(&judgement.customer_id).copied().unwrap_or(judgement.customer_id);
        JudgementIn { customer_id, ..judgement.clone() }
    };
    let batch: Vec<JudgementIn> = batch.iter().map(of_survivor).collect();
    let problems = form.check(&batch, &known.values().copied().collect());
    let accepted: Vec<&JudgementIn> = batch
        .iter()
        .zip(&problems)
        .filter(|(_, problems)| problems.is_empty())
        .map(|(judgement, _)| judgement)
        .collect();
    let mut outcomes = store::upsert_judgements(tx, id, &accepted).await?.into_iter();
    let outcome = |(judgement, problems): (&JudgementIn, Vec<FieldProblem>)| match problems.is_empty() {
        true => RowOutcome::taken(outcomes.next().unwrap_or(Outcome::Unchanged), judgement.customer_id.0),
        false => RowOutcome::refused(problems),
    };
    Ok(batch.iter().zip(problems).map(outcome).collect())
}

/// The ratings of a scale, by customer's external id and factor.
///
/// # Errors
/// `forbidden`, `not_found`, `invalid_input` for a foreign cursor.
pub(super) async fn judgements(tx: &TenantTx, id: ScaleId, page: &PageRequest) -> Result<Slice<JudgementOut>> {
    tx.require(Permission::ScalesRead)?;
    store::by_id(tx, id).await?;
    store::judgement_page(tx, id, page).await
}

fn place(version: &ScaleVersionOut) -> String {
    format!("{}/{}", version.scale_id, version.number)
}

impl From<Problem> for FieldProblem {
    fn from(problem: Problem) -> Self {
        Self { pointer: problem.pointer, code: problem.code.code(), detail: problem.detail }
    }
}
