//! Watching grading runs in GraphQL.

use async_graphql::{Context, Result, Subscription};
use futures::{FutureExt, Stream};

use crate::grading::ops;
use crate::grading::wire::GradingRunOut;
use crate::jobs::{Watched, changes};
use crate::tenancy::{Session, TenantTx};
use crate::values::GradingRunId;

/// Subscriptions to grading runs.
#[derive(Debug, Default)]
pub struct GradingSubscription;

#[Subscription]
impl GradingSubscription {
    /// A grading run whenever it has changed, until its job has ended.
    async fn grading_run_progress(
        &self,
        ctx: &Context<'_>,
        id: GradingRunId,
    ) -> Result<impl Stream<Item = Result<GradingRunOut>>> {
        Ok(changes(Session::of(ctx)?.clone(), id.0, read_run))
    }
}

fn read_run(tx: &TenantTx, id: uuid::Uuid) -> Watched<'_, GradingRunOut> {
    async move {
        let run = ops::get_run(tx, GradingRunId(id)).await?;
        let is_last = run.job.state.is_final();
        Ok((run, is_last))
    }
    .boxed()
}
