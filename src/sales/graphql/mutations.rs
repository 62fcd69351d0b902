//! Mutations of products, sales lines, rates and quotas.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use crate::dossiers::DEFAULT_SYSTEM;
use crate::error::{UserError, user_errors};
use crate::intake::{BatchItem, BatchMode, BatchOut};
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
    items: Vec<BatchItem<ProductUpsert>>,
    /// All or nothing: where one item is refused, none is taken.
    #[graphql(default)]
    atomic: bool,
    /// Try it: everything is checked and answered as if it were taken, and nothing is stored.
    #[graphql(default)]
    dry_run: bool,
}

/// A batch of sales lines.
#[derive(Debug, InputObject)]
struct UpsertSalesLinesInput {
    /// 1 to 1,000.
    items: Vec<BatchItem<SalesLineUpsert>>,
    /// All or nothing: where one item is refused, none is taken.
    #[graphql(default)]
    atomic: bool,
    /// Try it: everything is checked and answered as if it were taken, and nothing is stored.
    #[graphql(default)]
    dry_run: bool,
    /// The system whose external ids name the customers; `default` by default.
    system: Option<String>,
}

/// A batch of exchange rates.
#[derive(Debug, InputObject)]
struct UpsertFxRatesInput {
    /// 1 to 1,000.
    items: Vec<BatchItem<FxRateUpsert>>,
    /// All or nothing: where one item is refused, none is taken.
    #[graphql(default)]
    atomic: bool,
    /// Try it: everything is checked and answered as if it were taken, and nothing is stored.
    #[graphql(default)]
    dry_run: bool,
}

/// A batch of quotas.
#[derive(Debug, InputObject)]
struct UpsertQuotasInput {
    /// 1 to 1,000.
    items: Vec<BatchItem<QuotaUpsert>>,
    /// All or nothing: where one item is refused, none is taken.
    #[graphql(default)]
    atomic: bool,
    /// Try it: everything is checked and answered as if it were taken, and nothing is stored.
    #[graphql(default)]
    dry_run: bool,
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
        let mode = BatchMode { atomic: input.atomic, dry_run: input.dry_run };
        payload(Session::of(ctx)?.write(async |tx| ops::take_products(tx, input.items, mode).await).await)
    }

    /// Create or replace 1 to 1,000 sales lines by their external ids.
    async fn upsert_sales_lines(&self, ctx: &Context<'_>, input: UpsertSalesLinesInput) -> Result<SalesBatchPayload> {
        let mode = BatchMode { atomic: input.atomic, dry_run: input.dry_run };
        let system = input.system.as_deref().unwrap_or(DEFAULT_SYSTEM);
        let session = Session::of(ctx)?;
        payload(session.write(async |tx| ops::take_sales_lines(tx, system, input.items, mode).await).await)
    }

    /// Create or replace 1 to 1,000 exchange rates by currency and day. Lines that are in keep theirs.
    async fn upsert_fx_rates(&self, ctx: &Context<'_>, input: UpsertFxRatesInput) -> Result<SalesBatchPayload> {
        let mode = BatchMode { atomic: input.atomic, dry_run: input.dry_run };
        payload(Session::of(ctx)?.write(async |tx| ops::take_fx_rates(tx, input.items, mode).await).await)
    }

    /// Create or replace 1 to 1,000 quotas by salesperson and first day.
    async fn upsert_quotas(&self, ctx: &Context<'_>, input: UpsertQuotasInput) -> Result<SalesBatchPayload> {
        let mode = BatchMode { atomic: input.atomic, dry_run: input.dry_run };
        payload(Session::of(ctx)?.write(async |tx| ops::take_quotas(tx, input.items, mode).await).await)
    }
}

fn payload(outcome: crate::error::Result<BatchOut>) -> Result<SalesBatchPayload> {
    let (batch, user_errors) = user_errors(outcome)?;
    Ok(SalesBatchPayload { batch, user_errors })
}
