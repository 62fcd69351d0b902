//! Plans in GraphQL.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use async_graphql::connection::Connection;
use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use super::ops;
use super::replacing::{PlanReplacementOut, ReplaceOutputInput};
use super::strategy_led::Replacement;
use super::wire::{CustomerPlanOut, LineFilter, PlanFilter, PlanIn, PlanOut, PlanStepOut};
use super::{PlanLine, PlanLineKind, PlanMethod};
use crate::error::{Error, UserError, or_null, user_errors};
use crate::paging::PageRequest;
use crate::tenancy::{Session, TenantTx};
use crate::values::{CustomerId, PlanId};

/// Queries about plans.
#[derive(Debug, Default)]
pub struct PlansQuery;

#[Object]
impl PlansQuery {
    /// Plans, newest first; or in the order of `sort`, as `-fiscal_year,name`.
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the field")]
    async fn plans(
        &self,
        ctx: &Context<'_>,
        fiscal_year: Option<i32>,
        method: Option<PlanMethod>,
        sort: Option<String>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, PlanOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        let filter = PlanFilter { fiscal_year, method };
        Ok(ops::list(&tx, filter, sort.as_deref(), &page).await?.into_connection())
    }

    /// A plan; null where there is none.
    async fn plan(&self, ctx: &Context<'_>, id: PlanId) -> Result<Option<PlanOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(ops::get(&tx, id).await)?)
    }

    /// The heads of a plan's steps in order; none until it is generated, null where there is no such plan.
    async fn plan_steps(&self, ctx: &Context<'_>, plan_id: PlanId) -> Result<Option<Vec<PlanStepOut>>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(ops::steps(&tx, plan_id).await)?)
    }

    /// The head of one of a plan's steps; null where there is none.
    async fn plan_step(&self, ctx: &Context<'_>, plan_id: PlanId, number: i32) -> Result<Option<PlanStepOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(ops::step(&tx, plan_id, number).await)?)
    }

    /// The lines of one of a plan's steps by position; null where there is no such step. `parent` is the position of the
    /// line they are a part of, `parentStep` the step that line is in: the lines' own where absent.
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the field")]
    async fn plan_lines(
        &self,
        ctx: &Context<'_>,
        plan_id: PlanId,
        step: i32,
        kind: Option<PlanLineKind>,
        customer_id: Option<CustomerId>,
        parent: Option<i32>,
        parent_step: Option<i32>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Option<Connection<String, PlanLine>>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        let filter = LineFilter { kind, customer: customer_id, parent, parent_step };
        let lines = or_null(ops::lines(&tx, plan_id, step, filter, &page).await)?;
        Ok(lines.map(crate::paging::Slice::into_connection))
    }
}

/// Mutations of plans.
#[derive(Debug, Default)]
pub struct PlansMutation;

/// What came of asking for a plan.
#[derive(Debug, SimpleObject)]
struct CreatePlanPayload {
    /// The plan; its job generates it.
    plan: Option<PlanOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

/// Which replacement to take back.
#[derive(Debug, InputObject)]
struct WithdrawReplacementInput {
    /// The plan.
    plan_id: PlanId,
    /// The customer.
    customer_id: CustomerId,
}

/// What came of replacing an expected output, or of taking it back.
#[derive(Debug, SimpleObject)]
struct ReplacementPayload {
    /// The replacement, also one that is no more.
    replacement: Option<PlanReplacementOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

#[Object]
impl PlansMutation {
    /// Replace what a plan expects of a customer, with a reason. The plan stays as it is; a new one takes it over by
    /// `replacementsOf`. Salespeople replace what is expected of own customers alone.
    async fn replace_expected_output(
        &self,
        ctx: &Context<'_>,
        input: ReplaceOutputInput,
    ) -> Result<ReplacementPayload> {
        let ReplaceOutputInput { plan_id, customer_id, amount, reason } = input;
        let new = Replacement { amount, reason };
        let write = async |tx: &TenantTx| ops::replace_output(tx, plan_id, customer_id, new).await;
        let (replacement, user_errors) = user_errors(Session::of(ctx)?.write(write).await)?;
        Ok(ReplacementPayload { replacement, user_errors })
    }

    /// Withdraw a replacement that the plan was not made with; answers it.
    async fn withdraw_replacement(
        &self,
        ctx: &Context<'_>,
        input: WithdrawReplacementInput,
    ) -> Result<ReplacementPayload> {
        let WithdrawReplacementInput { plan_id, customer_id } = input;
        let write = async |tx: &TenantTx| ops::withdraw_replacement(tx, plan_id, customer_id).await;
        let (replacement, user_errors) = user_errors(Session::of(ctx)?.write(write).await)?;
        Ok(ReplacementPayload { replacement, user_errors })
    }

    /// Ask for a plan; a job generates it.
    async fn create_plan(&self, ctx: &Context<'_>, input: PlanIn) -> Result<CreatePlanPayload> {
        let outcome = Session::of(ctx)?.write(async |tx| ops::create(tx, input).await).await;
        let (plan, user_errors) = user_errors(outcome)?;
        Ok(CreatePlanPayload { plan, user_errors })
    }
}

/// What a customer has of plans.
#[derive(Clone, Copy, Debug)]
pub struct CustomerPlanEdges(pub CustomerId);

#[Object]
impl CustomerPlanEdges {
    /// What the newest generated strategy-led plan of a fiscal year expects of the customer; null where there is none. A
    /// task decomposition has no lines of single customers.
    async fn plan(&self, ctx: &Context<'_>, fiscal_year: i32) -> Result<Option<CustomerPlanOut>> {
        let loader = ctx.data::<DataLoader<CustomerPlanLoader>>().map_err(|_| Error::internal("no plan loader"))?;
        Ok(loader.load_one((self.0, fiscal_year)).await?)
    }
}

/// Loads the plans of many customers at once, one request's.
#[derive(Clone, Debug)]
pub struct CustomerPlanLoader(pub Arc<Session>);

impl Loader<(CustomerId, i32)> for CustomerPlanLoader {
    type Value = CustomerPlanOut;
    type Error = Error;

    async fn load(&self, keys: &[(CustomerId, i32)]) -> Result<HashMap<(CustomerId, i32), CustomerPlanOut>, Error> {
        let tx = self.0.snapshot().await?;
        let customers: BTreeSet<CustomerId> = keys.iter().map(|(customer, _)| *customer).collect();
        let years: BTreeSet<i32> = keys.iter().map(|(_, year)| *year).collect();
        let (customers, years): (Vec<_>, Vec<_>) = (customers.into_iter().collect(), years.into_iter().collect());
        Ok(ops::customer_plans(&tx, &customers, &years).await?.into_iter().collect())
    }
}
