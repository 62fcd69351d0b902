//! Naming the company's scale, which changes current grades.

use super::{events, expiring};
use crate::error::Result;
use crate::grading::store;
use crate::rest::Conditional;
use crate::scales::{CompanyScaleIn, CompanyScaleOut, Purpose, name_company_scale};
use crate::tenancy::{Permission, TenantTx};
use crate::webhooks::{EventType, subscribers};

/// Names the company's scale of a purpose: from now on its official runs decide current grades, those that were made
/// already too. Who listens is told of every grade that changes by it.
///
/// # Errors
/// `forbidden`, `precondition_failed`; `invalid_input` for an unknown scale, one of another purpose, a personal one, and
/// one without a published version.
pub async fn put_company_scale(
    tx: &TenantTx,
    purpose: Purpose,
    new: &CompanyScaleIn,
    expected: impl Conditional,
) -> Result<CompanyScaleOut> {
    tx.require(Permission::ScalesPublish)?;
    let Some(told) = subscribers(tx, &[EventType::CustomerGradeChanged]).await? else {
        return name_company_scale(tx, purpose, new, expected).await;
    };
    // So that who listens hears of one change after the other.
    expiring::tell_expired(tx).await?;
    let before = store::decided(tx, None).await?;
    let named = name_company_scale(tx, purpose, new, expected).await?;
    let after = store::decided(tx, None).await?;
    events::publish_company_scale(tx, &told, &before, &after).await?;
    Ok(named)
}
