//! Rows of grades set by hand.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::postgres::PgRow;
use sqlx::{QueryBuilder, Row};
use uuid::Uuid;

use super::results::grade;
use crate::error::{Error, Result};
use crate::grading::wire::{GradeOverrideIn, GradeOverrideOut, GradeOverrideState};
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::tenancy::TenantTx;
use crate::values::{Code, CustomerId, GradeOverrideId, GradingRunId};

const COLUMNS: &str = "v.id, v.customer_id, v.grade, v.reason, v.run_id, v.computed_grade, v.author, v.created_at,
    v.expires_at, v.ended_at, v.ended_by";
const CREATED: SortKey = SortKey { name: "created_at", sql: "v.created_at", sql_type: "timestamptz" };
const ID: SortKey = SortKey { name: "id", sql: "v.id", sql_type: "uuid" };

/// A customer under its lock, so that two who set its grade at once follow one another; its surviving id.
pub(in crate::grading) async fn lock_customer(tx: &TenantTx, customer: CustomerId) -> Result<CustomerId> {
    let survivor: Option<Uuid> = sqlx::query_scalar(
        "select id from customers where tenant_id = $1 and archived_at is null and id = (
             select coalesce(merged_into, id) from customers where tenant_id = $1 and id = $2)
         for no key update",
    )
    .bind(tx.tenant().0)
    .bind(customer.0)
    .fetch_optional(&mut *tx.conn().await?)
    .await?;
    survivor.map(CustomerId).ok_or_else(Error::not_found)
}

/// What is overruled: the run, and its grade where the customer could be graded. Its expiry is queued with it.
pub(in crate::grading) async fn insert_override(
    tx: &TenantTx,
    customer: CustomerId,
    new: &GradeOverrideIn,
    overruled: (GradingRunId, Option<&Code>),
) -> Result<()> {
    sqlx::query(
        "with made as (
             insert into grade_overrides
                 (tenant_id, id, customer_id, grade, reason, run_id, computed_grade, author, created_at, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             returning tenant_id, id, expires_at)
         insert into grade_override_queue (tenant_id, override_id, due_at)
         select tenant_id, id, expires_at from made where expires_at is not null",
    )
    .bind(tx.tenant().0)
    .bind(tx.new_id::<Uuid>())
    .bind(customer.0)
    .bind(new.grade.as_str())
    .bind(new.reason.trim())
    .bind(overruled.0.0)
    .bind(overruled.1.map(Code::as_str))
    .bind(&tx.actor().subject)
    .bind(tx.now())
    .bind(new.expires_at)
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// Ends the override that is open, where there is one, and takes its expiry out of the queue. One whose time is over ended
/// then.
pub(in crate::grading) async fn end_override(tx: &TenantTx, customer: CustomerId) -> Result<()> {
    sqlx::query(
        "with ended as (
             update grade_overrides set ended_at = least($3, expires_at), ended_by = $4
             where tenant_id = $1 and customer_id = $2 and ended_at is null
             returning id)
         delete from grade_override_queue q using ended where q.tenant_id = $1 and q.override_id = ended.id",
    )
    .bind(tx.tenant().0)
    .bind(customer.0)
    .bind(tx.now())
    .bind(&tx.actor().subject)
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// An override in force, as it stands beside the result that decides.
#[derive(Debug, Deserialize)]
pub(super) struct OverrideInForce {
    id: GradeOverrideId,
    customer_id: CustomerId,
    grade: Code,
    reason: String,
    run_id: GradingRunId,
    computed_grade: Option<Code>,
    author: String,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
}

impl From<OverrideInForce> for GradeOverrideOut {
    fn from(row: OverrideInForce) -> Self {
        Self {
            id: row.id,
            customer_id: row.customer_id,
            grade: row.grade,
            reason: row.reason,
            run_id: row.run_id,
            computed_grade: row.computed_grade,
            author: row.author,
            created_at: row.created_at,
            expires_at: row.expires_at,
            ended_at: None,
            ended_by: None,
            state: GradeOverrideState::InForce,
        }
    }
}

/// A customer's overrides, newest first, and those of the customers that have become one with it; of everyone where no
/// customer is named, those in force alone.
pub(in crate::grading) async fn override_page(
    tx: &TenantTx,
    customer: Option<CustomerId>,
    page: &PageRequest,
) -> Result<Slice<GradeOverrideOut>> {
    let order = Order::parse(None, "-created_at", &[CREATED], ID)?;
    let mut sql = QueryBuilder::new("select ");
    sql.push(COLUMNS).push(", ");
    page.push_keys(&order, &mut sql);
    sql.push(" from grade_overrides v where v.tenant_id = ").push_bind(tx.tenant().0);
    match customer {
        Some(customer) => {
            sql.push(" and v.customer_id in (select m.id from customers m where m.tenant_id = v.tenant_id and ");
            sql.push_bind(customer.0).push(" in (m.id, m.merged_into))")
        }
        None => {
            sql.push(" and v.ended_at is null and (v.expires_at is null or v.expires_at > ");
            sql.push_bind(tx.now()).push(")")
        }
    };
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    let now = tx.now();
    page.slice(&order, rows, |row| override_out(row, now))
}

/// The overrides that were set over results of these customers, by customer and run.
pub(in crate::grading) async fn overrides_of(
    tx: &TenantTx,
    customers: &[CustomerId],
) -> Result<BTreeMap<(CustomerId, GradingRunId), Vec<GradeOverrideOut>>> {
    let ids: Vec<Uuid> = customers.iter().map(|id| id.0).collect();
    let mut sql = QueryBuilder::new("select ");
    sql.push(COLUMNS).push(" from grade_overrides v where v.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and v.customer_id = any(").push_bind(ids).push(") order by v.created_at desc, v.id");
    let rows = sql.build().persistent(false).fetch_all(&mut *tx.conn().await?).await?;
    let mut found = BTreeMap::<_, Vec<_>>::new();
    for row in &rows {
        let one = override_out(row, tx.now())?;
        found.entry((one.customer_id, one.run_id)).or_default().push(one);
    }
    Ok(found)
}

fn override_out(row: &PgRow, now: DateTime<Utc>) -> Result<GradeOverrideOut> {
    let (ended_at, expires_at) = (row.try_get("ended_at")?, row.try_get("expires_at")?);
    Ok(GradeOverrideOut {
        id: GradeOverrideId(row.try_get("id")?),
        customer_id: CustomerId(row.try_get("customer_id")?),
        grade: grade(row, "grade")?.ok_or_else(|| Error::internal("an override without a grade"))?,
        reason: row.try_get("reason")?,
        run_id: GradingRunId(row.try_get("run_id")?),
        computed_grade: grade(row, "computed_grade")?,
        author: row.try_get("author")?,
        created_at: row.try_get("created_at")?,
        expires_at,
        ended_at,
        ended_by: row.try_get("ended_by")?,
        state: GradeOverrideOut::state_at(ended_at, expires_at, now),
    })
}

/// A customer's external id.
pub(in crate::grading) async fn external_id(tx: &TenantTx, customer: CustomerId) -> Result<String> {
    let id = sqlx::query_scalar("select external_id from customers where tenant_id = $1 and id = $2")
        .bind(tx.tenant().0)
        .bind(customer.0)
        .fetch_one(&mut *tx.conn().await?)
        .await?;
    Ok(id)
}
