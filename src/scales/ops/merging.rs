//! Use cases of merged scales.

use super::may_create;
use super::scales::insert;
use crate::error::{Error, Result, or_null};
use crate::scales::store::{self, NewScale};
use crate::scales::wire::{MergeScalesIn, MergedScaleOut, ScaleVersionRef};
use crate::scales::{ScaleDefinition, ScaleOut, merge};
use crate::tenancy::TenantTx;

/// Proposes one scale from several, as a draft: the median of their weights, scaled to sum to exactly 1.
///
/// # Errors
/// `forbidden`, `invalid_input` for unknown scales or versions, and `conflict` where the code is taken.
pub(in crate::scales) async fn merge_scales(tx: &TenantTx, new: MergeScalesIn) -> Result<MergedScaleOut> {
    let scope = new.scope.unwrap_or_default();
    may_create(tx, scope)?;
    new.problems().into_result()?;
    let mut sources = Vec::with_capacity(new.scales.len());
    for (index, asked) in new.scales.iter().enumerate() {
        sources.push(source(tx, index, *asked).await?);
    }
    let purpose = sources.first().map(|(scale, _)| scale.purpose);
    let purpose = purpose.ok_or_else(|| Error::internal("a merger of nothing passed its checks"))?;
    let definitions: Vec<ScaleDefinition> = sources.into_iter().map(|(_, definition)| definition).collect();
    let (definition, dimensions) = merge(&definitions);
    let scale = NewScale { id: tx.new_id(), code: new.code, name: new.name, purpose, scope };
    let made = insert(tx, scale, &definition).await?;
    Ok(MergedScaleOut { scale_version: store::version(tx, made.id, 1).await?, dimensions })
}

async fn source(tx: &TenantTx, index: usize, asked: ScaleVersionRef) -> Result<(ScaleOut, ScaleDefinition)> {
    let unknown = |field: &str, en: &str, zh: &str| {
        Error::invalid_at(format!("/scales/{index}/{field}"), "unknown_reference", en, zh)
    };
    let found = or_null(store::by_id(tx, asked.scale_id).await)?;
    let scale = found.ok_or_else(|| unknown("scale_id", "There is no such scale.", "没有该量表。"))?;
    let number = asked.version.or(scale.published_version).unwrap_or(scale.latest_version);
    let version = or_null(store::version(tx, scale.id, number).await)?;
    let version = version.ok_or_else(|| unknown("version", "The scale has no such version.", "该量表没有此版本。"))?;
    Ok((scale, version.definition))
}
