//! Rows of purchase potentials.

use sqlx::Row;
use sqlx::types::Json;
use uuid::Uuid;

use crate::dossiers::wire::PurchasePotential;
use crate::error::Result;
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, Exact, round_money};

/// The potentials of these customers, by customer and category.
pub(in crate::dossiers) async fn of_customers(
    tx: &TenantTx,
    customers: &[CustomerId],
) -> Result<Vec<(CustomerId, PurchasePotential)>> {
    let ids: Vec<Uuid> = customers.iter().map(|id| id.0).collect();
    let rows = sqlx::query(
        "select customer_id, category, yearly_amount from purchase_potentials
         where tenant_id = $1 and customer_id = any($2)
         order by customer_id, category collate \"C\"",
    )
    .bind(tx.tenant().0)
    .bind(ids)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    rows.iter()
        .map(|row| {
            let yearly_amount = Exact(round_money(row.try_get("yearly_amount")?));
            let potential = PurchasePotential { category: row.try_get("category")?, yearly_amount };
            Ok((CustomerId(row.try_get("customer_id")?), potential))
        })
        .collect()
}

/// Writes potentials, new or changed; each customer and category once.
pub(in crate::dossiers) async fn put(tx: &TenantTx, rows: &[(CustomerId, PurchasePotential)]) -> Result<()> {
    let rows: Vec<_> = rows
        .iter()
        .map(|(id, p)| serde_json::json!({"id": id, "category": p.category, "amount": p.yearly_amount}))
        .collect();
    sqlx::query(
        "insert into purchase_potentials (tenant_id, customer_id, category, yearly_amount)
         select $1, r.id, r.category, r.amount
         from jsonb_to_recordset($2) as r(id uuid, category text, amount numeric)
         on conflict (tenant_id, customer_id, category) do update set yearly_amount = excluded.yearly_amount",
    )
    .bind(tx.tenant().0)
    .bind(Json(rows))
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// Takes out a customer's potentials.
pub(in crate::dossiers) async fn clear(tx: &TenantTx, customer: CustomerId) -> Result<()> {
    sqlx::query("delete from purchase_potentials where tenant_id = $1 and customer_id = $2")
        .bind(tx.tenant().0)
        .bind(customer.0)
        .execute(&mut *tx.conn().await?)
        .await?;
    Ok(())
}
