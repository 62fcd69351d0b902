//! Saved mappings in GraphQL.

use async_graphql::connection::Connection;
use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use crate::error::{UserError, or_null, user_errors};
use crate::imports::mapping::BuiltInMapping;
use crate::imports::ops::mappings as ops;
use crate::imports::preview::ImportPreviewOut;
use crate::imports::wire::ImportMappingOut;
use crate::imports::{Delimiter, FileForm, FileFormat, ImportMapping};
use crate::paging::PageRequest;
use crate::tenancy::Session;
use crate::values::Code;

/// Queries about saved mappings.
#[derive(Debug, Default)]
pub struct ImportMappingsQuery;

#[Object]
impl ImportMappingsQuery {
    /// The mappings that are there from the start: exports of Salesforce, HubSpot, Odoo and ERPNext.
    async fn built_in_import_mappings(&self, ctx: &Context<'_>) -> Result<Vec<BuiltInMapping>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::list_built_in(&tx)?)
    }

    /// Saved mappings by code.
    async fn import_mappings(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, ImportMappingOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::list(&tx, &page).await?.into_connection())
    }

    /// A mapping: a saved one, or one that is there from the start; null where there is none.
    async fn import_mapping(&self, ctx: &Context<'_>, code: Code) -> Result<Option<ImportMappingOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(ops::get(&tx, code.as_str()).await)?)
    }

    /// The beginning of a file as a mapping reads it; null where there is no such mapping.
    async fn preview_import_mapping(
        &self,
        ctx: &Context<'_>,
        code: Code,
        content: String,
        format: Option<FileFormat>,
        delimiter: Option<Delimiter>,
        #[graphql(desc = "The line on which the header stands, from 1 to 1,000; found where absent.")]
        header_row: Option<i32>,
    ) -> Result<Option<ImportPreviewOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        let form = FileForm { format, delimiter, header_row, ..FileForm::default() };
        Ok(or_null(ops::preview(&tx, code.as_str(), form, content.into()).await)?)
    }
}

/// Mutations of saved mappings.
#[derive(Debug, Default)]
pub struct ImportMappingsMutation;

/// A mapping to save.
#[derive(Debug, InputObject)]
struct UpsertImportMappingInput {
    /// The code to save it under.
    code: Code,
    /// The version that was read; a newer one makes the change fail. Any will do where absent.
    version: Option<i32>,
    /// What it says.
    definition: ImportMapping,
}

/// A mapping to forget.
#[derive(Debug, InputObject)]
struct DeleteImportMappingInput {
    /// Its code.
    code: Code,
    /// The version that was read; a newer one makes the change fail. Any will do where absent.
    version: Option<i32>,
}

/// What came of saving or forgetting a mapping.
#[derive(Debug, SimpleObject)]
struct ImportMappingPayload {
    /// The mapping.
    import_mapping: Option<ImportMappingOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

#[Object]
impl ImportMappingsMutation {
    /// Save a mapping under a code; one that is there from the start is overlaid.
    async fn upsert_import_mapping(
        &self,
        ctx: &Context<'_>,
        input: UpsertImportMappingInput,
    ) -> Result<ImportMappingPayload> {
        let UpsertImportMappingInput { code, version, definition } = input;
        let outcome =
            Session::of(ctx)?.write(async |tx| ops::put(tx, &code, &definition, version).await.map(|(m, _)| m)).await;
        let (import_mapping, user_errors) = user_errors(outcome.map_err(|error| error.under("/definition")))?;
        Ok(ImportMappingPayload { import_mapping, user_errors })
    }

    /// Forget a saved mapping. Imports that were sent with it keep what it said.
    async fn delete_import_mapping(
        &self,
        ctx: &Context<'_>,
        input: DeleteImportMappingInput,
    ) -> Result<ImportMappingPayload> {
        let outcome =
            Session::of(ctx)?.write(async |tx| ops::delete(tx, input.code.as_str(), input.version).await).await;
        let (import_mapping, user_errors) = user_errors(outcome)?;
        Ok(ImportMappingPayload { import_mapping, user_errors })
    }
}
