//! `/v1/grading/what-if`, `/v1/grading-settings`.

use actix_web::web::Data;
use actix_web::{get, post, put};

use crate::error::Result;
use crate::grading::ops::{self, HeldBooks};
use crate::grading::wire::{
    GradingSettingsOut, LiftOut, SensitivityIn, SensitivityOut, Thresholds, WhatIfIn, WhatIfOut,
};
use crate::rest::{IfMatch, Json, Path, Routes, Tagged};
use crate::tenancy::{Actor, TenantDb};
use crate::values::{CustomerId, GradingRunId};

/// The routes.
pub(super) fn routes(config: &mut Routes<'_>) {
    config
        .service(what_if)
        .service(sensitivity)
        .service(get_grading_lift)
        .service(get_grading_settings)
        .service(put_grading_settings);
}

/// Try a definition, a stored draft, or changes on the whole book: grades before and after, who moves and by what, and the
/// quality x growth matrix. Nothing is stored. The first question of a month loads the book; further ones answer from
/// memory until the tenant's data change.
#[utoipa::path(tag = "grading", operation_id = "tryScale", request_body = WhatIfIn, responses((status = 200, body = WhatIfOut)))]
#[post("/v1/grading/what-if")]
async fn what_if(
    db: Data<TenantDb>,
    books: Data<HeldBooks>,
    actor: Actor,
    input: Json<WhatIfIn>,
) -> Result<Json<WhatIfOut>> {
    let input = input.into_inner();
    // The answer is worked out without holding a connection.
    let prepared = db.read(&actor, async |tx| ops::prepare_what_if(tx, &db, &books, input).await).await?;
    Ok(Json(prepared.answer().await?))
}

/// Tell how far the weight of each dimension can move, the others scaled, before shares of the grades change. Exact with
/// fixed bands; with quotas found by halving.
#[utoipa::path(tag = "grading", operation_id = "testSensitivity", request_body = SensitivityIn, responses((status = 200, body = SensitivityOut)))]
#[post("/v1/grading/sensitivity")]
async fn sensitivity(
    db: Data<TenantDb>,
    books: Data<HeldBooks>,
    actor: Actor,
    input: Json<SensitivityIn>,
) -> Result<Json<SensitivityOut>> {
    let input = input.into_inner();
    Ok(Json(db.read(&actor, async |tx| ops::sensitivity(tx, &db, &books, input).await).await?))
}

/// Tell what would lift a result to the next better grade: single changes of factors, the cheapest first, or the fewest
/// together; and the caps in the way.
#[utoipa::path(tag = "grading", operation_id = "getGradingLift", params(("id" = GradingRunId, Path), ("customer_id" = CustomerId, Path)), responses((status = 200, body = LiftOut)))]
#[get("/v1/grading-runs/{id}/results/{customer_id}/lift")]
async fn get_grading_lift(
    db: Data<TenantDb>,
    actor: Actor,
    path: Path<(GradingRunId, CustomerId)>,
) -> Result<Json<LiftOut>> {
    let (run, customer) = path.into_inner();
    Ok(Json(db.read(&actor, async |tx| ops::lift(tx, &db, run, customer).await).await?))
}

/// Read the thresholds by which results are read.
#[utoipa::path(tag = "grading", operation_id = "getGradingSettings", responses((status = 200, body = GradingSettingsOut)))]
#[get("/v1/grading-settings")]
async fn get_grading_settings(db: Data<TenantDb>, actor: Actor) -> Result<Tagged<GradingSettingsOut>> {
    let settings = db.read(&actor, async |tx| ops::grading_settings(tx).await).await?;
    let version = settings.version;
    Ok(Tagged::new(settings, version))
}

/// Replace the thresholds as a whole; what is absent becomes the default.
#[utoipa::path(tag = "grading", operation_id = "putGradingSettings", request_body = Thresholds, responses((status = 200, body = GradingSettingsOut)))]
#[put("/v1/grading-settings")]
async fn put_grading_settings(
    db: Data<TenantDb>,
    actor: Actor,
    thresholds: Json<Thresholds>,
    expected: IfMatch,
) -> Result<Tagged<GradingSettingsOut>> {
    let thresholds = thresholds.into_inner();
    let settings = db.write(&actor, async |tx| ops::put_grading_settings(tx, thresholds, expected).await).await?;
    let version = settings.version;
    Ok(Tagged::new(settings, version))
}
