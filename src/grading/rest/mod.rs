//! `/v1/grading-runs`, `/v1/customers/{customer_id}/grades`.

mod comparing;
mod lifecycle;
mod overriding;
mod reading;
mod scheduling;
mod trying;

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::web::Data;
use actix_web::{CustomizeResponder, HttpResponse, Responder, get, post};
use serde::Deserialize;
use utoipa::IntoParams;

use super::ops;
use super::wire::{
    CustomerGradeOut, CustomerKind, GradingExplanationOut, GradingResultOut, GradingRunIn, GradingRunOut, KindMark,
    ResultFilter,
};
use crate::error::Result;
use crate::exports::List;
use crate::jobs::Watcher;
use crate::paging::{Page, PageQuery, PageRequest};
use crate::rest::{Json, Path, Query, Routes};
use crate::tenancy::{Actor, TenantDb, TenantTx};
use crate::values::{Code, CustomerId, Exact, GradingRunId, SalespersonId};

/// The routes.
pub fn routes(config: &mut Routes<'_>) {
    config.service(list_grading_runs).service(start_grading_run).service(get_grading_run).service(stream_grading_run);
    config.service(list_grading_results).service(get_grading_result).service(list_customer_grades);
    trying::routes(config);
    comparing::routes(config);
    lifecycle::routes(config);
    overriding::routes(config);
    reading::routes(config);
    scheduling::routes(config);
}

/// Which results of a run, in which order.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ResultsQuery {
    /// Items a page, 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// `rank` (the default), `score`, `quality`, `growth`, `data_coverage`, `customer_external_id`, `customer_name`,
    /// separated by commas, `-` for descending.
    #[param(example = "-score")]
    sort: Option<String>,
    /// Only customers of this grade; repeat it for several.
    #[param(example = json!(["A"]))]
    grade: Option<Vec<Code>>,
    /// Only customers who could be graded, or only those who could not.
    gradable: Option<bool>,
    /// With this score or a higher one.
    #[param(example = "60")]
    score_from: Option<Exact>,
    /// With a lower score than this.
    score_below: Option<Exact>,
    /// With this quality or a higher one.
    #[param(example = "70")]
    quality_from: Option<Exact>,
    /// With a lower quality than this.
    quality_below: Option<Exact>,
    /// With this growth or a higher one.
    growth_from: Option<Exact>,
    /// With a lower growth than this.
    #[param(example = "40")]
    growth_below: Option<Exact>,
    /// Owned by one of these salespeople; repeat it for several.
    owner_id: Option<Vec<SalespersonId>>,
    /// Of one of these territories; repeat it for several.
    territory: Option<Vec<String>>,
    /// Of one of these industries; repeat it for several.
    industry: Option<Vec<String>>,
    /// Of one of these kinds, by the tenant's thresholds; repeat it for several.
    #[param(inline)]
    kind: Option<Vec<CustomerKind>>,
    /// With one of these marks, by the tenant's thresholds; repeat it for several.
    #[param(inline)]
    kind_mark: Option<Vec<KindMark>>,
    /// With the value of `segment_value` of this field of the dossier or attribute, or without one where that is absent.
    #[param(example = "industry")]
    segment_field: Option<Code>,
    /// The value.
    segment_value: Option<String>,
}

/// List grading runs, newest first.
#[utoipa::path(tag = "grading", operation_id = "listGradingRuns", params(PageQuery), responses((status = 200, body = Page<GradingRunOut>)))]
#[get("/v1/grading-runs")]
async fn list_grading_runs(list: List, query: Query<PageQuery>) -> Result<HttpResponse> {
    let read = async |tx: &TenantTx, page: &PageRequest| ops::list_runs(tx, page).await;
    list.of(query.into_inner().into(), read).await
}

/// Start a grading run: a scale version applied to a selection of customers as of a month that is over. Official runs of the
/// company's scale decide current grades; a draft is tried.
#[utoipa::path(tag = "grading", operation_id = "startGradingRun", request_body = GradingRunIn, responses((status = 202, body = GradingRunOut)))]
#[post("/v1/grading-runs")]
async fn start_grading_run(
    db: Data<TenantDb>,
    actor: Actor,
    input: Json<GradingRunIn>,
) -> Result<CustomizeResponder<Json<GradingRunOut>>> {
    let run = db.write(&actor, async |tx| ops::start_run(tx, input.into_inner()).await).await?;
    let job = format!("/v1/jobs/{}", run.job.id);
    Ok(Json(run).customize().with_status(StatusCode::ACCEPTED).insert_header((LOCATION, job)))
}

