//! What the results of a run add up to.

use actix_web::get;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::error::Result;
use crate::grading::ops;
use crate::grading::wire::{KindsOut, RunMatrixOut, SegmentMatrixOut, Thresholds};
use crate::rest::{Json, Path, Query, Routes};
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
    /// From this effort ratio on a customer that is neither keeps us busy for nothing.
    #[param(example = "2")]
    busy_effort_ratio: Option<Exact>,
    /// How many handling units an order is.
    #[param(example = "1")]
    effort_of_order: Option<Exact>,
    /// How many a line is.
    #[param(example = "0.25")]
    effort_of_line: Option<Exact>,
    /// How many a line that takes goods back is beyond that.
    #[param(example = "1")]
    effort_of_return_line: Option<Exact>,
    /// How many an order below the break-even order is beyond that.
    #[param(example = "1")]
    effort_of_small_order: Option<Exact>,
    /// The break-even order; another than the run's is refused.
    break_even_order: Option<Exact>,
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
    query: Query<ThresholdsQuery>,
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
    query: Query<ThresholdsQuery>,
) -> Result<Json<KindsOut>> {
    let asked = query.0.thresholds();
    Ok(Json(db.read(&actor, async |tx| ops::customer_kinds(tx, *id, asked).await).await?))
}

impl ThresholdsQuery {
    fn thresholds(self) -> Option<Thresholds> {
        let asked = [
            &self.survival_quality,
            &self.partner_growth,
            &self.busy_effort_ratio,
            &self.effort_of_order,
            &self.effort_of_line,
            &self.effort_of_return_line,
            &self.effort_of_small_order,
            &self.break_even_order,
        ];
        if self.quality_cuts.is_none() && self.growth_cuts.is_none() && asked.iter().all(|asked| asked.is_none()) {
            return None;
        }
        let usual = Thresholds::default();
        Some(Thresholds {
            quality_cuts: self.quality_cuts.unwrap_or(usual.quality_cuts),
            growth_cuts: self.growth_cuts.unwrap_or(usual.growth_cuts),
            survival_quality: self.survival_quality.unwrap_or(usual.survival_quality),
            partner_growth: self.partner_growth.unwrap_or(usual.partner_growth),
            busy_effort_ratio: self.busy_effort_ratio.unwrap_or(usual.busy_effort_ratio),
            effort_of_order: self.effort_of_order.unwrap_or(usual.effort_of_order),
            effort_of_line: self.effort_of_line.unwrap_or(usual.effort_of_line),
            effort_of_return_line: self.effort_of_return_line.unwrap_or(usual.effort_of_return_line),
            effort_of_small_order: self.effort_of_small_order.unwrap_or(usual.effort_of_small_order),
            break_even_order: self.break_even_order,
        })
    }
}
