//! Comparisons of runs, and grades set by hand, in GraphQL.

use async_graphql::connection::Connection;
use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use crate::error::{UserError, or_null, user_errors};
use crate::grading::ops;
use crate::grading::wire::{ComparisonOut, CurrentGrade, GradeOverrideIn, GradeOverrideOut, MoverFilter, RunMover};
use crate::paging::PageRequest;
use crate::tenancy::Session;
use crate::values::{Code, CustomerId, GradingRunId};

/// Queries that compare runs, and about grades set by hand.
#[derive(Debug, Default)]
pub struct GradeOverridesQuery;

#[Object]
impl GradeOverridesQuery {
    /// How many customers went from which grade to which between two runs; null where one of them is not there.
    async fn grading_comparison(
        &self,
        ctx: &Context<'_>,
        old_run_id: GradingRunId,
        new_run_id: GradingRunId,
    ) -> Result<Option<ComparisonOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(ops::compare_runs(&tx, old_run_id, new_run_id).await)?)
    }

    /// The customers of a comparison, or of one of its cells, with the factors that moved each. `sort` takes `steps`,
    /// `score_change`, `customer_external_id` and `customer_name`, separated by commas, `-` for descending.
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the GraphQL field")]
    async fn grading_movers(
        &self,
        ctx: &Context<'_>,
        old_run_id: GradingRunId,
        new_run_id: GradingRunId,
        filter: Option<MoverFilter>,
        sort: Option<String>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, RunMover>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        let runs = (old_run_id, new_run_id);
        let slice = ops::movers(&tx, runs, &filter.unwrap_or_default(), sort.as_deref(), &page).await?;
        Ok(slice.into_connection())
    }

    /// A customer's current grade; null where it has none.
    async fn customer_grade(&self, ctx: &Context<'_>, customer_id: CustomerId) -> Result<Option<CurrentGrade>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(ops::current_grade(&tx, customer_id).await)?)
    }

    /// A customer's grades that were set by hand, newest first, also those that are over.
    async fn customer_grade_overrides(
        &self,
        ctx: &Context<'_>,
        customer_id: CustomerId,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, GradeOverrideOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::overrides(&tx, Some(customer_id), &page).await?.into_connection())
    }

    /// The grades set by hand that are in force, newest first.
    async fn grade_overrides(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, GradeOverrideOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::overrides(&tx, None, &page).await?.into_connection())
    }
}

/// Mutations of grades set by hand.
#[derive(Debug, Default)]
pub struct GradeOverridesMutation;

/// A grade to set by hand.
#[derive(Debug, InputObject)]
struct OverrideGradeInput {
    /// The customer.
    customer_id: CustomerId,
    /// The grade: one of those of the scale that grades the customer.
    grade: Code,
    /// Why, 1 to 1,000 characters.
    reason: String,
    /// It holds before this moment; until it is withdrawn where absent.
    expires_at: Option<DateTime<Utc>>,
}

/// Whose grade is no longer set by hand.
#[derive(Debug, InputObject)]
struct WithdrawGradeOverrideInput {
    /// The customer.
    customer_id: CustomerId,
}

/// What came of it.
#[derive(Debug, SimpleObject)]
struct GradeOverridePayload {
    /// What was set, or withdrawn.
    grade_override: Option<GradeOverrideOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

#[Object]
impl GradeOverridesMutation {
    /// Set a customer's grade by hand, with a reason. The computed grade stays beside it.
    async fn override_grade(&self, ctx: &Context<'_>, input: OverrideGradeInput) -> Result<GradeOverridePayload> {
        let OverrideGradeInput { customer_id, grade, reason, expires_at } = input;
        let new = GradeOverrideIn { grade, reason, expires_at };
        let outcome = Session::of(ctx)?.write(async |tx| ops::override_grade(tx, customer_id, new).await).await;
        let (grade_override, user_errors) = user_errors(outcome)?;
        Ok(GradeOverridePayload { grade_override, user_errors })
    }

    /// Withdraw the grade that was set by hand: the computed one is the current grade again.
    async fn withdraw_grade_override(
        &self,
        ctx: &Context<'_>,
        input: WithdrawGradeOverrideInput,
    ) -> Result<GradeOverridePayload> {
        let customer = input.customer_id;
        let outcome = Session::of(ctx)?.write(async |tx| ops::withdraw_override(tx, customer).await).await;
        let (grade_override, user_errors) = user_errors(outcome)?;
        Ok(GradeOverridePayload { grade_override, user_errors })
    }
}