/// Read a grading run: its job, and once completed its counts and the distribution of grades.
#[utoipa::path(tag = "grading", operation_id = "getGradingRun", params(("id" = GradingRunId, Path)), responses((status = 200, body = GradingRunOut)))]
#[get("/v1/grading-runs/{id}")]
async fn get_grading_run(db: Data<TenantDb>, actor: Actor, id: Path<GradingRunId>) -> Result<Json<GradingRunOut>> {
    Ok(Json(db.read(&actor, async |tx| ops::get_run(tx, *id).await).await?))
}

/// Watch a grading run: an event `progress` with the run whenever it has changed, until its job has ended.
#[utoipa::path(tag = "grading", operation_id = "streamGradingRun", params(("id" = GradingRunId, Path)), responses((status = 200, body = String, content_type = "text/event-stream", description = "Events, each with the run as its data.")))]
#[get("/v1/grading-runs/{id}/events")]
async fn stream_grading_run(watcher: Watcher, id: Path<GradingRunId>) -> Result<HttpResponse> {
    let read = async move |tx: &TenantTx| {
        let run = ops::get_run(tx, *id).await?;
        let is_last = run.job.state.is_final();
        Ok((run, is_last))
    };
    watcher.stream(read).await
}

/// List the results of a run, the best first. There are none before the run is completed.
#[utoipa::path(tag = "grading", operation_id = "listGradingResults", params(("id" = GradingRunId, Path), ResultsQuery), responses((status = 200, body = Page<GradingResultOut>)))]
#[get("/v1/grading-runs/{id}/results")]
async fn list_grading_results(list: List, id: Path<GradingRunId>, query: Query<ResultsQuery>) -> Result<HttpResponse> {
    let query = query.0;
    let (paging, sort) = ((query.limit, query.cursor.clone()), query.sort.clone());
    let filter = ResultFilter::from(query);
    let read =
        async move |tx: &TenantTx, page: &PageRequest| ops::results(tx, *id, &filter, sort.as_deref(), page).await;
    list.of(paging, read).await
}

impl From<ResultsQuery> for ResultFilter {
    fn from(query: ResultsQuery) -> Self {
        Self {
            grade: query.grade,
            gradable: query.gradable,
            score_from: query.score_from,
            score_below: query.score_below,
            quality_from: query.quality_from,
            quality_below: query.quality_below,
            growth_from: query.growth_from,
            growth_below: query.growth_below,
            owner_id: query.owner_id,
            territory: query.territory,
            industry: query.industry,
            kind: query.kind,
            kind_mark: query.kind_mark,
            segment_field: query.segment_field,
            segment_value: query.segment_value,
        }
    }
}

/// Explain one result: every factor's value, points and contribution. The contributions add up to the score.
#[utoipa::path(tag = "grading", operation_id = "getGradingResult", params(("id" = GradingRunId, Path), ("customer_id" = CustomerId, Path)), responses((status = 200, body = GradingExplanationOut)))]
#[get("/v1/grading-runs/{id}/results/{customer_id}")]
async fn get_grading_result(
    db: Data<TenantDb>,
    actor: Actor,
    path: Path<(GradingRunId, CustomerId)>,
) -> Result<Json<GradingExplanationOut>> {
    let (run, customer) = path.into_inner();
    Ok(Json(db.read(&actor, async |tx| ops::explain(tx, run, customer).await).await?))
}

/// List a customer's grades over time, the latest month first.
#[utoipa::path(tag = "grading", operation_id = "listCustomerGrades", params(("customer_id" = CustomerId, Path), PageQuery), responses((status = 200, body = Page<CustomerGradeOut>)))]
#[get("/v1/customers/{customer_id}/grades")]
async fn list_customer_grades(list: List, customer: Path<CustomerId>, query: Query<PageQuery>) -> Result<HttpResponse> {
    let read = async move |tx: &TenantTx, page: &PageRequest| ops::customer_grades(tx, *customer, page).await;
    list.of(query.into_inner().into(), read).await
}
