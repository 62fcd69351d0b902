//! The timeline in GraphQL: all of a customer's, or the latest changes of many customers.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::connection::Connection;
use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};

use crate::dossiers::ops::history;
use crate::dossiers::wire::{CustomerChangeOut, TimelineFilter};
use crate::error::Error;
use crate::paging::PageRequest;
use crate::tenancy::Session;
use crate::values::CustomerId;

/// Changes that the edge shows; all of them are in the query `customerTimeline`.
const MOST: usize = 100;

/// Loads the latest changes of customers, 100 of each.
#[derive(Debug)]
pub struct CustomerTimelineLoader(pub Arc<Session>);

impl Loader<CustomerId> for CustomerTimelineLoader {
    type Value = Vec<CustomerChangeOut>;
    type Error = Error;

    async fn load(&self, keys: &[CustomerId]) -> Result<HashMap<CustomerId, Self::Value>, Error> {
        let tx = self.0.snapshot().await?;
        history::latest_changes(&tx, keys, MOST as i64).await
    }
}

/// The timeline of a customer, as an edge of `Customer`.
#[derive(Clone, Copy, Debug)]
pub struct CustomerTimelineEdges(pub CustomerId);

#[Object]
impl CustomerTimelineEdges {
    /// Its latest changes, the latest observed first; 1 to 100, 12 where nothing is asked.
    async fn timeline(&self, ctx: &Context<'_>, #[graphql(default = 12)] last: i32) -> Result<Vec<CustomerChangeOut>> {
        let Some(asked) = usize::try_from(last).ok().filter(|asked| (1..=MOST).contains(asked)) else {
            return Err(Error::invalid_at("/last", "range", "1 to 100.", "1 至 100。").into());
        };
        let loader =
            ctx.data::<DataLoader<CustomerTimelineLoader>>().map_err(|_| Error::internal("no timeline loader"))?;
        let mut changes = loader.load_one(self.0).await?.unwrap_or_default();
        changes.truncate(asked);
        Ok(changes)
    }
}

/// Queries about the history of customers.
#[derive(Clone, Copy, Debug, Default)]
pub struct TimelineQuery;

#[Object]
impl TimelineQuery {
    /// The changes of a customer, field by field, the latest observed first: of one field, observed at `since` or later,
    /// before `until`.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments in the schema")]
    async fn customer_timeline(
        &self,
        ctx: &Context<'_>,
        customer_id: CustomerId,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        field: Option<String>,
        since: Option<DateTime<Utc>>,
        until: Option<DateTime<Utc>>,
    ) -> Result<Connection<String, CustomerChangeOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let filter = TimelineFilter { field, since, until };
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(history::timeline(&tx, customer_id, &filter, &page).await?.into_connection())
    }
}
