//! Current grades and grade histories.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sqlx::postgres::PgRow;
use sqlx::{QueryBuilder, Row};
use uuid::Uuid;

use super::results::{exact, grade};
use crate::error::{Error, Result};
use crate::grading::{CurrentGrade, CustomerGradeOut};
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::tenancy::TenantTx;
use crate::values::{Code, CustomerId, GradingRunId, Month, ScaleId};

const ENTRY: &str = "r.customer_id, r.run_id, g.scale_id, s.code, g.scale_version, g.as_of, g.completed_at, r.gradable,
    r.score, r.quality, r.growth, r.scored_grade, r.grade, r.rank";
const FROM_ENTRIES: &str = " from grading_results r
    join grading_runs g on g.tenant_id = r.tenant_id and g.id = r.run_id and g.completed_at is not null
    join scales s on s.tenant_id = g.tenant_id and s.id = g.scale_id and s.scope = 'company'";
/// What decides which result is current, and the order in which it does; the rule is told in `mod.rs`.
const DECIDING_BY: &str = "
    join scale_versions v on v.tenant_id = g.tenant_id and v.scale_id = g.scale_id and v.number = g.scale_version
    join customers c on c.tenant_id = r.tenant_id and c.id = r.customer_id";
const DECIDING_FIRST: &str =
    "s.purpose = case c.stage when 'prospect' then 'prospects' else 'existing_customers' end desc,
    v.state = 'published' desc, g.as_of desc, g.completed_at desc, g.id desc";
const AS_OF: SortKey = SortKey { name: "as_of", sql: "g.as_of", sql_type: "date" };
const COMPLETED: SortKey = SortKey { name: "completed_at", sql: "g.completed_at", sql_type: "timestamptz" };
const RUN_ID: SortKey = SortKey { name: "id", sql: "r.run_id", sql_type: "uuid" };

/// The current grades of customers, in one statement (the rule is told in `mod.rs`).
pub(in crate::grading) async fn current_grades(
    tx: &TenantTx,
    customers: &[CustomerId],
) -> Result<BTreeMap<CustomerId, CurrentGrade>> {
    let mut sql = QueryBuilder::new("select * from (select distinct on (r.customer_id) ");
    sql.push(ENTRY).push(FROM_ENTRIES).push(DECIDING_BY).push(" where r.tenant_id = ");
    sql.push_bind(tx.tenant().0)
        .push(" and r.customer_id = any(")
        .push_bind(uuids(customers))
        .push(") order by r.customer_id, ");
    sql.push(DECIDING_FIRST).push(") latest where gradable");
    let rows = sql.build().persistent(false).fetch_all(&mut *tx.conn().await?).await?;
    rows.iter().map(current).collect()
}

/// A customer whose current grade a run has changed; none stands for no current grade.
#[derive(Debug)]
pub(in crate::grading) struct GradeChange {
    pub(in crate::grading) customer: CustomerId,
    pub(in crate::grading) external_id: String,
    pub(in crate::grading) old: Option<Code>,
    pub(in crate::grading) new: Option<Code>,
}

/// The customers of a completed run whose current grade is another than it would be without the run, by external id.
pub(in crate::grading) async fn grade_changes(tx: &TenantTx, run: GradingRunId) -> Result<Vec<GradeChange>> {
    let mut sql = QueryBuilder::new(
        "with entry as (select r.customer_id, c.external_id, r.run_id, case when r.gradable then r.grade end as grade,
             row_number() over (partition by r.customer_id order by ",
    );
    sql.push(DECIDING_FIRST).push(") as place, row_number() over (partition by r.customer_id, r.run_id = ");
    sql.push_bind(run.0).push(" order by ").push(DECIDING_FIRST).push(") as place_among_others");
    sql.push(FROM_ENTRIES).push(DECIDING_BY).push(" where r.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and r.customer_id in (select customer_id from grading_results where tenant_id = ");
    sql.push_bind(tx.tenant().0).push(" and run_id = ").push_bind(run.0);
    sql.push(
        ")) select new.customer_id, new.external_id, old.grade as old, new.grade as new from entry new
            left join entry old on old.customer_id = new.customer_id and old.run_id <> new.run_id
                 and old.place_among_others = 1
            where new.place = 1 and new.grade is distinct from old.grade and new.run_id = ",
    );
    sql.push_bind(run.0).push(" order by new.external_id");
    let rows = sql.build().persistent(false).fetch_all(&mut *tx.conn().await?).await?;
    let change = |row: &PgRow| {
        Ok(GradeChange {
            customer: CustomerId(row.try_get("customer_id")?),
            external_id: row.try_get("external_id")?,
            old: grade(row, "old")?,
            new: grade(row, "new")?,
        })
    };
    rows.iter().map(change).collect()
}

/// The grade history of one customer, or whom it has become one with, and of all that have become one with that.
pub(in crate::grading) async fn history_page(
    tx: &TenantTx,
    customer: CustomerId,
    page: &PageRequest,
) -> Result<Slice<CustomerGradeOut>> {
    let known: Option<Uuid> =
        sqlx::query_scalar("select coalesce(merged_into, id) from customers where tenant_id = $1 and id = $2")
            .bind(tx.tenant().0)
            .bind(customer.0)
            .fetch_optional(&mut *tx.conn().await?)
            .await?;
    let customer = known.ok_or_else(Error::not_found)?;
    let order = Order::parse(None, "-as_of,-completed_at", &[AS_OF, COMPLETED], RUN_ID)?;
    let mut sql = QueryBuilder::new("select ");
    sql.push(ENTRY).push(", ");
    page.push_keys(&order, &mut sql);
    sql.push(FROM_ENTRIES).push(" where r.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and r.customer_id = any(select m.id from customers m where m.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and (m.id = ").push_bind(customer).push(" or m.merged_into = ").push_bind(customer).push("))");
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, entry)
}

