//! Scales in GraphQL.

use async_graphql::connection::Connection;
use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use super::wire::{JudgementIn, JudgementOut, ScaleIn, ScaleOut, ScaleValidationOut, ScaleVersionOut};
use super::{ScaleDefinition, ScaleTemplate, ops};
use crate::error::{UserError, or_null, user_errors};
use crate::intake::{BatchItem, BatchMode, BatchOut};
use crate::paging::PageRequest;
use crate::tenancy::{Session, TenantTx};
use crate::values::ScaleId;

/// Queries about scales.
#[derive(Debug, Default)]
pub struct ScalesQuery;

#[Object]
impl ScalesQuery {
    /// The built-in scales to start from.
    async fn scale_templates(&self, ctx: &Context<'_>) -> Result<Vec<ScaleTemplate>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::list_templates(&tx)?)
    }

    /// Scales by code.
    async fn scales(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, ScaleOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::list(&tx, &page).await?.into_connection())
    }

    /// A scale; null where there is none.
    async fn scale(&self, ctx: &Context<'_>, id: ScaleId) -> Result<Option<ScaleOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(ops::get(&tx, id).await)?)
    }

    /// A version of a scale; null where there is none.
    async fn scale_version(
        &self,
        ctx: &Context<'_>,
        scale_id: ScaleId,
        number: i32,
    ) -> Result<Option<ScaleVersionOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(ops::version(&tx, scale_id, number).await)?)
    }

    /// Check a version, or another definition in its place; null where there is no such version.
    async fn validate_scale_version(
        &self,
        ctx: &Context<'_>,
        scale_id: ScaleId,
        number: i32,
        definition: Option<ScaleDefinition>,
    ) -> Result<Option<ScaleValidationOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(ops::validate_version(&tx, scale_id, number, definition.as_ref()).await)?)
    }

    /// The ratings of a scale, by customer and factor.
    async fn judgements(
        &self,
        ctx: &Context<'_>,
        scale_id: ScaleId,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, JudgementOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::judgements(&tx, scale_id, &page).await?.into_connection())
    }
}

/// Mutations of scales.
#[derive(Debug, Default)]
pub struct ScalesMutation;

/// What came of creating a scale.
#[derive(Debug, SimpleObject)]
struct CreateScalePayload {
    /// The scale.
    scale: Option<ScaleOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

/// Which scale gets a new draft.
#[derive(Debug, InputObject)]
struct CreateScaleVersionInput {
    /// The scale.
    scale_id: ScaleId,
}

/// A draft's new content.
#[derive(Debug, InputObject)]
struct UpdateScaleVersionInput {
    /// The scale.
    scale_id: ScaleId,
    /// The version's number.
    number: i32,
    /// The revision that was read; a newer one makes the change fail. Any will do where absent.
    revision: Option<i32>,
    /// The content as a whole.
    definition: ScaleDefinition,
}

/// Which draft to publish.
#[derive(Debug, InputObject)]
struct PublishScaleVersionInput {
    /// The scale.
    scale_id: ScaleId,
    /// The version's number.
    number: i32,
    /// The revision that was read; a newer one makes the change fail. Any will do where absent.
    revision: Option<i32>,
}

/// What came of creating, changing or publishing a version.
#[derive(Debug, SimpleObject)]
struct ScaleVersionPayload {
    /// The version.
    scale_version: Option<ScaleVersionOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

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

#[Object]
impl ScalesMutation {
    /// Create a scale from a template or a definition; its version 1 is a draft.
    async fn create_scale(&self, ctx: &Context<'_>, input: ScaleIn) -> Result<CreateScalePayload> {
        let outcome = Session::of(ctx)?.write(async |tx| ops::create(tx, input).await).await;
        let (scale, user_errors) = user_errors(outcome)?;
        Ok(CreateScalePayload { scale, user_errors })
    }

    /// Begin a new draft with the content of the latest version.
    async fn create_scale_version(
        &self,
        ctx: &Context<'_>,
        input: CreateScaleVersionInput,
    ) -> Result<ScaleVersionPayload> {
        let outcome = Session::of(ctx)?.write(async |tx| ops::create_version(tx, input.scale_id).await).await;
        let (scale_version, user_errors) = user_errors(outcome)?;
        Ok(ScaleVersionPayload { scale_version, user_errors })
    }

    /// Replace a draft's definition as a whole. It may have problems until it is published.
    async fn update_scale_version(
        &self,
        ctx: &Context<'_>,
        input: UpdateScaleVersionInput,
    ) -> Result<ScaleVersionPayload> {
        let update = async |tx: &TenantTx| {
            ops::update_version(tx, input.scale_id, input.number, &input.definition, input.revision).await
        };
        let (scale_version, user_errors) = user_errors(Session::of(ctx)?.write(update).await)?;
        Ok(ScaleVersionPayload { scale_version, user_errors })
    }

    /// Publish a draft; the version in force before is retired.
    async fn publish_scale_version(
        &self,
        ctx: &Context<'_>,
        input: PublishScaleVersionInput,
    ) -> Result<ScaleVersionPayload> {
        let session = Session::of(ctx)?;
        let outcome = session
            .write(async |tx| ops::publish_version(tx, input.scale_id, input.number, input.revision).await)
            .await;
        let (scale_version, user_errors) = user_errors(outcome)?;
        Ok(ScaleVersionPayload { scale_version, user_errors })
    }

    /// Rate customers; a newer rating takes the older one's place.
    async fn judge_customers(&self, ctx: &Context<'_>, input: JudgeCustomersInput) -> Result<JudgeCustomersPayload> {
        let session = Session::of(ctx)?;
        let mode = BatchMode { atomic: input.atomic, dry_run: input.dry_run };
        let outcome = session.write(async |tx| ops::judge(tx, input.scale_id, input.items, mode).await).await;
        let (batch, user_errors) = user_errors(outcome.map_err(|error| error.under("/items")))?;
        Ok(JudgeCustomersPayload { batch, user_errors })
    }
}
