//! Rows of results.

use postgres_types::Type;
use rust_decimal::Decimal;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{Executor, QueryBuilder, Row};

use super::result_filter::{Kinds, push_filter};
use crate::db::{CopyError, copy_in};
use crate::error::{Error, Result};
use crate::grading::GradingResultOut;
use crate::grading::book::GradedCustomer;
use crate::grading::wire::ResultFilter;
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::scales::Scored;
use crate::tenancy::TenantTx;
use crate::values::{Code, CustomerId, Exact, GradingRunId, round_ratio, round_score};

const RESULT: &str =
    "r.customer_id, r.gradable, r.score, r.quality, r.growth, r.data_coverage, r.scored_grade, r.grade,
    r.rank, ";
/// Names looked up for the rows of the page alone: a page by rank then costs what its rows cost, however long the run.
const NAMES: &str = "(select c.external_id from customers c where c.tenant_id = r.tenant_id and c.id = r.customer_id)
        as external_id,
    (select c.name from customers c where c.tenant_id = r.tenant_id and c.id = r.customer_id) as name";
const FROM_RESULTS: &str = " from grading_results r";
/// Names that the order needs.
const JOINED_NAMES: &str = "c.external_id, c.name";
const JOIN_CUSTOMERS: &str = " join customers c on c.tenant_id = r.tenant_id and c.id = r.customer_id";
const CUSTOMER_ID: SortKey = SortKey { name: "id", sql: "r.customer_id", sql_type: "uuid" };
/// Those who could not be graded come last by rank and by score descending. The first two are the results' own.
const SORT_KEYS: [SortKey; 7] = [
    SortKey { name: "rank", sql: "coalesce(r.rank, 2147483647)", sql_type: "int" },
    SortKey { name: "score", sql: "coalesce(r.score, -1)", sql_type: "numeric" },
    SortKey { name: "quality", sql: "coalesce(r.quality, -1)", sql_type: "numeric" },
    SortKey { name: "growth", sql: "coalesce(r.growth, -1)", sql_type: "numeric" },
    SortKey { name: "data_coverage", sql: "r.data_coverage", sql_type: "numeric" },
    SortKey { name: "customer_external_id", sql: "c.external_id", sql_type: "text" },
    SortKey { name: "customer_name", sql: "c.name", sql_type: "text" },
];
const COLUMNS: [Type; 10] = [
    Type::UUID,
    Type::BOOL,
    Type::NUMERIC,
    Type::NUMERIC,
    Type::NUMERIC,
    Type::NUMERIC,
    Type::TEXT,
    Type::TEXT,
    Type::INT4,
    // The explanation travels as text; Postgres makes jsonb of it.
    Type::TEXT,
];

/// A result with its explanation, as it was stored.
#[derive(Debug)]
pub(in crate::grading) struct StoredResult {
    pub(in crate::grading) result: GradingResultOut,
    pub(in crate::grading) scored: Scored,
}

/// A result on its way into the table.
struct NewRow {
    customer: GradedCustomer,
    detail: String,
}

