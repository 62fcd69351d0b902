//! GE models, mappings and the matrix in GraphQL.

mod comparing;
mod withdrawing;

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::connection::Connection;
use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::{ComplexObject, Context, InputObject, Object, Result, SimpleObject};

pub use comparing::GeComparisonQuery;
pub use withdrawing::GeWithdrawalMutation;

use super::ops::{self, MatrixQuery, PositionsQuery};
use super::wire::{
    CurrentCell, GeMappingIn, GeMappingOut, GeMatrixOut, GeModelIn, GeModelOut, GeModelValidationOut,
    GeModelVersionOut, GePositionOut,
};
use super::{BubbleSize, Cell, ChartTheme, GeModelDefinition, GeTemplate};
use crate::error::{Error, UserError, or_null, user_errors};
use crate::paging::PageRequest;
use crate::tenancy::{Permission, Session, TenantTx};
use crate::values::{CustomerId, GeMappingId, GeModelId, Locale, Month};

/// Queries about GE models, mappings and the matrix.
#[derive(Debug, Default)]
pub struct GeMatrixQuery;

#[Object]
impl GeMatrixQuery {
    /// The built-in GE models to start from.
    async fn ge_model_templates(&self, ctx: &Context<'_>) -> Result<Vec<GeTemplate>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::list_templates(&tx)?)
    }

    /// GE models by code.
    async fn ge_models(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, GeModelOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::list_models(&tx, &page).await?.into_connection())
    }

    /// A GE model; null where there is none.
    async fn ge_model(&self, ctx: &Context<'_>, id: GeModelId) -> Result<Option<GeModelOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(ops::model(&tx, id).await)?)
    }

    /// A version of a GE model; null where there is none.
    async fn ge_model_version(
        &self,
        ctx: &Context<'_>,
        model_id: GeModelId,
        number: i32,
    ) -> Result<Option<GeModelVersionOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(ops::version(&tx, model_id, number).await)?)
    }

    /// Check a version, or another definition in its place; null where there is no such version.
    async fn validate_ge_model_version(
        &self,
        ctx: &Context<'_>,
        model_id: GeModelId,
        number: i32,
        definition: Option<GeModelDefinition>,
    ) -> Result<Option<GeModelValidationOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(ops::validate_version(&tx, model_id, number, definition.as_ref()).await)?)
    }

    /// GE mappings, of all models or of one, newest first.
    async fn ge_mappings(
        &self,
        ctx: &Context<'_>,
        model_id: Option<GeModelId>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, GeMappingOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::list_mappings(&tx, model_id, &page).await?.into_connection())
    }

    /// A GE mapping; null where there is none.
    async fn ge_mapping(&self, ctx: &Context<'_>, id: GeMappingId) -> Result<Option<GeMappingOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(ops::mapping(&tx, id).await)?)
    }

    /// Where the customers lie in a mapping, the largest revenue first where `sort` says nothing else.
    #[expect(clippy::too_many_arguments, reason = "GraphQL's arguments are a function's")]
    async fn ge_positions(
        &self,
        ctx: &Context<'_>,
        mapping_id: GeMappingId,
        #[graphql(desc = "In this cell alone.")] cell: Option<Cell>,
        #[graphql(desc = "true: those without a cell alone; false: those with one alone.")] unmapped: Option<bool>,
        #[graphql(desc = "As in REST, such as -strength,external_id.")] sort: Option<String>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, GePositionOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let asked = PositionsQuery { cell, unmapped, sort: sort.as_deref() };
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::positions(&tx, mapping_id, asked, &page).await?.into_connection())
    }

    /// The GE matrix of a mapping, or the current one of a model, a month, both or neither; null where there is none.
    async fn ge_matrix(
        &self,
        ctx: &Context<'_>,
        mapping_id: Option<GeMappingId>,
        model_id: Option<GeModelId>,
        as_of: Option<Month>,
    ) -> Result<Option<GeMatrixOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(ops::matrix(&tx, MatrixQuery { mapping_id, model_id, as_of }).await)?)
    }
}

#[ComplexObject]
impl GeMatrixOut {
    /// The matrix as an SVG document, its labels in a language: `en` or `zh-CN`.
    async fn svg(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = "en")] language: String,
        #[graphql(desc = "What bubbles and amounts stand for; revenue where absent.")] size: Option<BubbleSize>,
        #[graphql(desc = "The ground it is drawn for; the reader's system decides where absent.")] theme: Option<
            ChartTheme,
        >,
    ) -> Result<String> {
        let tx = Session::of(ctx)?.snapshot().await?;
        let query = MatrixQuery { mapping_id: Some(self.mapping_id), ..MatrixQuery::default() };
        Ok(ops::chart(&tx, query, size.unwrap_or_default(), (Locale::negotiate(&language), theme)).await?)
    }
}

/// Mutations of GE models and mappings.
#[derive(Debug, Default)]
pub struct GeMatrixMutation;

