//! Receivables in GraphQL.

use async_graphql::connection::Connection;
use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use crate::dossiers::DEFAULT_SYSTEM;
use crate::error::{UserError, user_errors};
use crate::finance::ops;
use crate::finance::wire::{ReceivableFilter, ReceivableOut, ReceivableUpsert};
use crate::intake::{BatchItem, BatchMode, BatchOut};
use crate::paging::PageRequest;
use crate::tenancy::Session;

/// Queries about receivables.
#[derive(Debug, Default)]
pub struct ReceivablesQuery;

#[Object]
impl ReceivablesQuery {
    /// Receivables, by `sort`: `due_on` (the default) or `invoiced_on`, `-` in front for descending, with what of them is
    /// open at the end of a day.
    #[expect(clippy::too_many_arguments, reason = "Relay's arguments of a list")]
    async fn receivables(
        &self,
        ctx: &Context<'_>,
        filter: Option<ReceivableFilter>,
        sort: Option<String>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, ReceivableOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::receivables(&tx, &filter.unwrap_or_default(), sort.as_deref(), &page).await?.into_connection())
    }
}

/// Mutations of receivables.
#[derive(Debug, Default)]
pub struct ReceivablesMutation;

/// A batch of receivables.
#[derive(Debug, InputObject)]
struct UpsertReceivablesInput {
    /// 1 to 1,000.
    items: Vec<BatchItem<ReceivableUpsert>>,
    /// All or nothing: where one item is refused, none is taken.
    #[graphql(default)]
    atomic: bool,
    /// Try it: everything is checked and answered as if it were taken, and nothing is stored.
    #[graphql(default)]
    dry_run: bool,
    /// The system whose external ids name the customers; `default` by default.
    system: Option<String>,
}

/// What came of a batch of receivables.
#[derive(Debug, SimpleObject)]
struct UpsertReceivablesPayload {
    /// One outcome an item; null where nothing was taken.
    batch: Option<BatchOut>,
    /// What the user can mend where nothing was taken.
    user_errors: Vec<UserError>,
}

#[Object]
impl ReceivablesMutation {
    /// Create or replace 1 to 1,000 receivables by their external ids.
    async fn upsert_receivables(
        &self,
        ctx: &Context<'_>,
        input: UpsertReceivablesInput,
    ) -> Result<UpsertReceivablesPayload> {
        let mode = BatchMode { atomic: input.atomic, dry_run: input.dry_run };
        let system = input.system.as_deref().unwrap_or(DEFAULT_SYSTEM);
        let session = Session::of(ctx)?;
        let outcome = session.write(async |tx| ops::take_receivables(tx, system, input.items, mode).await).await;
        let (batch, user_errors) = user_errors(outcome)?;
        Ok(UpsertReceivablesPayload { batch, user_errors })
    }
}
