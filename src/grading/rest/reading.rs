//! What the results of a run add up to.

use actix_web::get;
use actix_web::web::{Data, Json, Path, Query};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::error::Result;
use crate::grading::ops;
use crate::grading::wire::{KindsOut, RunMatrixOut, SegmentMatrixOut, Thresholds};
use crate::rest::{Repeated, Routes};
use crate::tenancy::{Actor, TenantDb};
use crate::values::{Code, Exact, GradingRunId};

/// The routes.
pub(super) fn routes(config: &mut Routes<'_>) {
    config.service(get_quality_growth_matrix).service(get_segment_matrix).service(get_customer_kinds);
}

/// Thresholds for this answer; the tenant's where none is given, and the defaults for what is absent where some are.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ThresholdsQuery {
    /// Where the classes of quality begin, ascending; repeat it for several.
    #[param(example = json!(["40", "70"]))]
    quality_cuts: Option<Vec<Exact>>,
    /// Where the classes of growth begin, ascending; repeat it for several.
    #[param(example = json!(["40", "70"]))]
    growth_cuts: Option<Vec<Exact>>,
    /// From this quality on a customer belongs to the survival base.
    #[param(example = "60")]
    survival_quality: Option<Exact>,
    /// From this growth on a customer is a growth partner.
    #[param(example = "60")]
    partner_growth: Option<Exact>,
    /// From this cost to serve / net on a customer that is neither keeps us busy for nothing.
    #[param(example = "0.05")]
    busy_effort: Option<Exact>,
}

/// Which field.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct SegmentQuery {
    /// `stage`, `industry`, `territory`, `city`, `country`, `currency`, `segment_hint`, `owner`, or an attribute's code.
    #[param(example = "industry")]
    field: Code,
}

/// Read the quality x growth matrix of a run: counts, net and margin. The customers of a cell are the run's results with the
/// cell's bounds as filters.
#[utoipa::path(tag = "grading", operation_id = "getQualityGrowthMatrix", params(("id" = GradingRunId, Path), ThresholdsQuery), responses((status = 200, body = RunMatrixOut)))]
#[get("/v1/grading-runs/{id}/quality-growth-matrix")]
async fn get_quality_growth_matrix(
    db: Data<TenantDb>,
    actor: Actor,
    id: Path<GradingRunId>,
    query: Repeated<ThresholdsQuery>,
) -> Result<Json<RunMatrixOut>> {
    let asked = query.0.thresholds();
    Ok(Json(db.read(&actor, async |tx| ops::quality_growth_matrix(tx, *id, asked).await).await?))
}

/// Read a run by a field of the dossier and grade: counts, net and margin. The customers of a cell are the run's results with
/// `segment_field`, `segment_value` and `grade`.
#[utoipa::path(tag = "grading", operation_id = "getSegmentGradeMatrix", params(("id" = GradingRunId, Path), SegmentQuery), responses((status = 200, body = SegmentMatrixOut)))]
#[get("/v1/grading-runs/{id}/segment-matrix")]
async fn get_segment_matrix(
    db: Data<TenantDb>,
    actor: Actor,
    id: Path<GradingRunId>,
    query: Query<SegmentQuery>,
) -> Result<Json<SegmentMatrixOut>> {
    let field = query.into_inner().field;
    Ok(Json(db.read(&actor, async |tx| ops::segment_matrix(tx, *id, field).await).await?))
}

/// Read the three kinds of customers of a run: who keeps us alive, who will grow with us, who keeps us busy for nothing. The
/// customers of a kind are the run's results with `kind`, by the tenant's thresholds.
#[utoipa::path(tag = "grading", operation_id = "getCustomerKinds", params(("id" = GradingRunId, Path), ThresholdsQuery), responses((status = 200, body = KindsOut)))]
#[get("/v1/grading-runs/{id}/customer-kinds")]
async fn get_customer_kinds(
    db: Data<TenantDb>,
    actor: Actor,
    id: Path<GradingRunId>,
    query: Repeated<ThresholdsQuery>,
) -> Result<Json<KindsOut>> {
    let asked = query.0.thresholds();
    Ok(Json(db.read(&actor, async |tx| ops::customer_kinds(tx, *id, asked).await).await?))
}

impl ThresholdsQuery {
    fn thresholds(self) -> Option<Thresholds> {
        let none = self.quality_cuts.is_none()
            && self.growth_cuts.is_none()
            && self.survival_quality.is_none()
            && self.partner_growth.is_none()
            && self.busy_effort.is_none();
        let usual = Thresholds::default();
        (!none).then(|| Thresholds {
            quality_cuts: self.quality_cuts.unwrap_or(usual.quality_cuts),
            growth_cuts: self.growth_cuts.unwrap_or(usual.growth_cuts),
            survival_quality: self.survival_quality.unwrap_or(usual.survival_quality),
            partner_growth: self.partner_growth.unwrap_or(usual.partner_growth),
            busy_effort: self.busy_effort.unwrap_or(usual.busy_effort),
        })
    }
}
