//! Scales and files of them in GraphQL.

use async_graphql::connection::Connection;
use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use crate::error::{UserError, or_null, user_errors};
use crate::paging::PageRequest;
use crate::scales::ops::{self, ImportTerms, Incoming};
use crate::scales::wire::{MergeScalesIn, MergedScaleOut, ScaleDocument, ScaleImportOut, ScaleIn, ScaleOut};
use crate::scales::{ScaleScope, ScaleTemplate};
use crate::tenancy::Session;
use crate::values::ScaleId;

/// Queries about scales.
#[derive(Debug, Default)]
pub struct ScaleQuery;

#[Object]
impl ScaleQuery {
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

    /// A version on its own, as another tenant or installation can take it; null where there is none. A workbook comes
    /// over REST.
    async fn scale_document(&self, ctx: &Context<'_>, scale_id: ScaleId, number: i32) -> Result<Option<ScaleDocument>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(ops::document(&tx, scale_id, number).await)?)
    }
}

/// Mutations of scales.
#[derive(Debug, Default)]
pub struct ScaleMutation;

/// What came of creating a scale.
#[derive(Debug, SimpleObject)]
struct CreateScalePayload {
    /// The scale.
    scale: Option<ScaleOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

/// A scale to take as a new one.
#[derive(Debug, InputObject)]
struct ImportScaleInput {
    /// The scale. A workbook goes over REST.
    document: ScaleDocument,
    /// Whose it is; the company's where absent.
    scope: Option<ScaleScope>,
    /// Take one that could not be published as it is, as a draft to be mended.
    #[graphql(default)]
    allow_problems: bool,
    /// Try it: everything is checked, and nothing is stored.
    #[graphql(default)]
    dry_run: bool,
}

/// A content to take into the draft of a scale.
#[derive(Debug, InputObject)]
struct ImportScaleVersionInput {
    /// The scale.
    scale_id: ScaleId,
    /// The content; code, name and purpose stay the scale's. A workbook goes over REST.
    document: ScaleDocument,
    /// The revision of the draft that was read; a newer one makes the change fail. Any will do where absent.
    revision: Option<i32>,
    /// Take one that could not be published as it is, as a draft to be mended.
    #[graphql(default)]
    allow_problems: bool,
    /// Try it: everything is checked, and nothing is stored.
    #[graphql(default)]
    dry_run: bool,
}

/// What came of taking a scale.
#[derive(Debug, SimpleObject)]
struct ImportScalePayload {
    /// The draft, and what stands against publishing it.
    scale_import: Option<ScaleImportOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

/// What came of merging scales.
#[derive(Debug, SimpleObject)]
struct MergeScalesPayload {
    /// The proposal.
    merged_scale: Option<MergedScaleOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

#[Object]
impl ScaleMutation {
    /// Create a scale from a template or a definition; its version 1 is a draft.
    async fn create_scale(&self, ctx: &Context<'_>, input: ScaleIn) -> Result<CreateScalePayload> {
        let outcome = Session::of(ctx)?.write(async |tx| ops::create(tx, input).await).await;
        let (scale, user_errors) = user_errors(outcome)?;
        Ok(CreateScalePayload { scale, user_errors })
    }

    /// Make a new scale of a document; its version 1 is a draft.
    async fn import_scale(&self, ctx: &Context<'_>, input: ImportScaleInput) -> Result<ImportScalePayload> {
        let terms = ImportTerms { allow_problems: input.allow_problems, dry_run: input.dry_run };
        let (incoming, scope) = (Incoming::Document(Box::new(input.document)), input.scope.unwrap_or_default());
        let outcome = Session::of(ctx)?.write(async |tx| ops::import_scale(tx, incoming, scope, terms).await).await;
        let (scale_import, user_errors) = user_errors(outcome)?;
        Ok(ImportScalePayload { scale_import, user_errors })
    }

    /// Put a document into the draft of a scale, or begin a draft with it.
    async fn import_scale_version(
        &self,
        ctx: &Context<'_>,
        input: ImportScaleVersionInput,
    ) -> Result<ImportScalePayload> {
        let terms = ImportTerms { allow_problems: input.allow_problems, dry_run: input.dry_run };
        let (id, revision) = (input.scale_id, input.revision);
        let incoming = Incoming::Document(Box::new(input.document));
        let session = Session::of(ctx)?;
        let outcome = session.write(async |tx| ops::import_version(tx, id, incoming, terms, revision).await).await;
        let (scale_import, user_errors) = user_errors(outcome)?;
        Ok(ImportScalePayload { scale_import, user_errors })
    }

    /// Propose one scale from several, as a draft: the medians of their weights, scaled to sum to exactly 100 %.
    async fn merge_scales(&self, ctx: &Context<'_>, input: MergeScalesIn) -> Result<MergeScalesPayload> {
        let outcome = Session::of(ctx)?.write(async |tx| ops::merge_scales(tx, input).await).await;
        let (merged_scale, user_errors) = user_errors(outcome)?;
        Ok(MergeScalesPayload { merged_scale, user_errors })
    }
}
