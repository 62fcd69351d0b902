//! Overrides whose time is over, and the table by which a worker finds them.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgRow;
use sqlx::{PgPool, QueryBuilder, Row};
use uuid::Uuid;

use super::results::grade;
use crate::error::{Error, Result};
use crate::tenancy::TenantTx;
use crate::values::{Code, CustomerId, GradeOverrideId, TenantId};

/// An override that held until its time was over.
#[derive(Clone, Debug)]
pub(in crate::grading) struct Expired {
    pub(in crate::grading) id: GradeOverrideId,
    pub(in crate::grading) customer: CustomerId,
    pub(in crate::grading) external_id: String,
    pub(in crate::grading) grade: Code,
}

/// The tenants with overrides whose time is over and of which nobody was told, the longest over first.
pub(in crate::grading) async fn tenants_with_expired(pool: &PgPool, now: DateTime<Utc>) -> Result<Vec<TenantId>> {
    let tenants: Vec<Uuid> = sqlx::query_scalar(
        "select tenant_id from grade_override_queue where due_at <= $1 group by tenant_id order by min(due_at), tenant_id",
    )
    .bind(now)
    .fetch_all(pool)
    .await?;
    Ok(tenants.into_iter().map(TenantId).collect())
}

/// Takes at most so many overrides whose time is over: how many were taken, and those of them to tell of, by external id.
/// Of several workers one gets each; a customer's own is waited for. What was taken is not found again, but for a
/// transaction that is undone. Customers that were archived, or have become one with another, are not told of.
pub(in crate::grading) async fn take_expired(
    tx: &TenantTx,
    customer: Option<CustomerId>,
    most: usize,
) -> Result<(usize, Vec<Expired>)> {
    let mut sql =
        QueryBuilder::new("with due as (select q.override_id from grade_override_queue q where q.tenant_id = ");
    sql.push_bind(tx.tenant().0).push(" and q.due_at <= ").push_bind(tx.now());
    if let Some(customer) = customer {
        sql.push(" and q.override_id in (select id from grade_overrides where tenant_id = ").push_bind(tx.tenant().0);
        sql.push(" and customer_id = ").push_bind(customer.0).push(")");
    }
    sql.push(" order by q.due_at, q.override_id limit ").push_bind(i64::try_from(most).unwrap_or(i64::MAX));
    sql.push(if customer.is_some() { " for update" } else { " for update skip locked" });
    sql.push("), taken as (delete from grade_override_queue q using due where q.override_id = due.override_id");
    sql.push(" and q.tenant_id = ").push_bind(tx.tenant().0).push(" returning q.override_id)");
    sql.push(
        " select v.id, v.customer_id, v.grade, c.external_id,
              v.ended_at is null and c.archived_at is null and c.merged_into is null as is_told
          from taken t
          join grade_overrides v on v.id = t.override_id and v.tenant_id = ",
    );
    sql.push_bind(tx.tenant().0).push(" join customers c on c.id = v.customer_id and c.tenant_id = ");
    sql.push_bind(tx.tenant().0).push(" order by c.external_id collate \"C\", v.id");
    let rows = sql.build().persistent(false).fetch_all(&mut *tx.conn().await?).await?;
    let mut expired = Vec::with_capacity(rows.len());
    for row in &rows {
        if row.try_get("is_told")? {
            expired.push(one(row)?);
        }
    }
    Ok((rows.len(), expired))
}

fn one(row: &PgRow) -> Result<Expired> {
    Ok(Expired {
        id: GradeOverrideId(row.try_get("id")?),
        customer: CustomerId(row.try_get("customer_id")?),
        external_id: row.try_get("external_id")?,
        grade: grade(row, "grade")?.ok_or_else(|| Error::internal("an override without a grade"))?,
    })
}
