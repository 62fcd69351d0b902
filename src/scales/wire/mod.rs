//! Scales, their versions, files and judgements as both faces show them.

mod company;
mod document;
mod judgement;
mod merged;
mod scale;
mod version;

pub use company::{CompanyScaleIn, CompanyScaleOut};
pub use document::{ScaleDocument, ScaleImportOut};
pub use judgement::{JudgementFilter, JudgementIn, JudgementOut, JudgementUpsert, JudgementValueIn, MissingJudgements};
pub use merged::{MergeScalesIn, MergedDimension, MergedScaleOut, ScaleVersionRef};
pub use scale::{ScaleIn, ScaleOut};
pub use version::{
    ScaleCloneIn, ScaleComparisonOut, ScaleValidationIn, ScaleValidationOut, ScaleVersionOut, ScaleVersionSummary,
};
