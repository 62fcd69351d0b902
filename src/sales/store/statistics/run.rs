//! Asks the database and shapes its answer.

use chrono::NaiveDate;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Executor, PgConnection, Row};
use thiserror::Error;
use uuid::Uuid;

use super::buckets::Cell;
use super::comparing::{Compared, Step};
use super::query::{Span, StatisticsDimension, StatisticsProblem, StatisticsQuery};
use super::resolve::Asked;
use super::row::{GroupKey, Measures, Statistics, StatisticsRow};
use super::sql::statement;
use crate::values::{Date, TenantId};

/// The most groups one answer holds.
const MAX_ROWS: usize = 50_000;

/// The most groups that are read of the period before, where a top keeps few of them.
const MAX_GROUPS_BELOW_TOP: usize = 500_000;

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

/// One group as it was found.
pub(super) struct Group {
    /// Its keys as text: of a bucket of time its day (`buckets.rs`).
    pub keys: Vec<Option<String>>,
    /// Whether it holds what is outside the top.
    pub others: bool,
    /// Its sums.
    pub sums: Measures,
    /// The days of its buckets of time within the span.
    pub cell: Option<Cell>,
    names: Vec<(Option<String>, Option<Uuid>)>,
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
    today: NaiveDate,
) -> Result<Statistics, StatisticsError> {
    let problems = query.problems();
    if !problems.is_empty() {
        return Err(StatisticsError::Invalid(problems));
    }
    let is_series = query.group_by.iter().any(|dimension| dimension.is_time());
    let asked = Asked { span: query.span(), period: query.period, is_series };
    let found = asked.resolve(conn, tenant, fiscal_year_start_month, today).await?;
    let span = found.span;
    let query = StatisticsQuery { from: span.from.map(Date), to: span.to.map(Date), ..query.clone() };
    let (totals, groups) = groups(conn, tenant, &query, fiscal_year_start_month, MAX_ROWS).await?;
    let compared = match (query.compare, &found.reach, found.days) {
        (Some(comparison), Some(reach), Some(days)) => {
            let days = whole_buckets(days, span, &query.group_by, fiscal_year_start_month);
            let step = Step::of(comparison, &query.group_by, days);
            let Span { from, to } = step.span(days);
            let before = StatisticsQuery { from: from.map(Date), to: to.map(Date), top: None, ..query.clone() };
            let most = if query.top.is_some() { MAX_GROUPS_BELOW_TOP } else { MAX_ROWS };
            let (total, before) = self::groups(conn, tenant, &before, fiscal_year_start_month, most).await?;
            let top = query.top.map(|_| groups.as_slice());
            let grouping = (query.group_by.as_slice(), fiscal_year_start_month);
            Some(Compared::new(step, grouping, (reach, days), (total.net, before), top))
        }
        _ => None,
    };
    let total_net = totals.net;
    let rows = groups.into_iter().map(|group| {
        let period = group.cell.zip(found.reach.as_ref()).map(|(cell, reach)| cell.coverage(reach));
        let before = compared.as_ref().map(|compared| compared.group(&group, &period.unwrap_or(found.period)));
        let keys = group_keys(&group, &query.group_by, fiscal_year_start_month);
        StatisticsRow { period, before, ..StatisticsRow::new(keys, group.others, group.sums, total_net) }
    });
    let rows = rows.collect();
    let before = compared.as_ref().map(|compared| compared.totals(total_net, &found.period));
    let totals = StatisticsRow { before, ..StatisticsRow::new(Vec::new(), false, totals, total_net) };
    Ok(Statistics { period: found.period, rows, totals })
}

/// The days up to the borders of the first and the last bucket of time, but for an end that was asked for: a bucket is
/// compared with a whole one before it, however far sales reach into it.
fn whole_buckets(
    (from, to): (NaiveDate, NaiveDate),
    asked: Span,
    group_by: &[StatisticsDimension],
    start_month: u32,
) -> (NaiveDate, NaiveDate) {
    let bucket = |day| Cell::of(group_by, day, start_month);
    let first = bucket(from).filter(|_| asked.from.is_none()).map_or(from, |cell| cell.from);
    let last = bucket(to.pred_opt().unwrap_or(to)).filter(|_| asked.to.is_none()).map_or(to, |cell| cell.to);
    (first, last)
}

/// The totals, and the groups: at most so many.
async fn groups(
    conn: &mut PgConnection,
    tenant: TenantId,
    query: &StatisticsQuery,
    start_month: u32,
    most: usize,
) -> Result<(Measures, Vec<Group>), StatisticsError> {
    // The totals, the groups, and one more to tell that there are too many.
    let row_limit = most as i64 + 2;
    conn.execute(AssertSqlSafe(format!("set local work_mem = '{WORK_MEMORY}'"))).await?;
    // Planned for its own values each time (not kept), for a span of a day and one of ten years want other plans.
    let mut found =
        statement(tenant, query, start_month, row_limit).build().persistent(false).fetch_all(&mut *conn).await?;
    conn.execute("set local work_mem to default").await?;
    if found.len() > most + 1 {
        return Err(StatisticsError::TooManyGroups);
    }
    // The totals come first, always: the empty grouping set has a row even where no line passes.
    let groups = found.split_off(1);
    let totals = found.first().map(measures).transpose()?.ok_or(sqlx::Error::RowNotFound)?;
    let groups = groups.iter().map(|row| group(row, query, start_month)).collect::<Result<_, sqlx::Error>>()?;
    Ok((totals, groups))
}

fn measures(row: &PgRow) -> Result<Measures, sqlx::Error> {
    Ok(Measures {
        lines: row.try_get("lines")?,
        orders: row.try_get("orders")?,
        returns: row.try_get("returns")?,
        return_lines: row.try_get("return_lines")?,
        return_net: row.try_get("return_net")?,
        customers: row.try_get("customers")?,
        quantity: row.try_get("quantity")?,
        net: row.try_get("net")?,
        cost: row.try_get("cost")?,
    })
}

fn group(row: &PgRow, query: &StatisticsQuery, start_month: u32) -> Result<Group, sqlx::Error> {
    let others: bool = row.try_get("others")?;
    let (mut keys, mut names) = (Vec::new(), Vec::new());
    for (n, dimension) in (1..).zip(&query.group_by) {
        let key: Option<String> = row.try_get(format!("key{n}").as_str())?;
        keys.push(key.filter(|_| !others || dimension.is_time()));
        names.push((row.try_get(format!("label{n}").as_str())?, row.try_get(format!("id{n}").as_str())?));
    }
    let buckets = query.group_by.iter().zip(&keys);
    let buckets = buckets.filter_map(|(dimension, key)| dimension.days(key.as_deref()?.parse().ok()?, start_month));
    let cell = Cell::common(buckets).map(|cell| cell.within(query.span()));
    Ok(Group { keys, others, sums: measures(row)?, cell, names })
}

fn group_keys(group: &Group, dimensions: &[StatisticsDimension], start_month: u32) -> Vec<GroupKey> {
    let each = dimensions.iter().zip(&group.keys).zip(&group.names);
    each.map(|((dimension, key), (label, id))| {
        let bucket: Option<NaiveDate> = key.as_deref().filter(|_| dimension.is_time()).and_then(|day| day.parse().ok());
        let name = bucket.and_then(|bucket| dimension.bucket_name(bucket));
        let months = bucket.and_then(|bucket| dimension.bucket_label(bucket, start_month));
        GroupKey {
            dimension: *dimension,
            key: name.or_else(|| key.clone()),
            label: months.or_else(|| label.clone()),
            id: *id,
        }
    })
    .collect()
}
