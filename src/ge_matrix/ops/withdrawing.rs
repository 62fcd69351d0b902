//! Taking a wrong mapping out of force.

use crate::error::{Error, Result};
use crate::ge_matrix::store;
use crate::ge_matrix::wire::GeMappingOut;
use crate::grading::WithdrawalIn;
use crate::tenancy::{Permission, TenantTx};
use crate::values::GeMappingId;

/// Takes a complete mapping out of force, for good: it stays readable, and current cells are again those of the mapping
/// before.
///
/// # Errors
/// `forbidden`, `not_found`, `invalid_input` without a reason; `conflict` for a mapping that is not complete, or was
/// withdrawn already.
pub async fn withdraw_mapping(tx: &TenantTx, id: GeMappingId, why: &WithdrawalIn) -> Result<GeMappingOut> {
    tx.require(Permission::GradingRun)?;
    let reason = why.checked_reason()?;
    let before = store::lock_mapping(tx, id).await?;
    if before.completed_at.is_none() {
        let en = "The mapping is not complete; cancel its job instead.";
        return Err(Error::conflict(en, "该映射尚未完成；请取消其任务。"));
    }
    if before.withdrawn_at.is_some() {
        return Err(Error::conflict("The mapping has been withdrawn already.", "该映射已被撤回。"));
    }
    store::withdraw(tx, id, reason).await?;
    let after = store::mapping(tx, id).await?;
    tx.audit("ge_mapping.withdrawn", "ge_mapping", id, Some(&before), Some(&after)).await?;
    Ok(after)
}
