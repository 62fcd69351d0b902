//! `/v1/jobs`.

use actix_web::web::Data;
use actix_web::{HttpResponse, delete, get};

use super::{JobOut, Watcher, ops};
use crate::error::Result;
use crate::exports::List;
use crate::paging::{Page, PageQuery, PageRequest};
use crate::rest::{Json, Path, Query, Routes};
use crate::tenancy::{Actor, TenantDb, TenantTx};
use crate::values::JobId;

/// The routes.
pub fn routes(config: &mut Routes<'_>) {
    config.service(list_jobs).service(get_job).service(stream_job).service(cancel_job);
}

/// List jobs, newest first.
#[utoipa::path(tag = "jobs", operation_id = "listJobs", params(PageQuery), responses((status = 200, body = Page<JobOut>)))]
#[get("/v1/jobs")]
async fn list_jobs(list: List, query: Query<PageQuery>) -> Result<HttpResponse> {
    let read = async |tx: &TenantTx, page: &PageRequest| ops::list(tx, page).await;
    list.of(query.into_inner().into(), read).await
}

/// Read a job: its state, progress, and result or problem.
#[utoipa::path(tag = "jobs", operation_id = "getJob", params(("id" = JobId, Path)), responses((status = 200, body = JobOut)))]
#[get("/v1/jobs/{id}")]
async fn get_job(db: Data<TenantDb>, actor: Actor, id: Path<JobId>) -> Result<Json<JobOut>> {
    Ok(Json(db.read(&actor, async |tx| ops::get(tx, *id).await).await?))
}

/// Watch a job: an event `progress` with the job whenever it has changed, until it has ended.
#[utoipa::path(tag = "jobs", operation_id = "streamJob", params(("id" = JobId, Path)), responses((status = 200, body = String, content_type = "text/event-stream", description = "Events, each with the job as its data.")))]
#[get("/v1/jobs/{id}/events")]
async fn stream_job(watcher: Watcher, id: Path<JobId>) -> Result<HttpResponse> {
    let read = async move |tx: &TenantTx| {
        let job = ops::get(tx, *id).await?;
        let is_last = job.state.is_final();
        Ok((job, is_last))
    };
    watcher.stream(read).await
}

/// Cancel a job: at once where it waits, at its next step where it runs.
#[utoipa::path(tag = "jobs", operation_id = "cancelJob", params(("id" = JobId, Path)), responses((status = 200, body = JobOut)))]
#[delete("/v1/jobs/{id}")]
async fn cancel_job(db: Data<TenantDb>, actor: Actor, id: Path<JobId>) -> Result<Json<JobOut>> {
    Ok(Json(db.write(&actor, async |tx| ops::cancel(tx, *id).await).await?))
}
