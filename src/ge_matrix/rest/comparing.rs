//! `/v1/ge-matrix/comparison` and the customers behind its cells.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Deserialize;
use utoipa::IntoParams;

use super::pictures::{Form, data, picture};
use crate::error::Result;
use crate::exports::List;
use crate::ge_matrix::wire::{GeComparisonIn, GeComparisonOut, GeMover, GeMoverFilter};
use crate::ge_matrix::{Cell, ChartTheme, Movement, PlaceState, ops};
use crate::paging::{Page, PageRequest};
use crate::rest::{Query, Routes};
use crate::tenancy::{Actor, TenantDb, TenantTx};
use crate::values::{GeMappingId, GeModelId, Month};

/// The routes.
pub(super) fn routes(config: &mut Routes<'_>) {
    config.service(compare_ge_mappings).service(list_ge_movers);
}

/// Which two mappings of a model: each by its id or by its month.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct GeComparisonParams {
    /// The mapping that is compared with; either this or `old_as_of`.
    old_mapping_id: Option<GeMappingId>,
    /// The month that is compared with: its current mapping by the model of the new one.
    #[param(example = "2012-11")]
    old_as_of: Option<Month>,
    /// The mapping that is looked at; then neither `model_id` nor `new_as_of`.
    new_mapping_id: Option<GeMappingId>,
    /// The model; the one published last where absent.
    model_id: Option<GeModelId>,
    /// The month that is looked at; the latest that was mapped with the published version where absent.
    #[param(example = "2013-11")]
    new_as_of: Option<Month>,
    /// The ground the chart is drawn for; the reader's system decides where absent.
    #[param(inline, example = "dark")]
    theme: Option<ChartTheme>,
}

/// Which customers of a comparison, in which order.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct GeMoversParams {
    /// The mapping that is compared with; either this or `old_as_of`.
    old_mapping_id: Option<GeMappingId>,
    /// The month that is compared with: its current mapping by the model of the new one.
    #[param(example = "2012-11")]
    old_as_of: Option<Month>,
    /// The mapping that is looked at; then neither `model_id` nor `new_as_of`.
    new_mapping_id: Option<GeMappingId>,
    /// The model; the one published last where absent.
    model_id: Option<GeModelId>,
    /// The month that is looked at; the latest that was mapped with the published version where absent.
    #[param(example = "2013-11")]
    new_as_of: Option<Month>,
    /// In this cell in the old mapping.
    #[param(inline)]
    old_cell: Option<Cell>,
    /// Of whom the old mapping says this.
    #[param(inline)]
    old_state: Option<PlaceState>,
    /// In this cell in the new mapping.
    #[param(inline)]
    new_cell: Option<Cell>,
    /// Of whom the new mapping says this.
    #[param(inline)]
    new_state: Option<PlaceState>,
    /// Who made this movement.
    #[param(inline)]
    movement: Option<Movement>,
    /// `true`: of those only who has another cell or state. Without any filter it is `true`.
    changed: Option<bool>,
    /// `steps` (by their number), `revenue_l12` (the new one, of who is gone the old one), `customer_external_id`,
    /// `customer_name`, separated by commas, `-` for descending.
    #[param(default = "-steps,-revenue_l12,customer_external_id", example = "-revenue_l12")]
    sort: Option<String>,
    /// Items a page, 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Compare two mappings of a GE model: how many customers went from which cell to which; with `Accept: image/svg+xml` as a
/// chart.
#[utoipa::path(tag = "ge-matrix", operation_id = "compareGeMappings", params(GeComparisonParams), responses((status = 200, content((GeComparisonOut = "application/json"), (String = "image/svg+xml")))))]
#[get("/v1/ge-matrix/comparison")]
async fn compare_ge_mappings(
    db: Data<TenantDb>,
    actor: Actor,
    request: HttpRequest,
    query: Query<GeComparisonParams>,
) -> Result<HttpResponse> {
    let form = Form::of(&request)?;
    let GeComparisonParams { theme, old_mapping_id, old_as_of, new_mapping_id, model_id, new_as_of } =
        query.into_inner();
    let asked = GeComparisonIn { old_mapping_id, old_as_of, new_mapping_id, model_id, new_as_of };
    match form {
        Form::Data => Ok(data(db.read(&actor, async |tx| ops::compare_mappings(tx, asked).await).await?)),
        Form::Picture(locale) => {
            let svg = db.read(&actor, async |tx| ops::migration_chart(tx, asked, (locale, theme)).await).await?;
            Ok(picture(svg, locale))
        }
    }
}

/// List the customers of a comparison, or of one of its cells, with their scores in both mappings.
#[utoipa::path(tag = "ge-matrix", operation_id = "listGeMovers", params(GeMoversParams), responses((status = 200, body = Page<GeMover>)))]
#[get("/v1/ge-matrix/movers")]
async fn list_ge_movers(list: List, query: Query<GeMoversParams>) -> Result<HttpResponse> {
    let query = query.into_inner();
    let GeMoversParams { old_mapping_id, old_as_of, new_mapping_id, model_id, new_as_of, .. } = query;
    let asked = GeComparisonIn { old_mapping_id, old_as_of, new_mapping_id, model_id, new_as_of };
    let GeMoversParams { old_cell, old_state, new_cell, new_state, movement, changed, sort, limit, cursor, .. } = query;
    let filter = GeMoverFilter { old_cell, old_state, new_cell, new_state, movement, changed };
    let read =
        async move |tx: &TenantTx, page: &PageRequest| ops::movers(tx, asked, &filter, sort.as_deref(), page).await;
    list.of((limit, cursor), read).await
}
