//! Rows of purchase potentials.

use sqlx::types::Json;
use sqlx::{QueryBuilder, Row};
use uuid::Uuid;

use crate::dossiers::wire::{PotentialFilter, PotentialOut, PurchasePotential};
use crate::error::Result;
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, Exact, round_money};

const CATEGORY: SortKey = SortKey { name: "category", sql: "p.category", sql_type: "text" };
const CUSTOMER: SortKey = SortKey { name: "customer_id", sql: "p.customer_id", sql_type: "uuid" };

/// Potentials by category and customer.
pub(in crate::dossiers) async fn page(
    tx: &TenantTx,
    filter: &PotentialFilter,
    page: &PageRequest,
) -> Result<Slice<PotentialOut>> {
    let order = Order::parse(None, "category", &[CATEGORY], CUSTOMER)?;
    let mut sql = QueryBuilder::new("select p.customer_id, p.category, p.yearly_amount, ");
    page.push_keys(&order, &mut sql);
    sql.push(" from purchase_potentials p where p.tenant_id = ").push_bind(tx.tenant().0);
    if let Some(customer) = filter.customer_id {
        // The id of a customer that has become one with another leads there.
        sql.push(" and p.customer_id = (select coalesce(c.merged_into, c.id) from customers c where c.tenant_id = ");
        sql.push_bind(tx.tenant().0).push(" and c.id = ").push_bind(customer.0).push(")");
    }
    if let Some(category) = &filter.category {
        sql.push(" and p.category = ").push_bind(category.clone());
    }
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, |row| {
        Ok(PotentialOut {
            customer_id: CustomerId(row.try_get("customer_id")?),
            category: row.try_get("category")?,
            yearly_amount: Exact(round_money(row.try_get("yearly_amount")?)),
        })
    })
}

/// The potentials of these customers, by customer and category.
pub(in crate::dossiers) async fn of_customers(
    tx: &TenantTx,
    customers: &[CustomerId],
) -> Result<Vec<(CustomerId, PurchasePotential)>> {
    let ids: Vec<Uuid> = customers.iter().map(|id| id.0).collect();
    let rows = sqlx::query(
        "select customer_id, category, yearly_amount from purchase_potentials
         where tenant_id = (select $1::uuid) and customer_id = any($2)
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
