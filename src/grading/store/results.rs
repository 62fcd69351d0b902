//! Rows of results.

use std::collections::BTreeMap;

use bytes::Bytes;
use postgres_types::Type;
use rust_decimal::Decimal;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, Executor, Postgres, QueryBuilder, Row};
use uuid::Uuid;

use super::bases::min_bases;
use super::kinds::{Kinds, kind_row};
use super::result_filter::push_filter;
use super::runs::definition_of;
use crate::db::{CopyBuffer, copy_bytes};
use crate::error::{Error, Result};
use crate::grading::GradingResultOut;
use crate::grading::book::GradedCustomer;
use crate::grading::kind::{Axes, KindFacts};
use crate::grading::wire::ResultFilter;
use crate::metrics::Handling;
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::scales::{ScaleDefinition, Scored, StoredFact, StoredScore, StoredTotals, Tie};
use crate::tenancy::TenantTx;
use crate::values::{Code, CustomerId, Exact, GradingRunId, round_money, round_ratio, round_score};

const RESULT: &str =
    "r.customer_id, r.gradable, r.score, r.quality, r.growth, r.data_coverage, r.scored_grade, r.grade,
    r.rank, r.gross_margin, r.net_profit, r.cost_to_serve, r.handled_orders, r.handled_lines, r.return_lines,
    r.small_orders, ";
/// Names looked up for the rows of the page alone: a page by rank then costs what its rows cost, however long the run.
const NAMES: &str = "(select c.external_id from customers c where c.tenant_id = r.tenant_id and c.id = r.customer_id)
        as external_id,
    (select c.name from customers c where c.tenant_id = r.tenant_id and c.id = r.customer_id) as name";
/// What explains a result.
const EXPLAINING: &str = "r.detail, r.factor_numbers, r.factor_texts, r.factor_flags, r.factor_missing, r.factor_points,
    r.factor_contributions, r.factor_matched, r.factor_percentiles, r.dimension_scores, r.effective_weights, r.cap_facts,
    r.factor_bases, r.tie_place, r.tie_size";
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
/// The columns that tell a result, with their types; `cap_facts` travels as text, and Postgres makes jsonb of it.
const COLUMNS: [(&str, Type); 30] = [
    ("customer_id", Type::UUID),
    ("gradable", Type::BOOL),
    ("score", Type::NUMERIC),
    ("quality", Type::NUMERIC),
    ("growth", Type::NUMERIC),
    ("data_coverage", Type::NUMERIC),
    ("scored_grade", Type::TEXT),
    ("grade", Type::TEXT),
    ("rank", Type::INT4),
    ("factor_numbers", Type::NUMERIC_ARRAY),
    ("factor_texts", Type::TEXT_ARRAY),
    ("factor_flags", Type::BOOL_ARRAY),
    ("factor_missing", Type::INT2_ARRAY),
    ("factor_points", Type::INT4_ARRAY),
    ("factor_contributions", Type::INT4_ARRAY),
    ("factor_matched", Type::INT2_ARRAY),
    ("factor_percentiles", Type::INT4_ARRAY),
    ("dimension_scores", Type::INT4_ARRAY),
    ("effective_weights", Type::INT4_ARRAY),
    ("cap_facts", Type::TEXT),
    ("factor_bases", Type::NUMERIC_ARRAY),
    ("tie_place", Type::INT4),
    ("tie_size", Type::INT4),
    ("gross_margin", Type::NUMERIC),
    ("net_profit", Type::NUMERIC),
    ("cost_to_serve", Type::NUMERIC),
    ("handled_orders", Type::INT4),
    ("handled_lines", Type::INT4),
    ("return_lines", Type::INT4),
    ("small_orders", Type::INT4),
];

/// A result with its explanation, as it was stored.
#[derive(Debug)]
pub(in crate::grading) struct StoredResult {
    pub(in crate::grading) result: GradingResultOut,
    pub(in crate::grading) scored: Scored,
    /// Its place among equal scores at a border of two grades.
    pub(in crate::grading) tie: Option<Tie>,
}

/// Results on their way into the table, as COPY takes them.
#[derive(Debug)]
pub(in crate::grading) struct ResultRows(Bytes);

impl ResultRows {
    /// Of some results, with what tells their kinds, in the same order. This is work for a thread of its own.
    pub(in crate::grading) fn of(results: &[GradedCustomer], kinds: &[KindFacts]) -> Result<Self> {
        let types: Vec<Type> = COLUMNS.into_iter().map(|(_, column)| column).collect();
        let mut buffer = CopyBuffer::new(&types);
        for (place, result) in results.iter().enumerate() {
            write_result(result, &kinds.get(place).copied().unwrap_or_default(), &mut buffer)?;
        }
        Ok(Self(buffer.finish()))
    }
}

