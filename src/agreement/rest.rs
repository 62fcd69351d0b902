//! `/v1/scales/{id}/versions/{n}/agreement`, `/v1/scales/{id}/versions/{n}/judgement-agreement`.

use actix_web::get;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::IntoParams;

use super::ops;
use super::wire::{JudgementAgreementOut, ScaleAgreementInput, ScaleAgreementOut};
use crate::error::Result;
use crate::rest::{Json, Path, Query, Routes};
use crate::tenancy::{Actor, TenantDb};
use crate::values::{Month, ScaleId};

/// The routes.
pub fn routes(config: &mut Routes<'_>) {
    config.service(get_scale_agreement).service(get_judgement_agreement);
}

/// With which scale to compare.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ScaleAgreementQuery {
    /// The other scale.
    with_scale: ScaleId,
    /// Its version; the published one where absent, else the latest.
    with_version: Option<i32>,
    /// Grade all customers with both as of this month, for this answer; where absent, the latest completed run of each
    /// counts.
    #[param(example = "2013-11")]
    as_of: Option<Month>,
    /// How many differences to tell.
    #[param(minimum = 0, maximum = 500, default = 50)]
    limit: Option<i32>,
}

/// Tell how far two scales agree on the customers that both grade: the share that is equal, kappa, the matrix, and where
/// they differ most. They need the same grades in the same order.
#[utoipa::path(tag = "scales", operation_id = "getScaleAgreement", params(("id" = ScaleId, Path), ("n" = i32, Path, description = "The version's number, from 1."), ScaleAgreementQuery), responses((status = 200, body = ScaleAgreementOut)))]
#[get("/v1/scales/{id}/versions/{n}/agreement")]
async fn get_scale_agreement(
    db: Data<TenantDb>,
    actor: Actor,
    path: Path<(ScaleId, i32)>,
    query: Query<ScaleAgreementQuery>,
) -> Result<Json<ScaleAgreementOut>> {
    let (scale_id, version) = path.into_inner();
    let asked = ScaleAgreementInput {
        scale_id,
        version,
        with_scale_id: query.with_scale,
        with_version: query.with_version,
        as_of: query.as_of,
        limit: query.limit,
    };
    // The book is read in batches: of one state.
    let tx = db.snapshot(&actor).await?;
    Ok(Json(ops::scale_agreement(&tx, asked).await?))
}

/// How much to tell.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct JudgementAgreementQuery {
    /// How many differences to tell of each factor.
    #[param(minimum = 0, maximum = 500, default = 50)]
    limit: Option<i32>,
}

/// Tell how far members agree who have judged the same customers, factor by factor: two by two, and on whom they are
/// furthest apart.
#[utoipa::path(tag = "scales", operation_id = "getJudgementAgreement", params(("id" = ScaleId, Path), ("n" = i32, Path, description = "The number of the version whose levels count, from 1."), JudgementAgreementQuery), responses((status = 200, body = JudgementAgreementOut)))]
#[get("/v1/scales/{id}/versions/{n}/judgement-agreement")]
async fn get_judgement_agreement(
    db: Data<TenantDb>,
    actor: Actor,
    path: Path<(ScaleId, i32)>,
    query: Query<JudgementAgreementQuery>,
) -> Result<Json<JudgementAgreementOut>> {
    let ((id, number), limit) = (path.into_inner(), query.limit);
    Ok(Json(db.read(&actor, async |tx| ops::judgement_agreement(tx, id, number, limit).await).await?))
}
