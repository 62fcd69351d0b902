//! `/v1/customers/{customer_id}/grade`, its override, and `/v1/grade-overrides`.

use actix_web::web::Data;
use actix_web::{HttpResponse, delete, get, put};

use crate::error::Result;
use crate::exports::List;
use crate::grading::ops;
use crate::grading::wire::{CurrentGrade, GradeOverrideIn, GradeOverrideOut};
use crate::paging::{Page, PageQuery, PageRequest};
use crate::rest::{Json, Path, Query, Routes};
use crate::tenancy::{Actor, TenantDb, TenantTx};
use crate::values::CustomerId;

/// The routes.
pub(super) fn routes(config: &mut Routes<'_>) {
    config.service(get_customer_grade).service(override_grade).service(withdraw_override);
    config.service(list_customer_overrides).service(list_overrides);
}

/// Read a customer's current grade: the one set by hand where such a one is in force, with the computed one beside it.
#[utoipa::path(tag = "grading", operation_id = "getCustomerGrade", params(("customer_id" = CustomerId, Path)), responses((status = 200, body = CurrentGrade)))]
#[get("/v1/customers/{customer_id}/grade")]
async fn get_customer_grade(
    db: Data<TenantDb>,
    actor: Actor,
    customer: Path<CustomerId>,
) -> Result<Json<CurrentGrade>> {
    Ok(Json(db.read(&actor, async |tx| ops::current_grade(tx, *customer).await).await?))
}

/// Set a customer's grade by hand, with a reason. One that was set before ends; the computed grade stays beside it.
#[utoipa::path(tag = "grading", operation_id = "overrideGrade", params(("customer_id" = CustomerId, Path)), request_body = GradeOverrideIn, responses((status = 200, body = GradeOverrideOut)))]
#[put("/v1/customers/{customer_id}/grade-override")]
async fn override_grade(
    db: Data<TenantDb>,
    actor: Actor,
    customer: Path<CustomerId>,
    new: Json<GradeOverrideIn>,
) -> Result<Json<GradeOverrideOut>> {
    let new = new.into_inner();
    Ok(Json(db.write(&actor, async |tx| ops::override_grade(tx, *customer, new).await).await?))
}

/// Withdraw the grade that was set by hand: the computed one is the current grade again.
#[utoipa::path(tag = "grading", operation_id = "withdrawGradeOverride", params(("customer_id" = CustomerId, Path)), responses((status = 200, body = GradeOverrideOut)))]
#[delete("/v1/customers/{customer_id}/grade-override")]
async fn withdraw_override(
    db: Data<TenantDb>,
    actor: Actor,
    customer: Path<CustomerId>,
) -> Result<Json<GradeOverrideOut>> {
    Ok(Json(db.write(&actor, async |tx| ops::withdraw_override(tx, *customer).await).await?))
}

/// List a customer's grades that were set by hand, newest first, also those that are over.
#[utoipa::path(tag = "grading", operation_id = "listCustomerGradeOverrides", params(("customer_id" = CustomerId, Path), PageQuery), responses((status = 200, body = Page<GradeOverrideOut>)))]
#[get("/v1/customers/{customer_id}/grade-overrides")]
async fn list_customer_overrides(
    list: List,
    customer: Path<CustomerId>,
    query: Query<PageQuery>,
) -> Result<HttpResponse> {
    let read = async move |tx: &TenantTx, page: &PageRequest| ops::overrides(tx, Some(*customer), page).await;
    list.of(query.into_inner().into(), read).await
}

/// List the grades set by hand that are in force, newest first.
#[utoipa::path(tag = "grading", operation_id = "listGradeOverrides", params(PageQuery), responses((status = 200, body = Page<GradeOverrideOut>)))]
#[get("/v1/grade-overrides")]
async fn list_overrides(list: List, query: Query<PageQuery>) -> Result<HttpResponse> {
    let read = async |tx: &TenantTx, page: &PageRequest| ops::overrides(tx, None, page).await;
    list.of(query.into_inner().into(), read).await
}
