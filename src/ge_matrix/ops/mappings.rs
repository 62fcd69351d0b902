//! Starting mappings, and reading where the customers came to lie.

use serde::{Deserialize, Serialize};

use super::GeMappingJob;
use crate::error::{Error, Problems, Result};
use crate::ge_matrix::Cell;
use crate::ge_matrix::store::{self, PositionFilter};
use crate::ge_matrix::wire::{GeMappingIn, GeMappingOut, GePositionOut};
use crate::grading::check_month_over;
use crate::jobs::enqueue;
use crate::paging::{PageRequest, Slice};
use crate::scales::VersionState;
use crate::tenancy::{Permission, TenantTx};
use crate::values::{GeMappingId, GeModelId};

/// What the job is told.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct MappingParams {
    pub(super) mapping_id: GeMappingId,
}

/// Which positions to list, in which order.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::ge_matrix) struct PositionsQuery<'a> {
    pub(in crate::ge_matrix) cell: Option<Cell>,
    pub(in crate::ge_matrix) unmapped: Option<bool>,
    pub(in crate::ge_matrix) sort: Option<&'a str>,
}

/// Starts the mapping of all customers as a job.
///
/// # Errors
/// `forbidden`, `invalid_input`, `not_found` for an unknown model or version, and `conflict` for a draft or a model
/// without a published version.
pub async fn start_mapping(tx: &TenantTx, new: &GeMappingIn) -> Result<GeMappingOut> {
    tx.require(Permission::GradingRun)?;
    let mut problems = Problems::new();
    let asked = new.provisional.unwrap_or_default();
    let provisional = check_month_over(&mut problems, new.as_of, asked, tx.now().date_naive());
    problems.into_result()?;
    let model = match (new.model_id, &new.model_code) {
        (Some(id), None) => id,
        (None, Some(code)) => store::model_by_code(tx, code).await?,
        _ => {
            let en = "Give either the model's id or its code.";
            return Err(Error::invalid_at("/model_id", "one_of", en, "请给出模型的标识或编码之一。"));
        }
    };
    let version = mappable_version(tx, model, new.version).await?;
    let id: GeMappingId = tx.new_id();
    let job = enqueue(tx, GeMappingJob::KIND, &MappingParams { mapping_id: id }).await?;
    store::insert_mapping(tx, id, job, (model, version), (new.as_of, provisional)).await?;
    let mapping = store::mapping(tx, id).await?;
    tx.audit::<(), _>("ge_mapping.started", "ge_mapping", id, None, Some(&mapping)).await?;
    Ok(mapping)
}

/// The version asked for, else the one in force; never a draft.
async fn mappable_version(tx: &TenantTx, model: GeModelId, asked: Option<i32>) -> Result<i32> {
    let model = store::model(tx, model).await?;
    let Some(number) = asked.or(model.published_version) else {
        let en = "The model has no published version; publish one first.";
        return Err(Error::conflict(en, "该模型没有已发布的版本，请先发布。"));
    };
    let version = model.versions.iter().find(|version| version.number == number).ok_or_else(Error::not_found)?;
    if version.state == VersionState::Draft {
        let en = "The version is a draft; publish it first.";
        return Err(Error::conflict(en, "该版本是草稿，请先发布。"));
    }
    Ok(number)
}

/// One mapping with its job.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn mapping(tx: &TenantTx, id: GeMappingId) -> Result<GeMappingOut> {
    tx.require(Permission::GradingRead)?;
    store::mapping(tx, id).await
}

/// Mappings, of all models or of one, the newest first.
pub(in crate::ge_matrix) async fn list_mappings(
    tx: &TenantTx,
    model: Option<GeModelId>,
    page: &PageRequest,
) -> Result<Slice<GeMappingOut>> {
    tx.require(Permission::GradingRead)?;
    store::mapping_page(tx, model, page).await
}

/// Where the customers lie; nobody while the mapping is not complete.
pub(in crate::ge_matrix) async fn positions(
    tx: &TenantTx,
    mapping: GeMappingId,
    query: PositionsQuery<'_>,
    page: &PageRequest,
) -> Result<Slice<GePositionOut>> {
    tx.require(Permission::GradingRead)?;
    store::mapping_work(tx, mapping).await?;
    let filter = PositionFilter { cell: query.cell, unmapped: query.unmapped };
    store::position_page(tx, mapping, filter, query.sort, page).await
}