/// What came of creating a GE model.
#[derive(Debug, SimpleObject)]
struct CreateGeModelPayload {
    /// The model.
    ge_model: Option<GeModelOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

/// Which GE model gets a new draft.
#[derive(Debug, InputObject)]
struct CreateGeModelVersionInput {
    /// The model.
    model_id: GeModelId,
}

/// A draft's new content.
#[derive(Debug, InputObject)]
struct UpdateGeModelVersionInput {
    /// The model.
    model_id: GeModelId,
    /// The version's number.
    number: i32,
    /// The revision that was read; a newer one makes the change fail. Any will do where absent.
    revision: Option<i32>,
    /// The content as a whole.
    definition: GeModelDefinition,
}

/// Which draft to publish.
#[derive(Debug, InputObject)]
struct PublishGeModelVersionInput {
    /// The model.
    model_id: GeModelId,
    /// The version's number.
    number: i32,
    /// The revision that was read; a newer one makes the change fail. Any will do where absent.
    revision: Option<i32>,
}

/// What came of creating, changing or publishing a version.
#[derive(Debug, SimpleObject)]
struct GeModelVersionPayload {
    /// The version.
    ge_model_version: Option<GeModelVersionOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

/// What came of starting a mapping.
#[derive(Debug, SimpleObject)]
struct StartGeMappingPayload {
    /// The mapping and its job.
    ge_mapping: Option<GeMappingOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

#[Object]
impl GeMatrixMutation {
    /// Create a GE model from a template or a definition; its version 1 is a draft.
    async fn create_ge_model(&self, ctx: &Context<'_>, input: GeModelIn) -> Result<CreateGeModelPayload> {
        let outcome = Session::of(ctx)?.write(async |tx| ops::create_model(tx, &input).await).await;
        let (ge_model, user_errors) = user_errors(outcome)?;
        Ok(CreateGeModelPayload { ge_model, user_errors })
    }

    /// Begin a new draft with the content of the latest version.
    async fn create_ge_model_version(
        &self,
        ctx: &Context<'_>,
        input: CreateGeModelVersionInput,
    ) -> Result<GeModelVersionPayload> {
        let outcome = Session::of(ctx)?.write(async |tx| ops::create_version(tx, input.model_id).await).await;
        let (ge_model_version, user_errors) = user_errors(outcome)?;
        Ok(GeModelVersionPayload { ge_model_version, user_errors })
    }

    /// Replace a draft's definition as a whole. It may have problems until it is published.
    async fn update_ge_model_version(
        &self,
        ctx: &Context<'_>,
        input: UpdateGeModelVersionInput,
    ) -> Result<GeModelVersionPayload> {
        let update = async |tx: &TenantTx| {
            ops::update_version(tx, input.model_id, input.number, &input.definition, input.revision).await
        };
        let (ge_model_version, user_errors) = user_errors(Session::of(ctx)?.write(update).await)?;
        Ok(GeModelVersionPayload { ge_model_version, user_errors })
    }

    /// Publish a draft; the version in force before is retired.
    async fn publish_ge_model_version(
        &self,
        ctx: &Context<'_>,
        input: PublishGeModelVersionInput,
    ) -> Result<GeModelVersionPayload> {
        let publish =
            async |tx: &TenantTx| ops::publish_version(tx, input.model_id, input.number, input.revision).await;
        let (ge_model_version, user_errors) = user_errors(Session::of(ctx)?.write(publish).await)?;
        Ok(GeModelVersionPayload { ge_model_version, user_errors })
    }

    /// Start a mapping of all customers into a model's cells, as a job.
    async fn start_ge_mapping(&self, ctx: &Context<'_>, input: GeMappingIn) -> Result<StartGeMappingPayload> {
        let outcome = Session::of(ctx)?.write(async |tx| ops::start_mapping(tx, &input).await).await;
        let (ge_mapping, user_errors) = user_errors(outcome)?;
        Ok(StartGeMappingPayload { ge_mapping, user_errors })
    }
}

/// Loads current cells of many customers at once.
#[derive(Debug)]
pub struct CurrentGeCellLoader(pub Arc<Session>);

impl Loader<CustomerId> for CurrentGeCellLoader {
    type Value = CurrentCell;
    type Error = Error;

    async fn load(&self, customers: &[CustomerId]) -> Result<HashMap<CustomerId, CurrentCell>, Error> {
        let tx = self.0.snapshot().await?;
        tx.require(Permission::GradingRead)?;
        Ok(ops::current_cells(&tx, customers).await?.into_iter().collect())
    }
}

/// What a customer has of the GE matrix.
#[derive(Debug)]
pub struct CustomerGeEdges(pub CustomerId);

#[Object]
impl CustomerGeEdges {
    /// The customer's place in the current GE mapping; null where it is in none.
    async fn ge_cell(&self, ctx: &Context<'_>) -> Result<Option<CurrentCell>> {
        let loader = ctx.data::<DataLoader<CurrentGeCellLoader>>();
        let loader = loader.map_err(|_| Error::internal("no loader of GE cells in the GraphQL request"))?;
        Ok(loader.load_one(self.0).await?)
    }
}