fn write_result(result: &GradedCustomer, kind: &KindFacts, buffer: &mut CopyBuffer) -> Result<()> {
    let scored = &result.scored;
    let amount = |score: Option<Exact>| -> Option<Decimal> { score.map(|score| score.0) };
    let stored = StoredScore::of(scored);
    let whole = |n: u32| i32::try_from(n).ok();
    let (tie_place, tie_size) = result.tie.map(|tie| (whole(tie.place), whole(tie.of))).unwrap_or_default();
    let handled =
        |count: fn(Handling) -> i64| kind.handling.map(|handling| i32::try_from(count(handling)).unwrap_or(i32::MAX));
    let caps = (!stored.caps.is_empty()).then(|| serde_json::to_string(&stored.caps)).transpose()?;
    buffer.write_row(&[
        &result.customer_id.0,
        &result.rank.is_some(),
        &amount(scored.total),
        &amount(scored.quality),
        &amount(scored.growth),
        &scored.data_coverage.0,
        &result.scored_grade.as_ref().map(Code::as_str),
        &result.grade.as_ref().map(Code::as_str),
        &result.rank.and_then(|rank| i32::try_from(rank).ok()),
        &filled(&stored.numbers),
        &filled(&stored.texts),
        &filled(&stored.flags),
        &filled(&stored.missing),
        &stored.points,
        &stored.contributions,
        &filled(&stored.matched),
        &filled(&stored.percentiles),
        &stored.dimension_scores,
        &stored.effective_weights,
        &caps,
        &filled(&stored.bases),
        &tie_place,
        &tie_size,
        &kind.gross_margin,
        &kind.net_profit,
        &kind.cost_to_serve,
        &handled(|handling| handling.orders),
        &handled(|handling| handling.lines),
        &handled(|handling| handling.return_lines),
        &handled(|handling| handling.small_orders),
    ])?;
    Ok(())
}

/// A list that holds nothing is null.
fn filled<T>(list: &[T]) -> Option<&[T]> {
    Some(list).filter(|list| !list.is_empty())
}

/// Adds results to a run that is not completed. COPY refuses tables with row level security, so that the rows go through
/// a table of this transaction's own.
pub(in crate::grading) async fn insert_results(tx: &TenantTx, run: GradingRunId, rows: ResultRows) -> Result<()> {
    let mut conn = tx.conn().await?;
    let typed: Vec<String> = COLUMNS.iter().map(|(name, column)| format!("{name} {}", sql_name(column))).collect();
    let names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
    // Only the program's own names are interpolated.
    let prepare = format!(
        "create temp table if not exists new_grading_results ({}) on commit drop; truncate new_grading_results",
        typed.join(", ")
    );
    conn.execute(AssertSqlSafe(prepare)).await?;
    copy_bytes(&mut conn, "copy new_grading_results from stdin (format binary)", rows.0).await?;
    let names = names.join(", ");
    let insert = format!(
        "insert into grading_results (tenant_id, run_id, {names})
         select $1, $2, {} from new_grading_results",
        names.replace("cap_facts", "cap_facts::jsonb")
    );
    sqlx::query(AssertSqlSafe(insert)).bind(tx.tenant().0).bind(run.0).execute(&mut *conn).await?;
    Ok(())
}

/// What SQL calls a type: an array's own name begins with an underscore.
fn sql_name(column: &Type) -> String {
    match column.name().strip_prefix('_') {
        Some(element) => format!("{element}[]"),
        None => column.name().to_owned(),
    }
}

/// A run's results that match the filters.
pub(in crate::grading) async fn result_page(
    tx: &TenantTx,
    run: GradingRunId,
    (filter, kinds): (&ResultFilter, &Kinds),
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
    push_filter(&mut sql, filter, kinds);
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, |row| result_row(row, kinds))
}

