//! Which results can decide a current grade, and in which order: one rule for everyone who asks (told in `grading/mod.rs`).

use std::collections::BTreeMap;

use sqlx::{Postgres, QueryBuilder, Row};
use uuid::Uuid;

use super::results::grade;
use crate::error::{Error, Result};
use crate::tenancy::TenantTx;
use crate::values::{Code, CustomerId, GradingRunId, Month};

/// Adds a first `with` part, `deciding`: the runs that can decide, of no later month than one where such a one is given,
/// each with its place in the order of those who decide for prospects, and for everyone else. 1 comes first.
pub(super) fn push_deciding(sql: &mut QueryBuilder<Postgres>, tx: &TenantTx, as_of: Option<Month>) {
    sql.push(
        "with deciding as materialized (
             select g.id,
                 row_number() over (order by k.purpose = 'prospects' desc, g.scale_version desc, g.as_of desc,
                     g.completed_at desc, g.id desc) as prospect_place,
                 row_number() over (order by k.purpose = 'existing_customers' desc, g.scale_version desc, g.as_of desc,
                     g.completed_at desc, g.id desc) as customer_place
             from company_scales k
             join grading_runs g on g.tenant_id = k.tenant_id and g.scale_id = k.scale_id
             where g.completed_at is not null and g.official and not g.trial and not g.provisional
               and g.withdrawn_at is null and k.tenant_id = ",
    );
    sql.push_bind(tx.tenant().0);
    if let Some(as_of) = as_of {
        sql.push(" and g.as_of <= ").push_bind(as_of.first_day());
    }
    sql.push(")");
}

/// What decides a customer's grade.
#[derive(Clone, Debug)]
pub(in crate::grading) struct Decided {
    pub(in crate::grading) external_id: String,
    /// The run that decides, and the grade it gave; none where no run in force gave one.
    pub(in crate::grading) computed: Option<(GradingRunId, Code)>,
    /// The grade that somebody set by hand and that holds now.
    pub(in crate::grading) by_hand: Option<Code>,
}

/// The runs that can decide for prospects, or for everyone else, those first that come first.
async fn deciding_runs(tx: &TenantTx, as_of: Option<Month>, of_prospects: bool) -> Result<Vec<GradingRunId>> {
    let mut sql = QueryBuilder::new("");
    push_deciding(&mut sql, tx, as_of);
    sql.push(" select id from deciding order by ");
    sql.push(if of_prospects { "prospect_place" } else { "customer_place" });
    let runs: Vec<Uuid> = sql.build_query_scalar().fetch_all(&mut *tx.conn().await?).await?;
    Ok(runs.into_iter().map(GradingRunId).collect())
}

/// The first grade that one of these runs gave each of some customers: a statement a run, each for those whom the runs
/// before left without a grade. Nearly everyone is done with the first; to read all results of all runs would take the
/// longer the more months there are.
async fn first_grades(tx: &TenantTx, runs: &[GradingRunId], customers: Vec<Uuid>) -> Result<Grades> {
    let (mut grades, mut left) = (Grades::new(), customers);
    for run in runs {
        if left.is_empty() {
            break;
        }
        let rows: Vec<(Uuid, String)> = sqlx::query_as(
            "select r.customer_id, r.grade from grading_results r
             join unnest($3::uuid[]) asked (id) on asked.id = r.customer_id
             where r.tenant_id = $1 and r.run_id = $2 and r.gradable and r.grade is not null",
        )
        .bind(tx.tenant().0)
        .bind(run.0)
        .bind(&left)
        .persistent(false)
        .fetch_all(&mut *tx.conn().await?)
        .await?;
        for (customer, grade) in rows {
            grades.insert(customer, (*run, grade.parse().map_err(Error::internal)?));
        }
        left.retain(|customer| !grades.contains_key(customer));
    }
    Ok(grades)
}

type Grades = BTreeMap<Uuid, (GradingRunId, Code)>;

/// The grades set by hand that hold now.
async fn by_hand(tx: &TenantTx) -> Result<BTreeMap<Uuid, Code>> {
    let rows: Vec<(Uuid, String)> = sqlx::query_as(
        "select customer_id, grade from grade_overrides
         where tenant_id = $1 and ended_at is null and (expires_at is null or expires_at > $2)",
    )
    .bind(tx.tenant().0)
    .bind(tx.now())
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    rows.into_iter().map(|(customer, grade)| Ok((customer, grade.parse().map_err(Error::internal)?))).collect()
}

