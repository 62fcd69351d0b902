//! Imports in GraphQL.

mod mappings;

pub use self::mappings::{ImportMappingsMutation, ImportMappingsQuery};

use async_graphql::connection::Connection;
use async_graphql::{Context, Object, Result, SimpleObject};

use super::wire::CreateImportInput;
use super::{ImportErrorOut, ImportOut, ImportSettings, NewImport, ops};
use crate::error::{UserError, or_null, user_errors};
use crate::paging::PageRequest;
use crate::tenancy::Session;
use crate::values::ImportId;

/// Queries about imports.
#[derive(Debug, Default)]
pub struct ImportsQuery;

#[Object]
impl ImportsQuery {
    /// An import; null where there is none.
    async fn import(&self, ctx: &Context<'_>, id: ImportId) -> Result<Option<ImportOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(ops::import(&tx, id).await)?)
    }

    /// Imports, newest first.
    async fn imports(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, ImportOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::list(&tx, &page).await?.into_connection())
    }

    /// Why rows of an import are not in, in the order of the file; null where there is no such import.
    async fn import_errors(
        &self,
        ctx: &Context<'_>,
        id: ImportId,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Option<Connection<String, ImportErrorOut>>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        let errors = or_null(ops::import_errors(&tx, id, &page).await)?;
        Ok(errors.map(crate::paging::Slice::into_connection))
    }
}

/// Mutations of imports.
#[derive(Debug, Default)]
pub struct ImportsMutation;

/// What came of sending a file.
#[derive(Debug, SimpleObject)]
struct CreateImportPayload {
    /// The import, with the job that loads it.
    import: Option<ImportOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

#[Object]
impl ImportsMutation {
    /// Import a file's content: CSV with a header row, or NDJSON. A job loads it.
    async fn create_import(&self, ctx: &Context<'_>, input: CreateImportInput) -> Result<CreateImportPayload> {
        let settings = ctx.data_opt::<ImportSettings>().copied().unwrap_or_default();
        let CreateImportInput { kind, file_name, content, format, delimiter, header_row, mapping, dry_run, blanks } =
            input;
        let (dry_run, blanks) = (Some(dry_run), Some(blanks));
        let of_kind = NewImport::of_kind(kind);
        let new = NewImport { file_name, format, delimiter, header_row, mapping, dry_run, blanks, ..of_kind };
        let content = content.into();
        let outcome = Session::of(ctx)?.write(async |tx| ops::create(tx, &new, settings, content).await).await;
        let (import, user_errors) = user_errors(outcome)?;
        Ok(CreateImportPayload { import, user_errors })
    }
}
