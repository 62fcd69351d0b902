//! `/v1/grading-runs/{id}/comparison` and the customers behind its cells.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::error::Result;
use crate::exports::List;
use crate::grading::ops;
use crate::grading::wire::{ComparisonOut, MoverFilter, ResultState, RunMover};
use crate::paging::{Page, PageRequest};
use crate::rest::{Json, Path, Query, Routes};
use crate::tenancy::{Actor, TenantDb, TenantTx};
use crate::values::{Code, GradingRunId};

/// The routes.
pub(super) fn routes(config: &mut Routes<'_>) {
    config.service(compare_grading_runs).service(list_grading_movers);
}

/// With which run.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ComparisonQuery {
    /// The run that is compared with.
    old_run_id: GradingRunId,
}

/// Which customers of a comparison, in which order.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct MoversQuery {
    /// The run that is compared with.
    old_run_id: GradingRunId,
    /// With this grade in the old run.
    #[param(example = "A")]
    old_grade: Option<Code>,
    /// Of whom the old run says this.
    #[param(inline)]
    old_state: Option<ResultState>,
    /// With this grade in the new run.
    #[param(example = "B")]
    new_grade: Option<Code>,
    /// Of whom the new run says this.
    #[param(inline)]
    new_state: Option<ResultState>,
    /// `true`: of those only who has another grade or state. Without any filter it is `true`.
    changed: Option<bool>,
    /// `steps` (grades moved), `score_change` (by its size), `customer_external_id`, `customer_name`, separated by commas,
    /// `-` for descending; `-steps,-score_change` where absent.
    #[param(example = "-score_change")]
    sort: Option<String>,
    /// Items a page, 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Compare a run with another: how many customers went from which grade to which.
#[utoipa::path(tag = "grading", operation_id = "compareGradingRuns", params(("id" = GradingRunId, Path), ComparisonQuery), responses((status = 200, body = ComparisonOut)))]
#[get("/v1/grading-runs/{id}/comparison")]
async fn compare_grading_runs(
    db: Data<TenantDb>,
    actor: Actor,
    id: Path<GradingRunId>,
    query: Query<ComparisonQuery>,
) -> Result<Json<ComparisonOut>> {
    Ok(Json(db.read(&actor, async |tx| ops::compare_runs(tx, query.old_run_id, *id).await).await?))
}

/// List the customers of a comparison, or of one of its cells, with the factors that moved each.
#[utoipa::path(tag = "grading", operation_id = "listGradingMovers", params(("id" = GradingRunId, Path), MoversQuery), responses((status = 200, body = Page<RunMover>)))]
#[get("/v1/grading-runs/{id}/movers")]
async fn list_grading_movers(list: List, id: Path<GradingRunId>, query: Query<MoversQuery>) -> Result<HttpResponse> {
    let MoversQuery { old_run_id, old_grade, old_state, new_grade, new_state, changed, sort, limit, cursor } =
        query.into_inner();
    let filter = MoverFilter { old_grade, old_state, new_grade, new_state, changed };
    let read = async move |tx: &TenantTx, page: &PageRequest| {
        ops::movers(tx, (old_run_id, *id), &filter, sort.as_deref(), page).await
    };
    list.of((limit, cursor), read).await
}
