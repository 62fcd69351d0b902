//! Current grades and grade histories.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{QueryBuilder, Row};
use uuid::Uuid;

use super::overrides::{OverrideInForce, overrides_of};
use super::results::{exact, grade};
use crate::error::{Error, Result};
use crate::grading::wire::{CurrentGrade, CustomerGradeOut, GradeOverrideOut};
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

/// What decides a customer's current grade: the deciding result, and the override in force.
#[derive(Clone, Debug)]
pub(in crate::grading) struct Standing {
    pub(in crate::grading) entry: CustomerGradeOut,
    pub(in crate::grading) overridden: Option<GradeOverrideOut>,
}

impl Standing {
    /// The current grade; none where the customer could not be graded and nobody set a grade.
    pub(in crate::grading) fn grade(&self) -> Option<&Code> {
        self.overridden.as_ref().map(|set| &set.grade).or(self.entry.grade.as_ref())
    }

    /// As both faces show it.
    pub(in crate::grading) fn into_current(self) -> Option<CurrentGrade> {
        let grade = self.grade()?.clone();
        let Self { entry, overridden } = self;
        Some(CurrentGrade {
            grade,
            computed_grade: entry.grade,
            overridden,
            score: entry.score,
            quality: entry.quality,
            growth: entry.growth,
            as_of: entry.as_of,
            run_id: entry.run_id,
            scale_id: entry.scale_id,
            scale_code: entry.scale_code,
            scale_version: entry.scale_version,
        })
    }
}

/// Where customers stand, in one statement (the rule is told in `mod.rs`); who is in no run is left out.
pub(in crate::grading) async fn standings(
    tx: &TenantTx,
    customers: &[CustomerId],
) -> Result<BTreeMap<CustomerId, Standing>> {
    let mut sql = QueryBuilder::new("select distinct on (r.customer_id) ");
    sql.push(ENTRY).push(", to_jsonb(h) as overridden").push(FROM_ENTRIES).push(DECIDING_BY);
    sql.push(" left join grade_overrides h on h.tenant_id = r.tenant_id and h.customer_id = r.customer_id");
    sql.push(" and h.ended_at is null and (h.expires_at is null or h.expires_at > ").push_bind(tx.now());
    sql.push(") where r.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and r.customer_id = any(").push_bind(uuids(customers)).push(") order by r.customer_id, ");
    sql.push(DECIDING_FIRST);
    let rows = sql.build().persistent(false).fetch_all(&mut *tx.conn().await?).await?;
    let standing = |row: &PgRow| {
        let entry = entry(row)?;
        let overridden: Option<Json<OverrideInForce>> = row.try_get("overridden")?;
        Ok((entry.customer_id, Standing { entry, overridden: overridden.map(|Json(found)| found.into()) }))
    };
    rows.iter().map(standing).collect()
}

/// A customer whose current grade a run has changed; none stands for no current grade.
#[derive(Debug)]
pub(in crate::grading) struct GradeChange {
    pub(in crate::grading) customer: CustomerId,
    pub(in crate::grading) external_id: String,
    pub(in crate::grading) old: Option<Code>,
    pub(in crate::grading) new: Option<Code>,
    /// The run that decided before.
    pub(in crate::grading) old_run: Option<GradingRunId>,
}

/// The customers of a completed run whose current grade is another than it would be without the run, by external id. Who
/// has a grade set by hand keeps it, whatever the run says.
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
        ")) select new.customer_id, new.external_id, old.grade as old, new.grade as new,
                old.run_id as old_run from entry new
            left join entry old on old.customer_id = new.customer_id and old.run_id <> new.run_id
                 and old.place_among_others = 1
            where new.place = 1 and new.grade is distinct from old.grade and new.run_id = ",
    );
    sql.push_bind(run.0).push(
        " and not exists (select from grade_overrides v where v.customer_id = new.customer_id and v.ended_at is null
              and v.tenant_id = ",
    );
    sql.push_bind(tx.tenant().0).push(" and (v.expires_at is null or v.expires_at > ").push_bind(tx.now());
    sql.push(")) order by new.external_id");
    let rows = sql.build().persistent(false).fetch_all(&mut *tx.conn().await?).await?;
    let change = |row: &PgRow| {
        Ok(GradeChange {
            customer: CustomerId(row.try_get("customer_id")?),
            external_id: row.try_get("external_id")?,
            old: grade(row, "old")?,
            new: grade(row, "new")?,
            old_run: row.try_get::<Option<Uuid>, _>("old_run")?.map(GradingRunId),
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
    let customer = survivor(tx, customer).await?.0;
    let order = Order::parse(None, "-as_of,-completed_at", &[AS_OF, COMPLETED], RUN_ID)?;
    let mut sql = QueryBuilder::new("select ");
    sql.push(ENTRY).push(", ");
    page.push_keys(&order, &mut sql);
    sql.push(FROM_ENTRIES).push(" where r.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and r.customer_id = any(select m.id from customers m where m.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and (m.id = ").push_bind(customer).push(" or m.merged_into = ").push_bind(customer).push("))");
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    let mut slice = page.slice(&order, rows, entry)?;
    add_overrides(tx, slice.items.iter_mut().map(|(_, entry)| entry).collect()).await?;
    Ok(slice)
}

/// The customer itself, or whom it has become one with.
pub(in crate::grading) async fn survivor(tx: &TenantTx, customer: CustomerId) -> Result<CustomerId> {
    let known: Option<Uuid> =
        sqlx::query_scalar("select coalesce(merged_into, id) from customers where tenant_id = $1 and id = $2")
            .bind(tx.tenant().0)
            .bind(customer.0)
            .fetch_optional(&mut *tx.conn().await?)
            .await?;
    known.map(CustomerId).ok_or_else(Error::not_found)
}

/// Adds the grades that were set by hand over these results.
async fn add_overrides(tx: &TenantTx, entries: Vec<&mut CustomerGradeOut>) -> Result<()> {
    let customers: Vec<CustomerId> = entries.iter().map(|entry| entry.customer_id).collect();
    let mut overrides = overrides_of(tx, &customers).await?;
    for entry in entries {
        entry.overrides = overrides.remove(&(entry.customer_id, entry.run_id)).unwrap_or_default();
    }
    Ok(())
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
    add_overrides(tx, histories.values_mut().flatten().collect()).await?;
    Ok(histories)
}

fn uuids(customers: &[CustomerId]) -> Vec<Uuid> {
    customers.iter().map(|id| id.0).collect()
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
        overrides: Vec::new(),
    })
}
