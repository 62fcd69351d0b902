//! `GET /v1/customers` and what is counted of them, and how well a dossier is kept.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dossiers::AttributeComparison;
use crate::dossiers::ops::lists;
use crate::dossiers::ops::tables::CustomerTable;
use crate::dossiers::upkeep::CustomerUpkeep;
use crate::dossiers::wire::{Archived, CustomerFacetsOut, CustomerFilter, CustomerOut, CustomerStage};
use crate::error::{Error, Result};
use crate::exports::List;
use crate::paging::{Page, PageRequest};
use crate::rest::{Json, Path, Query, Routes};
use crate::tenancy::{Actor, TenantDb, TenantTx};
use crate::values::{AsOf, CustomerId, Date, Exact, SalespersonId};

/// The routes. They stand before `/v1/customers/{id}`, which would take `facets` for an id.
pub(super) fn routes(config: &mut Routes<'_>) {
    config.service(list_customers).service(get_customer_facets).service(get_customer_upkeep);
}

/// A query with the filters of customers and what else it takes: flattening them into it would take fields that nobody knows.
macro_rules! customer_query {
    ($(#[$meta:meta])* struct $name:ident { $($rest:tt)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Deserialize, IntoParams)]
        #[into_params(parameter_in = Query)]
        #[serde(deny_unknown_fields)]
        struct $name {
            /// At one of these stages; repeat it for several.
            #[param(inline)]
            stage: Option<Vec<CustomerStage>>,
            /// Of one of these industries; repeat it for several.
            #[param(example = json!(["machinery"]))]
            industry: Option<Vec<String>>,
            /// Of one of these territories; repeat it for several.
            territory: Option<Vec<String>>,
            /// Of this territory or one that lies in it.
            within_territory: Option<String>,
            /// Owned by one of these salespeople; repeat it for several.
            owner_id: Option<Vec<SalespersonId>>,
            /// With all of these tags; repeat it for several.
            tag: Option<Vec<String>>,
            /// With one of these tags; repeat it for several.
            any_tag: Option<Vec<String>>,
            /// In one of these countries; repeat it for several.
            country: Option<Vec<String>>,
            /// With names like this text, or parts of names, misspelt or not; or with an external id that begins with it
            /// (from 3 characters, else that is it). With `as_of`: with this text in their names.
            #[param(max_length = 200, example = "Nordwnd Pumpen")]
            q: Option<String>,
            /// With this external id, in any system.
            external_id: Option<String>,
            /// Whether archived customers are shown: `true` those alone, `all` with the others.
            #[param(inline)]
            archived: Option<Archived>,
            /// With an attribute that compares so: `code:op:value`, op being `eq`, `ne`, `lt`, `lte`, `gt`, `gte`, `in`
            /// (values with commas between) or `missing`; repeat it for several, all of which must hold.
            #[param(example = json!(["square_feet:gte:10000"]))]
            attribute: Option<Vec<String>>,
            /// Of whom less than this share of the required facts is known.
            #[param(example = "0.8")]
            completeness_below: Option<Exact>,
            /// Of whom this share of the required facts, or more, is known.
            #[param(example = "0.8")]
            completeness_from: Option<Exact>,
            /// Of whose known required facts less than this share is fresh; not of whom nothing is known.
            #[param(example = "0.8")]
            freshness_below: Option<Exact>,
            /// Of whose known required facts this share, or more, is fresh.
            #[param(example = "0.8")]
            freshness_from: Option<Exact>,
            /// As they were then: those of whom something was known, by what was known.
            as_of: Option<AsOf>,
            $($rest)*
        }

        impl $name {
            /// Takes the filters out of it.
            fn filter(&mut self) -> Result<CustomerFilter> {
                Ok(CustomerFilter {
                    stage: self.stage.take(),
                    industry: self.industry.take(),
                    territory: self.territory.take(),
                    within_territory: self.within_territory.take(),
                    owner_id: self.owner_id.take(),
                    tag: self.tag.take(),
                    any_tag: self.any_tag.take(),
                    country: self.country.take(),
                    q: self.q.take(),
                    external_id: self.external_id.take(),
                    archived: self.archived,
                    attribute: self.attribute.take().map(comparisons).transpose()?,
                    completeness_below: self.completeness_below,
                    completeness_from: self.completeness_from,
                    freshness_below: self.freshness_below,
                    freshness_from: self.freshness_from,
                    as_of: self.as_of,
                })
            }
        }
    };
}

customer_query! {
    /// Which customers, in which order.
    struct CustomerQuery {
        /// `name`, `external_id`, `created_at`, `updated_at`, separated by commas; `-` in front for descending. By name
        /// where absent, with `q` the best first.
        #[param(example = "-updated_at")]
        sort: Option<String>,
        /// Whether to count all that meet the filter, as `total_count`.
        #[param(default = false)]
        count: Option<bool>,
        /// Items a page, 1 to 500.
        #[param(minimum = 1, maximum = 500, default = 50)]
        limit: Option<u32>,
        /// `next_cursor` of the page before.
        cursor: Option<String>,
    }
}

customer_query! {
    /// Which customers.
    struct FacetQuery {}
}

/// As of which day.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct UpkeepQuery {
    /// The day as of which facts are fresh; today (UTC) where absent.
    as_of: Option<Date>,
}

