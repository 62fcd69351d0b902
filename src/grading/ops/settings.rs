//! Thresholds by which a tenant reads its results.

use crate::error::{Problems, Result};
use crate::grading::store;
use crate::grading::wire::{GradingSettingsOut, Thresholds};
use crate::rest::Conditional;
use crate::tenancy::{Permission, TenantTx};

/// The tenant's thresholds; the defaults where it has none of its own.
///
/// # Errors
/// `forbidden`.
pub async fn grading_settings(tx: &TenantTx) -> Result<GradingSettingsOut> {
    tx.require(Permission::GradingRead)?;
    store::settings(tx).await
}

/// Replaces them as a whole; what is absent becomes the default.
///
/// # Errors
/// `forbidden`, `invalid_input`, `precondition_failed`.
pub async fn put_grading_settings(
    tx: &TenantTx,
    thresholds: Thresholds,
    expected: impl Conditional,
) -> Result<GradingSettingsOut> {
    tx.require(Permission::SettingsWrite)?;
    let mut problems = Problems::new();
    thresholds.check("", &mut problems);
    problems.into_result()?;
    let before = store::settings(tx).await?;
    expected.check(before.version)?;
    if before.thresholds == thresholds && before.version > 0 {
        return Ok(before);
    }
    store::put_settings(tx, &thresholds, before.version).await?;
    let after = store::settings(tx).await?;
    tx.audit("grading_settings.updated", "grading_settings", tx.tenant(), Some(&before), Some(&after)).await?;
    Ok(after)
}
