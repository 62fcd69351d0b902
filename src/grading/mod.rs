//! Grading: a published scale version applied to a selection of customers as of a month, one result a customer, each with
//! an explanation that adds up.
//!
//! A run is a job. It reads one state of the data and writes all its results at once; a completed run never changes.
//! Metrics are as of the end of the run's month; dossiers and judgements are as they are when the job reads them.
//!
//! **The current grade** of a customer is decided by one result, the first that has a grade of those that can decide.
//! Those are of completed, official runs of the company's scale (one a purpose, `scales::company_scales`) that nobody has
//! withdrawn; trials and runs of a month that was not over are never official. Their order: runs of the scale meant for
//! the customer (a prospect by the one for `prospects`, anyone else by the one for `existing_customers`) before others; the
//! later version; the later month; the later completion. Where a run that comes first could not grade the customer, the
//! grade is kept, marked as outdated, with what the customer lacked. A grade that somebody set by hand takes its place as
//! long as it is in force; the computed one stays beside it. The rule stands once, in `store/deciding.rs`.
//!
//! **Trying** a scale stores nothing: the facts of a book are held in memory (`ops/held_books.rs`) as long as they are true,
//! and one definition after another is scored on them.

mod axes;
mod book;
mod explanation;
mod facts;
mod graphql;
mod held_book;
mod kind;
mod lift;
mod month_over;
mod monthly;
mod movement;
mod ops;
mod packed;
mod pieces;
mod places;
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
pub use graphql::{CompanyScalesQuery, GradesInForceMutation};
pub use graphql::{CurrentGradeLoader, CustomerGradeEdges, GradeHistoryLoader, GradingMutation, GradingQuery};
pub use graphql::{GradeOverridesMutation, GradeOverridesQuery, GradingSettingsMutation, GradingTrialsQuery};
pub use graphql::{GradingReadingQuery, GradingSchedulesMutation, GradingSubscription};
pub use month_over::check_month_over;
pub use ops::{
    GradingJob, GradingSchedule, HeldBooks, current_grades, dossier_facts, efforts, explain, get_run, grade_all,
    grades_as_of, latest_grades, start_due_runs, start_run, tell_expired_overrides,
};
pub use rest::routes;
pub use selection::{AllCustomers, ListedCustomers, Prospects, Selection, ShareOfSales};
pub use wire::{
    CurrentGrade, CustomerGradeOut, ExplainedDimension, ExplainedFactor, GradeCount, GradedAmong,
    GradingExplanationOut, GradingResultOut, GradingRunIn, GradingRunOut, OutdatedGrade, RunGrades, ScaleGrade,
    Thresholds, WhatIfIn, WhatIfOut, WithdrawalIn,
};
