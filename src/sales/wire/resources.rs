//! Products, sales lines, rates and quotas going out, and the filters of their lists.

use async_graphql::{InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::values::{Currency, CustomerId, Date, Exact, ProductId, SalesLineId, SalespersonId};

/// A product.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Product")]
pub struct ProductOut {
    /// Its id.
    pub id: ProductId,
    /// Its id in the source.
    #[schema(example = "BK-M82S-38")]
    pub external_id: String,
    /// Its name.
    #[schema(example = "Mountain-100 Silver, 38")]
    pub name: String,
    /// Its category.
    #[schema(example = "Bikes")]
    pub category: Option<String>,
    /// Its subcategory within the category.
    #[schema(example = "Mountain Bikes")]
    pub subcategory: Option<String>,
    /// Standard cost of one unit in the base currency.
    pub standard_cost: Option<Exact>,
    /// List price of one unit in the base currency.
    pub list_price: Option<Exact>,
    /// Counts its changes; the ETag.
    pub version: i32,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A line of an order or invoice. Returns are negative.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "SalesLine")]
pub struct SalesLineOut {
    /// Its id.
    pub id: SalesLineId,
    /// Its id in the source.
    #[schema(example = "SO43659-1")]
    pub external_id: String,
    /// The order or invoice it is a line of.
    #[schema(example = "SO43659")]
    pub order_id: String,
    /// The day of the order or invoice.
    pub day: Date,
    /// The customer.
    pub customer_id: CustomerId,
    /// The product.
    pub product_id: ProductId,
    /// Who sold it; null where nobody did.
    pub salesperson_id: Option<SalespersonId>,
    /// Units sold.
    pub quantity: Exact,
    /// Price of one unit before discount, in `currency`.
    pub unit_price: Exact,
    /// Discount of the whole line, in `currency`.
    pub discount: Exact,
    /// What it sells for after discount, in `currency`.
    pub net: Exact,
    /// Cost of the whole line in `currency`; null where the source lacks it.
    pub cost: Option<Exact>,
    /// The currency it was invoiced in.
    pub currency: Currency,
    /// Base-currency units for one unit of `currency`, as of when the line was loaded.
    pub fx_rate: Exact,
    /// Net x rate, 4 places, in the base currency.
    pub base_net: Exact,
    /// Cost x rate, 4 places, in the base currency; null where cost is.
    pub base_cost: Option<Exact>,
}

/// A dated exchange rate.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "FxRate")]
pub struct FxRateOut {
    /// The currency of which one unit is priced.
    pub currency: Currency,
    /// The first day it holds.
    pub day: Date,
    /// Base-currency units for one unit, 12 places.
    pub rate: Exact,
}

/// A salesperson's quota.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Quota")]
pub struct QuotaOut {
    /// The salesperson.
    pub salesperson_id: SalespersonId,
    /// The period's first day; it ends before the same salesperson's next one.
    pub period_start: Date,
    /// What is to be sold in it, in the base currency.
    pub amount: Exact,
}

/// Which products. What is absent restricts nothing.
#[derive(Clone, Debug, Default, InputObject)]
#[graphql(name = "ProductFilterInput")]
pub struct ProductFilter {
    /// Only of this category.
    pub category: Option<String>,
    /// Only where this is part of the name or the external id, in any case.
    pub q: Option<String>,
}

/// Which sales lines. What is absent restricts nothing.
#[derive(Clone, Debug, Default, InputObject)]
#[graphql(name = "SalesLineFilterInput")]
pub struct SalesLineFilter {
    /// Only of this customer.
    pub customer_id: Option<CustomerId>,
    /// Only of this product.
    pub product_id: Option<ProductId>,
    /// Only sold by this salesperson.
    pub salesperson_id: Option<SalespersonId>,
    /// The first day that counts.
    pub from: Option<Date>,
    /// The first day that no longer counts.
    pub to: Option<Date>,
}

/// Which rates. What is absent restricts nothing.
#[derive(Clone, Debug, Default, InputObject)]
#[graphql(name = "FxRateFilterInput")]
pub struct FxRateFilter {
    /// Only of this currency.
    pub currency: Option<Currency>,
    /// The first day that counts.
    pub from: Option<Date>,
    /// The first day that no longer counts.
    pub to: Option<Date>,
}

/// Which quotas. What is absent restricts nothing.
#[derive(Clone, Debug, Default, InputObject)]
#[graphql(name = "QuotaFilterInput")]
pub struct QuotaFilter {
    /// Only of this salesperson.
    pub salesperson_id: Option<SalespersonId>,
}
