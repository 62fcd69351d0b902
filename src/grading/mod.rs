//! Grading: a published scale version applied to a selection of customers as of a month, one result a customer, each with
//! an explanation that adds up.
//!
//! A run is a job. It reads one state of the data and writes all its results at once; a completed run never changes.
//! Metrics are as of the end of the run's month; dossiers and judgements are as they are when the job reads them.
//!
//! **The current grade** of a customer is decided by one result, the first of those in completed runs that hold the
//! customer, in this order: runs of a scale meant for it (a prospect by a `prospects` scale, anyone else by one for
//! `existing_customers`) before others; runs of a version now in force before those of a retired one; the later month;
//! the later completion. A customer whom that run could not grade has no current grade, though an older run gave one.
//! A grade that somebody set by hand takes its place as long as it is in force; the computed one stays beside it.
//!
//! **Trying** a scale stores nothing: the facts of a book are held in memory (`ops/held_books.rs`) as long as they are true,
//! and one definition after another is scored on them.

mod axes;
mod book;
mod explanation;
mod facts;
mod graphql;
mod held_book;
mod lift;
mod monthly;
mod movement;
mod ops;
mod packed;
mod pieces;
mod rest;
mod scale_changes;
mod selection;
mod sensitivity;
mod store;
mod trial;
mod what_if;
mod wire;

pub use book::{GradedBook, GradedCustomer};
pub use facts::{CustomerFacts, DossierFacts, Judgements, Known, Needs};
pub use graphql::{CurrentGradeLoader, CustomerGradeEdges, GradeHistoryLoader, GradingMutation, GradingQuery};
pub use graphql::{GradeOverridesMutation, GradeOverridesQuery, GradingSettingsMutation, GradingTrialsQuery};
pub use graphql::{GradingReadingQuery, GradingSchedulesMutation, GradingSubscription};
pub use ops::{
    GradingJob, GradingSchedule, HeldBooks, current_grades, dossier_facts, explain, get_run, grade_all, latest_grades,
    start_due_runs, start_run, tell_expired_overrides,
};
pub use rest::routes;
pub use selection::{AllCustomers, ListedCustomers, Prospects, Selection, ShareOfSales};
pub use wire::{
    CurrentGrade, CustomerGradeOut, ExplainedDimension, ExplainedFactor, GradeCount, GradingExplanationOut,
    GradingResultOut, GradingRunIn, GradingRunOut, RunGrades, ScaleGrade, Thresholds, WhatIfIn, WhatIfOut,
};
