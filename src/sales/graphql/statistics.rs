//! Statistics in GraphQL.

use async_graphql::connection::Connection;
use async_graphql::{Context, Object, Result};

use crate::paging::PageRequest;
use crate::sales::ops::{self, SalesClasses, ThreeYears};
use crate::sales::statistics::{
    ClassCount, Coverage, MarginByClass, QuotaAttainment, QuotaQuery, SmallestSet, Statistics, StatisticsQuery,
    ThreeYearCount, ThreeYearFigures, WithoutOrders,
};
use crate::sales::wire::{SalesClassRow, SalesClassesQuestion, ThreeYearsQuestion};
use crate::tenancy::Session;
use crate::values::Exact;

/// Queries of the statistics.
#[derive(Debug, Default)]
pub struct StatisticsQueries;

/// The sales classes in numbers, and their customers by rank.
#[derive(Debug)]
struct SalesClassesResult(SalesClasses);

/// How many customers have how many years with sales, and the customers.
#[derive(Debug)]
struct ThreeYearsResult(ThreeYears);

#[Object]
impl StatisticsQueries {
    /// Add up sales by any dimensions.
    async fn sales_statistics(&self, ctx: &Context<'_>, input: Option<StatisticsQuery>) -> Result<Statistics> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::sales_statistics(&tx, &input.unwrap_or_default()).await?)
    }

    /// Cut customers into sales classes A, B, C by cumulative share of net; and the fewest customers making a share.
    async fn sales_classes(
        &self,
        ctx: &Context<'_>,
        input: Option<SalesClassesQuestion>,
    ) -> Result<SalesClassesResult> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(SalesClassesResult(ops::sales_classes(&tx, &input.unwrap_or_default()).await?))
    }

    /// Three fiscal years of each customer side by side.
    async fn three_years(&self, ctx: &Context<'_>, input: Option<ThreeYearsQuestion>) -> Result<ThreeYearsResult> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ThreeYearsResult(ops::three_years(&tx, &input.unwrap_or_default()).await?))
    }

    /// Margin of each product category with each sales class.
    async fn margin_by_class(&self, ctx: &Context<'_>, input: Option<SalesClassesQuestion>) -> Result<MarginByClass> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::margin_by_class(&tx, &input.unwrap_or_default()).await?)
    }

    /// Quotas and what was sold against them.
    async fn quota_attainment(&self, ctx: &Context<'_>, input: Option<QuotaQuery>) -> Result<Vec<QuotaAttainment>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::quota_attainment(&tx, &input.unwrap_or_default()).await?)
    }
}

#[Object(name = "SalesClasses")]
impl SalesClassesResult {
    /// The days that count, and whether sales cover them.
    async fn period(&self) -> Coverage {
        self.0.period
    }

    /// Customers with an order of a positive net.
    async fn customers(&self) -> i64 {
        self.0.customers
    }

    /// Net of all lines.
    async fn total_net(&self) -> Exact {
        self.0.total_net
    }

    /// Customers that only sent goods back.
    async fn without_orders(&self) -> &WithoutOrders {
        &self.0.without_orders
    }

    /// The fewest customers making the share asked for; null where the total is not positive.
    async fn smallest_set(&self) -> Option<&SmallestSet> {
        self.0.smallest_set.as_ref()
    }

    /// A, B and C; none where the total is not positive.
    async fn classes(&self) -> &[ClassCount] {
        &self.0.classes
    }

    /// The customers by rank.
    async fn rows(
        &self,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, SalesClassRow>> {
        let page = PageRequest::relay(first, after, last, before)?;
        Ok(page.slice_whole("rank", self.0.rows.iter().collect())?.map(Clone::clone).into_connection())
    }
}

#[Object(name = "ThreeYears")]
impl ThreeYearsResult {
    /// The last of the three fiscal years, named by the calendar year in which it starts.
    async fn last_year(&self) -> i32 {
        self.0.last_year
    }

    /// The three years, oldest first, and whether sales cover each.
    async fn years(&self) -> &[Coverage] {
        &self.0.years
    }

    /// All the tenant's customers by years with sales, most years first.
    async fn counts(&self) -> &[ThreeYearCount] {
        &self.0.counts
    }

    /// The customers that ever bought, by external id, also those without a line in the three years.
    async fn rows(
        &self,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, ThreeYearFigures>> {
        let page = PageRequest::relay(first, after, last, before)?;
        Ok(page.slice_whole("customer", self.0.rows.iter().collect())?.map(Clone::clone).into_connection())
    }
}