/// The latest so many entries of each customer's history, and of all that have become one with it, the latest first.
pub(in crate::grading) async fn grade_histories(
    tx: &TenantTx,
    customers: &[CustomerId],
    most: i64,
) -> Result<BTreeMap<CustomerId, Vec<CustomerGradeOut>>> {
    let mut sql = QueryBuilder::new("select * from (select ");
    sql.push(ENTRY).push(
        ", a.id as asked_id, row_number() over (partition by a.id order by g.as_of desc, g.completed_at desc, r.run_id desc) as n",
    );
    sql.push(FROM_ENTRIES)
        .push(" join (select c.id as customer_id, coalesce(c.merged_into, c.id) as id from customers c");
    sql.push(" where c.tenant_id = ").push_bind(tx.tenant().0).push(" and (c.id = any(").push_bind(uuids(customers));
    sql.push(") or c.merged_into = any(").push_bind(uuids(customers)).push("))) a on a.customer_id = r.customer_id");
    sql.push(" where r.tenant_id = ").push_bind(tx.tenant().0).push(") e where n <= ").push_bind(most);
    sql.push(" order by asked_id, n");
    let rows = sql.build().persistent(false).fetch_all(&mut *tx.conn().await?).await?;
    let mut histories = BTreeMap::<CustomerId, Vec<CustomerGradeOut>>::new();
    for row in &rows {
        histories.entry(CustomerId(row.try_get("asked_id")?)).or_default().push(entry(row)?);
    }
    Ok(histories)
}

fn uuids(customers: &[CustomerId]) -> Vec<Uuid> {
    customers.iter().map(|id| id.0).collect()
}

fn current(row: &PgRow) -> Result<(CustomerId, CurrentGrade)> {
    let lacking = || Error::internal("a graded result lacks its grade or score");
    let current = CurrentGrade {
        grade: grade(row, "grade")?.ok_or_else(lacking)?,
        score: exact(row, "score")?.ok_or_else(lacking)?,
        quality: exact(row, "quality")?,
        growth: exact(row, "growth")?,
        as_of: Month::of(row.try_get::<NaiveDate, _>("as_of")?),
        run_id: GradingRunId(row.try_get("run_id")?),
        scale_code: row.try_get::<String, _>("code")?.parse().map_err(Error::internal)?,
        scale_version: row.try_get("scale_version")?,
    };
    Ok((CustomerId(row.try_get("customer_id")?), current))
}

fn entry(row: &PgRow) -> Result<CustomerGradeOut> {
    Ok(CustomerGradeOut {
        customer_id: CustomerId(row.try_get("customer_id")?),
        run_id: GradingRunId(row.try_get("run_id")?),
        scale_id: ScaleId(row.try_get("scale_id")?),
        scale_code: row.try_get::<String, _>("code")?.parse().map_err(Error::internal)?,
        scale_version: row.try_get("scale_version")?,
        as_of: Month::of(row.try_get::<NaiveDate, _>("as_of")?),
        completed_at: row.try_get("completed_at")?,
        gradable: row.try_get("gradable")?,
        score: exact(row, "score")?,
        quality: exact(row, "quality")?,
        growth: exact(row, "growth")?,
        scored_grade: grade(row, "scored_grade")?,
        grade: grade(row, "grade")?,
        rank: row.try_get("rank")?,
    })
}
