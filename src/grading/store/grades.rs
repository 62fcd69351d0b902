//! Current grades and grade histories.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{QueryBuilder, Row};
use uuid::Uuid;

use super::deciding::push_deciding;
use super::overrides::{OverrideInForce, overrides_of};
use super::results::{exact, grade};
use crate::error::{Error, Result};
use crate::grading::wire::{CurrentGrade, CustomerGradeOut, GradeOverrideOut, OutdatedGrade};
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::tenancy::TenantTx;
use crate::values::{Code, CustomerId, GradingRunId, Month, ScaleId};

const ENTRY: &str = "r.customer_id, r.run_id, g.scale_id, s.code, g.scale_version, g.as_of, g.completed_at, r.gradable,
    r.score, r.quality, r.growth, r.scored_grade, r.grade, r.rank, g.withdrawn_at,
    g.official and not g.trial and not g.provisional and g.withdrawn_at is null and exists (
        select from company_scales k where k.tenant_id = g.tenant_id and k.scale_id = g.scale_id) as in_force";
const FROM_ENTRIES: &str = " from grading_results r
    join grading_runs g on g.tenant_id = r.tenant_id and g.id = r.run_id and g.completed_at is not null
    join scales s on s.tenant_id = g.tenant_id and s.id = g.scale_id and s.scope = 'company'";
/// A trial says nothing of a customer, only of the scale that is tried.
const NO_TRIALS: &str = " and not g.trial";
const AS_OF: SortKey = SortKey { name: "as_of", sql: "g.as_of", sql_type: "date" };
const COMPLETED: SortKey = SortKey { name: "completed_at", sql: "g.completed_at", sql_type: "timestamptz" };
const RUN_ID: SortKey = SortKey { name: "id", sql: "r.run_id", sql_type: "uuid" };

/// What decides a customer's current grade: the deciding result, and the override in force.
#[derive(Clone, Debug)]
pub(in crate::grading) struct Standing {
    /// Without a grade where no run in force gave one.
    pub(in crate::grading) entry: CustomerGradeOut,
    /// A run that comes before the entry's, and could not grade the customer.
    pub(in crate::grading) failed: Option<(GradingRunId, Month)>,
    pub(in crate::grading) overridden: Option<GradeOverrideOut>,
}

impl Standing {
    /// The current grade; none where the customer could not be graded and nobody set a grade.
    pub(in crate::grading) fn grade(&self) -> Option<&Code> {
        self.overridden.as_ref().map(|set| &set.grade).or(self.entry.grade.as_ref())
    }

    /// As both faces show it.
    pub(in crate::grading) fn into_current(self, outdated: Option<OutdatedGrade>) -> Option<CurrentGrade> {
        let grade = self.grade()?.clone();
        let Self { entry, overridden, .. } = self;
        Some(CurrentGrade {
            grade,
            computed_grade: entry.grade,
            outdated,
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

/// Where customers stand, in one statement (the rule is told in `grading/mod.rs`); who is in no run in force, and has no
/// grade set by hand, is left out.
pub(in crate::grading) async fn standings(
    tx: &TenantTx,
    customers: &[CustomerId],
) -> Result<BTreeMap<CustomerId, Standing>> {
    let mut sql = QueryBuilder::new("");
    push_deciding(&mut sql, tx, None);
    // Read by customer, a range of the index each; to look for each run by itself would take as many looks as there are runs.
    sql.push(
        ", seen as materialized (
             select r.customer_id, r.run_id, r.gradable from grading_results r where r.tenant_id = ",
    );
    sql.push_bind(tx.tenant().0).push(" and r.customer_id = any(").push_bind(uuids(customers));
    sql.push(
        ")), firsts as (
             select s.customer_id, (array_agg(s.run_id order by d.prospect_place))[1] as prospect_first,
                 (array_agg(s.run_id order by d.customer_place))[1] as customer_first,
                 (array_agg(s.run_id order by s.gradable desc, d.prospect_place))[1] as prospect_run,
                 (array_agg(s.run_id order by s.gradable desc, d.customer_place))[1] as customer_run
             from seen s join deciding d on d.id = s.run_id group by s.customer_id),
         chosen as (
             select f.customer_id,
                 case c.stage when 'prospect' then f.prospect_first else f.customer_first end as first_run,
                 case c.stage when 'prospect' then f.prospect_run else f.customer_run end as run_id
             from firsts f join customers c on c.id = f.customer_id and c.tenant_id = ",
    );
    sql.push_bind(tx.tenant().0).push(
        "),
         by_hand as (
             select h.* from grade_overrides h
             where h.ended_at is null and h.tenant_id = ",
    );
    sql.push_bind(tx.tenant().0).push(" and (h.expires_at is null or h.expires_at > ").push_bind(tx.now());
    sql.push(") and h.customer_id = any(").push_bind(uuids(customers));
    // Where runs say nothing, the run that was overruled says what the grade set by hand is one of.
    sql.push(
        ")), standing as (
             select customer_id, coalesce(x.run_id, h.run_id) as run_id, x.run_id is null as is_by_hand_alone,
                 nullif(x.first_run, x.run_id) as failed_run, to_jsonb(h) as overridden
             from chosen x full join by_hand h using (customer_id))
         select ",
    );
    sql.push(ENTRY).push(", h.is_by_hand_alone, h.overridden, h.failed_run, failed.as_of as failed_as_of");
    sql.push(FROM_ENTRIES).push(" join standing h on h.customer_id = r.customer_id and h.run_id = r.run_id");
    sql.push(" left join grading_runs failed on failed.tenant_id = r.tenant_id and failed.id = h.failed_run");
    sql.push(" where r.tenant_id = ").push_bind(tx.tenant().0);
    // Said once more, because a plan that does not know how few stand would read the results of all.
    sql.push(" and r.customer_id = any(").push_bind(uuids(customers)).push(")");
    let rows = sql.build().persistent(false).fetch_all(&mut *tx.conn().await?).await?;
    rows.iter().map(standing).collect()
}

fn standing(row: &PgRow) -> Result<(CustomerId, Standing)> {
    let mut entry = entry(row)?;
    if row.try_get("is_by_hand_alone")? {
        entry = CustomerGradeOut {
            gradable: false,
            score: None,
            quality: None,
            growth: None,
            scored_grade: None,
            grade: None,
            rank: None,
            ..entry
        };
    }
    let failed = row.try_get::<Option<Uuid>, _>("failed_run")?.map(GradingRunId);
    let failed_as_of = row.try_get::<Option<NaiveDate>, _>("failed_as_of")?.map(Month::of);
    let overridden: Option<Json<OverrideInForce>> = row.try_get("overridden")?;
    let overridden = overridden.map(|Json(found)| found.into());
    Ok((entry.customer_id, Standing { entry, failed: failed.zip(failed_as_of), overridden }))
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
    sql.push(FROM_ENTRIES).push(" where r.tenant_id = ").push_bind(tx.tenant().0).push(NO_TRIALS);
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
    sql.push(" where r.tenant_id = ").push_bind(tx.tenant().0).push(NO_TRIALS).push(") e where n <= ").push_bind(most);
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
        in_force: row.try_get("in_force")?,
        withdrawn_at: row.try_get("withdrawn_at")?,
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
