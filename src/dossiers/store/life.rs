//! When customers were put away.

use crate::error::Result;
use crate::tenancy::TenantTx;
use crate::values::CustomerId;

/// Archives a customer, or takes it out of the archive; counts one change.
pub(in crate::dossiers) async fn archive(tx: &TenantTx, id: CustomerId, archived: bool) -> Result<()> {
    sqlx::query(
        "update customers
         set archived_at = case when $3 then $4::timestamptz end, version = version + 1, updated_at = $4
         where tenant_id = $1 and id = $2",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(archived)
    .bind(tx.now())
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}
