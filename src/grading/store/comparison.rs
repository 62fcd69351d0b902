//! Two runs side by side.

use rust_decimal::Decimal;
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row};

use super::results::{exact, grade};
use crate::error::Result;
use crate::grading::wire::{MigrationCell, MovedBy, MoverFilter, ResultState, RunMover};
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::tenancy::TenantTx;
use crate::values::{Code, CustomerId, GradingRunId};

const STEPS: SortKey = SortKey { name: "steps", sql: "p.steps", sql_type: "int" };
const CHANGE: SortKey = SortKey { name: "score_change", sql: "abs(p.score_change)", sql_type: "numeric" };
const EXTERNAL_ID: SortKey = SortKey { name: "customer_external_id", sql: "c.external_id", sql_type: "text" };
const NAME: SortKey = SortKey { name: "customer_name", sql: "c.name", sql_type: "text" };
const CUSTOMER_ID: SortKey = SortKey { name: "id", sql: "p.customer_id", sql_type: "uuid" };

/// Which runs, and the grades of each, the best first.
#[derive(Clone, Debug)]
pub(in crate::grading) struct Pair {
    pub(in crate::grading) old: GradingRunId,
    pub(in crate::grading) new: GradingRunId,
    pub(in crate::grading) old_grades: Vec<String>,
    pub(in crate::grading) new_grades: Vec<String>,
}

/// How many went from which grade to which, from the best down.
pub(in crate::grading) async fn migration(tx: &TenantTx, pair: &Pair) -> Result<Vec<MigrationCell>> {
    let mut sql = QueryBuilder::new(
        "select p.old_state, p.old_grade, p.new_state, p.new_grade, count(*) as customers
         from ",
    );
    push_pairs(&mut sql, tx, pair);
    sql.push(
        " p group by 1, 2, 3, 4, p.old_place, p.new_place order by p.old_place, p.old_state, p.new_place, p.new_state",
    );
    let rows = sql.build().persistent(false).fetch_all(&mut *tx.conn().await?).await?;
    let cell = |row: &PgRow| {
        Ok(MigrationCell {
            old_state: ResultState::parse(row.try_get("old_state")?),
            old_grade: grade(row, "old_grade")?,
            new_state: ResultState::parse(row.try_get("new_state")?),
            new_grade: grade(row, "new_grade")?,
            customers: row.try_get("customers")?,
        })
    };
    rows.iter().map(cell).collect()
}

/// The customers of a cell, or of all cells where something changed; without what moved them.
pub(in crate::grading) async fn mover_page(
    tx: &TenantTx,
    pair: &Pair,
    filter: &MoverFilter,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<RunMover>> {
    let order = Order::parse(sort, "-steps,-score_change", &[STEPS, CHANGE, EXTERNAL_ID, NAME], CUSTOMER_ID)?;
    let mut sql = QueryBuilder::new("select p.*, c.external_id, c.name, ");
    page.push_keys(&order, &mut sql);
    sql.push(" from ");
    push_pairs(&mut sql, tx, pair);
    sql.push(" p join customers c on c.id = p.customer_id where c.tenant_id = ").push_bind(tx.tenant().0);
    push_filter(&mut sql, filter);
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().persistent(false).fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, mover)
}

fn push_filter(sql: &mut QueryBuilder<Postgres>, filter: &MoverFilter) {
    for (side, state, grade) in
        [("old", filter.old_state, &filter.old_grade), ("new", filter.new_state, &filter.new_grade)]
    {
        if let Some(state) = state {
            sql.push(" and p.").push(side).push("_state = ").push_bind(state.as_str());
        }
        if let Some(grade) = grade {
            sql.push(" and p.").push(side).push("_grade = ").push_bind(grade.as_str().to_owned());
        }
    }
    if filter.is_empty() || filter.changed == Some(true) {
        sql.push(" and (p.old_grade is distinct from p.new_grade or p.old_state <> p.new_state)");
    }
}

/// Everyone in either run. The place of who has no grade is behind all grades.
fn push_pairs(sql: &mut QueryBuilder<Postgres>, tx: &TenantTx, pair: &Pair) {
    let side = |sql: &mut QueryBuilder<Postgres>, run: GradingRunId| {
        sql.push("(select * from grading_results r where r.tenant_id = ").push_bind(tx.tenant().0);
        sql.push(" and r.run_id = ").push_bind(run.0).push(")");
    };
    sql.push("(select s.*, abs(s.old_place - s.new_place) as steps from (select customer_id, ");
    for (side, alias, grades) in [("old", "o", &pair.old_grades), ("new", "n", &pair.new_grades)] {
        sql.push("case when ").push(alias).push(".gradable then 'graded' when ").push(alias);
        sql.push(".gradable is null then 'absent' else 'ungradable' end as ").push(side).push("_state, ");
        for column in ["grade", "score", "rank"] {
            sql.push(alias).push(".").push(column).push(" as ").push(side).push("_").push(column).push(", ");
        }
        sql.push("coalesce(array_position(").push_bind(grades.clone()).push(", ").push(alias);
        sql.push(".grade), 99) as ").push(side).push("_place, ");
    }
    sql.push("coalesce(n.score - o.score, 0) as score_change from ");
    side(sql, pair.old);
    sql.push(" o full join ");
    side(sql, pair.new);
    sql.push(" n using (customer_id)) s)");
}

fn mover(row: &PgRow) -> Result<RunMover> {
    let change: Decimal = row.try_get("score_change")?;
    let (old_score, new_score) = (exact(row, "old_score")?, exact(row, "new_score")?);
    Ok(RunMover {
        customer_id: CustomerId(row.try_get("customer_id")?),
        customer_external_id: row.try_get("external_id")?,
        customer_name: row.try_get("name")?,
        old_state: ResultState::parse(row.try_get("old_state")?),
        old_grade: grade(row, "old_grade")?,
        new_state: ResultState::parse(row.try_get("new_state")?),
        new_grade: grade(row, "new_grade")?,
        old_score,
        new_score,
        score_change: old_score.and(new_score).map(|_| crate::values::Exact(crate::values::round_score(change))),
        old_rank: row.try_get("old_rank")?,
        new_rank: row.try_get("new_rank")?,
        moved_by: MovedBy::default(),
    })
}

/// The lowest score of a run that earned one of these grades.
pub(in crate::grading) async fn lowest_score(
    tx: &TenantTx,
    run: GradingRunId,
    grades: &[String],
) -> Result<Option<Decimal>> {
    let lowest = sqlx::query_scalar(
        "select min(score) from grading_results where tenant_id = $1 and run_id = $2 and scored_grade = any($3)",
    )
    .bind(tx.tenant().0)
    .bind(run.0)
    .bind(grades)
    .fetch_one(&mut *tx.conn().await?)
    .await?;
    Ok(lowest)
}

impl Pair {
    /// Grades as texts.
    pub(in crate::grading) fn texts(grades: Vec<&Code>) -> Vec<String> {
        grades.into_iter().map(ToString::to_string).collect()
    }
}
