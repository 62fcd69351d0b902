//! How well dossiers are kept, and counts of customers.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::{Context, Object, Result};

use crate::dossiers::ops::lists;
use crate::dossiers::upkeep::CustomerUpkeep;
use crate::dossiers::wire::{CustomerFacetsOut, CustomerFilter};
use crate::error::{Error, or_null};
use crate::tenancy::Session;
use crate::values::{CustomerId, Date};

/// Loads how well dossiers are kept, each as of a day; today where none.
#[derive(Debug)]
pub struct CustomerUpkeepLoader(pub Arc<Session>);

impl Loader<(CustomerId, Option<Date>)> for CustomerUpkeepLoader {
    type Value = CustomerUpkeep;
    type Error = Error;

    async fn load(
        &self,
        keys: &[(CustomerId, Option<Date>)],
    ) -> Result<HashMap<(CustomerId, Option<Date>), Self::Value>, Error> {
        let tx = self.0.snapshot().await?;
        let mut by_day: BTreeMap<Option<Date>, Vec<CustomerId>> = BTreeMap::new();
        keys.iter().for_each(|(id, day)| by_day.entry(*day).or_default().push(*id));
        let mut loaded = HashMap::new();
        for (day, ids) in by_day {
            let upkeep = lists::upkeep_for(&tx, day, Some(&ids)).await?;
            loaded.extend(upkeep.into_iter().map(|(id, upkeep)| ((id, day), upkeep)));
        }
        Ok(loaded)
    }
}

/// How well a customer's dossier is kept, as an edge of `Customer`.
#[derive(Clone, Copy, Debug)]
pub struct CustomerUpkeepEdges(pub CustomerId);

#[Object]
impl CustomerUpkeepEdges {
    /// How well its dossier is kept: completeness, freshness, and what is missing or stale, as of a day; today where
    /// absent.
    async fn upkeep(&self, ctx: &Context<'_>, as_of: Option<Date>) -> Result<CustomerUpkeep> {
        let loader = ctx.data::<DataLoader<CustomerUpkeepLoader>>().map_err(|_| Error::internal("no upkeep loader"))?;
        Ok(loader.load_one((self.0, as_of)).await?.ok_or_else(Error::not_found)?)
    }
}

/// Queries about how well dossiers are kept, and counts of customers.
#[derive(Clone, Copy, Debug, Default)]
pub struct UpkeepQuery;

#[Object]
impl UpkeepQuery {
    /// How well a customer's dossier is kept, as of a day, today where absent; null where there is no such customer.
    async fn customer_upkeep(
        &self,
        ctx: &Context<'_>,
        customer_id: CustomerId,
        as_of: Option<Date>,
    ) -> Result<Option<CustomerUpkeep>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(lists::customer_upkeep(&tx, customer_id, as_of).await)?)
    }

    /// How many customers meet a filter, by stage, industry, territory, owner and tag.
    async fn customer_facets(&self, ctx: &Context<'_>, filter: Option<CustomerFilter>) -> Result<CustomerFacetsOut> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(lists::facets(&tx, &filter.unwrap_or_default()).await?)
    }
}

/// How many customers a connection has in all.
#[derive(Clone, Debug)]
pub struct CustomerCount(pub(super) CustomerFilter);

#[Object]
impl CustomerCount {
    /// How many customers meet the filter; counted only where it is asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(lists::count(&tx, &self.0).await?)
    }
}
