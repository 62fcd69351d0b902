//! Locks on what no row stands for yet: held until the transaction ends, within one tenant, and taken before any row is
//! locked, so that loads wait for one another instead of deadlocking.

use crate::error::Result;
use crate::tenancy::TenantTx;

/// Who is who: loads share it, a merge and an erasure have it alone.
pub(in crate::dossiers) const IDENTITIES: i32 = 7_262_911;
/// Creating contacts, so that two loads never make one contact twice.
pub(in crate::dossiers) const CONTACTS: i32 = 7_262_914;
/// Moving territories, so that no two moves together close a circle.
pub(in crate::dossiers) const TERRITORIES: i32 = 7_262_915;

/// Giving customers parents, for the same.
pub(in crate::dossiers) const PARENTS: i32 = 7_262_916;

/// Waits for whoever holds this lock in the tenant, then holds it until the transaction ends.
pub(in crate::dossiers) async fn lock(tx: &TenantTx, what: i32) -> Result<()> {
    sqlx::query("select pg_advisory_xact_lock($1, hashtext($2::text))")
        .bind(what)
        .bind(tx.tenant().0)
        .execute(&mut *tx.conn().await?)
        .await?;
    Ok(())
}
