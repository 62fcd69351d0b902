//! Balances and the ageing report in GraphQL.

use async_graphql::connection::Connection;
use async_graphql::{Context, Object, Result};

use crate::finance::ops;
use crate::finance::wire::{AgeingFilter, AgeingOut, BalanceFilter, BalanceOut};
use crate::paging::PageRequest;
use crate::tenancy::Session;

/// Queries about balances.
#[derive(Debug, Default)]
pub struct BalancesQuery;

#[Object]
impl BalancesQuery {
    /// What each customer owes and has to its credit at the end of a day, a row a currency, by `sort`: `net_balance`, `open`,
    /// `overdue`, `credits`, `unapplied` or `external_id`, `-` in front for descending (`-net_balance` by default).
    #[expect(clippy::too_many_arguments, reason = "Relay's arguments of a list")]
    async fn receivable_balances(
        &self,
        ctx: &Context<'_>,
        filter: Option<BalanceFilter>,
        sort: Option<String>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, BalanceOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::balances(&tx, &filter.unwrap_or_default(), sort.as_deref(), &page).await?.into_connection())
    }

    /// What is owed by days overdue, and how late what was paid came, by customer or in all, by `sort`: `overdue`, `open` or
    /// `external_id`, `-` in front for descending (`-overdue` by default).
    #[expect(clippy::too_many_arguments, reason = "Relay's arguments of a list")]
    async fn receivable_ageing(
        &self,
        ctx: &Context<'_>,
        filter: Option<AgeingFilter>,
        sort: Option<String>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, AgeingOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::ageing(&tx, &filter.unwrap_or_default(), sort.as_deref(), &page).await?.into_connection())
    }
}
