//! Replaced expected outputs beside their plans.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::lines::money;
use super::plan::PlanRow;
use crate::error::{Error, Result};
use crate::plans::PlanReplacementOut;
use crate::plans::strategy_led::{EXPECTED_OUTPUT_STEP, Replacement};
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, PlanId};

/// A customer that a replacement is for.
#[derive(Clone, Copy, Debug)]
pub(in crate::plans) struct Target {
    /// The one that an id leads to, also where it has become one with another.
    pub customer: CustomerId,
    /// Whether the plan expects something of it, be it nothing.
    pub is_in_plan: bool,
}

/// The customer with an id, as far as the actor sees it.
pub(in crate::plans) async fn target(tx: &TenantTx, plan: PlanId, customer: CustomerId) -> Result<Target> {
    let found: Option<(Uuid, bool)> = sqlx::query_as(
        "select c.id, exists (select from plan_lines l
                              where l.tenant_id = $1 and l.customer_id = c.id and l.plan_id = $2 and l.step = $4)
         from customers m
         join customers c on c.tenant_id = $1 and c.id = coalesce(m.merged_into, m.id)
         where m.tenant_id = $1 and m.id = $3",
    )
    .bind(tx.tenant().0)
    .bind(plan.0)
    .bind(customer.0)
    .bind(i32::from(EXPECTED_OUTPUT_STEP))
    .fetch_optional(&mut *tx.conn().await?)
    .await?;
    let (customer, is_in_plan) = found.ok_or_else(Error::not_found)?;
    Ok(Target { customer: CustomerId(customer), is_in_plan })
}

/// Keeps a replacement in the place of the one before.
pub(in crate::plans) async fn replace(
    tx: &TenantTx,
    plan: PlanId,
    customer: CustomerId,
    new: &Replacement,
) -> Result<()> {
    sqlx::query(
        "insert into plan_replacements (tenant_id, plan_id, customer_id, amount, reason, replaced_by, replaced_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (tenant_id, plan_id, customer_id) do update
         set amount = excluded.amount, reason = excluded.reason, replaced_by = excluded.replaced_by,
             replaced_at = excluded.replaced_at",
    )
    .bind(tx.tenant().0)
    .bind(plan.0)
    .bind(customer.0)
    .bind(new.amount.map(Decimal::from))
    .bind(new.reason.trim())
    .bind(&tx.actor().subject)
    .bind(tx.now())
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// Takes a replacement back.
pub(in crate::plans) async fn end_replacement(tx: &TenantTx, plan: PlanId, customer: CustomerId) -> Result<()> {
    sqlx::query("delete from plan_replacements where tenant_id = $1 and plan_id = $2 and customer_id = $3")
        .bind(tx.tenant().0)
        .bind(plan.0)
        .bind(customer.0)
        .execute(&mut *tx.conn().await?)
        .await?;
    Ok(())
}

/// The replacements beside each of the plans, by the customers' external ids; with a customer its alone.
pub(in crate::plans) async fn pending(
    tx: &TenantTx,
    plans: &[PlanId],
    customer: Option<CustomerId>,
) -> Result<BTreeMap<PlanId, Vec<PlanReplacementOut>>> {
    let ids: Vec<Uuid> = plans.iter().map(|plan| plan.0).collect();
    let rows = sqlx::query(
        "select r.plan_id, r.customer_id, c.external_id, p.currency, l.amount as expected, r.amount, r.reason,
             r.replaced_by, r.replaced_at
         from plan_replacements r
         join plans p on p.tenant_id = $1 and p.id = r.plan_id
         join customers c on c.tenant_id = $1 and c.id = r.customer_id
         left join plan_lines l on l.tenant_id = $1 and l.customer_id = r.customer_id and l.plan_id = r.plan_id and l.step = $3
         where r.tenant_id = $1 and r.plan_id = any($2) and ($4::uuid is null or r.customer_id = $4)
         order by r.plan_id, c.external_id collate \"C\"",
    )
    .bind(tx.tenant().0)
    .bind(ids)
    .bind(i32::from(EXPECTED_OUTPUT_STEP))
    .bind(customer.map(|customer| customer.0))
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    let mut found = BTreeMap::<PlanId, Vec<PlanReplacementOut>>::new();
    for row in &rows {
        found.entry(PlanId(row.try_get("plan_id")?)).or_default().push(replacement(row)?);
    }
    Ok(found)
}

fn replacement(row: &PgRow) -> Result<PlanReplacementOut> {
    Ok(PlanReplacementOut {
        customer_id: CustomerId(row.try_get("customer_id")?),
        external_id: row.try_get("external_id")?,
        expected: money(row, "expected")?,
        amount: money(row, "amount")?,
        reason: row.try_get("reason")?,
        replaced_by: row.try_get("replaced_by")?,
        replaced_at: row.try_get::<DateTime<Utc>, _>("replaced_at")?,
    })
}

/// Takes out of plans the replacements of customers whom the actor does not see.
pub(in crate::plans) async fn known_customers(tx: &TenantTx, plans: &mut [PlanRow]) -> Result<()> {
    let named: BTreeSet<&str> = plans.iter().flat_map(|plan| plan.replacements.keys()).map(String::as_str).collect();
    if named.is_empty() {
        return Ok(());
    }
    let named: Vec<&str> = named.into_iter().collect();
    let known: Vec<String> =
        sqlx::query_scalar("select external_id from customers where tenant_id = $1 and external_id = any($2)")
            .bind(tx.tenant().0)
            .bind(named)
            .fetch_all(&mut *tx.conn().await?)
            .await?;
    let known: BTreeSet<String> = known.into_iter().collect();
    for plan in plans {
        plan.replacements.retain(|customer, _| known.contains(customer));
    }
    Ok(())
}
