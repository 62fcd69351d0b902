//! Use cases of versions.

use super::company::name_first;
use super::scales::{changing, insert};
use super::{editable, may_create, place};
use crate::error::{Error, FieldProblem, Result};
use crate::paging::{PageRequest, Slice};
use crate::rest::Conditional;
use crate::scales::store::{self, NewScale};
use crate::scales::wire::{ScaleCloneIn, ScaleComparisonOut, ScaleValidationOut, ScaleVersionOut, ScaleVersionSummary};
use crate::scales::{ScaleDefinition, VersionState, compare, validate};
use crate::tenancy::{Permission, TenantTx};
use crate::values::ScaleId;

/// A version with its content; no permission of its own, because the operation that names it has checked.
///
/// # Errors
/// `not_found`.
pub async fn scale_version(tx: &TenantTx, id: ScaleId, number: i32) -> Result<ScaleVersionOut> {
    store::version(tx, id, number).await
}

/// The versions of a scale, the newest first.
///
/// # Errors
/// `forbidden`, `not_found`, `invalid_input` for a foreign cursor.
pub(in crate::scales) async fn versions(
    tx: &TenantTx,
    id: ScaleId,
    page: &PageRequest,
) -> Result<Slice<ScaleVersionSummary>> {
    tx.require(Permission::ScalesRead)?;
    store::by_id(tx, id).await?;
    store::version_page(tx, id, page).await
}

/// One version.
///
/// # Errors
/// `forbidden`, `not_found`.
pub(in crate::scales) async fn version(tx: &TenantTx, id: ScaleId, number: i32) -> Result<ScaleVersionOut> {
    tx.require(Permission::ScalesRead)?;
    visible_version(tx, id, number).await
}

/// A version of a scale that the actor can see.
pub(super) async fn visible_version(tx: &TenantTx, id: ScaleId, number: i32) -> Result<ScaleVersionOut> {
    store::by_id(tx, id).await?;
    store::version(tx, id, number).await
}

/// Begins a new draft with the content of the latest version.
///
/// # Errors
/// `forbidden`, `not_found`, and `conflict` where a draft is there already.
pub async fn create_version(tx: &TenantTx, id: ScaleId) -> Result<ScaleVersionOut> {
    changing(tx, id).await?;
    new_draft(tx, id, None).await
}

/// A new draft with this content, or else the latest version's.
pub(super) async fn new_draft(
    tx: &TenantTx,
    id: ScaleId,
    definition: Option<&ScaleDefinition>,
) -> Result<ScaleVersionOut> {
    let Some(number) = store::insert_version(tx, id, definition).await? else {
        return Err(Error::conflict("The scale has a draft already; edit that.", "该量表已有草稿，请修改该草稿。"));
    };
    let after = store::version(tx, id, number).await?;
    tx.audit::<(), _>("scale_version.created", "scale_version", place(&after), None, Some(&after)).await?;
    Ok(after)
}

/// Copies a version: into a new draft of its scale, or, where a code is given, into a scale of its own.
///
/// # Errors
/// `forbidden`, `not_found`, `invalid_input`, and `conflict` where a draft is there already or the code is taken.
pub(in crate::scales) async fn clone_version(
    tx: &TenantTx,
    id: ScaleId,
    number: i32,
    new: ScaleCloneIn,
) -> Result<ScaleVersionOut> {
    let scope = new.scope.unwrap_or_default();
    let source = match new.code {
        Some(_) => {
            may_create(tx, scope)?;
            store::by_id(tx, id).await?
        }
        None => changing(tx, id).await?,
    };
    let definition = store::version(tx, id, number).await?.definition;
    new.problems().into_result()?;
    let Some(code) = new.code else { return new_draft(tx, id, Some(&definition)).await };
    let name = new.name.unwrap_or(source.name);
    let scale = NewScale { id: tx.new_id(), code, name, purpose: source.purpose, scope };
    let made = insert(tx, scale, &definition).await?;
    store::version(tx, made.id, 1).await
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
    changing(tx, id).await?;
    let before = store::version(tx, id, number).await?;
    expected.check(before.revision)?;
    if before.state != VersionState::Draft {
        return Err(Error::conflict(
            "A published version never changes; begin a new one.",
            "已发布的版本不可更改，请新建版本。",
        ));
    }
    replace(tx, before, definition).await
}

/// Puts another definition into a draft.
pub(super) async fn replace(
    tx: &TenantTx,
    before: ScaleVersionOut,
    definition: &ScaleDefinition,
) -> Result<ScaleVersionOut> {
    if before.definition == *definition {
        return Ok(before);
    }
    store::update_draft(tx, &before, definition).await?;
    let after = store::version(tx, before.scale_id, before.number).await?;
    tx.audit("scale_version.updated", "scale_version", place(&after), Some(&before), Some(&after)).await?;
    Ok(after)
}

/// Checks a version, or another definition in its place. Stores nothing.
///
/// # Errors
/// `forbidden`, `not_found`.
pub(in crate::scales) async fn validate_version(
    tx: &TenantTx,
    id: ScaleId,
    number: i32,
    instead: Option<&ScaleDefinition>,
) -> Result<ScaleValidationOut> {
    tx.require(Permission::ScalesRead)?;
    let stored = visible_version(tx, id, number).await?;
    Ok(validate(instead.unwrap_or(&stored.definition)).into())
}

/// Tells how a version differs from another, field by field.
///
/// # Errors
/// `forbidden`, `not_found`.
pub(in crate::scales) async fn compare_versions(
    tx: &TenantTx,
    (id, number): (ScaleId, i32),
    (with_id, with_number): (ScaleId, i32),
) -> Result<ScaleComparisonOut> {
    tx.require(Permission::ScalesRead)?;
    let old = visible_version(tx, id, number).await?;
    let new = visible_version(tx, with_id, with_number).await?;
    let changes = compare(&old.definition, &new.definition);
    Ok(ScaleComparisonOut {
        scale_id: id,
        version: number,
        with_scale_id: with_id,
        with_version: with_number,
        identical: changes.is_empty(),
        changes,
    })
}

/// Puts a draft in force; the version that was in force is retired in the same transaction. The first scale of a purpose
/// that is published becomes the company's.
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
    let scale = editable(tx, id, Permission::ScalesPublish).await?;
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
    name_first(tx, &scale).await?;
    Ok(after)
}

/// Takes a published version out of force, so that the scale has none until another is published. What was graded with
/// it stays.
///
/// # Errors
/// `forbidden`, `not_found`, `precondition_failed`, `conflict` for a version that is not in force.
pub(in crate::scales) async fn retire_version(
    tx: &TenantTx,
    id: ScaleId,
    number: i32,
    expected: impl Conditional,
) -> Result<ScaleVersionOut> {
    editable(tx, id, Permission::ScalesPublish).await?;
    let before = store::version(tx, id, number).await?;
    expected.check(before.revision)?;
    if before.state != VersionState::Published {
        return Err(Error::conflict("Only the version in force can be retired.", "只有生效中的版本可以停用。"));
    }
    store::retire(tx, &before).await?;
    let after = store::version(tx, id, number).await?;
    tx.audit("scale_version.retired", "scale_version", place(&after), Some(&before), Some(&after)).await?;
    Ok(after)
}