/// One result with its explanation.
pub(in crate::grading) async fn result(
    tx: &TenantTx,
    (run, customer): (GradingRunId, CustomerId),
    kinds: &Kinds,
) -> Result<StoredResult> {
    let mut sql = QueryBuilder::new("select ");
    sql.push(RESULT).push(NAMES).push(", ").push(EXPLAINING).push(FROM_RESULTS);
    sql.push(" where r.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and r.run_id = ").push_bind(run.0).push(" and r.customer_id = ").push_bind(customer.0);
    let row = sql.build().fetch_optional(&mut *tx.conn().await?).await?.ok_or_else(Error::not_found)?;
    let definition = definition_of(tx, run).await?;
    let bases = min_bases(tx, run).await?;
    let tie = row.try_get::<Option<i32>, _>("tie_place")?.zip(row.try_get::<Option<i32>, _>("tie_size")?);
    let whole = |n: i32| u32::try_from(n).unwrap_or_default();
    Ok(StoredResult {
        result: result_row(&row, kinds)?,
        scored: scored(&row, &definition, &bases)?,
        tie: tie.map(|(place, of)| Tie { place: whole(place), of: whole(of) }),
    })
}

/// The stored scores of some customers of a run.
pub(in crate::grading) async fn scored_of(
    tx: &TenantTx,
    run: GradingRunId,
    customers: &[CustomerId],
) -> Result<BTreeMap<CustomerId, Scored>> {
    if customers.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids: Vec<Uuid> = customers.iter().map(|id| id.0).collect();
    let mut sql = QueryBuilder::new("select r.customer_id, r.score, r.quality, r.growth, r.data_coverage, ");
    sql.push(EXPLAINING).push(FROM_RESULTS).push(" where r.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and r.run_id = ").push_bind(run.0).push(" and r.customer_id = any(").push_bind(ids).push(")");
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    let definition = definition_of(tx, run).await?;
    let bases = min_bases(tx, run).await?;
    rows.iter().map(|row| Ok((CustomerId(row.try_get("customer_id")?), scored(row, &definition, &bases)?))).collect()
}

fn scored(row: &PgRow, definition: &ScaleDefinition, bases: &[Option<Decimal>]) -> Result<Scored> {
    // So it was kept before it was kept in lists.
    if let Some(Json(scored)) = row.try_get("detail")? {
        return Ok(scored);
    }
    let caps: Option<Json<Vec<StoredFact>>> = row.try_get("cap_facts")?;
    let stored = StoredScore {
        numbers: list(row, "factor_numbers")?,
        texts: list(row, "factor_texts")?,
        flags: list(row, "factor_flags")?,
        missing: list(row, "factor_missing")?,
        points: list(row, "factor_points")?,
        contributions: list(row, "factor_contributions")?,
        matched: list(row, "factor_matched")?,
        percentiles: list(row, "factor_percentiles")?,
        bases: list(row, "factor_bases")?,
        min_bases: bases.to_vec(),
        dimension_scores: list(row, "dimension_scores")?,
        effective_weights: list(row, "effective_weights")?,
        caps: caps.map(|Json(caps)| caps).unwrap_or_default(),
    };
    let totals = StoredTotals {
        total: exact(row, "score")?,
        quality: exact(row, "quality")?,
        growth: exact(row, "growth")?,
        data_coverage: Exact(round_ratio(row.try_get("data_coverage")?)),
    };
    Ok(stored.scored(definition, totals))
}

/// A list; empty where it is null.
fn list<'r, T>(row: &'r PgRow, column: &str) -> Result<Vec<T>>
where
    Option<Vec<T>>: sqlx::Decode<'r, Postgres> + sqlx::Type<Postgres>,
{
    Ok(row.try_get::<Option<Vec<T>>, _>(column)?.unwrap_or_default())
}

fn result_row(row: &PgRow, kinds: &Kinds) -> Result<GradingResultOut> {
    let (quality, growth) = (exact(row, "quality")?, exact(row, "growth")?);
    let axes = Axes {
        gradable: row.try_get("gradable")?,
        quality: quality.map(|score| score.0),
        growth: growth.map(|score| score.0),
    };
    let (facts, kind) = kind_row(row, axes, kinds)?;
    Ok(GradingResultOut {
        customer_id: CustomerId(row.try_get("customer_id")?),
        customer_external_id: row.try_get("external_id")?,
        customer_name: row.try_get("name")?,
        gradable: row.try_get("gradable")?,
        score: exact(row, "score")?,
        quality,
        growth,
        data_coverage: Exact(round_ratio(row.try_get("data_coverage")?)),
        scored_grade: grade(row, "scored_grade")?,
        grade: grade(row, "grade")?,
        rank: row.try_get("rank")?,
        kind: kind.kind,
        kind_mark: kind.mark,
        profit: facts.profit().map(|profit| Exact(round_money(profit))),
        profit_source: facts.profit_source(),
        effort: kind.effort.map(|effort| Exact(round_money(effort))),
        effort_ratio: kind.effort_ratio.map(Exact),
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
