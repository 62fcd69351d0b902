//! Telling that grades set by hand have come to their time.
//!
//! An override stops holding at its moment by itself: whoever reads a grade compares the times. What is done here is to say
//! so. Each is taken out of the queue in the transaction that publishes its event, so that it is told once however many
//! workers look, and again only where nothing of it was told.

use super::events;
use crate::error::Result;
use crate::grading::store;
use crate::tenancy::{Actor, Role, TenantDb, TenantTx};
use crate::values::{CustomerId, TenantId};

/// Overrides that are told of in one transaction.
const CHUNK: usize = 1_000;

/// Tells of all overrides whose time is over, in all tenants; how many were taken. Several may be at it at once.
///
/// # Errors
/// The database's; a tenant whose overrides cannot be told of is tried again the next time.
pub async fn tell_expired_overrides(db: &TenantDb) -> Result<usize> {
    let mut all = 0;
    for tenant in store::tenants_with_expired(db.queue_pool(), db.clock().now()).await? {
        match of_tenant(db, tenant).await {
            Ok(taken) => all += taken,
            Err(error) => tracing::error!(%tenant, ?error, "cannot tell that overrides have expired"),
        }
    }
    Ok(all)
}

async fn of_tenant(db: &TenantDb, tenant: TenantId) -> Result<usize> {
    let actor = Actor::with_role("grade-overrides", tenant, Role::Admin, db.ids().next().to_string());
    let mut all = 0;
    loop {
        let taken = db.write(&actor, async |tx| tell_some(tx, None).await).await?;
        all += taken;
        if taken < CHUNK {
            return Ok(all);
        }
    }
}

/// Tells of those of one customer, before something else is told of it in the same transaction.
pub(super) async fn tell_expired_of(tx: &TenantTx, customer: CustomerId) -> Result<()> {
    tell_some(tx, Some(customer)).await.map(drop)
}

/// Tells of all of the tenant's, before a run decides anew.
pub(super) async fn tell_expired(tx: &TenantTx) -> Result<()> {
    while tell_some(tx, None).await? == CHUNK {}
    Ok(())
}

async fn tell_some(tx: &TenantTx, customer: Option<CustomerId>) -> Result<usize> {
    let (taken, expired) = store::take_expired(tx, customer, CHUNK).await?;
    if !expired.is_empty() {
        events::publish_expired(tx, &expired).await?;
    }
    Ok(taken)
}
