//! Payments in GraphQL.

use async_graphql::connection::Connection;
use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use crate::dossiers::DEFAULT_SYSTEM;
use crate::error::{UserError, user_errors};
use crate::finance::ops;
use crate::finance::wire::{PaymentFilter, PaymentOut, PaymentUpsert};
use crate::intake::{BatchItem, BatchMode, BatchOut};
use crate::paging::PageRequest;
use crate::tenancy::Session;

/// Queries about payments.
#[derive(Debug, Default)]
pub struct PaymentsQuery;

#[Object]
impl PaymentsQuery {
    /// Payments, by `sort`: `paid_on` or `-paid_on` (the default), with what of them is applied at the end of a day.
    #[expect(clippy::too_many_arguments, reason = "Relay's arguments of a list")]
    async fn payments(
        &self,
        ctx: &Context<'_>,
        filter: Option<PaymentFilter>,
        sort: Option<String>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, PaymentOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::payments(&tx, &filter.unwrap_or_default(), sort.as_deref(), &page).await?.into_connection())
    }
}

/// Mutations of payments.
#[derive(Debug, Default)]
pub struct PaymentsMutation;

/// A batch of payments.
#[derive(Debug, InputObject)]
struct UpsertPaymentsInput {
    /// 1 to 1,000.
    items: Vec<BatchItem<PaymentUpsert>>,
    /// All or nothing: where one item is refused, none is taken.
    #[graphql(default)]
    atomic: bool,
    /// Try it: everything is checked and answered as if it were taken, and nothing is stored.
    #[graphql(default)]
    dry_run: bool,
    /// The system whose external ids name the customers; `default` by default.
    system: Option<String>,
}

/// What came of a batch of payments.
#[derive(Debug, SimpleObject)]
struct UpsertPaymentsPayload {
    /// One outcome an item; null where nothing was taken.
    batch: Option<BatchOut>,
    /// What the user can mend where nothing was taken.
    user_errors: Vec<UserError>,
}

#[Object]
impl PaymentsMutation {
    /// Create or replace 1 to 1,000 payments by their external ids.
    async fn upsert_payments(&self, ctx: &Context<'_>, input: UpsertPaymentsInput) -> Result<UpsertPaymentsPayload> {
        let mode = BatchMode { atomic: input.atomic, dry_run: input.dry_run };
        let system = input.system.as_deref().unwrap_or(DEFAULT_SYSTEM);
        let session = Session::of(ctx)?;
        let outcome = session.write(async |tx| ops::take_payments(tx, system, input.items, mode).await).await;
        let (batch, user_errors) = user_errors(outcome)?;
        Ok(UpsertPaymentsPayload { batch, user_errors })
    }
}
