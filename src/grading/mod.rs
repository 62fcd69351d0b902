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

mod book;
mod explanation;
mod facts;
mod graphql;
mod ops;
mod rest;
mod selection;
mod store;
mod wire;

pub use book::{GradedBook, GradedCustomer};
pub use facts::{CustomerFacts, DossierFacts, Judgements, Known, Needs};
pub use graphql::{CurrentGradeLoader, CustomerGradeEdges, GradeHistoryLoader, GradingMutation, GradingQuery};
pub use ops::{GradingJob, current_grades, dossier_facts, explain, get_run, grade_all, latest_grades, start_run};
pub use rest::routes;
pub use selection::{AllCustomers, Prospects, Selection, ShareOfSales};
pub use wire::{
    CurrentGrade, CustomerGradeOut, ExplainedDimension, ExplainedFactor, GradeCount, GradingExplanationOut,
    GradingResultOut, GradingRunIn, GradingRunOut, RunGrades, ScaleGrade,
};
