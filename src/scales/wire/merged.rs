//! A scale that is proposed from several.

use async_graphql::{InputObject, SimpleObject};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ScaleVersionOut;
use crate::error::Problems;
use crate::scales::ScaleScope;
use crate::values::{Code, Exact, Label, ScaleId};

/// The most scales that are merged at a time.
pub(in crate::scales) const MOST_MERGED: usize = 50;

/// A version of a scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema, InputObject)]
#[graphql(name = "ScaleVersionRef")]
#[serde(deny_unknown_fields)]
pub struct ScaleVersionRef {
    /// The scale.
    pub scale_id: ScaleId,
    /// Its version's number; the published one where absent, else the latest.
    #[serde(default)]
    #[schema(example = 1)]
    pub version: Option<i32>,
}

/// What to make one scale of.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema, InputObject)]
#[graphql(name = "MergeScalesInput")]
#[serde(deny_unknown_fields)]
pub struct MergeScalesIn {
    /// The new scale's code.
    #[schema(example = "agreed")]
    pub code: Code,
    /// The new scale's name.
    pub name: Label,
    /// Whose it is; the company's where absent.
    #[serde(default)]
    pub scope: Option<ScaleScope>,
    /// 2 to 50 versions. Names, rules and whatever has no median come from the first that has it, so that the scale to
    /// build on stands first.
    #[schema(min_items = 2, max_items = 50)]
    pub scales: Vec<ScaleVersionRef>,
}

/// The draft that is proposed.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "MergedScale")]
#[schema(as = MergedScale)]
pub struct MergedScaleOut {
    /// The draft.
    pub scale_version: ScaleVersionOut,
    /// Every dimension of the scales, by code: how they weigh it, and what came of it.
    pub dimensions: Vec<MergedDimension>,
}

/// A dimension of several scales.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct MergedDimension {
    /// Its code.
    pub code: Code,
    /// Its weight in each scale, in their order; 0 where a scale lacks it.
    pub weights: Vec<Exact>,
    /// The median of these.
    #[schema(example = "0.35")]
    pub median: Exact,
    /// Its weight in the draft: the medians scaled to sum to exactly 1; null where it dropped out, because its median is 0
    /// or none of its factors is left.
    #[schema(example = "0.368421")]
    pub weight: Option<Exact>,
}

impl MergeScalesIn {
    /// All that is wrong with it.
    pub(in crate::scales) fn problems(&self) -> Problems {
        let mut problems = Problems::new();
        problems.text("/name/en", &self.name.en, 200);
        problems.text("/name/zh", &self.name.zh, 200);
        if !(2..=MOST_MERGED).contains(&self.scales.len()) {
            let (en, zh) = (format!("2 to {MOST_MERGED} scales."), format!("2 至 {MOST_MERGED} 个量表。"));
            problems.add("/scales", "size", en, zh);
        }
        for (index, one) in self.scales.iter().enumerate() {
            if self.scales.iter().take(index).any(|other| other == one) {
                problems.add(format!("/scales/{index}"), "duplicate", "It stands there already.", "重复。");
            }
        }
        problems
    }
}
