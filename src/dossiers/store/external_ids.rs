//! Rows of customers' external ids, and the name a customer has in reports.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::dossiers::wire::ExternalId;
use crate::error::{Error, Result};
use crate::tenancy::TenantTx;
use crate::values::CustomerId;

/// Whose external id it is.
pub(in crate::dossiers) async fn holder(tx: &TenantTx, id: &ExternalId) -> Result<Option<CustomerId>> {
    let holder: Option<Uuid> = sqlx::query_scalar(
        "select customer_id from customer_external_ids where tenant_id = $1 and system = $2 and external_id = $3",
    )
    .bind(tx.tenant().0)
    .bind(&id.system)
    .bind(&id.external_id)
    .fetch_optional(&mut *tx.conn().await?)
    .await?;
    Ok(holder.map(CustomerId))
}

/// How many external ids each of these customers has; those that have none are not in it.
pub(in crate::dossiers) async fn counts(tx: &TenantTx, ids: &[CustomerId]) -> Result<BTreeMap<CustomerId, usize>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let counts: Vec<(Uuid, i64)> = sqlx::query_as(
        "select customer_id, count(*) from customer_external_ids
         where tenant_id = $1 and customer_id = any($2) group by customer_id",
    )
    .bind(tx.tenant().0)
    .bind(ids.iter().map(|id| id.0).collect::<Vec<_>>())
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    counts.into_iter().map(|(id, n)| Ok((CustomerId(id), usize::try_from(n).map_err(Error::internal)?))).collect()
}

/// Gives a customer an external id that nobody has.
pub(in crate::dossiers) async fn add(tx: &TenantTx, customer: CustomerId, id: &ExternalId) -> Result<()> {
    sqlx::query(
        "insert into customer_external_ids (tenant_id, system, external_id, customer_id) values ($1, $2, $3, $4)",
    )
    .bind(tx.tenant().0)
    .bind(&id.system)
    .bind(&id.external_id)
    .bind(customer.0)
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// Takes an external id away from a customer.
pub(in crate::dossiers) async fn remove(tx: &TenantTx, customer: CustomerId, id: &ExternalId) -> Result<()> {
    sqlx::query(
        "delete from customer_external_ids
         where tenant_id = $1 and system = $2 and external_id = $3 and customer_id = $4",
    )
    .bind(tx.tenant().0)
    .bind(&id.system)
    .bind(&id.external_id)
    .bind(customer.0)
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// Names a customer in reports and ties.
pub(in crate::dossiers) async fn rename(tx: &TenantTx, customer: CustomerId, name: &str) -> Result<()> {
    sqlx::query("update customers set external_id = $3 where tenant_id = $1 and id = $2")
        .bind(tx.tenant().0)
        .bind(customer.0)
        .bind(name)
        .execute(&mut *tx.conn().await?)
        .await?;
    Ok(())
}
