//! Taking a wrong run out of force.

use super::{events, expiring, run};
use crate::error::{Error, Result};
use crate::grading::store;
use crate::grading::wire::{GradingRunOut, WithdrawalIn};
use crate::tenancy::{Permission, TenantTx};
use crate::values::GradingRunId;

/// Takes a completed run out of force, for good: it stays readable, and current grades are again those of the runs before.
///
/// # Errors
/// `forbidden`, `not_found`, `invalid_input` without a reason; `conflict` for a run that is not completed, or was withdrawn
/// already.
pub async fn withdraw_run(tx: &TenantTx, id: GradingRunId, why: &WithdrawalIn) -> Result<GradingRunOut> {
    tx.require(Permission::GradingRun)?;
    let reason = why.checked_reason()?;
    let row = store::lock_run(tx, id).await?;
    if row.completed_at.is_none() {
        let en = "The run is not completed; cancel its job instead.";
        return Err(Error::conflict(en, "该分级尚未完成；请取消其任务。"));
    }
    if row.withdrawn_at.is_some() {
        return Err(Error::conflict("The run has been withdrawn already.", "该分级已被撤回。"));
    }
    let before = run(tx, id).await?;
    // So that who listens hears of one change after the other.
    expiring::tell_expired(tx).await?;
    events::publish_withdrawn(tx, id).await?;
    store::withdraw(tx, id, reason).await?;
    let after = run(tx, id).await?;
    tx.audit("grading_run.withdrawn", "grading_run", id, Some(&before), Some(&after)).await?;
    Ok(after)
}