/// Adds results to a run that is not completed. COPY refuses tables with row level security, so that the rows go through
/// a table of this transaction's own.
pub(in crate::grading) async fn insert_results(
    tx: &TenantTx,
    run: GradingRunId,
    results: Vec<GradedCustomer>,
) -> Result<()> {
    let rows = results
        .into_iter()
        .map(|customer| Ok(NewRow { detail: serde_json::to_string(&customer.scored)?, customer }))
        .collect::<Result<Vec<_>>>()?;
    let mut conn = tx.conn().await?;
    conn.execute(
        "create temp table if not exists new_grading_results (
             customer_id uuid, gradable boolean, score numeric, quality numeric, growth numeric, data_coverage numeric,
             scored_grade text, grade text, rank int, detail text) on commit drop",
    )
    .await?;
    conn.execute("truncate new_grading_results").await?;
    copy_in(&mut conn, "copy new_grading_results from stdin (format binary)", &COLUMNS, rows, |row, buffer| {
        let NewRow { customer, detail } = row;
        let (scored, graded) = (&customer.scored, customer.graded.as_ref());
        let amount = |score: Option<Exact>| -> Option<Decimal> { score.map(|score| score.0) };
        let rank = graded.and_then(|graded| i32::try_from(graded.rank).ok());
        buffer.write_row(&[
            &customer.customer_id.0,
            &graded.is_some(),
            &amount(scored.total),
            &amount(scored.quality),
            &amount(scored.growth),
            &scored.data_coverage.0,
            &graded.map(|graded| graded.scored_grade.as_str()),
            &graded.map(|graded| graded.grade.as_str()),
            &rank,
            detail,
        ])
    })
    .await
    .map_err(|error| match error {
        CopyError::Database(error) => error.into(),
        other => Error::internal(other),
    })?;
    sqlx::query(
        "insert into grading_results
             (tenant_id, run_id, customer_id, gradable, score, quality, growth, data_coverage, scored_grade, grade,
              rank, detail)
         select $1, $2, customer_id, gradable, score, quality, growth, data_coverage, scored_grade, grade, rank,
                detail::jsonb
         from new_grading_results",
    )
    .bind(tx.tenant().0)
    .bind(run.0)
    .execute(&mut *conn)
    .await?;
    Ok(())
}

/// A run's results that match the filters.
pub(in crate::grading) async fn result_page(
    tx: &TenantTx,
    run: GradingRunId,
    (filter, kinds): (&ResultFilter, Kinds<'_>),
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<GradingResultOut>> {
    let order = Order::parse(sort, "rank", &SORT_KEYS, CUSTOMER_ID)?;
    let by_customer = sort.is_some_and(|sort| sort.contains("customer_"));
    let mut sql = QueryBuilder::new("select ");
    sql.push(RESULT).push(if by_customer { JOINED_NAMES } else { NAMES }).push(", ");
    page.push_keys(&order, &mut sql);
    sql.push(FROM_RESULTS).push(if by_customer { JOIN_CUSTOMERS } else { "" });
    sql.push(" where r.tenant_id = ").push_bind(tx.tenant().0).push(" and r.run_id = ").push_bind(run.0);
    push_filter(&mut sql, tx, filter, kinds);
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, result_row)
}

/// One result with its explanation.
pub(in crate::grading) async fn result(tx: &TenantTx, run: GradingRunId, customer: CustomerId) -> Result<StoredResult> {
    let mut sql = QueryBuilder::new("select ");
    sql.push(RESULT).push(NAMES).push(", r.detail").push(FROM_RESULTS);
    sql.push(" where r.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and r.run_id = ").push_bind(run.0).push(" and r.customer_id = ").push_bind(customer.0);
    let row = sql.build().fetch_optional(&mut *tx.conn().await?).await?.ok_or_else(Error::not_found)?;
    let Json(scored) = row.try_get("detail")?;
    Ok(StoredResult { result: result_row(&row)?, scored })
}

fn result_row(row: &PgRow) -> Result<GradingResultOut> {
    Ok(GradingResultOut {
        customer_id: CustomerId(row.try_get("customer_id")?),
        customer_external_id: row.try_get("external_id")?,
        customer_name: row.try_get("name")?,
        gradable: row.try_get("gradable")?,
        score: exact(row, "score")?,
        quality: exact(row, "quality")?,
        growth: exact(row, "growth")?,
        data_coverage: Exact(round_ratio(row.try_get("data_coverage")?)),
        scored_grade: grade(row, "scored_grade")?,
        grade: grade(row, "grade")?,
        rank: row.try_get("rank")?,
    })
}

/// A score; padded again, because a 0.0000 comes from the database as 0.
pub(super) fn exact(row: &PgRow, column: &str) -> Result<Option<Exact>> {
    Ok(row.try_get::<Option<Decimal>, _>(column)?.map(|score| Exact(round_score(score))))
}

pub(super) fn grade(row: &PgRow, column: &str) -> Result<Option<Code>> {
    let grade: Option<String> = row.try_get(column)?;
    grade.map(|grade| grade.parse().map_err(Error::internal)).transpose()
}
