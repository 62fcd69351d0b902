//! GE models and the life of their versions: draft, published, retired.

use serde_json::json;

use crate::error::{Error, FieldProblem, Problems, Result};
use crate::ge_matrix::wire::{GeModelIn, GeModelOut, GeModelValidationOut, GeModelVersionOut, check_storable};
use crate::ge_matrix::{GeModelDefinition, GeTemplate, ge_templates, store, validate_model};
use crate::paging::{PageRequest, Slice};
use crate::rest::Conditional;
use crate::scales::VersionState;
use crate::tenancy::{Permission, TenantTx};
use crate::values::GeModelId;

/// The built-in templates.
pub(in crate::ge_matrix) fn list_templates(tx: &TenantTx) -> Result<Vec<GeTemplate>> {
    tx.require(Permission::ScalesRead)?;
    Ok(ge_templates().to_vec())
}

/// Models by code.
pub(in crate::ge_matrix) async fn list_models(tx: &TenantTx, page: &PageRequest) -> Result<Slice<GeModelOut>> {
    tx.require(Permission::ScalesRead)?;
    store::model_page(tx, page).await
}

/// One model.
pub async fn model(tx: &TenantTx, id: GeModelId) -> Result<GeModelOut> {
    tx.require(Permission::ScalesRead)?;
    store::model(tx, id).await
}

/// Creates a model with version 1 as a draft.
///
/// # Errors
/// `forbidden`, `invalid_input`, and `conflict` where the code is taken.
pub async fn create_model(tx: &TenantTx, new: &GeModelIn) -> Result<GeModelOut> {
    tx.require(Permission::ScalesWrite)?;
    let definition = new.checked_definition()?;
    let id = store::insert_model(tx, new).await?;
    store::insert_first_version(tx, id, &definition).await?;
    let after = store::model(tx, id).await?;
    let recorded = json!({"model": after, "definition": definition});
    tx.audit::<(), _>("ge_model.created", "ge_model", id, None, Some(&recorded)).await?;
    Ok(after)
}

/// One version.
pub(in crate::ge_matrix) async fn version(tx: &TenantTx, id: GeModelId, number: i32) -> Result<GeModelVersionOut> {
    tx.require(Permission::ScalesRead)?;
    store::version(tx, id, number).await
}

/// Begins a new draft with the content of the latest version; `conflict` where a draft is there already.
pub(in crate::ge_matrix) async fn create_version(tx: &TenantTx, id: GeModelId) -> Result<GeModelVersionOut> {
    tx.require(Permission::ScalesWrite)?;
    let Some(number) = store::insert_next_version(tx, id).await? else {
        store::model(tx, id).await?;
        return Err(Error::conflict("The model has a draft already; edit that.", "该模型已有草稿，请修改该草稿。"));
    };
    let after = store::version(tx, id, number).await?;
    tx.audit::<(), _>("ge_model_version.created", "ge_model_version", place(&after), None, Some(&after)).await?;
    Ok(after)
}

/// Replaces a draft's definition as a whole. It must be readable; it may have problems until it is published.
pub(in crate::ge_matrix) async fn update_version(
    tx: &TenantTx,
    id: GeModelId,
    number: i32,
    definition: &GeModelDefinition,
    expected: impl Conditional,
) -> Result<GeModelVersionOut> {
    tx.require(Permission::ScalesWrite)?;
    let mut problems = Problems::new();
    check_storable(&mut problems, "", definition)?;
    problems.into_result()?;
    let before = store::version(tx, id, number).await?;
    expected.check(before.revision)?;
    if before.state != VersionState::Draft {
        let en = "A published version never changes; begin a new one.";
        return Err(Error::conflict(en, "已发布的版本不可更改，请新建版本。"));
    }
    if before.definition == *definition {
        return Ok(before);
    }
    store::update_definition(tx, &before, definition).await?;
    let after = store::version(tx, id, number).await?;
    tx.audit("ge_model_version.updated", "ge_model_version", place(&after), Some(&before), Some(&after)).await?;
    Ok(after)
}

/// Checks a version, or another definition in its place. Stores nothing.
pub(in crate::ge_matrix) async fn validate_version(
    tx: &TenantTx,
    id: GeModelId,
    number: i32,
    instead: Option<&GeModelDefinition>,
) -> Result<GeModelValidationOut> {
    tx.require(Permission::ScalesRead)?;
    let stored = store::version(tx, id, number).await?;
    Ok(validate_model(instead.unwrap_or(&stored.definition)).into())
}

/// Puts a draft in force; the version that was in force is retired in the same transaction.
///
/// # Errors
/// `forbidden`, `not_found`, `precondition_failed`, `conflict` for a version that is no draft, and `invalid_input` with
/// all that is wrong with the definition.
pub async fn publish_version(
    tx: &TenantTx,
    id: GeModelId,
    number: i32,
    expected: impl Conditional,
) -> Result<GeModelVersionOut> {
    tx.require(Permission::ScalesPublish)?;
    let before = store::version(tx, id, number).await?;
    expected.check(before.revision)?;
    if before.state != VersionState::Draft {
        return Err(Error::conflict("The version has been published already.", "该版本已发布。"));
    }
    let problems = validate_model(&before.definition);
    if !problems.is_empty() {
        return Err(Error::invalid(problems.into_iter().map(FieldProblem::from).collect()));
    }
    store::publish(tx, &before).await?;
    let after = store::version(tx, id, number).await?;
    tx.audit("ge_model_version.published", "ge_model_version", place(&after), Some(&before), Some(&after)).await?;
    Ok(after)
}

/// How the audit log names a version.
fn place(version: &GeModelVersionOut) -> String {
    format!("{}/{}", version.model_id, version.number)
}
