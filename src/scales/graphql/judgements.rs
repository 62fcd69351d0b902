//! Judgements in GraphQL.

use async_graphql::connection::Connection;
use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use crate::error::{UserError, user_errors};
use crate::intake::{BatchItem, BatchMode, BatchOut};
use crate::paging::PageRequest;
use crate::scales::ops;
use crate::scales::wire::{JudgementFilter, JudgementIn, JudgementOut, MissingJudgements};
use crate::tenancy::Session;
use crate::values::ScaleId;

/// Queries about judgements.
#[derive(Debug, Default)]
pub struct JudgementQuery;

#[Object]
impl JudgementQuery {
    /// The ratings of a scale, by customer and factor.
    #[expect(clippy::too_many_arguments, reason = "Relay's paging takes four")]
    async fn judgements(
        &self,
        ctx: &Context<'_>,
        scale_id: ScaleId,
        filter: Option<JudgementFilter>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, JudgementOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::judgements(&tx, scale_id, &filter.unwrap_or_default(), &page).await?.into_connection())
    }

    /// How much each salesperson has still to judge for a version.
    #[expect(clippy::too_many_arguments, reason = "Relay's paging takes four")]
    async fn missing_judgements(
        &self,
        ctx: &Context<'_>,
        scale_id: ScaleId,
        number: i32,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, MissingJudgements>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::missing_judgements(&tx, scale_id, number, &page).await?.into_connection())
    }
}

/// Mutations of judgements.
#[derive(Debug, Default)]
pub struct JudgementMutation;

/// Ratings of customers.
#[derive(Debug, InputObject)]
struct JudgeCustomersInput {
    /// The scale.
    scale_id: ScaleId,
    /// Up to 1,000 ratings.
    items: Vec<BatchItem<JudgementIn>>,
    /// All or nothing.
    #[graphql(default)]
    atomic: bool,
    /// Try it: everything is checked and answered as if it were taken, and nothing is stored.
    #[graphql(default)]
    dry_run: bool,
}

/// What came of the ratings.
#[derive(Debug, SimpleObject)]
struct JudgeCustomersPayload {
    /// One outcome a rating.
    batch: Option<BatchOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

/// A rating of a customer.
#[derive(Debug, InputObject)]
struct JudgeCustomerInput {
    /// The scale.
    scale_id: ScaleId,
    /// The rating.
    judgement: JudgementIn,
}

/// What came of a rating.
#[derive(Debug, SimpleObject)]
struct JudgeCustomerPayload {
    /// The rating that counts: the newest.
    judgement: Option<JudgementOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

#[Object]
impl JudgementMutation {
    /// Rate customers; a newer rating takes the older one's place.
    async fn judge_customers(&self, ctx: &Context<'_>, input: JudgeCustomersInput) -> Result<JudgeCustomersPayload> {
        let session = Session::of(ctx)?;
        let mode = BatchMode { atomic: input.atomic, dry_run: input.dry_run };
        let outcome = session.write(async |tx| ops::judge(tx, input.scale_id, input.items, mode).await).await;
        let (batch, user_errors) = user_errors(outcome.map_err(|error| error.under("/items")))?;
        Ok(JudgeCustomersPayload { batch, user_errors })
    }

    /// Rate a customer on a factor.
    async fn judge_customer(&self, ctx: &Context<'_>, input: JudgeCustomerInput) -> Result<JudgeCustomerPayload> {
        let session = Session::of(ctx)?;
        let outcome = session.write(async |tx| ops::judge_one(tx, input.scale_id, input.judgement).await).await;
        let (judged, user_errors) = user_errors(outcome)?;
        Ok(JudgeCustomerPayload { judgement: judged.map(|(judgement, _)| judgement), user_errors })
    }
}
