//! `/v1/grading-schedules`: monthly runs.

use actix_web::web::Data;
use actix_web::{HttpResponse, delete, get, put};

use crate::error::Result;
use crate::exports::List;
use crate::grading::ops;
use crate::grading::wire::{GradingScheduleIn, GradingScheduleOut};
use crate::paging::{Page, PageQuery, PageRequest};
use crate::rest::{IfMatch, Json, Path, Query, Routes, Tagged};
use crate::tenancy::{Actor, TenantDb, TenantTx};
use crate::values::ScaleId;

/// The routes.
pub(super) fn routes(config: &mut Routes<'_>) {
    config.service(list_schedules).service(get_schedule).service(put_schedule).service(delete_schedule);
}

/// List monthly grading runs, by the code of their scale.
#[utoipa::path(tag = "grading", operation_id = "listGradingSchedules", params(PageQuery), responses((status = 200, body = Page<GradingScheduleOut>)))]
#[get("/v1/grading-schedules")]
async fn list_schedules(list: List, query: Query<PageQuery>) -> Result<HttpResponse> {
    let read = async |tx: &TenantTx, page: &PageRequest| ops::schedules(tx, page).await;
    list.of(query.into_inner().into(), read).await
}

/// Read a scale's monthly run.
#[utoipa::path(tag = "grading", operation_id = "getGradingSchedule", params(("scale_id" = ScaleId, Path)), responses((status = 200, body = GradingScheduleOut)))]
#[get("/v1/grading-schedules/{scale_id}")]
async fn get_schedule(db: Data<TenantDb>, actor: Actor, scale: Path<ScaleId>) -> Result<Tagged<GradingScheduleOut>> {
    let schedule = db.read(&actor, async |tx| ops::schedule(tx, *scale).await).await?;
    let version = schedule.version;
    Ok(Tagged::new(schedule, version))
}

/// Set up a scale's monthly run, in place of the one it has: on a day of each month, with the published version, as of the
/// end of the month before.
#[utoipa::path(tag = "grading", operation_id = "putGradingSchedule", params(("scale_id" = ScaleId, Path)), request_body = GradingScheduleIn, responses((status = 200, body = GradingScheduleOut)))]
#[put("/v1/grading-schedules/{scale_id}")]
async fn put_schedule(
    db: Data<TenantDb>,
    actor: Actor,
    scale: Path<ScaleId>,
    new: Json<GradingScheduleIn>,
    expected: IfMatch,
) -> Result<Tagged<GradingScheduleOut>> {
    let schedule = db.write(&actor, async |tx| ops::put_schedule(tx, *scale, &new, expected).await).await?;
    let version = schedule.version;
    Ok(Tagged::new(schedule, version))
}

/// End a scale's monthly run. Runs that were made stay.
#[utoipa::path(tag = "grading", operation_id = "deleteGradingSchedule", params(("scale_id" = ScaleId, Path)), responses((status = 204)))]
#[delete("/v1/grading-schedules/{scale_id}")]
async fn delete_schedule(db: Data<TenantDb>, actor: Actor, scale: Path<ScaleId>) -> Result<HttpResponse> {
    db.write(&actor, async |tx| ops::delete_schedule(tx, *scale).await).await?;
    Ok(HttpResponse::NoContent().finish())
}
