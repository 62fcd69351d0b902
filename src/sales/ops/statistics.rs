//! Asking the statistics.

use chrono::NaiveDate;

use crate::error::{Error, Problems, Result};
use crate::sales::store::statistics::{
    self, ClassCount, ClassMargin, Concentration, MonthlySales, QuotaAttainment, QuotaQuery, SmallestSet, Statistics,
    StatisticsError, StatisticsProblem, StatisticsQuery, ThreeYearCount, ThreeYearFigures,
};
use crate::sales::wire::{SalesClassRow, SalesClassesQuestion, ThreeYearsQuestion};
use crate::tenancy::{Permission, TenantTx};
use crate::tenants;
use crate::values::{CustomerId, Exact, FiscalYear, Month};

/// The sales classes, with every customer by rank.
#[derive(Debug)]
pub(in crate::sales) struct SalesClasses {
    pub customers: i64,
    pub total_net: Exact,
    pub smallest_set: Option<SmallestSet>,
    pub classes: Vec<ClassCount>,
    pub rows: Vec<SalesClassRow>,
}

/// The three years, with every customer that has a line in them.
#[derive(Debug)]
pub(in crate::sales) struct ThreeYears {
    pub last_year: i32,
    pub counts: Vec<ThreeYearCount>,
    pub rows: Vec<ThreeYearFigures>,
}

/// Sales by the query's dimensions.
pub(in crate::sales) async fn sales_statistics(tx: &TenantTx, query: &StatisticsQuery) -> Result<Statistics> {
    tx.require(Permission::StatisticsRead)?;
    let start_month = fiscal_start(tx).await?;
    let answer = statistics::sales_statistics(&mut *tx.conn().await?, tx.tenant(), query, start_month).await;
    answer.map_err(|error| match error {
        StatisticsError::Invalid(problems) => invalid(&problems),
        StatisticsError::TooManyGroups => {
            let en = format!("{error}: filter, group coarser or use top.");
            Error::invalid_at("/group_by", "too_many_groups", en, "分组过多：请筛选、减少分组或使用 top。")
        }
        StatisticsError::Database(error) => error.into(),
    })
}

/// The sales classes and the smallest set.
pub(in crate::sales) async fn sales_classes(tx: &TenantTx, asked: &SalesClassesQuestion) -> Result<SalesClasses> {
    tx.require(Permission::StatisticsRead)?;
    let Concentration { customers, total_net, smallest_set, classes, rows } = concentration(tx, asked).await?;
    let size = smallest_set.as_ref().map_or(0, |set| set.customers);
    let rows = rows.into_iter().map(|place| SalesClassRow { in_smallest_set: place.rank <= size, place }).collect();
    Ok(SalesClasses { customers, total_net, smallest_set, classes, rows })
}

/// The margin of each category with each class.
pub(in crate::sales) async fn margin_by_class(tx: &TenantTx, asked: &SalesClassesQuestion) -> Result<Vec<ClassMargin>> {
    tx.require(Permission::StatisticsRead)?;
    let rows = concentration(tx, asked).await?.rows;
    let classes: Vec<_> = rows.iter().filter_map(|row| Some((row.customer_id, row.sales_class?))).collect();
    let mut conn = tx.conn().await?;
    Ok(statistics::margin_by_class(&mut conn, tx.tenant(), asked.span(), asked.amounts, &classes).await?)
}

/// Three fiscal years of each customer.
pub(in crate::sales) async fn three_years(tx: &TenantTx, asked: &ThreeYearsQuestion) -> Result<ThreeYears> {
    tx.require(Permission::StatisticsRead)?;
    let start_month = fiscal_start(tx).await?;
    let last = match asked.last_year {
        None => FiscalYear::of(Month::of(tx.now().date_naive()), start_month).plus(-1),
        Some(year) => {
            (4..=9990).contains(&year).then(|| FiscalYear::new(year, start_month)).flatten().ok_or_else(|| {
                Error::invalid_at("/last_year", "range", "A year from 4 to 9990.", "4 至 9990 之间的年份。")
            })?
        }
    };
    let mut conn = tx.conn().await?;
    let nets = statistics::three_year_nets(&mut conn, tx.tenant(), last, asked.amounts).await?;
    let customers = statistics::customer_count(&mut conn, tx.tenant()).await?;
    let rows: Vec<_> = nets.into_iter().map(|nets| statistics::three_year_figures(nets, last)).collect();
    Ok(ThreeYears { last_year: last.year, counts: statistics::three_year_counts(&rows, customers), rows })
}

/// Quotas and what was sold against them.
pub(in crate::sales) async fn quota_attainment(tx: &TenantTx, query: &QuotaQuery) -> Result<Vec<QuotaAttainment>> {
    tx.require(Permission::StatisticsRead)?;
    let mut problems = Problems::new();
    span_problem(&mut problems, query.from.map(|d| d.0), query.to.map(|d| d.0));
    problems.into_result()?;
    Ok(statistics::quota_attainments(&mut *tx.conn().await?, tx.tenant(), query).await?)
}

/// The months of many customers.
pub(in crate::sales) async fn monthly_series(
    tx: &TenantTx,
    customers: &[CustomerId],
    until: Month,
    months: u16,
) -> Result<MonthlySales> {
    tx.require(Permission::CustomersRead)?;
    Ok(statistics::monthly_sales(&mut *tx.conn().await?, tx.tenant(), customers, until, months).await?)
}

async fn concentration(tx: &TenantTx, asked: &SalesClassesQuestion) -> Result<Concentration> {
    let limits = asked.limits()?;
    let nets = statistics::net_by_customer(&mut *tx.conn().await?, tx.tenant(), asked.span(), asked.amounts).await?;
    Ok(statistics::concentration(nets, asked.share(), limits, asked.edge))
}

async fn fiscal_start(tx: &TenantTx) -> Result<u32> {
    u32::try_from(tenants::current(tx).await?.fiscal_year_start_month).map_err(Error::internal)
}

fn span_problem(problems: &mut Problems, from: Option<NaiveDate>, to: Option<NaiveDate>) {
    if from.zip(to).is_some_and(|(from, to)| from >= to) {
        problems.add("/to", "range", "Must be after from.", "必须晚于 from。");
    }
}

fn invalid(found: &[StatisticsProblem]) -> Error {
    use StatisticsProblem as P;
    let mut problems = Problems::new();
    for problem in found {
        let zh = match problem {
            P::TooManyDimensions => "group_by 最多 4 个维度。",
            P::RepeatedDimension => "group_by 中有重复的维度。",
            P::EmptySpan => "to 必须晚于 from。",
            P::TopOutOfRange => "top 须为 1 至 1000。",
            P::TopWithoutGroups => "使用 top 时 group_by 须含时间以外的维度。",
            P::TooManyFilterValues => "每个筛选条件最多 1000 个值。",
        };
        problems.add(format!("/{}", problem.field()), "statistics_query", format!("{problem}."), zh);
    }
    problems.into_result().err().unwrap_or_else(|| Error::internal("an invalid query without a problem"))
}
