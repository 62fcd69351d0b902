//! Mutations of products, sales lines, rates and quotas.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use crate::dossiers::DEFAULT_SYSTEM;
use crate::error::{FieldProblem, UserError, user_errors};
use crate::intake::BatchOut;
use crate::sales::ops;
use crate::sales::wire::{FxRateUpsert, ProductOut, ProductUpsert, QuotaUpsert, SalesLineUpsert};
use crate::tenancy::Session;

/// Mutations of products, sales lines, rates and quotas.
#[derive(Debug, Default)]
pub struct SalesMutation;

/// A batch of products.
#[derive(Debug, InputObject)]
struct UpsertProductsInput {
    /// 1 to 1,000.
    items: Vec<ProductUpsert>,
    /// All or nothing: where one item is refused, none is taken.
    #[graphql(default)]
    atomic: bool,
}

/// A batch of sales lines.
#[derive(Debug, InputObject)]
struct UpsertSalesLinesInput {
    /// 1 to 1,000.
    items: Vec<SalesLineUpsert>,
    /// All or nothing: where one item is refused, none is taken.
    #[graphql(default)]
    atomic: bool,
    /// The system whose external ids name the customers; `default` by default.
    system: Option<String>,
}

/// A batch of exchange rates.
#[derive(Debug, InputObject)]
struct UpsertFxRatesInput {
    /// 1 to 1,000.
    items: Vec<FxRateUpsert>,
    /// All or nothing: where one item is refused, none is taken.
    #[graphql(default)]
    atomic: bool,
}

/// A batch of quotas.
#[derive(Debug, InputObject)]
struct UpsertQuotasInput {
    /// 1 to 1,000.
    items: Vec<QuotaUpsert>,
    /// All or nothing: where one item is refused, none is taken.
    #[graphql(default)]
    atomic: bool,
}

/// What came of a product.
#[derive(Debug, SimpleObject)]
struct UpsertProductPayload {
    /// The product.
    product: Option<ProductOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

/// What came of a batch of sales data.
#[derive(Debug, SimpleObject)]
struct SalesBatchPayload {
    /// One outcome an item; null where nothing was taken.
    batch: Option<BatchOut>,
    /// What the user can mend where nothing was taken.
    user_errors: Vec<UserError>,
}

#[Object]
impl SalesMutation {
    /// Create or change a product by its external id. What is absent stays; null empties it.
    async fn upsert_product(&self, ctx: &Context<'_>, input: ProductUpsert) -> Result<UpsertProductPayload> {
        let outcome = Session::of(ctx)?.write(async |tx| ops::put_product(tx, input, None).await).await;
        let (product, user_errors) = user_errors(outcome.map(|(_, product)| product))?;
        Ok(UpsertProductPayload { product, user_errors })
    }

    /// Create or change 1 to 1,000 products by their external ids.
    async fn upsert_products(&self, ctx: &Context<'_>, input: UpsertProductsInput) -> Result<SalesBatchPayload> {
        let rows = read(input.items);
        payload(Session::of(ctx)?.write(async |tx| ops::take_products(tx, rows, input.atomic).await).await)
    }

    /// Create or replace 1 to 1,000 sales lines by their external ids.
    async fn upsert_sales_lines(&self, ctx: &Context<'_>, input: UpsertSalesLinesInput) -> Result<SalesBatchPayload> {
        let rows = read(input.items);
        let system = input.system.as_deref().unwrap_or(DEFAULT_SYSTEM);
        let session = Session::of(ctx)?;
        payload(session.write(async |tx| ops::take_sales_lines(tx, system, rows, input.atomic).await).await)
    }

    /// Create or replace 1 to 1,000 exchange rates by currency and day. Lines that are in keep theirs.
    async fn upsert_fx_rates(&self, ctx: &Context<'_>, input: UpsertFxRatesInput) -> Result<SalesBatchPayload> {
        let rows = read(input.items);
        payload(Session::of(ctx)?.write(async |tx| ops::take_fx_rates(tx, rows, input.atomic).await).await)
    }

    /// Create or replace 1 to 1,000 quotas by salesperson and first day.
    async fn upsert_quotas(&self, ctx: &Context<'_>, input: UpsertQuotasInput) -> Result<SalesBatchPayload> {
        let rows = read(input.items);
        payload(Session::of(ctx)?.write(async |tx| ops::take_quotas(tx, rows, input.atomic).await).await)
    }
}

/// Rows that GraphQL has read already.
fn read<T>(items: Vec<T>) -> Vec<Result<T, Vec<FieldProblem>>> {
    items.into_iter().map(Ok).collect()
}

fn payload(outcome: crate::error::Result<BatchOut>) -> Result<SalesBatchPayload> {
    let (batch, user_errors) = user_errors(outcome)?;
    Ok(SalesBatchPayload { batch, user_errors })
}
