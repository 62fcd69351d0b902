//! Use cases of scales.

use serde_json::json;

use super::{editable, may_create};
use crate::error::{Error, Result};
use crate::paging::{PageRequest, Slice};
use crate::scales::store::{self, NewScale};
use crate::scales::wire::{ScaleIn, ScaleOut};
use crate::scales::{Purpose, ScaleDefinition, ScaleTemplate, template, templates};
use crate::tenancy::{Permission, TenantTx};
use crate::values::{Code, ScaleId};

/// The built-in templates.
///
/// # Errors
/// `forbidden`.
pub(in crate::scales) fn list_templates(tx: &TenantTx) -> Result<Vec<ScaleTemplate>> {
    tx.require(Permission::ScalesRead)?;
    Ok(templates().to_vec())
}

/// Scales by code: the company's, one's own, and for those who publish scales everyone's.
///
/// # Errors
/// `forbidden`, `invalid_input` for a foreign cursor.
pub(in crate::scales) async fn list(tx: &TenantTx, page: &PageRequest) -> Result<Slice<ScaleOut>> {
    tx.require(Permission::ScalesRead)?;
    store::page(tx, page).await
}

/// One scale.
///
/// # Errors
/// `forbidden`, `not_found`, also for another member's own.
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

/// Creates a scale with version 1 as a draft.
///
/// # Errors
/// `forbidden`, `invalid_input`, and `conflict` where the code is taken.
pub async fn create(tx: &TenantTx, new: ScaleIn) -> Result<ScaleOut> {
    let scope = new.scope.unwrap_or_default();
    may_create(tx, scope)?;
    new.problems().into_result()?;
    let (purpose, definition) = beginning(&new)?;
    let scale = NewScale { id: tx.new_id(), code: new.code, name: new.name, purpose, scope };
    insert(tx, scale, &definition).await
}

/// Stores a scale that has been checked, and its first draft.
pub(super) async fn insert(tx: &TenantTx, scale: NewScale, definition: &ScaleDefinition) -> Result<ScaleOut> {
    store::insert(tx, &scale, definition).await?;
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

/// A scale that the actor may change, whose definition it may replace.
pub(super) async fn changing(tx: &TenantTx, id: ScaleId) -> Result<ScaleOut> {
    editable(tx, id, Permission::ScalesWrite).await
}
