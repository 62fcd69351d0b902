//! Territories: a tree of those that are defined, and the names that are used without being defined.

use crate::dossiers::change::LONGEST_NAME;
use crate::dossiers::store::{locks, territories};
use crate::dossiers::wire::{TerritoryIn, TerritoryOut};
use crate::error::{Error, Problems, Result};
use crate::paging::{PageRequest, Slice};
use crate::rest::Conditional;
use crate::tenancy::{Permission, TenantTx};

/// One page of the territories, defined or used, by name.
///
/// # Errors
/// `forbidden`; `invalid_input` for a foreign cursor.
pub(in crate::dossiers) async fn list(tx: &TenantTx, page: &PageRequest) -> Result<Slice<TerritoryOut>> {
    tx.require(Permission::CustomersRead)?;
    territories::page(tx, page).await
}

/// One territory.
///
/// # Errors
/// `forbidden`, `not_found` where it is neither defined nor used.
pub(in crate::dossiers) async fn territory(tx: &TenantTx, name: &str) -> Result<TerritoryOut> {
    tx.require(Permission::CustomersRead)?;
    territories::by_name(tx, name).await?.ok_or_else(Error::not_found)
}

/// Defines a territory, or changes what it is; says whether it is new.
///
/// # Errors
/// `forbidden`, `invalid_input` (also for a parent that is not defined or lies in it), and `precondition_failed` where
/// it is not the expected version, or is not there.
pub(in crate::dossiers) async fn put(
    tx: &TenantTx,
    name: &str,
    new: &TerritoryIn,
    expected: Option<i32>,
) -> Result<(TerritoryOut, bool)> {
    tx.require(Permission::CustomersWrite)?;
    locks::lock(tx, locks::TERRITORIES).await?;
    let before = defined(tx, name).await?;
    match (before.as_ref().and_then(|before| before.version), expected) {
        (Some(version), expected) => expected.check(version)?,
        (None, Some(_)) => return Err(Error::changed_meanwhile()),
        (None, None) => {}
    }
    check(tx, name, new).await?.into_result()?;
    if let Some(before) = &before
        && before.label.as_ref() == Some(&new.label)
        && before.parent == new.parent
    {
        return Ok((before.clone(), false));
    }
    territories::put(tx, name, new).await?;
    let after = territory_after(tx, name).await?;
    let action = if before.is_some() { "territory.updated" } else { "territory.created" };
    tx.audit(action, "territory", name, before.as_ref(), Some(&after)).await?;
    Ok((after, before.is_none()))
}

/// Takes out the definition of a territory; customers go on naming it.
///
/// # Errors
/// `forbidden`, `not_found` where it is not defined, `conflict` where another lies in it, and `precondition_failed`
/// where it is not the expected version.
pub(in crate::dossiers) async fn delete(tx: &TenantTx, name: &str, expected: Option<i32>) -> Result<TerritoryOut> {
    tx.require(Permission::CustomersWrite)?;
    locks::lock(tx, locks::TERRITORIES).await?;
    let before = defined(tx, name).await?.ok_or_else(Error::not_found)?;
    expected.check(before.version.unwrap_or_default())?;
    if territories::within(tx, name).await?.len() > 1 {
        return Err(Error::conflict("Other territories lie in it; move them first.", "其下还有其他区域，请先移出。"));
    }
    territories::delete(tx, name).await?;
    tx.audit::<_, ()>("territory.deleted", "territory", name, Some(&before), None).await?;
    Ok(before)
}

async fn check(tx: &TenantTx, name: &str, new: &TerritoryIn) -> Result<Problems> {
    let mut problems = Problems::new();
    problems.text("/name", name, LONGEST_NAME);
    problems.text("/label/en", &new.label.en, LONGEST_NAME);
    problems.text("/label/zh", &new.label.zh, LONGEST_NAME);
    if let Some(parent) = &new.parent {
        if parent == name || territories::within(tx, name).await?.contains(parent) {
            let en = "A territory cannot lie in itself or in one that lies in it.";
            problems.add("/parent", "cycle", en, "区域不能位于自身或其下级区域之中。");
        } else if defined(tx, parent).await?.is_none() {
            let en = "There is no such territory; define it first.";
            problems.add("/parent", "unknown_reference", en, "没有该区域，请先定义。");
        }
    }
    Ok(problems)
}

async fn defined(tx: &TenantTx, name: &str) -> Result<Option<TerritoryOut>> {
    Ok(territories::by_name(tx, name).await?.filter(|territory| territory.version.is_some()))
}

async fn territory_after(tx: &TenantTx, name: &str) -> Result<TerritoryOut> {
    territories::by_name(tx, name).await?.ok_or_else(|| Error::internal("a territory that is not there"))
}
