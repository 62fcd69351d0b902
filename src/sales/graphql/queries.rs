//! Queries about products, sales lines, rates and quotas.

use async_graphql::connection::Connection;
use async_graphql::{Context, Object, Result};

use crate::error::or_null;
use crate::paging::PageRequest;
use crate::sales::ops;
use crate::sales::wire::{
    FxRateFilter, FxRateOut, ProductFilter, ProductOut, QuotaFilter, QuotaOut, SalesLineFilter, SalesLineOut,
};
use crate::tenancy::Session;
use crate::values::ProductId;

/// Queries about products, sales lines, rates and quotas.
#[derive(Debug, Default)]
pub struct SalesQuery;

#[Object]
impl SalesQuery {
    /// A product; null where there is none.
    async fn product(&self, ctx: &Context<'_>, id: ProductId) -> Result<Option<ProductOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(ops::product(&tx, id).await)?)
    }

    /// Products, by `sort`: `name` (the default) or `external_id`, `-` in front for descending.
    #[expect(clippy::too_many_arguments, reason = "Relay's arguments of a list")]
    async fn products(
        &self,
        ctx: &Context<'_>,
        filter: Option<ProductFilter>,
        sort: Option<String>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, ProductOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::products(&tx, &filter.unwrap_or_default(), sort.as_deref(), &page).await?.into_connection())
    }

    /// Sales lines, by `sort`: `day` or `-day` (the default).
    #[expect(clippy::too_many_arguments, reason = "Relay's arguments of a list")]
    async fn sales_lines(
        &self,
        ctx: &Context<'_>,
        filter: Option<SalesLineFilter>,
        sort: Option<String>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, SalesLineOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::sales_lines(&tx, &filter.unwrap_or_default(), sort.as_deref(), &page).await?.into_connection())
    }

    /// Exchange rates by currency and day.
    async fn fx_rates(
        &self,
        ctx: &Context<'_>,
        filter: Option<FxRateFilter>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, FxRateOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::fx_rates(&tx, &filter.unwrap_or_default(), &page).await?.into_connection())
    }

    /// Quotas by salesperson and period.
    async fn quotas(
        &self,
        ctx: &Context<'_>,
        filter: Option<QuotaFilter>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, QuotaOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::quotas(&tx, &filter.unwrap_or_default(), &page).await?.into_connection())
    }
}
