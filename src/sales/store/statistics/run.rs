//! Asks the database and shapes its answer.

use chrono::{Datelike, NaiveDate};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Executor, PgConnection, Row};
use thiserror::Error;

use super::query::{StatisticsDimension, StatisticsProblem, StatisticsQuery};
use super::row::{GroupKey, Measures, Statistics, StatisticsRow};
use super::sql::statement;
use crate::values::TenantId;

/// The most groups one answer holds.
const MAX_ROWS: usize = 50_000;

/// What Postgres may keep in memory of the groups, step by step. With the usual 4 MB those of 100,000 customers go to the
/// disk and back (2 million lines by customer: 8.1 s against 4.8).
const WORK_MEMORY: &str = "32MB";

/// Why there are no statistics.
#[derive(Debug, Error)]
pub enum StatisticsError {
    /// The question cannot be answered; every reason.
    #[error("the query is invalid")]
    Invalid(Vec<StatisticsProblem>),
    /// It has more than 50,000 groups: filter, group coarser or use `top`.
    #[error("the answer has more than {MAX_ROWS} groups")]
    TooManyGroups,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Sales by the query's dimensions, and their totals. `fiscal_year_start_month` is the tenant's, 1 to 12.
///
/// # Errors
/// An invalid query, more than 50,000 groups, or a failing database.
pub async fn sales_statistics(
    conn: &mut PgConnection,
    tenant: TenantId,
    query: &StatisticsQuery,
    fiscal_year_start_month: u32,
) -> Result<Statistics, StatisticsError> {
    let problems = query.problems();
    if !problems.is_empty() {
        return Err(StatisticsError::Invalid(problems));
    }
    // The totals, the groups, and one more to tell that there are too many.
    let row_limit = MAX_ROWS as i64 + 2;
    conn.execute(AssertSqlSafe(format!("set local work_mem = '{WORK_MEMORY}'"))).await?;
    // Planned for its own values each time (not kept), for a span of a day and one of ten years want other plans.
    let mut found = statement(tenant, query, fiscal_year_start_month, row_limit)
        .build()
        .persistent(false)
        .fetch_all(&mut *conn)
        .await?;
    conn.execute("set local work_mem to default").await?;
    if found.len() > MAX_ROWS + 1 {
        return Err(StatisticsError::TooManyGroups);
    }
    // The totals come first, always: the empty grouping set has a row even where no line passes.
    let groups = found.split_off(1);
    let total_sums = found.first().map(measures).transpose()?.ok_or(sqlx::Error::RowNotFound)?;
    let total_net = total_sums.net;
    let rows = groups
        .iter()
        .map(|row| {
            let others = row.try_get("others")?;
            Ok(StatisticsRow::new(keys(row, &query.group_by, others)?, others, measures(row)?, total_net))
        })
        .collect::<Result<_, sqlx::Error>>()?;
    Ok(Statistics { rows, totals: StatisticsRow::new(Vec::new(), false, total_sums, total_net) })
}

fn measures(row: &PgRow) -> Result<Measures, sqlx::Error> {
    Ok(Measures {
        lines: row.try_get("lines")?,
        orders: row.try_get("orders")?,
        customers: row.try_get("customers")?,
        quantity: row.try_get("quantity")?,
        net: row.try_get("net")?,
        cost: row.try_get("cost")?,
    })
}

fn keys(row: &PgRow, dimensions: &[StatisticsDimension], others: bool) -> Result<Vec<GroupKey>, sqlx::Error> {
    (1..)
        .zip(dimensions)
        .map(|(n, dimension)| {
            let key: Option<String> = row.try_get(format!("key{n}").as_str())?;
            let key = key.map(|text| time_key(*dimension, &text).unwrap_or(text));
            let hidden = others && !dimension.is_time();
            Ok(GroupKey {
                dimension: *dimension,
                key: key.filter(|_| !hidden),
                label: row.try_get(format!("label{n}").as_str())?,
                id: row.try_get(format!("id{n}").as_str())?,
            })
        })
        .collect()
}

/// The name of the time bucket that starts on a day; `None` for what is not a time bucket.
fn time_key(dimension: StatisticsDimension, first_day: &str) -> Option<String> {
    use StatisticsDimension as D;
    if !dimension.is_time() {
        return None;
    }
    let day: NaiveDate = first_day.parse().ok()?;
    match dimension {
        D::Day => Some(day.to_string()),
        D::Month => Some(day.format("%Y-%m").to_string()),
        D::Quarter => Some(format!("{:04}-Q{}", day.year(), day.month0() / 3 + 1)),
        D::Year | D::FiscalYear => Some(format!("{:04}", day.year())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_bucket_is_named_by_its_first_day() {
        let name = |d| time_key(d, "2013-10-01");
        assert_eq!(name(StatisticsDimension::Month).as_deref(), Some("2013-10"));
        assert_eq!(name(StatisticsDimension::Quarter).as_deref(), Some("2013-Q4"));
        assert_eq!(name(StatisticsDimension::FiscalYear).as_deref(), Some("2013"));
        assert_eq!(name(StatisticsDimension::Currency), None);
    }
}
