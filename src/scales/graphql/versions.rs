//! Versions in GraphQL.

use async_graphql::connection::Connection;
use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use crate::error::{UserError, or_null, user_errors};
use crate::paging::PageRequest;
use crate::scales::wire::{ScaleCloneIn, ScaleComparisonOut, ScaleValidationOut, ScaleVersionOut, ScaleVersionSummary};
use crate::scales::{ScaleDefinition, ScaleScope, ops};
use crate::tenancy::{Session, TenantTx};
use crate::values::{Code, Label, ScaleId};

/// Queries about versions.
#[derive(Debug, Default)]
pub struct VersionQuery;

#[Object]
impl VersionQuery {
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

    /// The versions of a scale, the newest first.
    async fn scale_versions(
        &self,
        ctx: &Context<'_>,
        scale_id: ScaleId,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, ScaleVersionSummary>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::versions(&tx, scale_id, &page).await?.into_connection())
    }

    /// How a version differs from another, field by field; null where one of them is not there. The other is of the same
    /// scale where none is named.
    async fn compare_scale_versions(
        &self,
        ctx: &Context<'_>,
        scale_id: ScaleId,
        number: i32,
        with_scale_id: Option<ScaleId>,
        with_number: i32,
    ) -> Result<Option<ScaleComparisonOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        let new = (with_scale_id.unwrap_or(scale_id), with_number);
        Ok(or_null(ops::compare_versions(&tx, (scale_id, number), new).await)?)
    }
}

/// Mutations of versions.
#[derive(Debug, Default)]
pub struct VersionMutation;

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

/// Which version to copy, and what it becomes.
#[derive(Debug, InputObject)]
struct CloneScaleVersionInput {
    /// The scale.
    scale_id: ScaleId,
    /// The version's number.
    number: i32,
    /// The code of the new scale; where absent, the copy becomes a draft of the same scale.
    code: Option<Code>,
    /// The new scale's name; the copied scale's where absent.
    name: Option<Label>,
    /// Whose the new scale is; the company's where absent.
    scope: Option<ScaleScope>,
}

/// Which version to retire.
#[derive(Debug, InputObject)]
struct RetireScaleVersionInput {
    /// The scale.
    scale_id: ScaleId,
    /// The version's number.
    number: i32,
    /// The revision that was read; a newer one makes the change fail. Any will do where absent.
    revision: Option<i32>,
}

/// What came of creating, changing, copying, publishing or retiring a version.
#[derive(Debug, SimpleObject)]
struct ScaleVersionPayload {
    /// The version.
    scale_version: Option<ScaleVersionOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

#[Object]
impl VersionMutation {
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

    /// Take the version in force out of force. The scale has none until another is published; what was graded stays.
    async fn retire_scale_version(
        &self,
        ctx: &Context<'_>,
        input: RetireScaleVersionInput,
    ) -> Result<ScaleVersionPayload> {
        let retire = async |tx: &TenantTx| ops::retire_version(tx, input.scale_id, input.number, input.revision).await;
        let (scale_version, user_errors) = user_errors(Session::of(ctx)?.write(retire).await)?;
        Ok(ScaleVersionPayload { scale_version, user_errors })
    }

    /// Copy a version: into a new draft of its scale, or, with a code, into a new scale.
    async fn clone_scale_version(
        &self,
        ctx: &Context<'_>,
        input: CloneScaleVersionInput,
    ) -> Result<ScaleVersionPayload> {
        let CloneScaleVersionInput { scale_id, number, code, name, scope } = input;
        let new = ScaleCloneIn { code, name, scope };
        let session = Session::of(ctx)?;
        let outcome = session.write(async |tx| ops::clone_version(tx, scale_id, number, new).await).await;
        let (scale_version, user_errors) = user_errors(outcome)?;
        Ok(ScaleVersionPayload { scale_version, user_errors })
    }
}
