//! `/v1/grading-runs/{id}:withdraw`, `/v1/company-scales`.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post, put};

use crate::error::Result;
use crate::exports::List;
use crate::grading::ops;
use crate::grading::wire::{GradingRunOut, WithdrawalIn};
use crate::paging::{Page, PageQuery, PageRequest};
use crate::rest::{IfMatch, Json, Path, Query, Routes, Tagged};
use crate::scales::{CompanyScaleIn, CompanyScaleOut, Purpose, company_scale, company_scales};
use crate::tenancy::{Actor, TenantDb, TenantTx};
use crate::values::GradingRunId;

/// The routes.
pub(super) fn routes(config: &mut Routes<'_>) {
    config.service(withdraw_grading_run);
    config.service(list_company_scales).service(get_company_scale).service(put_company_scale);
}

/// Take a completed grading run out of force, for good, with a reason: it stays readable, and current grades are again those
/// of the runs before.
#[utoipa::path(tag = "grading", operation_id = "withdrawGradingRun", params(("id" = GradingRunId, Path)), request_body = WithdrawalIn, responses((status = 200, body = GradingRunOut)))]
#[post("/v1/grading-runs/{id}:withdraw")]
async fn withdraw_grading_run(
    db: Data<TenantDb>,
    actor: Actor,
    id: Path<GradingRunId>,
    why: Json<WithdrawalIn>,
) -> Result<Json<GradingRunOut>> {
    Ok(Json(db.write(&actor, async |tx| ops::withdraw_run(tx, *id, &why).await).await?))
}

/// List the company's scales, one a purpose: only their official runs decide current grades.
#[utoipa::path(tag = "scales", operation_id = "listCompanyScales", params(PageQuery), responses((status = 200, body = Page<CompanyScaleOut>)))]
#[get("/v1/company-scales")]
async fn list_company_scales(list: List, query: Query<PageQuery>) -> Result<HttpResponse> {
    let read = async |tx: &TenantTx, page: &PageRequest| company_scales(tx, page).await;
    list.of(query.into_inner().into(), read).await
}

/// Read the company's scale of a purpose.
#[utoipa::path(tag = "scales", operation_id = "getCompanyScale", params(("purpose" = Purpose, Path)), responses((status = 200, body = CompanyScaleOut)))]
#[get("/v1/company-scales/{purpose}")]
async fn get_company_scale(
    db: Data<TenantDb>,
    actor: Actor,
    purpose: Path<Purpose>,
) -> Result<Tagged<CompanyScaleOut>> {
    let named = db.read(&actor, async |tx| company_scale(tx, *purpose).await).await?;
    let version = named.version;
    Ok(Tagged::new(named, version))
}

/// Name the company's scale of a purpose; the first one published becomes it by itself. From then on its official runs decide
/// current grades, also those that were made before; where there are none, customers have no current grade until it is run.
#[utoipa::path(tag = "scales", operation_id = "putCompanyScale", params(("purpose" = Purpose, Path)), request_body = CompanyScaleIn, responses((status = 200, body = CompanyScaleOut)))]
#[put("/v1/company-scales/{purpose}")]
async fn put_company_scale(
    db: Data<TenantDb>,
    actor: Actor,
    purpose: Path<Purpose>,
    new: Json<CompanyScaleIn>,
    expected: IfMatch,
) -> Result<Tagged<CompanyScaleOut>> {
    let put = async |tx: &TenantTx| ops::put_company_scale(tx, *purpose, &new, expected).await;
    let named = db.write(&actor, put).await?;
    let version = named.version;
    Ok(Tagged::new(named, version))
}
