//! Two mappings of a GE model in GraphQL.

use async_graphql::connection::Connection;
use async_graphql::{ComplexObject, Context, Object, Result};

use crate::error::or_null;
use crate::ge_matrix::wire::{GeComparisonIn, GeComparisonOut, GeMover, GeMoverFilter};
use crate::ge_matrix::{ChartTheme, ops};
use crate::paging::PageRequest;
use crate::tenancy::Session;
use crate::values::Locale;

/// Queries about who went where between two mappings.
#[derive(Debug, Default)]
pub struct GeComparisonQuery;

#[Object]
impl GeComparisonQuery {
    /// Two mappings of a GE model side by side; null where there is no such mapping.
    async fn ge_comparison(&self, ctx: &Context<'_>, of: GeComparisonIn) -> Result<Option<GeComparisonOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(ops::compare_mappings(&tx, of).await)?)
    }

    /// The customers of a comparison, or of one of its cells, with their scores in both mappings. `sort` takes `steps`,
    /// `revenue_l12`, `customer_external_id` and `customer_name`, separated by commas, `-` for descending.
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the GraphQL field")]
    async fn ge_movers(
        &self,
        ctx: &Context<'_>,
        of: GeComparisonIn,
        filter: Option<GeMoverFilter>,
        sort: Option<String>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, GeMover>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        let slice = ops::movers(&tx, of, &filter.unwrap_or_default(), sort.as_deref(), &page).await?;
        Ok(slice.into_connection())
    }
}

#[ComplexObject]
impl GeComparisonOut {
    /// The comparison as an SVG document, its labels in a language: `en` or `zh-CN`.
    async fn svg(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = "en")] language: String,
        #[graphql(desc = "The ground it is drawn for; the reader's system decides where absent.")] theme: Option<
            ChartTheme,
        >,
    ) -> Result<String> {
        let tx = Session::of(ctx)?.snapshot().await?;
        let of = GeComparisonIn {
            old_mapping_id: Some(self.old_mapping_id),
            new_mapping_id: Some(self.new_mapping_id),
            ..GeComparisonIn::default()
        };
        Ok(ops::migration_chart(&tx, of, (Locale::negotiate(&language), theme)).await?)
    }
}
