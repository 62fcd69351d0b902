//! `/v1/ge-matrix`.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Deserialize;
use utoipa::IntoParams;

use super::pictures::{Form, data, picture};
use crate::error::Result;
use crate::ge_matrix::ops::{self, MatrixQuery};
use crate::ge_matrix::wire::GeMatrixOut;
use crate::ge_matrix::{BubbleSize, ChartTheme};
use crate::rest::{Query, Routes};
use crate::tenancy::{Actor, TenantDb};
use crate::values::{GeMappingId, GeModelId, Month};

/// The routes.
pub(super) fn routes(config: &mut Routes<'_>) {
    config.service(get_ge_matrix);
}

/// Which matrix.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct GeMatrixParams {
    /// This mapping; then neither of the others.
    mapping_id: Option<GeMappingId>,
    /// The model; the one published last where absent.
    model_id: Option<GeModelId>,
    /// The month; the latest that was mapped with the published version where absent.
    #[param(example = "2013-11")]
    as_of: Option<Month>,
    /// What the bubbles and the amounts of the chart stand for; the data have both.
    #[param(inline, default = "revenue")]
    size: Option<BubbleSize>,
    /// The ground the chart is drawn for; the reader's system decides where absent.
    #[param(inline, example = "dark")]
    theme: Option<ChartTheme>,
}

/// Read the GE matrix: nine cells with customers and revenue; with `Accept: image/svg+xml` as a chart.
#[utoipa::path(tag = "ge-matrix", operation_id = "getGeMatrix", params(GeMatrixParams), responses((status = 200, content((GeMatrixOut = "application/json"), (String = "image/svg+xml")))))]
#[get("/v1/ge-matrix")]
async fn get_ge_matrix(
    db: Data<TenantDb>,
    actor: Actor,
    request: HttpRequest,
    query: Query<GeMatrixParams>,
) -> Result<HttpResponse> {
    let form = Form::of(&request)?;
    let GeMatrixParams { mapping_id, model_id, as_of, size, theme } = query.into_inner();
    let asked = MatrixQuery { mapping_id, model_id, as_of };
    match form {
        Form::Data => Ok(data(db.read(&actor, async |tx| ops::matrix(tx, asked).await).await?)),
        Form::Picture(locale) => {
            let size = size.unwrap_or_default();
            let svg = db.read(&actor, async |tx| ops::chart(tx, asked, size, (locale, theme)).await).await?;
            Ok(picture(svg, locale))
        }
    }
}
