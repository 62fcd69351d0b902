//! Reading products, sales lines, rates and quotas; one product by its external id.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, put};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::error::Result;
use crate::exports::List;
use crate::paging::{Page, PageRequest};
use crate::rest::{IfMatch, Json, Path, Query, Routes, Tagged};
use crate::sales::ops;
use crate::sales::wire::{
    FxRateFilter, FxRateOut, ProductFilter, ProductIn, ProductOut, QuotaFilter, QuotaOut, SalesLineFilter, SalesLineOut,
};
use crate::tenancy::{Actor, TenantDb, TenantTx};
use crate::values::{Currency, CustomerId, Date, ProductId, SalespersonId};

pub(super) fn routes(config: &mut Routes<'_>) {
    config.service(list_products).service(put_product).service(get_product).service(list_sales_lines);
    config.service(list_fx_rates).service(list_quotas);
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ProductQuery {
    /// Items a page, 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// `name` or `external_id`, `-` in front for descending; `name` by default.
    #[param(example = "name")]
    sort: Option<String>,
    /// Only of this category.
    #[param(example = "Bikes")]
    category: Option<String>,
    /// Only where this is part of the name or the external id, in any case.
    #[param(example = "mountain")]
    q: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct SalesLineQuery {
    /// Items a page, 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// `day` or `-day`; `-day` by default.
    #[param(example = "-day")]
    sort: Option<String>,
    /// Only of this customer.
    customer_id: Option<CustomerId>,
    /// Only of this product.
    product_id: Option<ProductId>,
    /// Only sold by this salesperson.
    salesperson_id: Option<SalespersonId>,
    /// The first day that counts.
    from: Option<Date>,
    /// The first day that no longer counts.
    to: Option<Date>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct FxRateQuery {
    /// Items a page, 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Only of this currency.
    currency: Option<Currency>,
    /// The first day that counts.
    from: Option<Date>,
    /// The first day that no longer counts.
    to: Option<Date>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct QuotaListQuery {
    /// Items a page, 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Only of this salesperson.
    salesperson_id: Option<SalespersonId>,
}

/// List products.
#[utoipa::path(tag = "products", operation_id = "listProducts", params(ProductQuery), responses((status = 200, body = Page<ProductOut>)))]
#[get("/v1/products")]
async fn list_products(list: List, query: Query<ProductQuery>) -> Result<HttpResponse> {
    let ProductQuery { limit, cursor, sort, category, q } = query.into_inner();
    let filter = ProductFilter { category, q };
    let read = async move |tx: &TenantTx, page: &PageRequest| ops::products(tx, &filter, sort.as_deref(), page).await;
    list.in_form((limit, cursor), ops::ProductTable, read).await
}

/// Read a product.
#[utoipa::path(tag = "products", operation_id = "getProduct", params(("id" = ProductId, Path)), responses((status = 200, body = ProductOut)))]
#[get("/v1/products/{id}")]
async fn get_product(db: Data<TenantDb>, actor: Actor, id: Path<ProductId>) -> Result<Tagged<ProductOut>> {
    let product = db.read(&actor, async |tx| ops::product(tx, *id).await).await?;
    let version = product.version;
    Ok(Tagged::new(product, version))
}

/// Create or change a product by its external id. What is absent stays; null empties it.
#[utoipa::path(
    tag = "products",
    operation_id = "upsertProduct",
    params(("external_id" = String, Path, description = "Its id in the source, 1 to 200 characters.")),
    request_body = ProductIn,
    responses((status = 200, body = ProductOut), (status = 201, body = ProductOut))
)]
#[put("/v1/products/by-external-id/{external_id}")]
async fn put_product(
    db: Data<TenantDb>,
    actor: Actor,
    expected: IfMatch,
    external_id: Path<String>,
    product: Json<ProductIn>,
) -> Result<Tagged<ProductOut>> {
    let row = product.into_inner().under(external_id.into_inner());
    let (is_new, product) = db.write(&actor, async |tx| ops::put_product(tx, row, expected).await).await?;
    let (id, version) = (product.id, product.version);
    Ok(match is_new {
        true => Tagged::created(product, version, format!("/v1/products/{id}")),
        false => Tagged::new(product, version),
    })
}

/// List sales lines, latest first by default.
#[utoipa::path(tag = "sales-lines", operation_id = "listSalesLines", params(SalesLineQuery), responses((status = 200, body = Page<SalesLineOut>)))]
#[get("/v1/sales-lines")]
async fn list_sales_lines(list: List, query: Query<SalesLineQuery>) -> Result<HttpResponse> {
    let SalesLineQuery { limit, cursor, sort, customer_id, product_id, salesperson_id, from, to } = query.into_inner();
    let filter = SalesLineFilter { customer_id, product_id, salesperson_id, from, to };
    let read =
        async move |tx: &TenantTx, page: &PageRequest| ops::sales_lines(tx, &filter, sort.as_deref(), page).await;
    list.in_form((limit, cursor), ops::SalesLineTable, read).await
}

/// List exchange rates by currency and day.
#[utoipa::path(tag = "fx-rates", operation_id = "listFxRates", params(FxRateQuery), responses((status = 200, body = Page<FxRateOut>)))]
#[get("/v1/fx-rates")]
async fn list_fx_rates(list: List, query: Query<FxRateQuery>) -> Result<HttpResponse> {
    let FxRateQuery { limit, cursor, currency, from, to } = query.into_inner();
    let filter = FxRateFilter { currency, from, to };
    let read = async move |tx: &TenantTx, page: &PageRequest| ops::fx_rates(tx, &filter, page).await;
    list.in_form((limit, cursor), ops::FxRateTable, read).await
}

/// List quotas by salesperson and period.
#[utoipa::path(tag = "quotas", operation_id = "listQuotas", params(QuotaListQuery), responses((status = 200, body = Page<QuotaOut>)))]
#[get("/v1/quotas")]
async fn list_quotas(list: List, query: Query<QuotaListQuery>) -> Result<HttpResponse> {
    let QuotaListQuery { limit, cursor, salesperson_id } = query.into_inner();
    let filter = QuotaFilter { salesperson_id };
    let read = async move |tx: &TenantTx, page: &PageRequest| ops::quotas(tx, &filter, page).await;
    list.in_form((limit, cursor), ops::QuotaTable, read).await
}
