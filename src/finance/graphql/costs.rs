//! Costs to serve in GraphQL.

use async_graphql::connection::Connection;
use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use crate::dossiers::DEFAULT_SYSTEM;
use crate::error::{UserError, user_errors};
use crate::finance::ops;
use crate::finance::wire::{CostToServeFilter, CostToServeOut, CostToServeUpsert};
use crate::intake::{BatchItem, BatchMode, BatchOut};
use crate::paging::PageRequest;
use crate::tenancy::Session;

/// Queries about costs to serve.
#[derive(Debug, Default)]
pub struct CostsQuery;

#[Object]
impl CostsQuery {
    /// Costs to serve, by `sort`: `day` or `-day` (the default).
    #[expect(clippy::too_many_arguments, reason = "Relay's arguments of a list")]
    async fn costs_to_serve(
        &self,
        ctx: &Context<'_>,
        filter: Option<CostToServeFilter>,
        sort: Option<String>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, CostToServeOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::costs_to_serve(&tx, &filter.unwrap_or_default(), sort.as_deref(), &page).await?.into_connection())
    }
}

/// Mutations of costs to serve.
#[derive(Debug, Default)]
pub struct CostsMutation;

/// A batch of costs to serve.
#[derive(Debug, InputObject)]
struct UpsertCostsToServeInput {
    /// 1 to 1,000.
    items: Vec<BatchItem<CostToServeUpsert>>,
    /// All or nothing: where one item is refused, none is taken.
    #[graphql(default)]
    atomic: bool,
    /// Try it: everything is checked and answered as if it were taken, and nothing is stored.
    #[graphql(default)]
    dry_run: bool,
    /// The system whose external ids name the customers; `default` by default.
    system: Option<String>,
}

/// What came of a batch of costs to serve.
#[derive(Debug, SimpleObject)]
struct UpsertCostsToServePayload {
    /// One outcome an item; null where nothing was taken.
    batch: Option<BatchOut>,
    /// What the user can mend where nothing was taken.
    user_errors: Vec<UserError>,
}

#[Object]
impl CostsMutation {
    /// Create or replace 1 to 1,000 costs to serve by their external ids.
    async fn upsert_costs_to_serve(
        &self,
        ctx: &Context<'_>,
        input: UpsertCostsToServeInput,
    ) -> Result<UpsertCostsToServePayload> {
        let mode = BatchMode { atomic: input.atomic, dry_run: input.dry_run };
        let system = input.system.as_deref().unwrap_or(DEFAULT_SYSTEM);
        let session = Session::of(ctx)?;
        let outcome = session.write(async |tx| ops::take_costs_to_serve(tx, system, input.items, mode).await).await;
        let (batch, user_errors) = user_errors(outcome)?;
        Ok(UpsertCostsToServePayload { batch, user_errors })
    }
}
