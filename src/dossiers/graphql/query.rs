//! Queries.

use std::marker::PhantomData;

use async_graphql::connection::Connection;
use async_graphql::{Context, Object, Result};

use super::CustomerNode;
use super::upkeep::CustomerCount;
use crate::dossiers::ops::{customers, lists, potentials, salespeople};
use crate::dossiers::wire::{CustomerFilter, PotentialFilter, PotentialOut, PurchasePotentialsOut, SalespersonOut};
use crate::error::or_null;
use crate::paging::PageRequest;
use crate::tenancy::Session;
use crate::values::{AsOf, CustomerId, SalespersonId};

/// Queries about customers, salespeople and purchase potentials, with `N` as the schema's type of a customer.
#[derive(Debug)]
pub struct DossiersQuery<N>(PhantomData<fn() -> N>);

impl<N> Default for DossiersQuery<N> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

#[Object]
impl<N: CustomerNode> DossiersQuery<N> {
    /// A customer, as it is or as it was (its edges as they are); null where there is none, or was none then.
    async fn customer(&self, ctx: &Context<'_>, id: CustomerId, as_of: Option<AsOf>) -> Result<Option<N>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        let customer = match as_of {
            None => customers::customer(&tx, id).await,
            Some(moment) => customers::customer_as_of(&tx, id, moment).await,
        };
        Ok(or_null(customer)?.map(N::from))
    }

    /// Customers that meet a filter. `sort` as in REST: `name`, `external_id`, `created_at`, `updated_at`, `-` in front
    /// for descending; by name where absent, with `q` the best first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments in the schema")]
    async fn customers(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        filter: Option<CustomerFilter>,
        sort: Option<String>,
    ) -> Result<Connection<String, N, CustomerCount>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let filter = filter.unwrap_or_default();
        let tx = Session::of(ctx)?.snapshot().await?;
        let slice = lists::list(&tx, &filter, sort.as_deref(), &page, false).await?;
        Ok(slice.map(N::from).into_connection_with(CustomerCount(filter)))
    }

    /// What a customer buys a year, by product category, from anyone, as it is or as it was; null where there is no such
    /// customer, or was none then.
    async fn purchase_potentials(
        &self,
        ctx: &Context<'_>,
        customer_id: CustomerId,
        as_of: Option<AsOf>,
    ) -> Result<Option<PurchasePotentialsOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(match as_of {
            None => potentials::read(&tx, customer_id).await,
            Some(moment) => potentials::read_as_of(&tx, customer_id, moment).await,
        })?)
    }

    /// What customers buy a year, by category and customer.
    async fn purchase_potential_entries(
        &self,
        ctx: &Context<'_>,
        filter: Option<PotentialFilter>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, PotentialOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(potentials::list(&tx, &filter.unwrap_or_default(), &page).await?.into_connection())
    }

    /// A salesperson; null where there is none.
    async fn salesperson(&self, ctx: &Context<'_>, id: SalespersonId) -> Result<Option<SalespersonOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(salespeople::salesperson(&tx, id).await)?)
    }

    /// Salespeople. `sort` as in REST: `name`, `external_id`, `-` in front for descending; by name where absent.
    async fn salespeople(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        sort: Option<String>,
    ) -> Result<Connection<String, SalespersonOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(salespeople::list(&tx, sort.as_deref(), &page).await?.into_connection())
    }
}