/// What decides the grades of all customers who have one, archived ones left out, as runs of no later month than one say
/// where such a one is given.
pub(in crate::grading) async fn decided(tx: &TenantTx, as_of: Option<Month>) -> Result<BTreeMap<CustomerId, Decided>> {
    let book: Vec<(Uuid, String, bool)> = sqlx::query_as(
        "select id, external_id, stage = 'prospect' from customers
         where tenant_id = $1 and archived_at is null and merged_into is null",
    )
    .bind(tx.tenant().0)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    let mut computed = Grades::new();
    for of_prospects in [true, false] {
        let runs = deciding_runs(tx, as_of, of_prospects).await?;
        let asked = book.iter().filter(|(_, _, is_prospect)| *is_prospect == of_prospects).map(|(id, ..)| *id);
        computed.extend(first_grades(tx, &runs, asked.collect()).await?);
    }
    let mut by_hand = by_hand(tx).await?;
    let decided = book.into_iter().filter_map(|(id, external_id, _)| {
        let decided = Decided { external_id, computed: computed.remove(&id), by_hand: by_hand.remove(&id) };
        let is_graded = decided.computed.is_some() || decided.by_hand.is_some();
        is_graded.then_some((CustomerId(id), decided))
    });
    Ok(decided.collect())
}

/// A customer whose current grade is another with a run than without it; none stands for no grade.
#[derive(Clone, Debug)]
pub(in crate::grading) struct GradeChange {
    pub(in crate::grading) customer: CustomerId,
    pub(in crate::grading) external_id: String,
    /// The run that decides before, and its grade.
    pub(in crate::grading) old: Option<(GradingRunId, Code)>,
    /// The run that decides after, and its grade.
    pub(in crate::grading) new: Option<(GradingRunId, Code)>,
}

impl GradeChange {
    /// The change the other way.
    pub(in crate::grading) fn undone(self) -> Self {
        Self { old: self.new, new: self.old, ..self }
    }
}

/// The customers of a run that is in force whose current grade is another than it would be without the run, by external
/// id: what the run has changed. Who has a grade set by hand keeps it, whatever the run says.
pub(in crate::grading) async fn grade_changes(tx: &TenantTx, run: GradingRunId) -> Result<Vec<GradeChange>> {
    let mut sql = QueryBuilder::new(
        "select c.id, c.external_id, c.stage = 'prospect' as is_prospect, r.grade
         from grading_results r join customers c on c.tenant_id = r.tenant_id and c.id = r.customer_id
         where r.gradable and r.tenant_id = ",
    );
    sql.push_bind(tx.tenant().0)
        .push(" and r.run_id = ")
        .push_bind(run.0)
        .push(" order by c.external_id collate \"C\"");
    let rows = sql.build().persistent(false).fetch_all(&mut *tx.conn().await?).await?;
    let by_hand = by_hand(tx).await?;
    let mut graded = Vec::with_capacity(rows.len());
    for row in &rows {
        let one = Graded {
            customer: row.try_get("id")?,
            external_id: row.try_get("external_id")?,
            is_prospect: row.try_get("is_prospect")?,
            grade: grade(row, "grade")?.ok_or_else(|| Error::internal("a gradable result without a grade"))?,
        };
        if !by_hand.contains_key(&one.customer) {
            graded.push(one);
        }
    }
    let (mut earlier, mut without) = (Grades::new(), Grades::new());
    for of_prospects in [true, false] {
        let runs = deciding_runs(tx, None, of_prospects).await?;
        // What is not in force decides nobody's grade.
        let Some(place) = runs.iter().position(|decides| *decides == run) else { return Ok(Vec::new()) };
        let (before, after) = runs.split_at(place);
        let of_stage = graded.iter().filter(|one| one.is_prospect == of_prospects).map(|one| one.customer);
        let mut asked: Vec<Uuid> = of_stage.collect();
        earlier.extend(first_grades(tx, before, asked.clone()).await?);
        asked.retain(|customer| !earlier.contains_key(customer));
        without.extend(first_grades(tx, after.get(1..).unwrap_or_default(), asked).await?);
    }
    let changes = graded.into_iter().filter(|one| !earlier.contains_key(&one.customer)).filter_map(|one| {
        let old = without.remove(&one.customer);
        let is_other = old.as_ref().is_none_or(|(_, grade)| *grade != one.grade);
        is_other.then_some(GradeChange {
            customer: CustomerId(one.customer),
            external_id: one.external_id,
            old,
            new: Some((run, one.grade)),
        })
    });
    Ok(changes.collect())
}

/// A customer whom a run could grade.
struct Graded {
    customer: Uuid,
    external_id: String,
    is_prospect: bool,
    grade: Code,
}
