//! Replacing what a plan expects of a customer.

use std::collections::BTreeMap;

use crate::error::{Error, Result, or_null};
use crate::plans::PlanMethod;
use crate::plans::replacing::{self, PlanReplacementOut};
use crate::plans::store::{self, PlanRow};
use crate::plans::strategy_led::Replacement;
use crate::plans::wire::{PlanIn, PlanState};
use crate::tenancy::{Permission, TenantTx};
use crate::values::{CustomerId, PlanId};

/// Replaces what a plan expects of a customer; what was replaced before goes. The plan stays as it is.
///
/// # Errors
/// `forbidden`; `not_found` for an unknown plan or customer, also a salesperson's for another's; `invalid_input`; `conflict`
/// for a plan that is not strategy-led, not generated or no draft, and for a customer that is not in it.
pub async fn replace_output(
    tx: &TenantTx,
    id: PlanId,
    customer: CustomerId,
    new: Replacement,
) -> Result<PlanReplacementOut> {
    tx.require(Permission::PlansReplace)?;
    let plan = store::by_id(tx, id).await?;
    let store::Target { customer, is_in_plan } = store::target(tx, id, customer).await?;
    replacing::problems(&new, plan.currency.minor_unit_places()).into_result()?;
    open_for_replacements(&plan)?;
    if !is_in_plan {
        let en = "The plan does not have this customer; generate a new one.";
        return Err(Error::conflict(en, "该计划不含此客户，请重新生成计划。"));
    }
    let before = pending_of(tx, id, customer).await?;
    store::replace(tx, id, customer, &new).await?;
    let after =
        pending_of(tx, id, customer).await?.ok_or_else(|| Error::internal("a replacement is not there at once"))?;
    tx.audit("plan.output_replaced", "plan", id, before.as_ref(), Some(&after)).await?;
    Ok(after)
}

/// Takes a replacement back that the plan was not made with; answers it.
///
/// # Errors
/// `forbidden`; `not_found` also where nothing is replaced; `conflict` for a plan that is no draft.
pub async fn withdraw_replacement(tx: &TenantTx, id: PlanId, customer: CustomerId) -> Result<PlanReplacementOut> {
    tx.require(Permission::PlansReplace)?;
    let plan = store::by_id(tx, id).await?;
    let customer = store::target(tx, id, customer).await?.customer;
    let before = pending_of(tx, id, customer).await?.ok_or_else(Error::not_found)?;
    open_for_replacements(&plan)?;
    store::end_replacement(tx, id, customer).await?;
    tx.audit::<_, ()>("plan.replacement_withdrawn", "plan", id, Some(&before), None).await?;
    Ok(before)
}

/// The replacements that a new plan is made with: its own, and of the plan it names those of customers that are still there.
/// `None` where there is no such plan, or one without replacements by its method.
pub(super) async fn taken_over(tx: &TenantTx, new: &PlanIn) -> Result<Option<BTreeMap<String, Replacement>>> {
    let own = new.replacements.clone().unwrap_or_default();
    let Some(source) = new.replacements_of else { return Ok(Some(own)) };
    let source = or_null(store::by_id(tx, source).await)?;
    let Some(source) = source.filter(|plan| plan.method == PlanMethod::StrategyLed) else { return Ok(None) };
    let mut taken = source.replacements;
    for pending in store::pending(tx, &[source.id], None).await?.remove(&source.id).unwrap_or_default() {
        let PlanReplacementOut { external_id, amount, reason, .. } = pending;
        taken.insert(external_id, Replacement { amount, reason });
    }
    let named: Vec<&str> = taken.keys().map(String::as_str).collect();
    for gone in store::unknown_customers(tx, &named).await? {
        taken.remove(&gone);
    }
    taken.extend(own);
    Ok(Some(taken))
}

fn open_for_replacements(plan: &PlanRow) -> Result<()> {
    if plan.method != PlanMethod::StrategyLed {
        let (en, zh) = ("Only a strategy-led plan has outputs to replace.", "只有策略引领型计划可调整客户产出。");
        return Err(Error::conflict(en, zh));
    }
    if plan.state != PlanState::Draft {
        return Err(Error::conflict("The plan is no draft any more.", "该计划已不是草稿。"));
    }
    if plan.completed_at.is_none() {
        return Err(Error::conflict("The plan is not generated yet.", "该计划尚未生成。"));
    }
    Ok(())
}

async fn pending_of(tx: &TenantTx, id: PlanId, customer: CustomerId) -> Result<Option<PlanReplacementOut>> {
    let found = store::pending(tx, &[id], Some(customer)).await?.remove(&id);
    Ok(found.and_then(|mut found| found.pop()))
}
