//! Scales (客户分级量表): versioned scoring sheets, and the arithmetic that turns facts into scores and scores into grades.
//!
//! A definition is plain data, checked as a whole by [`validate`] before anything is scored with it. [`Scorer`] prepares
//! a valid definition once and then scores any number of customers; [`assign_grades`] grades the book that was scored.
//! That part is pure; which facts a customer has is for others to say.
//!
//! A scale is the company's or one member's own: a member's is changed by the member alone, seen by those who publish
//! scales too, and decides nobody's current grade. Of the company's, one a purpose is named *the company scale*: only its
//! runs decide current grades; the others are run and compared. Ratings are kept of every member; the newest counts.
//!
//! Versions live draft, published, retired and never go back: a draft must be readable but may have problems, because
//! people edit it together; publishing refuses it until it has none; a published version never changes.

mod caps;
mod comparison;
mod definition;
mod grade;
mod grade_bands;
mod graphql;
mod influence;
mod judging;
mod merge;
mod min_base;
mod ops;
mod problem;
mod quota;
mod ranking;
mod rest;
mod rule;
mod scope;
mod score;
mod sheet;
mod store;
mod templates;
mod validate;
mod version;
mod wire;
mod workbook;

use definition::usual_coverage;

pub use caps::{Cap, CapCheck, CapCondition, CapSource, Comparison};
pub use comparison::{ScaleChange, ScaleChangeKind, ScaleChangeSubject, compare};
pub use definition::{Axis, Dimension, Factor, FactorSource, Judgement, MissingPolicy, ScaleDefinition};
pub use grade::{Graded, Standing, assign_grades};
pub use grade_bands::{FixedBand, GradeBands, QuotaBand, QuotaBands, QuotaTies};
pub use graphql::{ScalesMutation, ScalesQuery};
pub use influence::Influence;
pub use judging::Rating;
pub use merge::merge;
pub use min_base::{MinBase, base_metrics};
pub use ops::{
    company_scale, company_scales, create, create_version, get, judge, member_ratings, name_company_scale,
    publish_version, scale_by_code, scale_by_id, scale_version, update_version, upsert_judgements,
};
pub use problem::{Checker, Problem, ProblemCode};
pub use quota::{PlacesUsed, Tie, places_used, quota_counts};
pub use rest::routes;
pub use rule::{Better, LinearRule, PercentileRule, ScoreBand, ScoreChoice, ScoreChoices, ScoreLevel, ScoringRule};
pub use scope::ScaleScope;
pub use score::{
    DimensionScore, FactorScore, Facts, Lack, Scored, Scorer, StoredFact, StoredScore, StoredTotals, Totals,
    Ungradable, UngradableReason, explain_sheet, score,
};
pub use sheet::{Part, Sheet, SheetScore, settle};
pub use store::{ReadVersion, VersionRow, VersionTable, stored_definition};
pub use templates::{ScaleTemplate, template, templates};
pub use validate::{check_parts, validate};
pub use version::{Purpose, VersionState};
pub use wire::{
    CompanyScaleIn, CompanyScaleOut, JudgementFilter, JudgementIn, JudgementOut, JudgementUpsert, JudgementValueIn,
    MergeScalesIn, MergedDimension, MergedScaleOut, MissingJudgements, ScaleCloneIn, ScaleComparisonOut, ScaleDocument,
    ScaleImportOut, ScaleIn, ScaleOut, ScaleValidationIn, ScaleValidationOut, ScaleVersionOut, ScaleVersionRef,
    ScaleVersionSummary,
};
pub use workbook::{WorkbookProblems, read_workbook, write_workbook};

#[cfg(test)]
mod wire_tests;
