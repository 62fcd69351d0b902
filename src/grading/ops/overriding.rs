//! Grades set by hand.

use super::{events, expiring};
use crate::error::{Error, Result};
use crate::grading::store::{self, Standing};
use crate::grading::wire::{GradeOverrideIn, GradeOverrideOut, GradeOverrideState};
use crate::paging::{PageRequest, Slice};
use crate::tenancy::{Permission, TenantTx};
use crate::values::CustomerId;

/// Sets a customer's grade by hand; one that was set before ends. The computed grade stays beside it.
///
/// # Errors
/// `forbidden`, `not_found`; `conflict` for a customer that no run has seen; `invalid_input` for a grade that the scale does
/// not have, without a reason, and for an expiry that has passed.
pub async fn override_grade(tx: &TenantTx, customer: CustomerId, new: GradeOverrideIn) -> Result<GradeOverrideOut> {
    tx.require(Permission::GradesOverride)?;
    new.problems(tx.now()).into_result()?;
    let customer = store::lock_customer(tx, customer).await?;
    // So that who listens hears of one change after the other.
    expiring::tell_expired_of(tx, customer).await?;
    let Some(before) = standing(tx, customer).await? else {
        let en = "No official run of the company's scale has seen this customer; grade it first, so that the computed \
                  grade stands beside yours.";
        return Err(Error::conflict(en, "该客户尚未参与公司量表的正式分级；请先分级，以便同时显示计算等级。"));
    };
    let entry = &before.entry;
    let bands = store::definition_of(tx, entry.run_id).await?.grade_bands;
    if bands.position(&new.grade).is_none() {
        let grades: Vec<String> = bands.grades().iter().map(ToString::to_string).collect();
        let (en, zh) = (format!("One of {}.", grades.join(", ")), format!("可选：{}。", grades.join("、")));
        return Err(Error::invalid_at("/grade", "unknown", en, zh));
    }
    store::end_override(tx, customer).await?;
    store::insert_override(tx, customer, &new, (entry.run_id, entry.grade.as_ref())).await?;
    let after = standing(tx, customer).await?.ok_or_else(Error::not_found)?;
    let set = after.overridden.clone().ok_or_else(|| Error::internal("an override is not in force at once"))?;
    tx.audit("customer.grade_overridden", "customer", customer, before.overridden.as_ref(), Some(&set)).await?;
    events::publish_override(tx, &before, &after).await?;
    Ok(set)
}

/// Ends the grade that was set by hand: the computed one is the current grade again.
///
/// # Errors
/// `forbidden`; `not_found` also where none is in force.
pub async fn withdraw_override(tx: &TenantTx, customer: CustomerId) -> Result<GradeOverrideOut> {
    tx.require(Permission::GradesOverride)?;
    let customer = store::lock_customer(tx, customer).await?;
    let before = standing(tx, customer).await?.ok_or_else(Error::not_found)?;
    let set = before.overridden.clone().ok_or_else(Error::not_found)?;
    store::end_override(tx, customer).await?;
    // Where no run in force has seen the customer, nothing is left of its grade.
    let after = standing(tx, customer).await?.unwrap_or_else(|| Standing { overridden: None, ..before.clone() });
    tx.audit::<_, ()>("customer.grade_override_withdrawn", "customer", customer, Some(&set), None).await?;
    events::publish_override(tx, &before, &after).await?;
    let (now, by) = (tx.now(), tx.actor().subject.clone());
    Ok(GradeOverrideOut { ended_at: Some(now), ended_by: Some(by), state: GradeOverrideState::Ended, ..set })
}

/// A customer's grades set by hand, newest first; without a customer everyone's that are in force.
///
/// # Errors
/// `forbidden`, `not_found` for an unknown customer, `invalid_input` for a foreign cursor.
pub(in crate::grading) async fn overrides(
    tx: &TenantTx,
    customer: Option<CustomerId>,
    page: &PageRequest,
) -> Result<Slice<GradeOverrideOut>> {
    tx.require(Permission::GradingRead)?;
    let customer = match customer {
        Some(customer) => Some(store::survivor(tx, customer).await?),
        None => None,
    };
    store::override_page(tx, customer, page).await
}

async fn standing(tx: &TenantTx, customer: CustomerId) -> Result<Option<Standing>> {
    Ok(store::standings(tx, &[customer]).await?.remove(&customer))
}
