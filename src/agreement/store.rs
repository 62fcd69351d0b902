//! Names of customers.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::error::Result;
use crate::tenancy::TenantTx;
use crate::values::CustomerId;

/// External id and name of customers.
pub(super) async fn names(tx: &TenantTx, customers: &[CustomerId]) -> Result<BTreeMap<CustomerId, (String, String)>> {
    let ids: Vec<Uuid> = customers.iter().map(|id| id.0).collect();
    let rows: Vec<(Uuid, String, String)> =
        sqlx::query_as("select id, external_id, name from customers where tenant_id = $1 and id = any($2)")
            .bind(tx.tenant().0)
            .bind(ids)
            .fetch_all(&mut *tx.conn().await?)
            .await?;
    Ok(rows.into_iter().map(|(id, external_id, name)| (CustomerId(id), (external_id, name))).collect())
}
