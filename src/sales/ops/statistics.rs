//! Asking the statistics.

use chrono::NaiveDate;

use crate::error::{Error, Problems, Result};
use crate::sales::store;
use crate::sales::store::statistics::{
    self, Asked, ClassCount, Concentration, Coverage, MarginByClass, MonthlySales, QuotaAttainment, QuotaQuery, Reach,
    SmallestSet, Span, Statistics, StatisticsError, StatisticsProblem, StatisticsQuery, ThreeYearCount,
    ThreeYearFigures, WithoutOrders, days_of,
};
use crate::sales::wire::{SalesClassRow, SalesClassesQuestion, ThreeYearsQuestion};
use crate::tenancy::{Permission, TenantTx};
use crate::tenants;
use crate::values::{CustomerId, Exact, FiscalYear, Month};

/// The sales classes, with every customer by rank.
#[derive(Debug)]
pub(in crate::sales) struct SalesClasses {
    pub period: Coverage,
    pub customers: i64,
    pub total_net: Exact,
    pub without_orders: WithoutOrders,
    pub smallest_set: Option<SmallestSet>,
    pub classes: Vec<ClassCount>,
    pub rows: Vec<SalesClassRow>,
}

/// The three years, with every customer that ever bought.
#[derive(Debug)]
pub(in crate::sales) struct ThreeYears {
    pub last_year: i32,
    pub years: Vec<Coverage>,
    pub counts: Vec<ThreeYearCount>,
    pub rows: Vec<ThreeYearFigures>,
}

/// Sales by the query's dimensions.
pub(in crate::sales) async fn sales_statistics(tx: &TenantTx, query: &StatisticsQuery) -> Result<Statistics> {
    tx.require(Permission::StatisticsRead)?;
    let start_month = fiscal_start(tx).await?;
    let mut conn = tx.conn().await?;
    let answer = statistics::sales_statistics(&mut conn, tx.tenant(), query, start_month, today(tx)).await;
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
    let (period, _, found) = concentration(tx, asked).await?;
    let Concentration { customers, total_net, without_orders, smallest_set, classes, rows } = found;
    let size = smallest_set.as_ref().map_or(0, |set| set.customers);
    let rows = rows.into_iter().map(|place| SalesClassRow { in_smallest_set: place.rank <= size, place }).collect();
    Ok(SalesClasses { period, customers, total_net, without_orders, smallest_set, classes, rows })
}

/// The margin of each category with each class.
pub(in crate::sales) async fn margin_by_class(tx: &TenantTx, asked: &SalesClassesQuestion) -> Result<MarginByClass> {
    tx.require(Permission::StatisticsRead)?;
    let (period, span, found) = concentration(tx, asked).await?;
    let classes: Vec<_> = found.rows.iter().filter_map(|row| Some((row.customer_id, row.sales_class?))).collect();
    let mut conn = tx.conn().await?;
    let items = statistics::margin_by_class(&mut conn, tx.tenant(), span, asked.amounts, &classes).await?;
    Ok(MarginByClass { period, items })
}

/// Three fiscal years of each customer.
pub(in crate::sales) async fn three_years(tx: &TenantTx, asked: &ThreeYearsQuestion) -> Result<ThreeYears> {
    tx.require(Permission::StatisticsRead)?;
    let start_month = fiscal_start(tx).await?;
    let mut conn = tx.conn().await?;
    let reach = store::reach(&mut conn, tx.tenant(), today(tx)).await?;
    let last = match asked.last_year {
        // Without any sale there is nothing but the clock.
        None => match &reach {
            Some(reach) => store::last_year(&mut conn, tx.tenant(), reach, start_month).await?,
            None => FiscalYear::of(Month::of(today(tx)), start_month).plus(-1),
        },
        Some(year) => {
            (4..=9990).contains(&year).then(|| FiscalYear::new(year, start_month)).flatten().ok_or_else(|| {
                Error::invalid_at("/last_year", "range", "A year from 4 to 9990.", "4 至 9990 之间的年份。")
            })?
        }
    };
    let nets = statistics::three_year_nets(&mut conn, tx.tenant(), last, asked.amounts).await?;
    let customers = statistics::customer_count(&mut conn, tx.tenant()).await?;
    let rows: Vec<_> = nets.into_iter().map(|nets| statistics::three_year_figures(nets, last)).collect();
    let years = [-2, -1, 0].map(|back| {
        let (from, to) = days_of(last.plus(back));
        let unknown = || Coverage::nothing(Span { from: Some(from), to: Some(to) });
        reach.as_ref().map_or_else(unknown, |reach| reach.coverage(from, to))
    });
    Ok(ThreeYears {
        last_year: last.year,
        years: years.into(),
        counts: statistics::three_year_counts(&rows, customers),
        rows,
    })
}

/// Quotas and what was sold against them.
pub(in crate::sales) async fn quota_attainment(tx: &TenantTx, query: &QuotaQuery) -> Result<Vec<QuotaAttainment>> {
    tx.require(Permission::StatisticsRead)?;
    let mut problems = Problems::new();
    span_problem(&mut problems, query.from.map(|d| d.0), query.to.map(|d| d.0));
    problems.into_result()?;
    let mut conn = tx.conn().await?;
    let reach = store::reach(&mut conn, tx.tenant(), today(tx)).await?;
    let own = tx.actor().salesperson;
    Ok(statistics::quota_attainments(&mut conn, tx.tenant(), query, reach.as_ref(), own).await?)
}

/// The months of many customers, up to `until`: the last month with a line of the tenant's where it is absent.
pub(in crate::sales) async fn monthly_series(
    tx: &TenantTx,
    customers: &[CustomerId],
    until: Option<Month>,
    months: u16,
) -> Result<MonthlySales> {
    tx.require(Permission::CustomersRead)?;
    let mut conn = tx.conn().await?;
    let reach = store::reach(&mut conn, tx.tenant(), today(tx)).await?;
    let last = reach.as_ref().map_or_else(|| Month::of(today(tx)), Reach::last_month);
    let until = until.unwrap_or(last);
    Ok(statistics::monthly_sales(&mut conn, tx.tenant(), customers, until, months, reach.as_ref()).await?)
}

async fn concentration(tx: &TenantTx, asked: &SalesClassesQuestion) -> Result<(Coverage, Span, Concentration)> {
    let limits = asked.limits()?;
    let start_month = fiscal_start(tx).await?;
    let mut conn = tx.conn().await?;
    let days = Asked { span: asked.span(), period: asked.period, is_series: false };
    let found = days.resolve(&mut conn, tx.tenant(), start_month, today(tx)).await?;
    let nets = statistics::net_by_customer(&mut conn, tx.tenant(), found.span, asked.amounts).await?;
    Ok((found.period, found.span, statistics::concentration(nets, asked.share(), limits, asked.edge)))
}

async fn fiscal_start(tx: &TenantTx) -> Result<u32> {
    u32::try_from(tenants::current(tx).await?.fiscal_year_start_month).map_err(Error::internal)
}

fn today(tx: &TenantTx) -> NaiveDate {
    tx.now().date_naive()
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
            P::TwoPeriods => "period 与 from、to 只能选其一。",
            P::TopOutOfRange => "top 须为 1 至 1000。",
            P::TopWithoutGroups => "使用 top 时 group_by 须含时间以外的维度。",
            P::TooManyFilterValues => "每个筛选条件最多 1000 个值。",
        };
        problems.add(format!("/{}", problem.field()), "statistics_query", format!("{problem}."), zh);
    }
    problems.into_result().err().unwrap_or_else(|| Error::internal("an invalid query without a problem"))
}