/// List customers.
#[utoipa::path(tag = "customers", operation_id = "listCustomers", params(CustomerQuery), responses((status = 200, body = Page<CustomerOut>)))]
#[get("/v1/customers")]
async fn list_customers(list: List, mut query: Query<CustomerQuery>) -> Result<HttpResponse> {
    let filter = query.0.filter()?;
    let CustomerQuery { sort, count, limit, cursor, .. } = query.0;
    let counted = count.unwrap_or_default();
    let read =
        async move |tx: &TenantTx, page: &PageRequest| lists::list(tx, &filter, sort.as_deref(), page, counted).await;
    list.in_form((limit, cursor), CustomerTable, read).await
}

/// Count customers by stage, industry, territory, owner and tag.
#[utoipa::path(tag = "customers", operation_id = "getCustomerFacets", params(FacetQuery), responses((status = 200, body = CustomerFacetsOut)))]
#[get("/v1/customers/facets")]
async fn get_customer_facets(
    db: Data<TenantDb>,
    actor: Actor,
    mut query: Query<FacetQuery>,
) -> Result<Json<CustomerFacetsOut>> {
    let filter = query.0.filter()?;
    Ok(Json(db.read(&actor, async |tx| lists::facets(tx, &filter).await).await?))
}

/// Read how well a customer's dossier is kept: completeness, freshness, and what is missing or stale.
#[utoipa::path(tag = "customers", operation_id = "getCustomerUpkeep", params(("id" = CustomerId, Path), UpkeepQuery), responses((status = 200, body = CustomerUpkeep)))]
#[get("/v1/customers/{id}/upkeep")]
async fn get_customer_upkeep(
    db: Data<TenantDb>,
    actor: Actor,
    id: Path<CustomerId>,
    query: Query<UpkeepQuery>,
) -> Result<Json<CustomerUpkeep>> {
    Ok(Json(db.read(&actor, async |tx| lists::customer_upkeep(tx, *id, query.as_of).await).await?))
}

/// Reads every comparison; what cannot be read is named all at once.
fn comparisons(texts: Vec<String>) -> Result<Vec<AttributeComparison>> {
    let read = |(i, text): (usize, &String)| {
        text.parse::<AttributeComparison>().map_err(|error| error.under(&format!("/attribute/{i}")))
    };
    let (read, wrong): (Vec<_>, Vec<_>) = texts.iter().enumerate().map(read).partition(Result::is_ok);
    let problems: Vec<_> = wrong.into_iter().filter_map(Result::err).flat_map(|e| e.problems().to_vec()).collect();
    if problems.is_empty() {
        Ok(read.into_iter().filter_map(Result::ok).collect())
    } else {
        Err(Error::invalid(problems))
    }
}
