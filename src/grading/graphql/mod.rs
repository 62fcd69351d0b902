//! Grading in GraphQL.

mod edges;
mod lifecycle;
mod overriding;
mod reading;
mod trying;
mod watching;

use async_graphql::connection::Connection;
use async_graphql::{Context, Object, Result, SimpleObject};

pub use edges::{CurrentGradeLoader, CustomerGradeEdges, GradeHistoryLoader};
pub use lifecycle::{CompanyScalesQuery, GradesInForceMutation};
pub use overriding::{GradeOverridesMutation, GradeOverridesQuery};
pub use reading::{GradingReadingQuery, GradingSchedulesMutation};
pub use trying::{GradingSettingsMutation, GradingTrialsQuery};
pub use watching::GradingSubscription;

use super::ops;
use super::wire::{
    CustomerGradeOut, GradingExplanationOut, GradingResultOut, GradingRunIn, GradingRunOut, ResultFilter,
};
use crate::error::{UserError, or_null, user_errors};
use crate::paging::PageRequest;
use crate::tenancy::Session;
use crate::values::{Code, CustomerId, GradingRunId};

/// Queries about grading.
#[derive(Debug, Default)]
pub struct GradingQuery;

#[Object]
impl GradingQuery {
    /// Grading runs, newest first.
    async fn grading_runs(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, GradingRunOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::list_runs(&tx, &page).await?.into_connection())
    }

    /// A grading run; null where there is none.
    async fn grading_run(&self, ctx: &Context<'_>, id: GradingRunId) -> Result<Option<GradingRunOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(ops::get_run(&tx, id).await)?)
    }

    /// The results of a run, the best first. `sort` takes `rank` (the default), `score`, `quality`, `growth`,
    /// `data_coverage`, `customer_external_id` and `customer_name`, separated by commas, `-` for descending.
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the GraphQL field")]
    async fn grading_results(
        &self,
        ctx: &Context<'_>,
        run_id: GradingRunId,
        grade: Option<Code>,
        gradable: Option<bool>,
        filter: Option<ResultFilter>,
        sort: Option<String>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, GradingResultOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        let mut filter = filter.unwrap_or_default();
        filter.grade = grade.map(|grade| vec![grade]).or(filter.grade);
        filter.gradable = gradable.or(filter.gradable);
        let slice = ops::results(&tx, run_id, &filter, sort.as_deref(), &page).await?;
        Ok(slice.into_connection())
    }

    /// One result explained; null where there is none.
    async fn grading_result(
        &self,
        ctx: &Context<'_>,
        run_id: GradingRunId,
        customer_id: CustomerId,
    ) -> Result<Option<GradingExplanationOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(ops::explain(&tx, run_id, customer_id).await)?)
    }

    /// A customer's grades over time, the latest month first.
    async fn customer_grades(
        &self,
        ctx: &Context<'_>,
        customer_id: CustomerId,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, CustomerGradeOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::customer_grades(&tx, customer_id, &page).await?.into_connection())
    }
}

/// Mutations of grading.
#[derive(Debug, Default)]
pub struct GradingMutation;

/// What came of starting a grading run.
#[derive(Debug, SimpleObject)]
struct StartGradingRunPayload {
    /// The run.
    grading_run: Option<GradingRunOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

#[Object]
impl GradingMutation {
    /// Start a grading run: a scale version applied to a selection of customers as of a month that is over. Official runs of
    /// the company's scale decide current grades; a draft is tried.
    async fn start_grading_run(&self, ctx: &Context<'_>, input: GradingRunIn) -> Result<StartGradingRunPayload> {
        let outcome = Session::of(ctx)?.write(async |tx| ops::start_run(tx, input).await).await;
        let (grading_run, user_errors) = user_errors(outcome)?;
        Ok(StartGradingRunPayload { grading_run, user_errors })
    }
}
