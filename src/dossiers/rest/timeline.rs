//! `/v1/customers/{id}/timeline`.

use actix_web::{HttpResponse, get};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dossiers::ops::history;
use crate::dossiers::wire::{CustomerChangeOut, TimelineFilter};
use crate::error::Result;
use crate::exports::List;
use crate::paging::{Page, PageRequest};
use crate::rest::{Path, Query, Routes};
use crate::tenancy::TenantTx;
use crate::values::CustomerId;

/// The routes.
pub(super) fn routes(config: &mut Routes<'_>) {
    config.service(list_customer_timeline);
}

/// Which changes.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct TimelineQuery {
    /// Of this field, such as `city`, `attributes.machines`, `purchase_potentials.pumps`.
    #[param(example = "city")]
    field: Option<String>,
    /// Observed at this time or later.
    since: Option<DateTime<Utc>>,
    /// Observed before this time.
    until: Option<DateTime<Utc>>,
    /// Items a page, 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List the changes of a customer, field by field, the latest observed first.
#[utoipa::path(tag = "customers", operation_id = "listCustomerTimeline", params(("id" = CustomerId, Path), TimelineQuery), responses((status = 200, body = Page<CustomerChangeOut>)))]
#[get("/v1/customers/{id}/timeline")]
async fn list_customer_timeline(list: List, id: Path<CustomerId>, query: Query<TimelineQuery>) -> Result<HttpResponse> {
    let TimelineQuery { field, since, until, limit, cursor } = query.into_inner();
    let filter = TimelineFilter { field, since, until };
    let read = async move |tx: &TenantTx, page: &PageRequest| history::timeline(tx, *id, &filter, page).await;
    list.of((limit, cursor), read).await
}
