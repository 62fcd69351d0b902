//! Jobs in GraphQL.

use async_graphql::connection::Connection;
use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Subscription};
use futures::{FutureExt, Stream};

use super::{JobOut, Watched, changes, ops};
use crate::error::{UserError, user_errors};
use crate::paging::PageRequest;
use crate::tenancy::{Session, TenantTx};
use crate::values::JobId;

/// Queries about jobs.
#[derive(Debug, Default)]
pub struct JobsQuery;

#[Object]
impl JobsQuery {
    /// A job; null where there is none.
    async fn job(&self, ctx: &Context<'_>, id: JobId) -> Result<Option<JobOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(crate::error::or_null(ops::get(&tx, id).await)?)
    }

    /// Jobs, newest first.
    async fn jobs(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, JobOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::list(&tx, &page).await?.into_connection())
    }
}

/// Subscriptions to jobs.
#[derive(Debug, Default)]
pub struct JobsSubscription;

#[Subscription]
impl JobsSubscription {
    /// A job whenever it has changed, until it has ended.
    async fn job_progress(&self, ctx: &Context<'_>, id: JobId) -> Result<impl Stream<Item = Result<JobOut>>> {
        Ok(changes(Session::of(ctx)?.clone(), id.0, read_job))
    }
}

fn read_job(tx: &TenantTx, id: uuid::Uuid) -> Watched<'_, JobOut> {
    async move {
        let job = ops::get(tx, JobId(id)).await?;
        let is_last = job.state.is_final();
        Ok((job, is_last))
    }
    .boxed()
}

/// Mutations of jobs.
#[derive(Debug, Default)]
pub struct JobsMutation;

/// Which job to cancel.
#[derive(Debug, InputObject)]
struct CancelJobInput {
    /// Its id.
    id: JobId,
}

/// What came of cancelling.
#[derive(Debug, SimpleObject)]
struct CancelJobPayload {
    /// The job.
    job: Option<JobOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

#[Object]
impl JobsMutation {
    /// Cancel a job: at once where it waits, at its next step where it runs.
    async fn cancel_job(&self, ctx: &Context<'_>, input: CancelJobInput) -> Result<CancelJobPayload> {
        let outcome = Session::of(ctx)?.write(async |tx| ops::cancel(tx, input.id).await).await;
        let (job, user_errors) = user_errors(outcome)?;
        Ok(CancelJobPayload { job, user_errors })
    }
}
