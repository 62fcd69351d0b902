//! What results add up to, and monthly runs, in GraphQL.

use async_graphql::connection::Connection;
use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use crate::error::{UserError, or_null, user_errors};
use crate::grading::wire::{
    GradingScheduleIn, GradingScheduleOut, KindsOut, RunMatrixOut, SegmentMatrixOut, Thresholds,
};
use crate::grading::{Selection, ops};
use crate::paging::PageRequest;
use crate::rest::IfMatch;
use crate::tenancy::Session;
use crate::values::{Code, GradingRunId, ScaleId};

/// Queries about what results add up to, and monthly runs.
#[derive(Debug, Default)]
pub struct GradingReadingQuery;

#[Object]
impl GradingReadingQuery {
    /// The quality x growth matrix of a run, by these thresholds or the tenant's; null where there is no such run.
    async fn quality_growth_matrix(
        &self,
        ctx: &Context<'_>,
        run_id: GradingRunId,
        thresholds: Option<Thresholds>,
    ) -> Result<Option<RunMatrixOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(ops::quality_growth_matrix(&tx, run_id, thresholds).await)?)
    }

    /// A run by a field of the dossier (`stage`, `industry`, `territory`, `city`, `country`, `currency`, `segment_hint`,
    /// `owner`, or an attribute's code) and grade; null where there is no such run.
    async fn segment_grade_matrix(
        &self,
        ctx: &Context<'_>,
        run_id: GradingRunId,
        field: Code,
    ) -> Result<Option<SegmentMatrixOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(ops::segment_matrix(&tx, run_id, field).await)?)
    }

    /// The three kinds of customers of a run, by these thresholds or the tenant's; null where there is no such run.
    async fn customer_kinds(
        &self,
        ctx: &Context<'_>,
        run_id: GradingRunId,
        thresholds: Option<Thresholds>,
    ) -> Result<Option<KindsOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(ops::customer_kinds(&tx, run_id, thresholds).await)?)
    }

    /// Monthly runs, by the code of their scale.
    async fn grading_schedules(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, GradingScheduleOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::schedules(&tx, &page).await?.into_connection())
    }

    /// A scale's monthly run; null where it has none.
    async fn grading_schedule(&self, ctx: &Context<'_>, scale_id: ScaleId) -> Result<Option<GradingScheduleOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(ops::schedule(&tx, scale_id).await)?)
    }
}

/// Mutations of monthly runs.
#[derive(Debug, Default)]
pub struct GradingSchedulesMutation;

/// A monthly run.
#[derive(Debug, InputObject)]
struct PutGradingScheduleInput {
    /// The scale.
    scale_id: ScaleId,
    /// The day on which it is made, at 00:00 UTC, 1 to 31; in a shorter month its last day.
    day_of_month: i32,
    /// Which customers.
    selection: Selection,
    /// The version that was read; a newer one makes the change fail. Any will do where absent.
    version: Option<i32>,
}

/// What came of setting up a monthly run.
#[derive(Debug, SimpleObject)]
struct PutGradingSchedulePayload {
    /// The monthly run.
    grading_schedule: Option<GradingScheduleOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

/// Whose monthly run ends.
#[derive(Debug, InputObject)]
struct DeleteGradingScheduleInput {
    /// The scale.
    scale_id: ScaleId,
}

/// What came of ending a monthly run.
#[derive(Debug, SimpleObject)]
struct DeleteGradingSchedulePayload {
    /// The scale whose monthly run has ended; null where it has not.
    scale_id: Option<ScaleId>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

#[Object]
impl GradingSchedulesMutation {
    /// Set up a scale's monthly run, in place of the one it has.
    async fn put_grading_schedule(
        &self,
        ctx: &Context<'_>,
        input: PutGradingScheduleInput,
    ) -> Result<PutGradingSchedulePayload> {
        let PutGradingScheduleInput { scale_id, day_of_month, selection, version } = input;
        let new = GradingScheduleIn { day_of_month, selection };
        let write = Session::of(ctx)?.write(async |tx| ops::put_schedule(tx, scale_id, &new, IfMatch(version)).await);
        let (grading_schedule, user_errors) = user_errors(write.await)?;
        Ok(PutGradingSchedulePayload { grading_schedule, user_errors })
    }

    /// End a scale's monthly run. Runs that were made stay.
    async fn delete_grading_schedule(
        &self,
        ctx: &Context<'_>,
        input: DeleteGradingScheduleInput,
    ) -> Result<DeleteGradingSchedulePayload> {
        let scale = input.scale_id;
        let outcome = Session::of(ctx)?.write(async |tx| ops::delete_schedule(tx, scale).await).await;
        let (done, user_errors) = user_errors(outcome)?;
        Ok(DeleteGradingSchedulePayload { scale_id: done.map(|()| scale), user_errors })
    }
}
