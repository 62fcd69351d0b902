//! Use cases of saved mappings.

use crate::error::{Error, Result};
use crate::imports::mapping::{BuiltInMapping, built_in, built_in_mappings};
use crate::imports::wire::ImportMappingOut;
use crate::imports::{FileForm, ImportKind, ImportMapping, preview, store};
use crate::intake::Outcome;
use crate::paging::{PageRequest, Slice};
use crate::rest::Conditional;
use crate::tenancy::{Permission, TenantTx};
use crate::tenants;
use crate::values::Code;

/// The mappings that are there from the start.
///
/// # Errors
/// `forbidden`.
pub(in crate::imports) fn list_built_in(tx: &TenantTx) -> Result<Vec<BuiltInMapping>> {
    tx.require(Permission::ImportsWrite)?;
    Ok(built_in_mappings().to_vec())
}

/// The tenant's own mappings by code.
///
/// # Errors
/// `forbidden`, and `invalid_input` for a foreign cursor.
pub(in crate::imports) async fn list(tx: &TenantTx, page: &PageRequest) -> Result<Slice<ImportMappingOut>> {
    tx.require(Permission::ImportsWrite)?;
    store::mappings::page(tx, page).await
}

/// The mapping with a code: the tenant's own, or the one that is there from the start.
///
/// # Errors
/// `forbidden`, `not_found`.
pub(in crate::imports) async fn get(tx: &TenantTx, code: &str) -> Result<ImportMappingOut> {
    tx.require(Permission::ImportsWrite)?;
    if let Some(own) = store::mappings::by_code(tx, code, false).await? {
        return Ok(own);
    }
    built_in(code).map(|definition| ImportMappingOut::from_start(code, definition)).ok_or_else(Error::not_found)
}

/// Saves a mapping under a code; one that is there from the start is overlaid.
///
/// # Errors
/// `forbidden`, `invalid_input`, and `precondition_failed` where it is not the expected version, or is not there.
pub(in crate::imports) async fn put(
    tx: &TenantTx,
    code: &Code,
    definition: &ImportMapping,
    expected: Option<i32>,
) -> Result<(ImportMappingOut, Outcome)> {
    tx.require(Permission::ImportsWrite)?;
    definition.problems().into_result()?;
    let before = store::mappings::by_code(tx, code.as_str(), true).await?;
    match (&before, expected) {
        (Some(before), expected) => expected.check(before.version)?,
        (None, Some(_)) => return Err(Error::changed_meanwhile()),
        (None, None) => {}
    }
    let outcome = match before {
        Some(before) if before.definition == *definition => return Ok((before, Outcome::Unchanged)),
        Some(_) => Outcome::Updated,
        None => Outcome::Created,
    };
    store::mappings::put(tx, code, definition, before.as_ref().map(|before| before.version)).await?;
    let after = get(tx, code.as_str()).await?;
    let action = if outcome == Outcome::Created { "import_mapping.created" } else { "import_mapping.updated" };
    tx.audit(action, "import_mapping", code, before.as_ref(), Some(&after)).await?;
    Ok((after, outcome))
}

/// Forgets a mapping of the tenant's own. Imports that were sent with it keep what it said.
///
/// # Errors
/// `forbidden`, `not_found`, and `precondition_failed` where it is not the expected version.
pub(in crate::imports) async fn delete(tx: &TenantTx, code: &str, expected: Option<i32>) -> Result<ImportMappingOut> {
    tx.require(Permission::ImportsWrite)?;
    let before = store::mappings::by_code(tx, code, true).await?.ok_or_else(Error::not_found)?;
    expected.check(before.version)?;
    store::mappings::delete(tx, code).await?;
    tx.audit::<_, ()>("import_mapping.deleted", "import_mapping", code, Some(&before), None).await?;
    Ok(before)
}

/// The mapping an import names.
///
/// # Errors
/// `invalid_input` where there is none, or it is for another kind of file.
pub(super) async fn named(tx: &TenantTx, code: &str, kind: ImportKind) -> Result<ImportMapping> {
    let found = match store::mappings::by_code(tx, code, false).await? {
        Some(own) => Some(own.definition),
        None => built_in(code).cloned(),
    };
    match found {
        Some(mapping) if mapping.kind == kind => Ok(mapping),
        Some(mapping) => {
            let (en, zh) = (format!("The mapping is for {}.", mapping.kind), format!("该映射用于 {}。", mapping.kind));
            Err(Error::invalid_at("/kind", "invalid_choice", en, zh))
        }
        None => Err(Error::invalid_at("/mapping", "unknown_reference", "There is no such mapping.", "没有此映射。")),
    }
}

/// The beginning of a file as a mapping reads it. Nothing is stored.
///
/// # Errors
/// `forbidden`, `not_found`, `invalid_input`.
pub(in crate::imports) async fn preview(
    tx: &TenantTx,
    code: &str,
    form: FileForm,
    content: bytes::Bytes,
) -> Result<preview::ImportPreviewOut> {
    let mapping = get(tx, code).await?.definition;
    let mut problems = crate::error::Problems::new();
    form.check(&mut problems);
    problems.into_result()?;
    let base = tenants::current(tx).await?.base_currency;
    tokio::task::spawn_blocking(move || preview::preview(mapping, form, base, &content))
        .await
        .map_err(Error::internal)?
}
