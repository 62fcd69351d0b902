//! `/v1/plans`.

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::web::Data;
use actix_web::{CustomizeResponder, HttpResponse, Responder, delete, get, post, put};
use serde::Deserialize;
use utoipa::IntoParams;

use super::ops;
use super::strategy_led::Replacement;
use super::wire::{LineFilter, PlanFilter, PlanIn, PlanOut, PlanStepOut};
use super::{PlanLine, PlanLineKind, PlanMethod, PlanReplacementOut};
use crate::error::Result;
use crate::exports::List;
use crate::paging::{Page, PageRequest};
use crate::rest::{Json, Path, Query, Routes};
use crate::tenancy::{Actor, TenantDb, TenantTx};
use crate::values::{CustomerId, PlanId};

/// The routes.
pub fn routes(config: &mut Routes<'_>) {
    config.service(list_plans).service(create_plan).service(get_plan);
    config.service(list_plan_steps).service(get_plan_step).service(list_plan_lines);
    config.service(replace_output).service(withdraw_replacement);
}

/// Which plans to list, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct PlansQueryParams {
    /// Items a page, 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Order by `created_at`, `fiscal_year`, `name`; `-` in front for descending.
    #[param(default = "-created_at", example = "-fiscal_year,name")]
    sort: Option<String>,
    /// Only plans of this fiscal year, named by the calendar year in which it starts.
    #[param(example = 2014)]
    fiscal_year: Option<i32>,
    /// Only plans made this way.
    method: Option<PlanMethod>,
}

/// Which lines to list, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct LinesQueryParams {
    /// Items a page, 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Only lines of this kind.
    kind: Option<PlanLineKind>,
    /// Only lines of this customer.
    customer_id: Option<CustomerId>,
    /// Only parts of the line at this position.
    #[param(minimum = 0)]
    parent: Option<i32>,
    /// The step that line is in; the lines' own where absent. Alone: only parts of lines of that step.
    #[param(minimum = 1, maximum = 9)]
    parent_step: Option<i32>,
}

/// List plans, newest first.
#[utoipa::path(tag = "plans", operation_id = "listPlans", params(PlansQueryParams), responses((status = 200, body = Page<PlanOut>)))]
#[get("/v1/plans")]
async fn list_plans(list: List, query: Query<PlansQueryParams>) -> Result<HttpResponse> {
    let PlansQueryParams { limit, cursor, sort, fiscal_year, method } = query.into_inner();
    let filter = PlanFilter { fiscal_year, method };
    let read = async move |tx: &TenantTx, page: &PageRequest| ops::list(tx, filter, sort.as_deref(), page).await;
    list.of((limit, cursor), read).await
}

/// Ask for a plan; a job generates it.
#[utoipa::path(tag = "plans", operation_id = "createPlan", request_body = PlanIn, responses((status = 202, body = PlanOut)))]
#[post("/v1/plans")]
async fn create_plan(db: Data<TenantDb>, actor: Actor, new: Json<PlanIn>) -> Result<CustomizeResponder<Json<PlanOut>>> {
    let plan = db.write(&actor, async |tx| ops::create(tx, new.into_inner()).await).await?;
    let location = format!("/v1/jobs/{}", plan.job.id);
    Ok(Json(plan).customize().with_status(StatusCode::ACCEPTED).insert_header((LOCATION, location)))
}

/// Read a plan, without its steps.
#[utoipa::path(tag = "plans", operation_id = "getPlan", params(("id" = PlanId, Path)), responses((status = 200, body = PlanOut)))]
#[get("/v1/plans/{id}")]
async fn get_plan(db: Data<TenantDb>, actor: Actor, id: Path<PlanId>) -> Result<Json<PlanOut>> {
    Ok(Json(db.read(&actor, async |tx| ops::get(tx, *id).await).await?))
}

/// List the heads of a plan's steps in order; none until it is generated.
#[utoipa::path(tag = "plans", operation_id = "listPlanSteps", params(("id" = PlanId, Path)), responses((status = 200, body = Vec<PlanStepOut>)))]
#[get("/v1/plans/{id}/steps")]
async fn list_plan_steps(db: Data<TenantDb>, actor: Actor, id: Path<PlanId>) -> Result<Json<Vec<PlanStepOut>>> {
    Ok(Json(db.read(&actor, async |tx| ops::steps(tx, *id).await).await?))
}

/// Read the head of one of a plan's steps.
#[utoipa::path(tag = "plans", operation_id = "getPlanStep", params(("id" = PlanId, Path), ("number" = i32, Path, minimum = 1, maximum = 9)), responses((status = 200, body = PlanStepOut)))]
#[get("/v1/plans/{id}/steps/{number}")]
async fn get_plan_step(db: Data<TenantDb>, actor: Actor, path: Path<(PlanId, i32)>) -> Result<Json<PlanStepOut>> {
    let (plan, number) = path.into_inner();
    Ok(Json(db.read(&actor, async |tx| ops::step(tx, plan, number).await).await?))
}

/// List the lines of one of a plan's steps by position.
#[utoipa::path(tag = "plans", operation_id = "listPlanLines", params(("id" = PlanId, Path), ("number" = i32, Path, minimum = 1, maximum = 9), LinesQueryParams), responses((status = 200, body = Page<PlanLine>)))]
#[get("/v1/plans/{id}/steps/{number}/lines")]
async fn list_plan_lines(
    list: List,
    path: Path<(PlanId, i32)>,
    query: Query<LinesQueryParams>,
) -> Result<HttpResponse> {
    let (plan, number) = path.into_inner();
    let LinesQueryParams { limit, cursor, kind, customer_id, parent, parent_step } = query.into_inner();
    let filter = LineFilter { kind, customer: customer_id, parent, parent_step };
    let read = async move |tx: &TenantTx, page: &PageRequest| ops::lines(tx, plan, number, filter, page).await;
    list.of((limit, cursor), read).await
}

/// Replace what a plan expects of a customer, with a reason. The plan stays as it is; a new one takes it over by
/// `replacements_of`. Salespeople replace what is expected of own customers alone.
#[utoipa::path(tag = "plans", operation_id = "replaceExpectedOutput", params(("id" = PlanId, Path), ("customer_id" = CustomerId, Path)), request_body = Replacement, responses((status = 200, body = PlanReplacementOut)))]
#[put("/v1/plans/{id}/replacements/{customer_id}")]
async fn replace_output(
    db: Data<TenantDb>,
    actor: Actor,
    path: Path<(PlanId, CustomerId)>,
    new: Json<Replacement>,
) -> Result<Json<PlanReplacementOut>> {
    let ((plan, customer), new) = (path.into_inner(), new.into_inner());
    Ok(Json(db.write(&actor, async |tx| ops::replace_output(tx, plan, customer, new).await).await?))
}

/// Withdraw a replacement that the plan was not made with; answers it.
#[utoipa::path(tag = "plans", operation_id = "withdrawReplacement", params(("id" = PlanId, Path), ("customer_id" = CustomerId, Path)), responses((status = 200, body = PlanReplacementOut)))]
#[delete("/v1/plans/{id}/replacements/{customer_id}")]
async fn withdraw_replacement(
    db: Data<TenantDb>,
    actor: Actor,
    path: Path<(PlanId, CustomerId)>,
) -> Result<Json<PlanReplacementOut>> {
    let (plan, customer) = path.into_inner();
    Ok(Json(db.write(&actor, async |tx| ops::withdraw_replacement(tx, plan, customer).await).await?))
}
